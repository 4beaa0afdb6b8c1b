"""Changes to a sound file, made from a seed: bytes, cells, keys and members of archives."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import yaml

from benchmarks.robustness.seeds import Seed, tree_of

Random = np.random.Generator
_TOKENS = (
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b'""', b"'", b"\n", b"\r", b"\r\n", b",", b";", b"\t", b"|", b"\\", b"#", b"%"),
    *(b"1e308", b"1e400", b"-1e400", b"nan", b"NaN", b"inf", b"NA", b"None", b"null", b"true", b"=1+1", b"@x", b"0x10", b"\xe2\x80\xae"),
    *(b"99999999999999999999", b"1.234,56", b"1,234.56", b"31.02.2024", b"2024-13-01", b"9999-12-31", b"0000-00-00", b"\xc3\x28", b"\x80"),
    *(b"\xf0\x9f\xa7\xa8", b"<script>", b"{{7*7}}", b"../../etc/passwd", b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"\x89PNG\r\n\x1a\n", b"%PDF"),
    *(b"!!python/object/apply:os.system", b"&a", b"*a", b"- ", b": ", b"[", b"{", b"|", b">", b"? ", b"---", b"...", b"\x1b[31m"),
)  # fmt: skip
_LEAVES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2, 10**20, -(10**20), 1e308, float("nan"), float("inf"), 1e-308, 0.5, "", " ", "x", "yes", "a.b", "1"),
    *([], {}, [[]], [None], [1, 2], ["x", "x"], {"x": 1}, {"": ""}, {"x": {"y": []}}, "x" * 300, "\0", "\u202e", "=1+1", "amount", "1 / 0"),
    *("__import__('os')", "amount ** 9 ** 9", "((((1))))", "2024-01-01", "%Y", "../x", "/", "nan", "\ud7ff\ue000"),
)  # fmt: skip


def mutated(seed: Seed, random: Random, kind: str) -> bytes:
    """The target of `seed` with one to four changes."""
    content = seed.files[seed.target]
    special = _SPECIAL.get(_format(content, kind))
    for _ in range(int(random.choice([1, 1, 1, 2, 4]))):
        own = special is not None and random.random() < 0.85  # else most end where the format itself is read
        content = special(content, random) if own and special is not None else _bytes(content, random)
        if not content:
            break
    return content


def _format(content: bytes, kind: str) -> str:
    if kind == "YAML" or content.startswith((b"\x89PNG", b"PK\x03\x04")):
        return "YAML" if kind == "YAML" else "PNG" if content.startswith(b"\x89") else "zip"
    return "CSV" if kind in ("CSV", "PNG") and not content.startswith(b"\x1f\x8b") else "bytes"


def _bytes(content: bytes, random: Random) -> bytes:
    """One change that knows nothing of the format."""
    held, size = bytearray(content), len(content)
    at = int(random.integers(0, size + 1))
    length = int(min(size - at, 2 ** random.integers(0, 12)))
    match int(random.integers(0, 9)):
        case 0 if size:  # a bit
            held[at % size] ^= 1 << int(random.integers(0, 8))
        case 1 if size:  # a byte at a limit
            held[at % size] = int(random.choice([0, 1, 127, 128, 255]))
        case 2:
            del held[at : at + length]
        case 3:
            held[at:at] = held[at : at + length] * int(random.integers(1, 5))
        case 4:
            held[at:at] = random.bytes(int(random.integers(1, 33)))
        case 5:
            del held[at:]
        case 6:
            held[at:at] = _token(random) * int(random.choice([1, 1, 1, 50]))
        case 7:  # a number of four bytes at a limit, wherever it stands
            held[at : at + 4] = struct.pack("<I", int(random.choice([0, 1, 2**31 - 1, 2**31, 2**32 - 1])))
        case _:  # two parts change places
            to = int(random.integers(0, size + 1))
            first, second = sorted((at, to))
            held[:] = held[second:] + held[first:second] + held[:first]
    return bytes(held)


def _token(random: Random) -> bytes:
    return _TOKENS[int(random.integers(0, len(_TOKENS)))]


def _cells(content: bytes, random: Random) -> bytes:
    """A cell, a column or a line of a text table; the separator is whatever stands most often in the first line."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin-1"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return _bytes(content, random)
    lines = text.split("\n")
    separator = max(",;\t|", key=lines[0].count)
    table = [line.split(separator) for line in lines]
    row, word = int(random.integers(0, len(table))), _token(random).decode("latin-1")
    column = int(random.integers(0, max(1, len(table[row]))))
    match int(random.integers(0, 9)):
        case 0 | 1:
            table[row][column : column + 1] = [word]
        case 2:
            table = [[*cells[:column], word, *cells[column + 1 :]] for cells in table[:1]] + table[1:]
        case 3:
            table = [[cell for place, cell in enumerate(cells) if place != column] for cells in table]
        case 4:
            table = [[*cells, cells[column % len(cells)]] for cells in table]
        case 5:
            table = [[*cells[:column], word, *cells[column + 1 :]] if n else cells for n, cells in enumerate(table)]
        case 6:
            table.insert(row, [word] * int(random.integers(1, 12)))
        case 7:
            table = table[:1] + table[1:] * int(random.choice([0, 2, 30]))
        case _:
            separator = str(random.choice([",", ";", "\t", "|", " ", ",,"]))
    return "\n".join(separator.join(cells) for cells in table).encode(encoding, "replace")


def _keys(content: bytes, random: Random) -> bytes:
    """A value, a key or a section of a config."""
    try:
        tree = tree_of(content)
    except Exception:  # it was made unreadable by an earlier change
        return _bytes(content, random)
    places = list(_places(tree))
    if not places:
        return _bytes(content, random)
    parent, key = places[int(random.integers(0, len(places)))]
    match int(random.integers(0, 8)):
        case 0 | 1:
            parent[key] = _LEAVES[int(random.integers(0, len(_LEAVES)))]
        case 2 | 3 | 4:
            parent[key] = _near(parent[key], random)
        case 5 if isinstance(parent, dict):
            parent[f"{key}{_token(random).decode('latin-1')}" if random.random() < 0.5 else str(key)[:-1]] = parent.pop(
                key
            )
        case _:
            other, place = places[int(random.integers(0, len(places)))]
            parent[key] = "" if other is parent else _copy(other[place])
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode("utf-8", "surrogatepass")


def _near(value: Any, random: Random) -> Any:
    """Another value of the same type, so that more than the check of types is reached."""
    same = [leaf for leaf in _LEAVES if type(leaf) is type(value) and leaf != value]
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)) and random.random() < 0.7:
        return value * type(value)(random.choice([2, 3, 10, 100])) + type(value)(random.integers(-3, 4))
    if isinstance(value, list) and value and random.random() < 0.7:
        return [value[int(random.integers(0, len(value)))] for _ in range(int(random.integers(0, 4)))]
    return same[int(random.integers(0, len(same)))] if same else value


def _copy(value: Any) -> Any:
    """The value written out again, so that nothing contains itself."""
    return yaml.safe_load(yaml.safe_dump(value))


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (holder, key) of a tree, outer ones first."""
    found: list[tuple[Any, Any]] = []
    items: Sequence[tuple[Any, Any]] = (
        list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)) if isinstance(tree, list) else []
    )
    for key, value in items:
        found += [(tree, key), *_places(value)]
    return found


def _chunks(content: bytes, random: Random) -> bytes:
    """A chunk of a PNG, its checksum right, so that the decoder is reached and not only the checksum."""
    chunks, at = [], 8
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        chunks.append([content[at + 4 : at + 8], content[at + 8 : at + 8 + length]])
        at += 12 + length
    if not chunks:
        return _bytes(content, random)
    place = int(random.integers(0, len(chunks)))
    chunks[place][1] = _bytes(chunks[place][1], random)[: 2**20]
    if random.random() < 0.2:
        chunks[place][0] = bytes(
            random.choice([b"tEXt", b"zTXt", b"iTXt", b"PLTE", b"tRNS", b"iCCP", b"acTL", b"IDAT", b"IHDR"])
        )
    if random.random() < 0.1:
        del chunks[int(random.integers(0, len(chunks)))]
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return content[:8] + b"".join(packed)


def _members(content: bytes, random: Random) -> bytes:
    """A member of an archive (a workbook, arrays), packed again, so that its reader is reached and not only the archive's."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # it was damaged by an earlier change
        return _bytes(content, random)
    if not members:
        return _bytes(content, random)
    names = list(members)
    name = names[int(random.integers(0, len(names)))]
    change = random.random()
    if change < 0.1:
        del members[name]
    elif change < 0.2:
        members[f"{_token(random).decode('latin-1')}{name}"] = members.pop(name)
    else:
        members[name] = _bytes(members[name], random)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, held in members.items():
            archive.writestr(zipfile.ZipInfo(each.replace("\0", "") or "x"), held)
    return out.getvalue()


_SPECIAL: dict[str, Callable[[bytes, Random], bytes]] = {"CSV": _cells, "YAML": _keys, "PNG": _chunks, "zip": _members}
