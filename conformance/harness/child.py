"""A process that this run started: read line by line, never waited for without a limit, always ended by its own id."""

import os
import queue
import signal
import subprocess
import threading


class Broken(Exception):
    """The run cannot go on, or one SDK cannot be driven: not a verdict on a case."""


class Child:
    """`log` takes standard error, so that standard output is only what the process was asked to say."""

    started = []
    over = False  # whether the run has ended, after which nothing may start

    def __init__(self, name, command, log, environment=None, cwd=None):
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        if Child.over:
            raise Broken("the run has ended")
        with open(log, "wb") as errors:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **(environment or {})},
                cwd=cwd,
                start_new_session=True,
            )
        Child.started.append(self)
        self.lines = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.decode("utf-8", "replace"))
        self.lines.put(None)

    def say(self, line):
        """Writes one line to the process."""
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            raise Broken(f"{self.name} ended.\n{self.tail()}") from None

    def line(self, seconds):
        """The next line that the process prints."""
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            raise Broken(f"{self.name} said nothing for {seconds} s.\n{self.tail()}") from None
        if line is None:
            raise Broken(f"{self.name} ended with status {self.process.wait()}.\n{self.tail()}")
        return line

    def finish(self, seconds):
        """Waits until the process ends by itself, and insists that it says it went well."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Broken(f"{self.name} was not done after {seconds} s.\n{self.tail()}") from None
        if status != 0:
            raise Broken(f"{self.name} ended with status {status}.\n{self.tail()}")

    def tail(self):
        """The last lines of what went wrong: standard error, and what standard output still holds."""
        lines = self.log.read_text(errors="replace").splitlines()
        while not self.lines.empty():
            lines.append((self.lines.get() or "").rstrip("\n"))
        return "\n".join("    " + line for line in lines[-30:] if line)

    def end(self):
        """Ends the process and what it started: it leads a process group of its own."""
        if self.process.poll() is None:
            self._signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self.process.wait()
        if self in Child.started:
            Child.started.remove(self)

    def _signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    @staticmethod
    def end_all():
        """Ends everything that is still running, for good."""
        Child.over = True
        for child in list(Child.started):
            child.end()
