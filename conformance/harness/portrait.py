"""A portrait with nobody on it: a PNG of noise, the same on every run."""

import base64
import random
import struct
import zlib

SIDE = 143  # pixels; noise does not compress, so 3 bytes a pixel make just over 60,000 bytes


def portrait():
    """The picture in base64, as the SDKs take it."""
    noise = random.Random(1)
    rows = b"".join(b"\0" + noise.randbytes(3 * SIDE) for _ in range(SIDE))
    png = b"\x89PNG\r\n\x1a\n"
    png += chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0))
    png += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(png).decode()


def chunk(kind, content):
    """One chunk of a PNG: length, kind, content, checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
