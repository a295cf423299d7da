#!/usr/bin/env python3
"""Tells which options of homeserver.yaml and of worker files Synapse's own configuration reads.

    docker run --rm -i --network none --entrypoint python3 matrixdotorg/synapse:v1.160.0 - <eng/synapse_options.py >Lab/Model/Topologies/SynapseOptions.txt

The files of synapse/config are read and not run. In every function a parameter called `config` or `config_dict` is the whole configuration, and so is what another
function is given of it; a variable that one of its options was put into is that option. What is looked up there is an option:

    presence_config = config.get("presence") or {}          presence
    presence_enabled = presence_config.get("enabled")       presence.enabled

One a line, sorted, after the version. What may stand in an option is told only where its mapping is looked up in and never handed on as a whole (to a model, a
module, another function): those check their own.
"""

import ast
import glob
import importlib.metadata
import importlib.util
import os
import re

ROOTS = {"config", "config_dict"}
WORD = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)?$")


class Reader(ast.NodeVisitor):
    """Follows the options of one function."""

    def __init__(self, options, opened):
        self.options = options
        self.opened = opened
        self.variables = {name: "" for name in ROOTS}

    def option_of(self, node):
        """The option that an expression is: "" for the whole configuration, None for something else."""
        if isinstance(node, ast.Name):
            return self.variables.get(node.id)
        if isinstance(node, ast.BoolOp):  # config.get("x") or {}
            return self.option_of(node.values[0])
        key = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop", "setdefault") and node.args:
            owner, key = self.option_of(node.func.value), node.args[0]
        elif isinstance(node, ast.Subscript):
            owner, key = self.option_of(node.value), node.slice
        if key is None or owner is None or not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            return None
        return self.add(owner, key.value)

    def add(self, owner, key):
        name = f"{owner}.{key}" if owner else key
        if name.count(".") < 2 and WORD.match(name):
            self.options.add(name)
            return name
        return None

    def visit_Call(self, node):
        if self.option_of(node) is None or not isinstance(node.func, ast.Attribute) or self.option_of(node.func.value) is None:
            arguments = list(node.args) + [keyword.value for keyword in node.keywords]
            for argument in arguments:
                argument = argument.value if isinstance(argument, ast.Starred) else argument
                owner = self.option_of(argument)
                # parse(config, "rc_message"), _get(config, key="rc_invites.per_room"): a look-up by another name.
                if owner == "":
                    for word in arguments:
                        if isinstance(word, ast.Constant) and isinstance(word.value, str) and WORD.match(word.value):
                            self.options.add(word.value)
                            self.options.add(word.value.split(".")[0])
                elif owner and not (isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "bool", "str", "int", "strtobool", "type", "set", "len")):
                    self.opened.add(owner)
        self.generic_visit(node)

    def visit_Compare(self, node):
        # "x" in config
        if isinstance(node.ops[0], (ast.In, ast.NotIn)) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
            owner = self.option_of(node.comparators[0])
            if owner is not None:
                self.add(owner, node.left.value)
        self.generic_visit(node)

    def visit_Subscript(self, node):
        self.option_of(node)
        owner = self.option_of(node.value)
        if owner and not isinstance(node.slice, ast.Constant):
            self.opened.add(owner)
        self.generic_visit(node)

    def visit_For(self, node):
        # for key, value in option.items(): keys that users choose.
        for inner in ast.walk(node.iter):
            owner = self.option_of(inner)
            if owner:
                self.opened.add(owner)
        self.generic_visit(node)

    def visit_Assign(self, node):
        self.assign(node.targets, node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node):
        if node.value is not None:
            self.assign([node.target], node.value)
        self.generic_visit(node)

    def assign(self, targets, value):
        owner = self.option_of(value)
        for target in targets:
            if isinstance(target, ast.Name) and owner:
                self.variables[target.id] = owner
            elif owner and isinstance(target, (ast.Attribute, ast.Subscript)):
                self.opened.add(owner)  # kept as a whole, or handed on

    def visit_Return(self, node):
        if node.value is not None and self.option_of(node.value):
            self.opened.add(self.option_of(node.value))
        self.generic_visit(node)


def main():
    folder = os.path.join(os.path.dirname(importlib.util.find_spec("synapse").origin), "config")
    options, opened = set(), set()
    for path in sorted(glob.glob(os.path.join(folder, "*.py"))):
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
        for function in ast.walk(tree):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(argument.arg in ROOTS for argument in function.args.args):
                reader = Reader(options, opened)
                for _ in range(2):  # a variable may be used, in a nested function, before it is put in
                    reader.visit(function)
    print(f"# Synapse {importlib.metadata.version('matrix-synapse')}")
    for name in sorted(options | {name.split(".")[0] for name in options}):
        if name.split(".")[0] == name or name.split(".")[0] not in opened:
            print(name)


main()
