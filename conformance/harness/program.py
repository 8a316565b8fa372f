"""The program under test: one server with made-up people in a scratch folder, on free loopback ports."""

import json
import os
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from .child import Broken, Child

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 30


def build():
    """Builds the program for release and answers where it lies."""
    if subprocess.run(["cargo", "build", "--release", "-p", "shiming"], cwd=ROOT).returncode != 0:
        raise Broken("the program does not build")
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "shiming"


class Server:
    """Started when made; ready when made. `told` is what `cases.json` says of it."""

    def __init__(self, binary, name, told, scratch):
        self.binary, self.data = binary, scratch / name
        command = [binary, "demo", "--json", "--data", self.data]
        command += ["--listen", free_address(), "--operator", free_address()]
        self.child = Child(f"the server {name!r}", command, scratch / f"{name}.log", told.get("environment"))
        self.ready = self._ready()
        self.endpoint = urlsplit(self.ready["door"]).netloc

    def _ready(self):
        line = self.child.line(SECONDS_TO_START)
        try:
            ready = json.loads(line)
        except ValueError:
            ready = {}
        if not isinstance(ready, dict) or ready.get("ready") is not True:
            raise Broken(f"{self.child.name} began with {line[:300]!r} and not with its line of JSON.\n{self.child.tail()}")
        return ready

    def end(self):
        """Stops the server."""
        self.child.end()


def free_address():
    """A loopback address with a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % probe.getsockname()[1]
