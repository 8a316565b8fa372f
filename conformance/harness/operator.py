"""The operator of a server: decides what callers have submitted, by the program's own commands."""

import json

from .places import filled

NAME = "conformance"


def decide(server, decisions, scene):
    """Takes each of a case's decisions: `{"approve": "{kept.it.id}"}`, `{"reject": "{kept.it.id}", "reason": "…"}`.

    In place of a number, `newest` is the one that was handed in last of those that wait.
    """
    for decision in filled(decisions, scene):
        word = next(word for word in ("approve", "reject") if word in decision)
        reason = ["--reason", decision["reason"]] if "reason" in decision else []
        number = newest(server) if decision[word] == "newest" else decision[word]
        server.command("cases", word, str(number), "--by", NAME, *reason)


def newest(server):
    """The greatest number of those that wait for a decision."""
    return max(case["number"] for case in cases(server) if case["state"] == "under_review")


def cases(server):
    """Every case of the server, as a list shows them; it says by its exit status that there is none."""
    lines = server.command("cases", "list", "--json", "--limit", "100000", fine=(0, 1)).splitlines()
    return [json.loads(line) for line in lines]
