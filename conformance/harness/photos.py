"""Photos of people, and the networks that compare them. Neither is in the repository: SHIMING_FACES and SHIMING_MODELS
name the folders where they lie, and without both of them no portrait is compared.
"""

import base64
import functools
import os
from pathlib import Path

NONE_AT_HAND = "SHIMING_MODELS and SHIMING_FACES do not both name a folder, so no portrait was compared"
METADATA = (0xE2, 0xED)  # the segments of a JPEG that hold colour profiles and editors' notes
EXIF = b"Exif\0"
START_OF_SCAN = 0xDA


def at_hand():
    """Whether portraits can be compared on this machine."""
    return models() is not None and faces() is not None


def models():
    """The folder with the networks."""
    return folder("SHIMING_MODELS")


def faces():
    """The folder with the photos."""
    return folder("SHIMING_FACES")


def folder(variable):
    """The folder that a variable of the environment names; None where it names none that is there."""
    named = os.environ.get(variable)
    return Path(named).resolve() if named and Path(named).is_dir() else None


def photos(told):
    """By name, in base64: photos by their file's name without its ending. `NAME cut` is a photo's first half."""
    return {name: photo(of) for name, of in told.items()} if at_hand() else {}


@functools.cache
def photo(told):
    """One photo, without metadata: vendors limit a photo's bytes, and one of ours has more metadata than that leaves."""
    name, _, cut = told.partition(" ")
    content = bared((faces() / f"{name}.jpg").read_bytes())
    return base64.b64encode(content[: len(content) // 2] if cut else content).decode()


def bared(jpeg):
    """A JPEG without its metadata but for EXIF, which says where up is."""
    kept, at = [jpeg[:2]], 2
    while jpeg[at + 1] != START_OF_SCAN:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        notes = jpeg[at + 1] == 0xE1 and not jpeg[at + 4 : at + 4 + len(EXIF)] == EXIF
        if jpeg[at + 1] not in METADATA and not notes:
            kept.append(jpeg[at:end])
        at = end
    return b"".join([*kept, jpeg[at:]])
