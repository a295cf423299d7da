"""Prints, as JSON, the HTTP routes that a Synapse process of this image registers.

Runs inside a Synapse container, with Synapse's own code building the resource tree:

    python3 registered_routes.py main [OPTION...]             # a homeserver of its own, SQLite in memory
    python3 registered_routes.py generic_worker [OPTION...]
    python3 registered_routes.py main --config-path /config/homeserver.yaml       # the configuration of a lab
    python3 registered_routes.py generic_worker --config-path ... --config-path /config/workers/generic_worker1.yaml
    python3 registered_routes.py main --config-path ... --and generic_worker --config-path ... --config-path ...

With --and there are several processes: each is a fork of this one, so that Synapse is imported once (two seconds of CPU);
the output is then a list of such objects in the same order.

OPTION: --everything switches on every optional feature that registers routes (experimental MSCs, SSO providers,
consent, email); --delegated-auth configures the Matrix Authentication Service, which removes routes;
--resource NAME (repeatable) replaces the listener's resources.

Output: {"synapse": "1.160.0", "process": "main", "missing": ["authlib"], "routes": [
  {"method": "GET", "pattern": "^/_matrix/client/(r0|v3|unstable)/sync$", "servlet": "SyncRestServlet", "resource": "/_matrix/client"}, ...]}
A pattern is what the servlet registered (matched with re.match on the undecoded path); for resources of Twisted that
are not servlets it is made here from the place in the tree, with "(/.*)?" where they answer for what is below it.
Nothing listens, and nothing is written but logs to stderr.
"""

import argparse
import gc
import importlib.util
import inspect
import json
import os
import re
import sys
import tempfile
import traceback

RESOURCES = ["client", "federation"]

# Packages without which Synapse refuses a configuration that registers more routes.
OPTIONAL = ["authlib", "saml2"]

# Options that make synapse/rest/**/__init__.py register more. Experimental switches are taken from
# synapse/config/experimental.py itself (every option that reads `msc...` from the configuration as a boolean).
EVERYTHING = {
    "enable_registration": True,
    "enable_registration_without_verification": True,
    "registrations_require_3pid": [],
    "registration_requires_token": True,
    "refreshable_access_token_lifetime": "5m",
    "refresh_token_lifetime": "24h",
    "login_via_existing_session": {"enabled": True},
    "user_consent": {"template_dir": None, "version": "1.0"},
    "email": {"smtp_host": "localhost", "notif_from": "lab <lab@localhost>", "enable_notifs": True},
    "account_validity": {"enabled": True, "period": "6w", "renew_at": "1w"},
    "allow_public_rooms_over_federation": True,
    "federation_whitelist_endpoint_enabled": True,
    "max_event_delay_duration": "24h",
    "url_preview_enabled": True,
    "url_preview_ip_range_blacklist": ["127.0.0.0/8"],
    "serve_server_wellknown": True,
    "cas_config": {"enabled": True, "server_url": "https://cas.test", "service_url": "https://lab.test"},
    "oidc_providers": [
        {
            "idp_id": "lab",
            "idp_name": "lab",
            "discover": False,
            "issuer": "https://oidc.test/",
            "client_id": "lab",
            "client_secret": "lab",
            "authorization_endpoint": "https://oidc.test/auth",
            "token_endpoint": "https://oidc.test/token",
            "userinfo_endpoint": "https://oidc.test/userinfo",
            "jwks_uri": "https://oidc.test/jwks",
            "user_mapping_provider": {"config": {"localpart_template": "{{ user.sub }}"}},
        }
    ],
}


# Features whose option is not a plain switch, and those that synapse/config/experimental.py refuses without the
# authentication service (both are ways to sign in with a QR code).
MODES = {"msc4388_mode": "open"}
NEED_DELEGATED_AUTH = ("msc4108_enabled", "msc4388_mode")


def experimental_switches():
    """Every `msc1234_enabled`-like option that ExperimentalConfig reads with a False default."""
    from synapse.config.experimental import ExperimentalConfig

    source = inspect.getsource(ExperimentalConfig)
    switches = re.findall(r'experimental\.get\(\s*"([^"]+)",\s*(?:False|True)\s*\)', source)
    return {name: True for name in switches} | MODES


def write_config(folder, process, everything, delegated_auth, resources):
    """A homeserver of its own: returns the arguments of Synapse's command line."""
    config = {
        "server_name": "lab.test",
        "public_baseurl": "https://lab.test/",
        "pid_file": os.path.join(folder, "pid"),
        "media_store_path": os.path.join(folder, "media"),
        "signing_key_path": os.path.join(folder, "signing.key"),
        "database": {"name": "sqlite3", "args": {"database": ":memory:"}},
        "macaroon_secret_key": "not a secret",
        "registration_shared_secret": "not a secret",
        "form_secret": "not a secret",
        "report_stats": False,
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "listeners": [{"type": "http", "port": 1, "resources": [{"names": resources}]}],
        "instance_map": {"main": {"host": "127.0.0.1", "port": 2}},
        "enable_media_repo": process == "main" or "media" in resources,
    }
    if everything:
        config.update(EVERYTHING)
        templates = os.path.join(folder, "consent", "en")
        os.makedirs(templates)
        for name in ("1.0.html", "success.html"):
            with open(os.path.join(templates, name), "w") as template:
                template.write("consent\n")
        config["user_consent"]["template_dir"] = os.path.dirname(templates)
        switches = experimental_switches()
        for name in () if delegated_auth else NEED_DELEGATED_AUTH:
            switches.pop(name, None)
        config["experimental_features"] = switches
        if importlib.util.find_spec("authlib") is None:  # an optional extra of Synapse: without it OIDC cannot be configured
            del config["oidc_providers"]
    if delegated_auth:
        config["matrix_authentication_service"] = {
            "enabled": True,
            "endpoint": "http://mas.test:8080/",
            "secret": "not a secret",
        }
        for name in ("enable_registration", "enable_registration_without_verification", "registration_requires_token",
                     "cas_config", "oidc_providers", "login_via_existing_session", "account_validity", "user_consent",
                     "refreshable_access_token_lifetime", "refresh_token_lifetime"):
            config.pop(name, None)
        config["password_config"] = {"enabled": False}
    path = os.path.join(folder, "homeserver.json")
    if process != "main":
        config["worker_app"] = "synapse.app.generic_worker"
        config["worker_name"] = "worker1"
        config["worker_listeners"] = config.pop("listeners")
    with open(path, "w") as file:
        json.dump(config, file)  # JSON is YAML
    return ["--config-path", path]


def write_signing_key(folder):
    from signedjson.key import generate_signing_key, write_signing_keys

    with open(os.path.join(folder, "signing.key"), "w") as file:
        write_signing_keys(file, [generate_signing_key("a_lab")])


def build_roots(process, arguments):
    """The root resource of every HTTP listener that the process would open."""
    roots = []

    def instead_of_listening(hs, listener_config, root_resource, *rest, **options):
        roots.append(root_resource)
        return []

    if process == "main":
        from synapse.app import homeserver as app

        app.listen_http = instead_of_listening
        config = app.load_or_generate_config(arguments)
        hs = app.create_homeserver(config)
        listen = lambda: [hs._listener_http(config, listener) for listener in config.server.listeners if listener.type == "http"]
    else:
        from synapse.app import _base, generic_worker as app

        _base.listen_http = instead_of_listening
        config = app.load_config(arguments)
        hs = app.create_homeserver(config)
        listen = lambda: [hs._listen_http(listener) for listener in config.worker.worker_listeners if listener.type == "http"]
    leave_the_database_alone()
    hs.setup()
    listen()
    return roots


def leave_the_database_alone():
    """At its start Synapse removes what it noted as being persisted (state_groups_persisting). The process of this name runs, and its notes are
    its own: taken away under its hands, or in its way (SerializationFailure)."""
    try:
        from synapse.storage.databases.state.deletion import StateDeletionDataStore
    except ImportError:  # an older Synapse notes nothing
        return
    StateDeletionDataStore._clear_existing_persising = lambda self, txn: None


def walk(resource, path, exact=True):
    """Yields (method, pattern, servlet, mount) for everything below a resource."""
    from synapse.http.server import JsonResource

    original = getattr(resource, "original", None)
    if original is not None:  # gzip wrapper
        yield from walk(original, path)
        return
    if isinstance(resource, JsonResource):
        for pattern, methods in resource._routes.items():
            for method, entry in methods.items():
                yield method.decode(), pattern.pattern, entry.servlet_classname, path
        return
    children = {name.decode(): child for name, child in getattr(resource, "children", {}).items()}
    for name, child in sorted(children.items()):
        yield from walk(child, path.rstrip("/") + "/" + name)
    methods = [
        method
        for method in ("GET", "PUT", "POST", "DELETE")
        if hasattr(resource, "render_" + method) or hasattr(resource, "_async_render_" + method)
    ]
    # A resource that looks at the rest of the path answers for everything below its place, any other for exactly its place.
    subtree = type(resource).__name__ == "StaticResource" or "postpath" in inspect.getsource(type(resource))
    for method in methods:
        yield method, "^" + re.escape(path or "/").replace("\\-", "-") + ("(/.*)?" if subtree else "") + "$", type(resource).__name__, path or "/"


def print_routes(words):
    """Prints the object for one process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("process", choices=["main", "generic_worker"])
    parser.add_argument("--everything", action="store_true")
    parser.add_argument("--delegated-auth", action="store_true")
    parser.add_argument("--resource", action="append", dest="resources")
    parser.add_argument("--config-path", action="append", dest="configs", default=[])
    options = parser.parse_args(words)
    import synapse.util

    with tempfile.TemporaryDirectory() as folder:
        if options.configs:
            arguments = [word for path in options.configs for word in ("--config-path", path)]
        else:
            write_signing_key(folder)
            arguments = write_config(folder, options.process, options.everything, options.delegated_auth, options.resources or RESOURCES)
        routes = [
            {"method": method, "pattern": pattern, "servlet": servlet, "resource": mount}
            for root in build_roots(options.process, arguments)
            for method, pattern, servlet, mount in walk(root, "")
        ]
    missing = [package for package in OPTIONAL if importlib.util.find_spec(package) is None]
    json.dump({"synapse": synapse.util.SYNAPSE_VERSION, "process": options.process, "missing": missing, "routes": routes}, sys.stdout, indent=1)
    print(flush=True)


def main():
    # Over before there is anything to collect; looking for it is a fifth of the time of the imports.
    gc.disable()
    processes = [[]]
    for word in sys.argv[1:]:
        if word == "--and":
            processes.append([])
        else:
            processes[-1].append(word)
    if len(processes) == 1:
        print_routes(processes[0])
        os._exit(0)  # leave without the reactor's exit handlers: it never ran

    from synapse.app import generic_worker, homeserver  # noqa: F401, imported for the forks

    # A fork for each, as many at a time as there are cores, and each writes into a file of its own.
    files, running = [], {}
    for words in processes:
        if len(running) == os.cpu_count():
            end_one(running)
        files.append(tempfile.TemporaryFile("w+"))
        child = os.fork()
        if child == 0:
            try:
                os.dup2(files[-1].fileno(), 1)
                print_routes(words)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        running[child] = words
    while running:
        end_one(running)
    for index, file in enumerate(files):
        file.seek(0)
        print("[" if index == 0 else ",", file.read())
    print("]", flush=True)
    os._exit(0)


def end_one(running):
    """Waits until one of the forks ends."""
    child, status = os.wait()
    words = running.pop(child)
    if status != 0:
        sys.exit("no routes of: " + " ".join(words))


main()
