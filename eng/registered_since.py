#!/usr/bin/env python3
"""Tells since which release of Synapse each entry of the endpoint catalogue is registered, on main and on a generic worker.

    ./lab routes --json >entries.json
    eng/registered_since.py SYNAPSE_CLONE entries.json >Lab.Tests/Catalogue/RegisteredSince.txt

SYNAPSE_CLONE is a git clone of element-hq/synapse with its tags; only its files under synapse/ are read. Of the first tag of every
minor release since 1.4, the code that registers servlets runs (synapse/app/homeserver.py, synapse/app/generic_worker.py and, before
1.11, its predecessors; synapse/rest, synapse/federation/transport) with every other module replaced by a stand-in that takes anything:
no Synapse is built or installed, nothing listens, and every optional feature is on. A child process for each release and process.
"""

import ast
import concurrent.futures
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import logging
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import types

REAL = (
    "synapse.rest",
    "synapse.api.constants",
    "synapse.api.urls",
    "synapse.federation.transport",
    "synapse.app.homeserver",
    "synapse.app.generic_worker",
)
# Workers before they were one program (1.11).
OLD_WORKERS = ["client_reader", "event_creator", "federation_reader", "frontend_proxy", "media_repository", "synchrotron", "user_dir"]
FOLDERS = ["synapse/rest", "synapse/app", "synapse/api", "synapse/federation/transport", "synapse/config/workers.py"]
# What some servlets demand of a placeholder: "(?P<user_id>@[^/]+)".
SIGILS = {"user_id": "@", "target_user_id": "@", "room_id": "!", "room_identifier": "!", "event_id": "$", "room_alias": "#"}


# ---- the stand-in for everything that registers nothing ----


class Meta(type):
    def __getattr__(cls, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        made = Meta(name, (Anything,), {})
        setattr(cls, name, made)
        return made

    def __call__(cls, *args, **kwargs):
        # A decorator gives back what it decorates.
        if len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type)) and cls.__module__ == __name__:
            return args[0]
        return type.__call__(cls, *args, **kwargs)

    def __getitem__(cls, item):
        return cls

    def __iter__(cls):
        return iter(())

    def __contains__(cls, item):
        return False

    def __or__(cls, other):
        return cls

    __ror__ = __or__

    def __add__(cls, other):
        return other

    __radd__ = __add__

    def __int__(cls):
        return 1


class Anything(metaclass=Meta):
    def __init__(self, *args, **kwargs):
        pass

    def __init_subclass__(cls, **kwargs):
        pass

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type)):
            return args[0]
        return Anything()

    def __getitem__(self, item):
        return Anything()

    def __setitem__(self, item, value):
        pass

    def __iter__(self):
        return iter(())

    def __contains__(self, item):
        return False

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False

    def __or__(self, other):
        return self

    def __add__(self, other):
        return other

    __ror__ = __or__
    __radd__ = __add__

    def __mul__(self, other):
        return self

    __rmul__ = __truediv__ = __sub__ = __rsub__ = __mul__

    def __int__(self):
        return 1

    def __fspath__(self):
        return "/nonexistent"


class Config(Anything):
    """Every switch on, every limit set; but no authentication service, which takes routes away."""

    def __init__(self, worker_app, delegated):
        object.__setattr__(self, "_worker_app", worker_app)
        object.__setattr__(self, "_delegated", delegated)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "worker_app":
            return self._worker_app
        if name in ("msc3861", "mas", "msc3861_enabled", "delegated"):
            return self if self._delegated else Off()
        if name in ("oauth_delegation_enabled", "auth_delegated"):
            return self._delegated
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __contains__(self, item):
        return True

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0

    def __gt__(self, other):
        return True

    __lt__ = __ge__ = __le__ = __gt__

    def __len__(self):
        return 1


class Off(Anything):
    enabled = False

    def __bool__(self):
        return False


# ---- what registers ----


PROBLEMS = []


def forgiving(cls):
    """What a constructor needs besides is not there; only what it registers is wanted."""
    init = cls.__dict__.get("__init__")
    if init is None:
        return

    def __init__(self, *args, **kwargs):
        try:
            init(self, *args, **kwargs)
        except Exception as error:
            if "register_servlets" in vars(type(self)):
                PROBLEMS.append(f"{cls.__name__}: {error!r}")

    cls.__init__ = __init__


class Resource:
    isLeaf = False

    def __init__(self, *args, **kwargs):
        self.children = {}

    def __init_subclass__(cls, **kwargs):
        forgiving(cls)

    def putChild(self, name, child):
        self.__dict__.setdefault("children", {})[name.decode() if isinstance(name, bytes) else name] = child

    def __getattr__(self, name):
        if name.startswith("__") or name.startswith("render_") or name.startswith("_async_render"):
            raise AttributeError(name)
        return Anything()


class JsonResource(Resource):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.routes = []

    def register_paths(self, method, path_patterns, callback, *args, **kwargs):
        self.__dict__.setdefault("routes", [])
        for pattern in path_patterns:
            self.routes.append((method, pattern.pattern))


class RestServlet:
    def __init_subclass__(cls, **kwargs):
        forgiving(cls)

    def register(self, http_server):
        if not hasattr(self, "PATTERNS"):
            PROBLEMS.append(f"{type(self).__name__} makes its patterns when it is constructed, which failed")
        for method in ("GET", "PUT", "POST", "DELETE", "OPTIONS"):
            if hasattr(self, "on_" + method):
                http_server.register_paths(method, getattr(self, "PATTERNS", []), None, type(self).__name__)


class HomeServer:
    def __init__(self, config):
        self.config = config
        self._module_web_resources = {}

    def get_config(self):
        return self.config

    def get_media_repository_resource(self):
        for module in ("synapse.rest.media.media_repository_resource", "synapse.rest.media.v1.media_repository"):
            try:
                return importlib.import_module(module).MediaRepositoryResource(self)
            except (ImportError, AttributeError):
                continue
        raise AssertionError("no media repository")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


OWN = {
    "synapse.http.server": dict.fromkeys(
        ["DirectServeHtmlResource", "DirectServeResource", "DirectServeJsonResource", "OptionsResource", "RootOptionsRedirectResource", "RootRedirect", "StaticResource", "UnrecognizedRequestResource", "HttpServer"], Resource)
    | {"JsonResource": JsonResource},
    "twisted.web.resource": {"Resource": Resource, "NoResource": Resource},
    "twisted.web.static": {"File": Resource},
    "synapse.http.servlet": {"RestServlet": RestServlet},
    "synapse.server": {"HomeServer": HomeServer},
    "synapse.util.httpresourcetree": {},
    "twisted.web.server": {"NOT_DONE_YET": 1},
    "twisted.web.util": {"Redirect": Resource},
    "synapse.http.additional_resource": {},
}


class StandIn(types.ModuleType):
    def __getattr__(self, name):
        if name == "__func__":
            return lambda function: function
        if name.startswith("__"):
            raise AttributeError(name)
        own = OWN.get(self.__name__, {})
        if name in own:
            return own[name]
        if name == "gz_wrap":
            return lambda resource: resource
        if name in ("is_method_cancellable", "is_function_cancellable"):
            return lambda method: False
        made = Meta(name, (Anything,), {"__module__": __name__})
        setattr(self, name, made)
        return made


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, root, also_real):
        self.root = root
        self.real = REAL + also_real

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in sys.stdlib_module_names:
            return None
        if any(name == real or name.startswith(real + ".") for real in self.real):
            found = importlib.machinery.PathFinder.find_spec(name, [os.path.join(self.root, *name.split(".")[:-1])])
            if found:
                return found
            if name.startswith("synapse.rest.media"):
                return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        module.__path__ = []
        module.__file__ = "/nonexistent"
        module.__all__ = []


class Listener(dict):
    """A listener with some resources, as both the old and the new configuration have it."""

    def __init__(self, name):
        resource = types.SimpleNamespace(names=[name], compress=False)
        super().__init__(port=1, bind_addresses=[], type="http", resources=[{"names": [name], "compress": False}], additional_resources={})
        self.http_options = types.SimpleNamespace(resources=[resource], additional_resources={}, tag="x", x_forwarded=False)
        self.port, self.bind_addresses, self.type, self.tls = 1, [], "http", False

    def get_site_tag(self):
        return "x"


def routes_of(root, kind, delegated):
    """[[method, prefix, pattern]] of a process; a prefix without pattern is a resource that is no JsonResource."""
    workers = [f"synapse.app.{name}" for name in OLD_WORKERS] if not os.path.exists(f"{root}/synapse/app/generic_worker.py") else ["synapse.app.generic_worker"]
    sys.meta_path.insert(0, Finder(root, tuple(workers)))
    logging.setLoggerClass = lambda cls: None
    trees = []

    def create_resource_tree(resources, root_resource):
        trees.append(dict(resources))
        return root_resource

    OWN["synapse.util.httpresourcetree"]["create_resource_tree"] = create_resource_tree
    problems = []
    for program in ["synapse.app.homeserver"] if kind == "main" else workers:
        module = importlib.import_module(program)
        server = next(value for value in vars(module).values() if isinstance(value, type) and value is not HomeServer and issubclass(value, HomeServer))
        for name in ["client", "federation", "media", "keys", "consent"] if kind == "main" else ["client", "federation", "media", "keys"]:
            homeserver = server(Config(None if kind == "main" else "synapse.app.generic_worker", delegated))
            try:
                if kind == "main":
                    trees.append(homeserver._configure_named_resource(name))
                else:
                    homeserver._listen_http(Listener(name))
            except Exception as error:
                problems.append(f"{program} {name}: {error!r}")
    routes = set()
    for tree in trees:
        for prefix, resource in tree.items():
            if isinstance(resource, Resource):
                walk(prefix.rstrip("/"), resource, routes)
    return {"routes": sorted(routes), "problems": problems + PROBLEMS}


def walk(prefix, resource, routes):
    for method, pattern in getattr(resource, "routes", []) or []:
        routes.add((method, prefix, pattern))
    served = [method for method in ("GET", "PUT", "POST", "DELETE") if hasattr(resource, "render_" + method) or hasattr(resource, "_async_render_" + method)]
    for method in served:
        routes.add((method, prefix, "^" + re.escape(prefix) + ("(/.*)?" if resource.isLeaf is True else "") + "/?$"))
    if type(resource) is Resource and not resource.children:
        routes.add(("GET", prefix, "^" + re.escape(prefix) + "(/.*)?$"))
    for name, child in resource.children.items() if isinstance(resource.children, dict) else []:
        if isinstance(child, Resource):
            walk(f"{prefix}/{name}" if name else prefix, child, routes)


# ---- the catalogue ----


def samples(text):
    """Paths that an entry's pattern takes, one for each choice: see docs/routing.md."""
    part = re.search(r"\((?P<words>[^()]*)\)|\[(?P<option>[^\[\]]*)\]|\{(?P<name>[a-z0-9_]+)(?P<mark>\?|\*\*)?\}", text)
    if not part:
        return [text]
    name = part["name"]
    options = part["words"].split("|") if part["words"] is not None else ["", part["option"]] if part["option"] is not None else [SIGILS.get(name, "") + "x" + name.replace("_", "")]
    return [sample for option in options for sample in samples(text[: part.start()] + option + text[part.end() :])]


def registered(routes, entry):
    """Whether some form of the path is registered with all the methods. Whole: "/rooms/(?P<room_id>[^/]+)" would match ".../rooms/!x/state" too."""
    return any(
        all(any(m == method and (path == prefix or path.startswith(prefix + "/")) and pattern.fullmatch(path) for m, prefix, pattern in routes) for method in entry["methods"])
        for path in samples(entry["path"])
    )


def writers(file):
    """The streams that may be moved to a worker: the fields of WriterLocations."""
    fields = next((cls.body for cls in ast.parse(open(file).read()).body if isinstance(cls, ast.ClassDef) and cls.name == "WriterLocations"), [])
    return [(field.target if isinstance(field, ast.AnnAssign) else field.targets[0]).id for field in fields if isinstance(field, (ast.Assign, ast.AnnAssign))]


def main():
    if sys.argv[1] == "--routes":
        json.dump(routes_of(sys.argv[2], sys.argv[3], sys.argv[4] == "delegated"), sys.stdout)
        return
    clone, entries = sys.argv[1], json.load(open(sys.argv[2]))
    tags = subprocess.check_output(["git", "-C", clone, "tag", "--list", "v1.*.0"], text=True).split()
    minors = sorted(int(tag.split(".")[1]) for tag in tags if re.fullmatch(r"v1\.\d+\.0", tag) and int(tag.split(".")[1]) >= 4)
    seen = {}
    streams = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for minor, registering, moving in pool.map(lambda minor: look_at(clone, minor, entries), minors):
            print(f"1.{minor}", file=sys.stderr)
            for key in registering:
                seen.setdefault(key, []).append(minor)
            for stream in moving:
                streams.setdefault(stream, minor)
    print("# Since which release of Synapse each entry is registered: METHODS PATH MAIN WORKER. Read by eng/registered_since.py out of the code of every")
    print(f"# minor release from 1.{minors[0]} to 1.{minors[-1]}; 1.{minors[0]} stands for it and older ones, - for not registered in 1.{minors[-1]}. All methods count,")
    print("# on some form of the path. A conditional entry and the one without its condition are the same line.")
    lines = {}
    for index, entry in enumerate(entries):
        main, worker = (since(seen.get((index, kind), []), minors) for kind in ("main", "worker"))
        lines[f"{','.join(entry['methods'])} {entry['path']}"] = f"{main} {worker}"
    for entry, releases in sorted(lines.items(), key=lambda line: line[0].split(" ")[::-1]):
        print(f"{entry} {releases}")
    print("#\n# Since which release the writing of a stream can be given to a worker: WriterLocations in synapse/config/workers.py.")
    for stream, minor in sorted(streams.items()):
        print(f"stream {stream} 1.{minor}")


def since(releases, minors):
    """The first of the releases that reach the newest without a gap."""
    first = None
    for minor in reversed(minors):
        if minor not in releases:
            break
        first = minor
    return f"1.{first}" if first is not None else "-"


def look_at(clone, minor, entries):
    """(minor, {(index of an entry, "main" or "worker")} that it registers, streams that a worker may write)."""
    registering = set()
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "-C", clone, "archive", f"v1.{minor}.0", *FOLDERS], capture_output=True).stdout
        tarfile.open(fileobj=io.BytesIO(archive)).extractall(folder, filter="data")
        for kind in ("main", "worker"):
            routes = set()
            # The authentication service came with 1.84 (MSC3861).
            for mode in ("ordinary", "delegated") if minor >= 84 else ("ordinary",):
                run = subprocess.run([sys.executable, "-I", __file__, "--routes", folder, kind, mode], capture_output=True, text=True, timeout=300)
                if run.returncode:
                    sys.exit(f"1.{minor} {kind} {mode}: {run.stderr.strip().splitlines()[-1]}")
                answer = json.loads(run.stdout)
                routes |= {tuple(route) for route in answer["routes"]}
                for problem in answer["problems"]:
                    print(f"1.{minor} {kind} {mode}: {problem}", file=sys.stderr)
            compiled = [(method, prefix, re.compile(pattern)) for method, prefix, pattern in routes]
            registering |= {(index, kind) for index, entry in enumerate(entries) if registered(compiled, entry)}
        return minor, registering, writers(f"{folder}/synapse/config/workers.py")


if __name__ == "__main__":
    main()
