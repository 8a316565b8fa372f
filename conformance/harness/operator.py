"""The operator of a server: decides what callers have submitted, by the program's own commands."""

import subprocess

from .child import Broken
from .places import filled

SECONDS_TO_DECIDE = 30
NAME = "conformance"


def decide(server, decisions, scene):
    """Takes each of a case's decisions: `{"approve": "{kept.it.id}"}`, `{"reject": "{kept.it.id}", "reason": "…"}`."""
    for decision in filled(decisions, scene):
        word = next(word for word in ("approve", "reject") if word in decision)
        reason = ["--reason", decision["reason"]] if "reason" in decision else []
        run(server, "cases", word, str(decision[word]), "--by", NAME, *reason)


def run(server, *words):
    """One command on the server's data; what it prints."""
    command = [str(server.binary), *words, "--data", str(server.data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_TO_DECIDE)
    if done.returncode != 0:
        raise Broken(f"{' '.join(words)} ended with status {done.returncode}: {done.stderr.strip()[:600]}")
    return done.stdout
