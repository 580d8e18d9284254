"""A server in a thread of the test that refuses a key, at once or after so many answers, and echoes it everywhere."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

from fellowship.testing.server import body_digest

ANSWER = {
    "id": "chatcmpl-1",
    "model": "refusing",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "Shorter.\n\nOverall score: 7/10"}}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 10},
}


@dataclass
class Refusing:
    """What it answers, and what it was asked; `stats` and `base_url` are those of a started server."""

    key: str
    n_left: int
    status: int
    base_url: str = ""
    by_body: Counter[str] = field(default_factory=Counter)
    held: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, body: bytes, key: str) -> tuple[int, dict[str, Any]]:
        """Status and body."""
        with self.held:
            if key == self.key and self.n_left <= 0:
                told = f"no such key: {key}"
                return self.status, {"error": {"message": told, "type": key, "code": key, "param": key}}
            self.n_left -= 1
            self.by_body[body_digest(orjson.loads(body))] += 1
        return 200, ANSWER

    def stats(self) -> dict[str, Any]:
        """How much was answered."""
        return {"requests": self.by_body.total(), "in_flight": 0, "by_body": dict(self.by_body)}


@contextmanager
def refusing(key: str, *, after: int, status: int = 401) -> Iterator[Refusing]:
    """The server, until the block ends. Other keys it knows."""
    served = Refusing(key, after, status)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            key = self.headers.get("Authorization", "")
            status, answer = served.answer(sent, key.removeprefix("Bearer "))
            body = orjson.dumps(answer)
            self.send_response(status, key)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("x-request-id", key if status != 200 else "1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
