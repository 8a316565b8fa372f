"""How two values differ, in sentences that say where."""

import json

ABSENT = object()  # what a value is compared with where the other side has no such key


def differing(what, expected, seen):
    """A sentence for each place where two values differ."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        keys = dict.fromkeys([*expected, *seen])
        return [fault for key in keys for fault in differing(f"{what}.{key}", expected.get(key, ABSENT), seen.get(key, ABSENT))]
    return [] if same(expected, seen) else [f"{what}: expected {show(expected)}, got {show(seen)}"]


def same(expected, seen):
    """Equal in value and in JSON type: 1 is neither true nor "1"."""
    return type(expected) is type(seen) and expected == seen


def show(value):
    """The value as JSON has it."""
    return "nothing" if value is ABSENT else json.dumps(value, ensure_ascii=False)
