"""Pictures of an exact size, and some that are none: the same on every run."""

import base64
import functools
import math
import random
import struct
import zlib

from .portrait import chunk

# A grey square of 16 by 16 pixels, and nothing but what a baseline JPEG must have.
JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19i"
    "Z2hnPk1xeXBkeFxlZ2P/wAALCAAQABABAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAI"
    "AQEAAD8AAP/Z"
)

TEXT = b"This is no picture, whatever its name says. "


def pictures(sizes):
    """By name, in base64: a PNG for each size in bytes, a JPEG, a PNG that was cut off, a text, and one of over 5 KB."""
    return {
        **{str(size): encoded(png(size)) for size in sizes},
        "jpeg": JPEG,
        "cut": encoded(png(2000)[:1500]),
        "text": encoded(TEXT * 20),
        "long_text": encoded(TEXT * 120),
    }


@functools.cache
def png(size):
    """A PNG of noise with so many bytes."""
    side = max(1, math.isqrt(size * 9 // 10 // 3))
    noise = random.Random(size)
    rows = b"".join(b"\0" + noise.randbytes(3 * side) for _ in range(side))
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    tail = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    # A chunk of nobody's kind, which a reader passes over, makes up what is missing. It has 12 bytes around its content.
    return head + chunk(b"shIm", noise.randbytes(size - len(head) - len(tail) - 12)) + tail


def encoded(content):
    """Base64 as text."""
    return base64.b64encode(content).decode()
