"""A relay that replays: each request's exact bytes go to the server twice, and the client gets the second answer."""

import json
import re
import socket
import threading


class Relay:
    """Listens on `endpoint`. `pairs` holds both answers to each request, as (status, decoded body)."""

    def __init__(self, upstream):
        host, port = upstream.rsplit(":", 1)
        self.upstream = (host, int(port))
        self.pairs = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, client.makefile("rb") as incoming:
            while request := message(incoming):
                first, second = self._send(request), self._send(request)
                self.pairs.append((decoded(first), decoded(second)))
                client.sendall(second)

    def _send(self, request):
        with socket.create_connection(self.upstream, timeout=20) as server, server.makefile("rb") as answer:
            server.sendall(request)
            return message(answer)

    def end(self):
        """Stops listening."""
        self.listener.close()


def message(stream):
    """One whole message as it came, head and body; empty at the end of the stream."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return b""
        head += line
    length = re.search(rb"^content-length:\s*(\d+)\s*$", head, re.I | re.M)
    return head + stream.read(int(length[1]) if length else 0)


def decoded(answer):
    """An answer's status and its body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), json.loads(body)
