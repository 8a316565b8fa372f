"""The cases of one door, read from `cases.json` and filled in with what a running server told of itself."""

import json
import uuid

from . import pem
from .judge import judge
from .photos import NONE_AT_HAND, at_hand, photos
from .picture import pictures
from .places import filled
from .portrait import portrait
from .scan import scans


class Missing(Exception):
    """The server has nothing of the kind that a case needs: the case cannot be asked. Says what, in words."""


class Door:
    """One door's part of `cases.json`: servers, calls, expectations, cases."""

    def __init__(self, name, told):
        self.name = name
        self.told = told
        self.judge = judge(told["judge"])
        self.servers = told["servers"]
        self.calls = told["calls"]
        self.cases = [one for case in told["cases"] for one in by_mode(case)]

    def cast(self, ready):
        """What a case may name in braces: callers, people and companies by their part in the cases, and a portrait."""
        callers = [pem.bared(caller) for caller in ready["callers"] if caller["door"] == self.told["callers"]]
        people = {person["case"]: person for person in ready["people"]}
        companies = {company["case"]: company for company in ready["companies"]}
        return {
            "caller": next(caller for caller in callers if not caller.get("security_token")),
            "temporary": next((caller for caller in callers if caller.get("security_token")), {}),
            "legacy": next((caller for caller in callers if "RSA" in caller.get("sign_types", [])), {}),
            "stranger_key": pem.stranger(),
            "other_platform_cert": str(pem.OTHER_PLATFORM_CERT),
            **{part: people[case] for part, case in self.told["people"].items()},
            **{part: companies[case] for part, case in self.told.get("companies", {}).items()},
            "sessions": ready.get("sessions"),
            "portrait": portrait(),
            "picture": pictures(self.told.get("pictures", [])),
            "scan": scans(self.told.get("scans", [])),
            "photo": photos(self.told.get("photos", {})),
            "kept": {},
        }

    def references(self, told, ready):
        """Who has which photo as reference portrait at a server: `told` names people by their part, photos by their name."""
        people = {person["case"]: person for person in ready["people"]}
        for part, photo in told.get("portraits", {}).items():
            person = people[self.told["people"][part]]
            yield {**{key: person[key] for key in ("id_number", "name")}, "portrait": photos({photo: photo})[photo]}

    def operation(self, case):
        """The operation that a case calls."""
        return self.calls[case["call"]]["operation"]

    def is_page(self, case):
        """Whether the SDK only signs an address, which a person's browser opens."""
        return "page" in self.calls[case["call"]]

    def call(self, case, server, cast, relay=None):
        """The line that the SDK's driver reads for this case; with a relay, that is where the SDK finds the server."""
        called = self.calls[case["call"]]
        arguments = json.loads(json.dumps(called["arguments"]))
        for path, value in case.get("change", {}).items():
            change(arguments, path.split("."), value)
        mode = {"mode": case["mode"]} if "mode" in case else {}
        keys = {**self.told["keys"], **self.told.get("keys_by_mode", {}).get(case.get("mode"), {})}
        keys = {**keys, **called.get("keys", {}), **case.get("keys", {})}
        page = {"page": called["page"]} if "page" in called else {}
        line = {"operation": called["operation"], "arguments": arguments, **page, **keys}
        endpoint = (relay or server).endpoint
        ca = {"ca": server.authority} if server.authority and case.get("trusts", True) else {}
        return {"case": case["case"], "endpoint": endpoint, "scheme": server.scheme, **ca, **mode, **filled(line, cast)}


class Stages(dict):
    """A door's servers by their names, each with its cast, started when the first case asks for it."""

    def __init__(self, door, start):
        super().__init__()
        self.door = door
        self.start = start

    def __missing__(self, name):
        told = self.door.servers[name]
        if "portraits" in told and not at_hand():
            raise Missing(f"not run: {NONE_AT_HAND}")
        server = self.start(name, told)
        server.register(self.door.references(told, server.ready))
        self[name] = server, self.door.cast(server.ready)
        return self[name]

    def end(self):
        """Stops every server."""
        for server, _ in self.values():
            server.end()


def load(path):
    """Every door's cases."""
    return {name: Door(name, told) for name, told in json.loads(path.read_text()).items()}


def by_mode(case):
    """A case that is asked in several modes is as many cases."""
    if "modes" not in case:
        return [case]
    return [{**case, "mode": mode, "case": f"{case['case']} [{mode}]"} for mode in case["modes"]]


def adapted(case, sdk):
    """The case as it is for one SDK: `by_generation` holds what depends on how it signs."""
    return {**case, **case.get("by_generation", {}).get(sdk.get("generation"), {})}


def scene(case, cast):
    """The cast as one case finds it: with a number that nobody has used, and a session of the kind that it asks for."""
    number = uuid.uuid4().hex
    scene = {**cast, "fresh": {"number": number, "short": number[:8]}}
    if "session" in case:
        scene["session"] = session(case["session"], cast["sessions"])
    return scene


def session(kind, sessions):
    """A session at the desk that stands where a case needs it. What can be had only once is given to only one case."""
    if sessions is None:
        raise Missing("not run: the server names no sessions at its start")
    found = next((known for known in sessions if known["case"] == kind), None)
    if found is None:
        raise KeyError(f"the server names no session, or no more, that is {kind}")
    if found.get("once"):
        sessions.remove(found)
    return found


def change(arguments, path, value):
    """Puts another value at the path, or takes the element away where the value is null."""
    for step in path[:-1]:
        arguments = arguments[step]
    if value is None:
        del arguments[path[-1]]
    else:
        arguments[path[-1]] = value
