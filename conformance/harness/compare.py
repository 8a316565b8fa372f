"""How two values differ, in sentences that say where."""

import json
import re

ABSENT = object()  # what a value is compared with where the other side has no such key


def differing(what, expected, seen):
    """A sentence for each place where two values differ."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        keys = dict.fromkeys([*expected, *seen])
        return [fault for key in keys for fault in differing(f"{what}.{key}", expected.get(key, ABSENT), seen.get(key, ABSENT))]
    return [] if same(expected, seen) else [f"{what}: expected {show(expected)}, got {show(seen)}"]


def lacking(what, expected, seen):
    """A sentence for each place where a value has not what is expected of it; what else it holds is left alone.

    `{"like": …}` stands for a text of that form, `{"from": …, "to": …}` for a whole number between the two, `null` for
    something that is not there or empty.
    """
    if expected is None:
        return [] if seen in (ABSENT, None, "", []) else [f"{what}: expected nothing, got {show(seen)}"]
    if isinstance(expected, dict) and set(expected) == {"like"}:
        fits = isinstance(seen, str) and re.fullmatch(expected["like"], seen)
        return [] if fits else [f"{what}: expected something like {expected['like']}, got {show(seen)}"]
    if isinstance(expected, dict) and set(expected) == {"from", "to"}:
        fits = type(seen) is int and expected["from"] <= seen <= expected["to"]
        return [] if fits else [f"{what}: expected a number from {expected['from']} to {expected['to']}, got {show(seen)}"]
    if isinstance(expected, dict) and isinstance(seen, dict):
        return [fault for key in expected for fault in lacking(f"{what}.{key}", expected[key], seen.get(key, ABSENT))]
    if isinstance(expected, list) and isinstance(seen, list) and len(expected) == len(seen):
        pairs = enumerate(zip(expected, seen))
        return [fault for index, pair in pairs for fault in lacking(f"{what}.{index}", *pair)]
    return differing(what, expected, seen)


def same(expected, seen):
    """Equal in value and in JSON type: 1 is neither true nor "1"."""
    return type(expected) is type(seen) and expected == seen


def show(value):
    """The value as JSON has it."""
    return "nothing" if value is ABSENT else json.dumps(value, ensure_ascii=False)
