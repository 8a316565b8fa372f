"""The program under test: one server with made-up people in a scratch folder, on free loopback ports."""

import argparse
import json
import os
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from .child import Broken, Child
from .photos import models

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 30
SECONDS_FOR_A_COMMAND = 30


def build():
    """Builds the program for release and answers where it lies."""
    if subprocess.run(["cargo", "build", "--release", "-p", "shiming"], cwd=ROOT).returncode != 0:
        raise Broken("the program does not build")
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "shiming"


def built(text):
    """The path of a program that is already built, as it is given on the command line."""
    path = Path(text).resolve()
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise argparse.ArgumentTypeError(f"{text} is no program")
    return path


class Server:
    """Started when made; ready when made. `told` is what `cases.json` says of it."""

    def __init__(self, binary, name, told, scratch, family=socket.AF_INET):
        self.binary, self.data = binary, scratch / name
        self.environment = {**told.get("environment", {}), **engine(told)}
        command = [binary, "demo", "--json", "--data", self.data]
        command += ["--listen", free_address(family), "--operator", free_address(), *(["--tls"] if told.get("tls") else [])]
        self.child = Child(f"the server {name!r}", command, scratch / f"{name}.log", self.environment)
        self.ready = self._ready()
        self.scheme, self.endpoint = urlsplit(self.ready["door"])[:2]
        self.authority = self.ready.get("ca")

    def _ready(self):
        line = self.child.line(SECONDS_TO_START)
        try:
            ready = json.loads(line)
        except ValueError:
            ready = {}
        if not isinstance(ready, dict) or ready.get("ready") is not True:
            raise Broken(f"{self.child.name} began with {line[:300]!r} and not with its line of JSON.\n{self.child.tail()}")
        return ready

    def register(self, rows):
        """Has the running program's registry take these rows in, by the command that an operator uses."""
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        if text:
            source = self.data.with_suffix(".ndjson")
            source.write_text(text)
            self.command("registry", "import", str(source), "--quiet")

    def command(self, *words, fine=(0,)):
        """One command on the server's data; what it prints."""
        command = [str(self.binary), *words, "--data", str(self.data)]
        environment = {**os.environ, **self.environment}
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_FOR_A_COMMAND, env=environment)
        if done.returncode not in fine:
            raise Broken(f"{' '.join(words)} ended with status {done.returncode}: {done.stderr.strip()[:600]}")
        return done.stdout

    def end(self):
        """Stops the server."""
        self.child.end()


def engine(told):
    """What gives a server a face engine, where it is to have one."""
    return {"SHIMING_FACE_MODELS": str(models())} if "portraits" in told else {}


def free_address(family=socket.AF_INET):
    """A loopback address with a port that nobody listens on now."""
    host, written = ("::1", "[::1]") if family == socket.AF_INET6 else ("127.0.0.1", "127.0.0.1")
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return f"{written}:{probe.getsockname()[1]}"
