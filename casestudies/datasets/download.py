"""One file over https, goes on where it stopped, is never larger than it may be."""

from __future__ import annotations

import contextlib
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from casestudies.errors import DataError, shown
from casestudies.runs.disk import to_json

TIMEOUT = 30.0  # seconds without an answer, or without a byte
_ATTEMPTS = 4  # in one command; each goes on from where the one before broke off
_CHUNK = 2**16
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class _Cut(Exception):
    """The connection ended before the file did."""


def download(
    address: str,
    part: Path,
    *,
    most: int,
    on_share: Callable[[float | None], None] = lambda share: None,
    timeout: float = TIMEOUT,
) -> None:
    """The file at `address`, whole, at `part`.

    What arrived stays at `part` when the connection breaks, beside the server's mark of its version; the next call asks
    for the rest of that version (Range, If-Range), and begins anew where the server has another one or sends no rest.

    Parameters
    ----------
    address: https; http only where it is this computer. Redirects lead to https alone.
    part: an unfinished file. most: bytes beyond which nothing is taken.
    on_share: called with the share that has arrived, None where the server does not say how much there is.

    Raises
    ------
    DataError: no such address, no answer, more than `most` bytes, or the connection kept breaking.
    OSError: the disk.
    """
    _checked(address, address)
    for attempt in range(1, _ATTEMPTS + 1):
        before = _size(part)
        try:
            return _continue(address, part, most, on_share, timeout)
        except _Cut:
            if attempt == _ATTEMPTS or _size(part) == before:
                advice = "run the same command again: it goes on from there"
                raise DataError(
                    f"the connection broke after {_size(part):,} bytes", where=address, advice=advice
                ) from None
    return None


def forget(part: Path) -> None:
    """Remove an unfinished download and the mark beside it."""
    for path in (part, _mark(part)):
        path.unlink(missing_ok=True)


def _continue(address: str, part: Path, most: int, on_share: Callable[[float | None], None], timeout: float) -> None:
    version = _version(address, part)
    start = _size(part) if version else 0
    headers = {"User-Agent": "casestudies", "Accept-Encoding": "identity"}
    if start:
        headers |= {"Range": f"bytes={start}-", "If-Range": version}
    with _answer(address, headers, timeout) as answer:
        if answer is None:  # nothing beyond what is here: of another version, or this one is longer than it should be
            forget(part)
            raise _Cut
        start = _first_byte(answer.headers) if answer.status == 206 else 0
        if start not in (0, _size(part)):
            forget(part)
            raise _Cut
        length = answer.headers.get("Content-Length", "")
        total = start + int(length) if length.isdigit() else None
        if total is not None and total > most:
            raise _too_large(address, most)
        _mark(part).write_bytes(to_json({"address": address, "version": _said_version(answer.headers)}))
        with part.open("ab" if start else "wb") as file:
            _copy(answer, file, start, total, most, address, on_share)


def _copy(
    answer: http.client.HTTPResponse,
    file: Any,
    done: int,
    total: int | None,
    most: int,
    address: str,
    on_share: Callable[[float | None], None],
) -> None:
    while True:
        try:
            chunk = answer.read(_CHUNK)
        except (OSError, http.client.HTTPException):
            raise _Cut from None
        if not chunk:
            break
        done += len(chunk)
        if done > most:
            raise _too_large(address, most)
        file.write(chunk)
        on_share(done / total if total else None)
    if total is not None and done < total:
        raise _Cut


@contextlib.contextmanager
def _answer(address: str, headers: dict[str, str], timeout: float) -> Iterator[http.client.HTTPResponse | None]:
    """The server's answer; None where it has nothing from the asked byte on.

    Raises
    ------
    DataError: no server, no connection, or an answer that is no file.
    """
    try:
        found = _opener(address).open(urllib.request.Request(address, headers=headers), timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:
            yield None
            return
        raise DataError(
            f"the server answers {error.code} {shown(error.reason)}", where=address, advice="see the publisher's page"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise DataError(f"cannot be reached ({reason})", where=address, advice="is this computer online?") from None
    with found as answer:
        yield answer


def _opener(address: str) -> urllib.request.OpenerDirector:
    """Speaks https, through the proxy that the environment names; http only to this computer, and never ftp or files."""
    opener = urllib.request.OpenerDirector()
    near = _loopback(address)
    for handler in (
        urllib.request.ProxyHandler({} if near else None),
        urllib.request.HTTPSHandler(),
        *([urllib.request.HTTPHandler()] if near else []),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirects(address),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to https alone."""

    max_redirections = 5

    def __init__(self, first: str) -> None:
        self._first = first

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> Any:
        _checked(newurl, self._first)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _checked(address: str, first: str) -> None:
    """Raises DataError: neither https, nor this computer where the first address was this computer too."""
    if urlsplit(address).scheme == "https" or (_loopback(address) and _loopback(first)):
        return
    leads = "leads to" if address != first else "is"
    raise DataError(
        f"{leads} {shown(address, 200)}, which is not https", where=first, advice="see the publisher's page"
    )


def _loopback(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _first_byte(headers: Message) -> int:
    """Where the rest begins, of a Content-Range such as "bytes 500-999/1000"; -1 when it does not say."""
    text = headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(text) if text.isdigit() else -1


def _said_version(headers: Message) -> str:
    """What tells this version of the file from another: a strong ETag, else the time of its last change."""
    tag = str(headers.get("ETag", ""))
    return tag if tag.startswith('"') else str(headers.get("Last-Modified", ""))


def _version(address: str, part: Path) -> str:
    """The version that `part` is the beginning of; "" = not known."""
    try:
        told = json.loads(_mark(part).read_bytes())
        return str(told["version"]) if told["address"] == address else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _mark(part: Path) -> Path:
    return part.with_name(f"{part.name}.version")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _too_large(address: str, most: int) -> DataError:
    return DataError(
        f"is larger than the {most:,} bytes it should have", where=address, advice="see the publisher's page"
    )
