"""One SDK is one folder: `prepare` installs it, `drive` calls it, `sdk.json` says what to expect of it."""

import hashlib
import json
import os
import re

from .child import Broken, Child
from .port80 import Port80, obstacle
from .trust import environment

SECONDS_TO_PREPARE = 400
SECONDS_TO_ANSWER = 30
BREAKS_BORNE = 3


class Sdk:
    """The folder `conformance/<name>` and what `sdk.json` in it says."""

    def __init__(self, folder):
        self.folder = folder
        self.name = folder.name
        self.work = folder.parent / ".work" / folder.name
        self.traits = json.loads((folder / "sdk.json").read_text())
        self.child = None
        self.authority = None
        self.breaks = 0
        self.port80 = None

    @property
    def door(self):
        """The door that this SDK is for: a key of `cases.json`."""
        return self.traits["door"]

    def lacks(self, case, operation):
        """Why the SDK cannot be asked this, by its own admission in `sdk.json`; None where it can."""
        for lack in self.traits.get("lacks", []):
            told = case["case"].startswith(tuple(lack.get("cases", [""])))
            if told and operation in lack.get("operations", [operation]) and case.get("mode") in lack.get("modes", [case.get("mode")]):
                return lack["reason"]
        return None

    def obstacle(self):
        """Why this machine cannot drive the SDK at all; None where it can."""
        return obstacle() if self.traits.get("port") == 80 else None

    def prepare(self):
        """Installs the SDK, unless this very folder's content was installed before. A registry is given a second chance."""
        self.work.mkdir(parents=True, exist_ok=True)
        stamp = self.work / "prepared"
        content = self._digest()
        if stamp.exists() and stamp.read_text() == content:
            return
        try:
            self._install()
        except Broken:
            self._install()
        stamp.write_text(content)

    def _install(self):
        child = Child(f"{self.name}/prepare", [self.folder / "prepare"], self._beside("prepare.log"))
        try:
            child.finish(SECONDS_TO_PREPARE)
        finally:
            child.end()

    def _beside(self, ending):
        return self.work.with_name(f"{self.name}.{ending}")

    def _digest(self):
        digest = hashlib.sha256()
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and os.access(path, os.R_OK):
                digest.update(f"{path.relative_to(self.folder)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def ask(self, call):
        """Has the SDK make one call and answers what it made of the reply. The driver stays up for the next."""
        if self.breaks == BREAKS_BORNE:
            raise Broken(f"not run: {self.name}/drive broke {BREAKS_BORNE} times before")
        if self.child is not None and self.authority != call.get("ca"):
            self.end()
        if self.child is None:
            self._start(call.get("ca"))
        if self.port80 and "page" not in call:
            call = {**call, "endpoint": self.port80.address(call["endpoint"])}
        try:
            self.child.say(json.dumps(call))
            return self._outcome(call["case"])
        except Broken:
            self.breaks += 1
            self.end()
            raise

    def _start(self, authority):
        """Starts the driver; whom it trusts is settled for its life, because most languages read that once."""
        command = [self.folder / "drive"]
        if self.traits.get("port") == 80:
            self.port80 = Port80()
            command = self.port80.command(command)
        self.authority = authority
        trust = environment(self.traits.get("trusts", {}), authority)
        self.child = Child(f"{self.name}/drive", command, self._beside("drive.log"), trust)

    def _outcome(self, case):
        line = self.child.line(SECONDS_TO_ANSWER)
        try:
            outcome = json.loads(line)
        except ValueError:
            outcome = None
        if not isinstance(outcome, dict) or outcome.get("case") != case:
            raise Broken(f"{self.name}/drive answered {line[:300]!r}")
        if self.traits.get("names") == "camel" and isinstance(outcome.get("result"), dict):
            outcome["result"] = {snaked(name): value for name, value in outcome["result"].items()}
        return outcome

    def end(self):
        """Stops the driver; the next call starts it anew."""
        if self.child is not None:
            self.child.end()
            self.child = None
        if self.port80 is not None:
            self.port80.end()
            self.port80 = None


def snaked(name):
    """The vendor's name of a field that the SDK gave its user in camel case."""
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def find(home, only):
    """Every SDK folder of the suite, or those named."""
    found = [Sdk(path.parent) for path in sorted(home.glob("*/sdk.json"))]
    missing = set(only) - {sdk.name for sdk in found}
    if missing:
        raise Broken(f"no such SDK folder: {', '.join(sorted(missing))}")
    return [sdk for sdk in found if not only or sdk.name in only]
