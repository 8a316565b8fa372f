"""What the command line may say. `run` reads it before it looks for anything, `suite.py` again."""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from harness import program  # noqa: E402

SHOTS = HERE.parent / ".work" / "desk" / "shots"


def read(description=None):
    parser = argparse.ArgumentParser(prog="conformance/desk/run", description=description)
    parser.add_argument("--bin", metavar="PATH", type=program.built, help="an already built program; without it, one is built")
    parser.add_argument("--shots", metavar="FOLDER", type=Path, default=SHOTS, help="where pictures go; it is cleared")
    parser.add_argument("--keep", action="store_true", help="keep the server's data and log")
    return parser.parse_args()
