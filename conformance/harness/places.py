"""Names in braces in `cases.json`, and what they stand for."""

import json
import re

PLACE = re.compile(r"\{([A-Za-z_0-9]+(?:\.[A-Za-z_0-9]+)*)\}")


def filled(value, cast):
    """The value with every name in braces replaced by what it stands for.

    A text that is nothing but one name becomes the value itself, which may be a number. A key that ends in `:json`
    holds an object that goes as JSON text, one that ends in `:int` a text that goes as a number, both under the key
    without that ending.
    """
    if isinstance(value, dict):
        return dict(named(key, filled(inner, cast)) for key, inner in value.items())
    if isinstance(value, list):
        return [filled(inner, cast) for inner in value]
    if isinstance(value, str):
        whole = PLACE.fullmatch(value)
        return look_up(whole[1], cast) if whole else PLACE.sub(lambda place: str(look_up(place[1], cast)), value)
    return value


def named(key, value):
    """A key without its ending, and the value as the ending says."""
    name, _, ending = key.partition(":")
    made = {"json": as_text, "int": int}.get(ending)
    return (name, made(value)) if made else (key, value)


def as_text(value):
    """Compact JSON, with every character as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def look_up(name, cast):
    """What a dotted name stands for; a name that the server's cast lacks is an error of the suite."""
    value = cast
    for step in name.split("."):
        value = value[step] if isinstance(value, dict) and step in value else None
    if not isinstance(value, (str, int)):
        raise KeyError(f"there is no {name}: the server's cast lacks it, or the case that keeps it has failed")
    return value
