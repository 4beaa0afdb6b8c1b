"""A publisher on this computer, who keeps files and behaves as told."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from casestudies.datasets import DataFile, DataSet

CONTENT = b"".join(b"%d;%d\n" % (i, i * i % 97) for i in range(40_000))


def sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


@dataclass
class Publisher:
    """What it serves, how, and what it was asked for."""

    content: bytes = CONTENT
    ranges: bool = True  # whether it sends the rest of a file
    tag: str = '"v1"'
    cuts: list[int] = field(default_factory=list)  # bytes after which the next answers break off
    states_length: bool = True
    redirect: str = ""
    status: int = 200
    asked: list[str] = field(default_factory=list)  # the Range of each request, "" without one
    address: str = ""


@pytest.fixture
def publisher():
    told = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            told.asked.append(self.headers.get("Range", ""))
            if told.redirect:
                self.send_response(302)
                self.send_header("Location", told.redirect)
                self.end_headers()
                return
            if told.status != 200:
                self.send_error(told.status)
                return
            start = 0
            if told.ranges and self.headers.get("If-Range") == told.tag:
                start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
            if start >= len(told.content) and start:
                self.send_error(416)
                return
            body = told.content[start:]
            self.send_response(206 if start else 200)
            self.send_header("ETag", told.tag)
            if told.states_length:
                self.send_header("Content-Length", str(len(body)))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(told.content) - 1}/{len(told.content)}")
            self.end_headers()
            self.wfile.write(body[: told.cuts.pop(0)] if told.cuts else body)
            self.wfile.flush()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.address = f"http://127.0.0.1:{server.server_port}/table.csv"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def one_file(publisher):
    """A set of one table, as the publisher has it."""
    return a_set(publisher.address, DataFile("table.csv", sha256(CONTENT), len(CONTENT)))


def a_set(address, *files, archive=None, made=()):
    return DataSet(
        name="toy",
        study="credit",
        title="A toy",
        rows=40_000,
        row="rows",
        publisher="Nobody",
        citation="none",
        licence="CC0",
        page="https://example.org/toy",
        folder="toy",
        files=files,
        address=address,
        archive=archive,
        made=made,
    )


@pytest.fixture
def make_set():
    return a_set


@pytest.fixture
def digest():
    return sha256
