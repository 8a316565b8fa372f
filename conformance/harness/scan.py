"""Scans of papers in exact sizes, as doors want them that take JPEG or BMP: the same on every run."""

import base64
import random
import struct

from .picture import JPEG

LONGEST = 0xFFFF  # what a JPEG's segment may hold, with the two bytes that say so
SIDE = 8  # pixels of the bitmap


def scans(sizes):
    """By name, in base64: a JPEG and a BMP for each size in bytes, and a JPEG of the first size without its end."""
    told = {f"jpeg_{size}": jpeg(size) for size in sizes} | {f"bmp_{size}": bmp(size) for size in sizes}
    broken = {"cut": jpeg(sizes[0])[:-2] + b"\0\0"} if sizes else {}
    return {name: base64.b64encode(content).decode() for name, content in {**told, **broken}.items()}


def jpeg(size):
    """A small picture that can be looked at, with noise in comments between its head and its content."""
    plain = base64.b64decode(JPEG)
    noise = random.Random(size)
    comments, missing = b"", size - len(plain)
    while missing:
        # What is left over must be none, or a whole comment of its own.
        length = missing if missing <= LONGEST else min(LONGEST, missing - 4)
        comments += b"\xff\xfe" + struct.pack(">H", length - 2) + noise.randbytes(length - 4)
        missing -= length
    return plain[:2] + comments + plain[2:]


def bmp(size):
    """A small bitmap, with noise between its head and its pixels."""
    row = 3 * SIDE
    gap = size - 54 - row * SIDE
    noise = random.Random(size)
    head = b"BM" + struct.pack("<IHHI", size, 0, 0, 54 + gap)
    head += struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, 24, 0, row * SIDE, 2835, 2835, 0, 0)
    return head + noise.randbytes(gap) + noise.randbytes(row * SIDE)
