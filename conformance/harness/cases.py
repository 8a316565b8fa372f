"""The cases of one door, read from `cases.json` and filled in with what a running server told of itself."""

import json
import re

PLACE = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)*)\}")


class Door:
    """One door's part of `cases.json`: servers, calls, expectations, cases."""

    def __init__(self, name, told):
        self.name = name
        self.servers = told["servers"]
        self.people = told["people"]
        self.companies = told["companies"]
        self.calls = told["calls"]
        self.verdicts = told["verdicts"]
        self.refusals = told["refusals"]
        self.cases = told["cases"]

    def cast(self, ready, portrait):
        """What a case may name in braces: callers, people and companies by their part in the cases, and a portrait."""
        callers = [caller for caller in ready["callers"] if caller["door"] == self.name]
        people = {person["case"]: person for person in ready["people"]}
        companies = {company["case"]: company for company in ready["companies"]}
        return {
            "caller": next(caller for caller in callers if not caller.get("security_token")),
            "temporary": next((caller for caller in callers if caller.get("security_token")), {}),
            **{part: people[case] for part, case in self.people.items()},
            **{part: companies[case] for part, case in self.companies.items()},
            "portrait": portrait,
        }

    def operation(self, case):
        """The operation that a case calls."""
        return self.calls[case["call"]]["operation"]

    def call(self, case, endpoint, cast):
        """The line that the SDK's driver reads for this case."""
        called = self.calls[case["call"]]
        arguments = json.loads(json.dumps(called["arguments"]))
        for path, value in case.get("change", {}).items():
            change(arguments, path.split("."), value)
        keys = {"access_key": "{caller.access_key}", "secret_key": "{caller.secret_key}", **case.get("keys", {})}
        line = {"operation": called["operation"], "arguments": arguments, **keys}
        return {"case": case["case"], "endpoint": endpoint, "scheme": "http", **filled(line, cast)}


def load(path):
    """Every door's cases."""
    return {name: Door(name, told) for name, told in json.loads(path.read_text()).items()}


def change(arguments, path, value):
    """Puts another value at the path, or takes the element away where the value is null."""
    for step in path[:-1]:
        arguments = arguments[step]
    if value is None:
        del arguments[path[-1]]
    else:
        arguments[path[-1]] = value


def filled(value, cast):
    """The value with every name in braces replaced by what it stands for."""
    if isinstance(value, dict):
        return {key: filled(inner, cast) for key, inner in value.items()}
    if isinstance(value, str):
        return PLACE.sub(lambda place: look_up(place[1], cast), value)
    return value


def look_up(name, cast):
    """What a dotted name stands for; a name that the server's cast lacks is an error of the suite."""
    value = cast
    for step in name.split("."):
        value = value[step] if isinstance(value, dict) and step in value else None
    if not isinstance(value, str):
        raise KeyError(f"the server's cast has no {name}")
    return value
