"""Port 80, and 443, for SDKs that know no other, without touching this machine's: the driver runs in a network namespace of its own.

The namespace has nothing but its loopback. What the driver sends to these ports there goes through a Unix socket, which no
namespace bounds, to this process and from here to the server. The namespace ends with the driver; nothing is left to clean up.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path


class Port80:
    """One loopback address inside the namespace for each endpoint outside."""

    def __init__(self):
        # Not in the suite's own folder: the path of a Unix socket may have some hundred characters only.
        self.folder = tempfile.TemporaryDirectory(prefix="shiming-80-")
        self.path = str(Path(self.folder.name) / "socket")
        self.endpoints = {}
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=serve, args=(self.listener, self._join), daemon=True).start()

    def address(self, endpoint):
        """The address inside the namespace that stands for an endpoint outside."""
        for address, known in self.endpoints.items():
            if known == endpoint:
                return address
        # A driver that trusts an authority meets one server, at the first of these, 127.0.0.1: its certificate names no other.
        number = len(self.endpoints) + 1
        address = f"127.0.{number // 250}.{number % 250}"
        self.endpoints[address] = endpoint
        return address

    def command(self, command):
        """The command that runs another in the namespace."""
        return [*unshare(), sys.executable, "-B", Path(__file__).resolve(), self.path, *command]

    def end(self):
        """Stops listening."""
        self.listener.close()
        self.folder.cleanup()

    def _join(self, inside):
        host, port = self.endpoints[first_line(inside)].rsplit(":", 1)
        outside = socket.create_connection((host, int(port)))
        join(inside, outside)


def obstacle():
    """Why no namespace can be made here; None where one can."""
    try:
        made = subprocess.run([*unshare(), "true"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired) as trouble:
        return f"not run: this SDK knows port 80 only, and no network namespace can be made for it ({trouble})"
    if made.returncode != 0:
        return f"not run: this SDK knows port 80 only, and no network namespace can be made for it ({made.stderr.strip()})"
    return None


def unshare():
    """Whoever is not root may still make a namespace where the system lets users have their own."""
    return ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]


def serve(listener, answer):
    """Answers each connection in a thread of its own, until the listener is closed."""
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=answer, args=(client,), daemon=True).start()


def first_line(stream):
    """The bytes up to the first line end, one by one: what follows belongs to others."""
    line = b""
    while (byte := stream.recv(1)) not in (b"\n", b""):
        line += byte
    return line.decode()


def join(left, right):
    """Carries bytes both ways until both sides have ended."""
    back = threading.Thread(target=carry, args=(right, left), daemon=True)
    back.start()
    carry(left, right)
    back.join()
    left.close()
    right.close()


def carry(source, sink):
    """Carries bytes one way, and its end."""
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def inside(path, command):
    """Within the namespace: brings its loopback up, serves its ports on all of it, runs the command."""
    raise_loopback()

    def answer(client):
        outside = socket.socket(socket.AF_UNIX)
        outside.connect(path)
        outside.sendall(client.getsockname()[0].encode() + b"\n")
        join(client, outside)

    for port in (80, 443):
        listener = socket.create_server(("0.0.0.0", port))
        threading.Thread(target=serve, args=(listener, answer), daemon=True).start()
    return subprocess.run(command).returncode


def raise_loopback():
    """What `ip link set lo up` does, where no such tool need be installed."""
    set_flags, up = 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sH14x", b"lo", up))


if __name__ == "__main__":
    sys.exit(inside(sys.argv[1], sys.argv[2:]))
