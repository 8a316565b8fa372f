"""The operator of a server: decides what callers have submitted, by the program's own commands."""

import json
import subprocess

from .child import Broken
from .places import filled

SECONDS_TO_DECIDE = 30
NAME = "conformance"


def decide(server, decisions, scene):
    """Takes each of a case's decisions: `{"approve": "{kept.it.id}"}`, `{"reject": "{kept.it.id}", "reason": "…"}`.

    In place of a number, `newest` is the one that was handed in last of those that wait.
    """
    for decision in filled(decisions, scene):
        word = next(word for word in ("approve", "reject") if word in decision)
        reason = ["--reason", decision["reason"]] if "reason" in decision else []
        number = newest(server) if decision[word] == "newest" else decision[word]
        run(server, "cases", word, str(number), "--by", NAME, *reason)


def newest(server):
    """The greatest number of those that wait for a decision."""
    return max(case["number"] for case in cases(server) if case["state"] == "under_review")


def cases(server):
    """Every case of the server, as a list shows them; it says by its exit status that there is none."""
    lines = run(server, "cases", "list", "--json", "--limit", "100000", fine=(0, 1)).splitlines()
    return [json.loads(line) for line in lines]


def run(server, *words, fine=(0,)):
    """One command on the server's data; what it prints."""
    command = [str(server.binary), *words, "--data", str(server.data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_TO_DECIDE)
    if done.returncode not in fine:
        raise Broken(f"{' '.join(words)} ended with status {done.returncode}: {done.stderr.strip()[:600]}")
    return done.stdout
