"""Whether what an Alipay SDK made of an answer is what its user should see. Both doors, the gateway and v3, are judged here."""

import re

from .compare import ABSENT, differing, show


def faults(case, outcome, sdk, door, _scene):
    """Everything that is wrong with an outcome, in words; empty when the case holds."""
    expected = door.told["answers"][case["answer"]]
    return unreadable(sdk, expected, outcome) if "unreadable" in expected else compared(expected, outcome, sdk)


def unreadable(sdk, expected, outcome):
    """An answer that the SDK does not take. `sdk.json` has the words of its exception, or null where it takes it after all."""
    said = sdk[expected["unreadable"]]
    if said is None:
        return compared({name: value for name, value in expected.items() if name != "unreadable"}, outcome, sdk)
    if "exception" not in outcome:
        return [f"expected that the SDK throws, got {show(outcome.get('result') or outcome.get('error'))}"]
    found = outcome["exception"].strip()
    return [] if said in found else [f"expected an exception that says {said!r}, got {found[:600]!r}"]


def compared(expected, outcome, sdk):
    """The fields that the expectation names, as the SDK's result or its own error type holds them."""
    if "exception" in outcome:
        return [f"the SDK threw: {outcome['exception'].strip()[:600]}"]
    found = []
    if "error" in outcome and "error_type" in sdk:
        found += differing("error type", sdk["error_type"], outcome["error"]["type"])
    seen = outcome.get("error") or outcome.get("result") or {}
    for name, wanted in expected.items():
        found += field(name, wanted, seen.get(name, ABSENT))
    return found


def field(name, wanted, seen):
    """One field: equal, of a form, or not set at all."""
    if wanted is None:
        return [] if seen in (ABSENT, None, "") else [f"{name}: expected nothing, got {show(seen)}"]
    if isinstance(wanted, dict):
        fits = isinstance(seen, str) and re.fullmatch(wanted["like"], seen)
        return [] if fits else [f"{name}: expected something like {wanted['like']}, got {show(seen)}"]
    return differing(name, wanted, seen)
