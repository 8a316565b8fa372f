"""One SDK is one folder: `prepare` installs it, `drive` calls it, `sdk.json` says what to expect of it."""

import hashlib
import json
import os

from .child import Broken, Child

SECONDS_TO_PREPARE = 900
SECONDS_TO_ANSWER = 40
BREAKS_BORNE = 3


class Sdk:
    """The folder `conformance/<name>` and what `sdk.json` in it says."""

    def __init__(self, folder):
        self.folder = folder
        self.name = folder.name
        self.work = folder.parent / ".work" / folder.name
        self.traits = json.loads((folder / "sdk.json").read_text())
        self.child = None
        self.breaks = 0

    @property
    def door(self):
        """The door that this SDK is for: a key of `cases.json`."""
        return self.traits["door"]

    def lacks(self, operation):
        """Whether the SDK has no such operation, by its own admission in `sdk.json`."""
        return operation in self.traits.get("lacks", {}).get("operations", [])

    def prepare(self):
        """Installs the SDK, unless this very folder's content was installed before."""
        self.work.mkdir(parents=True, exist_ok=True)
        stamp = self.work / "prepared"
        content = self._digest()
        if stamp.exists() and stamp.read_text() == content:
            return
        child = Child(f"{self.name}/prepare", [self.folder / "prepare"], self.work.with_suffix(".prepare.log"))
        try:
            child.finish(SECONDS_TO_PREPARE)
        finally:
            child.end()
        stamp.write_text(content)

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
        if self.child is None:
            self.child = Child(f"{self.name}/drive", [self.folder / "drive"], self.work.with_suffix(".drive.log"))
        try:
            self.child.say(json.dumps(call))
            return self._outcome(call["case"])
        except Broken:
            self.breaks += 1
            self.end()
            raise

    def _outcome(self, case):
        line = self.child.line(SECONDS_TO_ANSWER)
        try:
            outcome = json.loads(line)
        except ValueError:
            outcome = None
        if not isinstance(outcome, dict) or outcome.get("case") != case:
            raise Broken(f"{self.name}/drive answered {line[:300]!r}")
        return outcome

    def end(self):
        """Stops the driver; the next call starts it anew."""
        if self.child is not None:
            self.child.end()
            self.child = None


def find(home, only):
    """Every SDK folder of the suite, or those named."""
    found = [Sdk(path.parent) for path in sorted(home.glob("*/sdk.json"))]
    missing = set(only) - {sdk.name for sdk in found}
    if missing:
        raise Broken(f"no such SDK folder: {', '.join(sorted(missing))}")
    return [sdk for sdk in found if not only or sdk.name in only]
