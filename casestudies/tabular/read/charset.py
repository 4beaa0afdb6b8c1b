"""Bytes to text: which encoding a file is in, with the evidence, and its content as UTF-8."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

from casestudies.errors import ConfigError, DataError, shown

# The mark at the start of a file, the codec that reads it and its plain name; the longer UTF-32 marks first.
_MARKS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)
# Beside cp1252. Byte encodings that differ from it in a few letters only (Turkish, Baltic) are left to the reader.
_OTHERS = ("cp1250", "cp1251", "cp1253", "koi8_r", "cp932", "gb18030", "big5", "cp949")
_MANY_BYTES = {"cp932", "gb18030", "big5", "cp949"}
_CONTROL = bytes(range(1, 9)) + bytes(range(14, 32)) + b"\x7f"
_JUNK = 0.005  # share of control characters from which on a file is no text
_SAMPLE = 16_384  # bytes of words with letters beyond ASCII; detection takes some 0.1 s on that
_LOOKED_AT = 20_000  # words, the first ones
_FEW = 4  # East Asian letters; one or two pairs of bytes make some by chance
_WORDS = 2  # different words that must speak against cp1252
# A word with letters beyond ASCII; the second byte of an East Asian letter may be an ASCII sign from @ on.
_WORD = re.compile(rb"(?<![A-Za-z])[A-Za-z]*+(?:[\x80-\xff][@-{}~]?[A-Za-z]*)+")
_CHOOSE = "write the right one as data.read.encoding (cp1252, cp850, mac_roman, utf-16, ...)"


@dataclass(frozen=True)
class Decoded:
    """A file's text as UTF-8 without a byte order mark, the encoding it came in, and how that was found."""

    body: bytes
    encoding: str
    notes: tuple[str, ...] = ()


def to_utf8(raw: bytes, wanted: str | None, where: str) -> Decoded:
    """The content as UTF-8: by `wanted`, else by its byte order mark, else as UTF-8, else by a stated guess.

    The guess is cp1252 (which reads latin-1 as well) unless charset-normalizer finds Cyrillic, Greek or East Asian
    words, or cp1252 puts signs into Polish ones. A few different words suffice; with one the guess may be wrong. A file
    that is UTF-8 but for a few bytes is refused: any guess would garble all its other letters.

    Raises
    ------
    ConfigError: `wanted` is no encoding Python knows.
    DataError: the bytes do not fit; the message has the byte, counted from 1, and the line.
    """
    if wanted is not None:
        return Decoded(_decoded(raw, wanted, where), wanted)
    for mark, codec, name in _MARKS:
        if raw.startswith(mark):
            body = raw[len(mark) :] if name == "utf-8" else raw
            if name != "utf-8" or not _is_utf8(body):
                body = _decoded(raw, codec, where)
            return Decoded(body, name, (f"encoding {name} (byte order mark)",))
    if wide := _utf16_without_mark(raw):
        return Decoded(_decoded(raw, wide, where), wide, (f"encoding {wide} (zero bytes, no byte order mark)",))
    if _is_utf8(raw):
        return Decoded(raw, "utf-8")
    return _guessed(raw, where)


def refuse_junk(body: bytes, separator: str, where: str) -> None:
    """Raises a DataError when bytes that spell ASCII letters as ASCII does are no text: NULs, control characters."""
    if (place := body.find(b"\0")) >= 0:
        raise DataError(
            "the file holds a NUL byte, so it is binary or damaged",
            where=f"{where}, line {line_at(body, place):,}",
            advice="export it again as text, or name its encoding in data.read.encoding",
        )
    junk = _CONTROL.translate(None, separator.encode())
    count = len(body) - len(body.translate(None, junk))
    if count > max(3, _JUNK * len(body)):
        raise DataError(
            f"the file is no text: {count:,} of its {len(body):,} bytes are control characters",
            where=where,
            advice="give a table as CSV, .xlsx or Parquet",
        )


def line_at(body: bytes, place: int) -> int:
    """The 1-based line of a byte."""
    return body.count(b"\n", 0, place) + 1


def _is_utf8(raw: bytes) -> bool:
    if raw.isascii():
        return True
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decoded(raw: bytes, codec: str, where: str) -> bytes:
    try:
        return raw.decode(codec).removeprefix("\ufeff").encode("utf-8")
    except UnicodeDecodeError as problem:
        raise _misfit(raw, problem, codec, where) from None
    except (LookupError, UnicodeError):
        raise ConfigError(
            f"{shown(codec)} is not an encoding of text files", where="data.read.encoding", advice=_CHOOSE
        ) from None


def _misfit(raw: bytes, problem: UnicodeDecodeError, codec: str, where: str) -> DataError:
    line = raw[: problem.start].decode(codec, "ignore").count("\n") + 1
    return DataError(
        f"byte {problem.start + 1:,} (0x{raw[problem.start]:02X}) is not valid {codec}",
        where=f"{where}, line {line:,}",
        advice=_CHOOSE,
    )


def _utf16_without_mark(raw: bytes) -> str | None:
    """Latin text in UTF-16 has a zero in nearly every other byte; UTF-8 and single-byte text has none at all."""
    head = raw[:4096]
    half = len(head) // 2
    if half < 2 or len(raw) % 2:
        return None
    if head[1::2].count(0) > 0.7 * half and not head[0::2].count(0):
        return "utf-16-le"
    if head[0::2].count(0) > 0.7 * half and not head[1::2].count(0):
        return "utf-16-be"
    return None


def _guessed(raw: bytes, where: str) -> Decoded:
    refuse_junk(raw, "", where)
    strange = _first_misfit(raw)
    _refuse_mixed(raw, strange, where)
    codec = _best_guess(list(dict.fromkeys(found[0] for found in islice(_WORD.finditer(raw), _LOOKED_AT))))
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as problem:
        if codec != "cp1252":
            raise _misfit(raw, problem, codec, where) from None
        raise DataError(
            f"neither UTF-8 nor cp1252 fits: byte {problem.start + 1:,} (0x{raw[problem.start]:02X})",
            where=f"{where}, line {line_at(raw, problem.start):,}",
            advice=_CHOOSE,
        ) from None
    sample = next(found[0] for found in re.finditer(r"\S*[^\x00-\x7f]\S*", text))
    sample = next((found[0] for found in re.finditer(r"[^\W\d_]+", sample) if not found[0].isascii()), sample)
    note = (
        f"encoding {codec} (no byte order mark, not valid UTF-8 at byte {strange.start + 1:,}, line "
        f"{line_at(raw, strange.start):,}); the first such word reads {shown(sample)}, "
        "if that is wrong write data.read.encoding"
    )
    return Decoded(text.encode("utf-8"), codec, (note,))


def _first_misfit(raw: bytes) -> UnicodeDecodeError:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        return problem
    raise ValueError("the text is valid UTF-8")


def _refuse_mixed(raw: bytes, strange: UnicodeDecodeError, where: str) -> None:
    """Letters beyond ASCII that are valid UTF-8 hardly occur by chance: where they prevail, the rest is damage."""
    text = raw.decode("utf-8", "replace")
    misfits = text.count("\ufffd")
    letters = len(text) - len(text.encode("ascii", "ignore")) - misfits
    if letters > misfits:
        raise DataError(
            f"the text is UTF-8 except at byte {strange.start + 1:,} (0x{raw[strange.start]:02X})"
            + (f" and {misfits - 1:,} more places" if misfits > 1 else ""),
            where=f"{where}, line {line_at(raw, strange.start):,}",
            advice="it was cut short or glued from two encodings: repair it, or write data.read.encoding",
        )


def _best_guess(words: list[bytes]) -> str:
    """The encoding that the different words with letters beyond ASCII speak for."""
    from charset_normalizer import from_bytes  # 0.05 s to import, and most files are UTF-8

    matches = from_bytes(b" ".join(words)[:_SAMPLE], cp_isolation=["cp1252", *_OTHERS])
    best = matches.best()
    if best is not None:
        near = [match for match in matches if match.chaos <= best.chaos + 0.05]
        western = any("cp1252" in (match.encoding, *match.could_be_from_charset) for match in near)
        # Latin words have a strange letter here and there, Greek and Cyrillic ones have nothing else.
        foreign = sum(min(word) > 0x7F for word in words if len(word) > 2)
        alphabet = foreign >= _WORDS and 2 * foreign > len(words)
        if not western and (_spells(str(best)) if best.encoding in _MANY_BYTES else alphabet):
            return best.encoding
    return "cp1250" if _is_central_european(words) else "cp1252"


def _is_central_european(words: list[bytes]) -> bool:
    """Whether cp1252 puts signs inside words that cp1250 reads as letters alone: Stanis³aw is Stanisław."""
    odd = 0
    for word in words:
        inside = word.decode("cp1252", "replace")[1:-1]
        odd += bool(inside) and not inside.isalpha() and word.decode("cp1250", "replace").isalpha()
    return odd >= _WORDS and 10 * odd >= len(words)


def _spells(text: str) -> bool:
    """Whether the characters beyond ASCII are those that East Asian words are written with, and a few at least."""
    strange = [character for character in text if not character.isascii()]
    letters = sum(unicodedata.category(character) == "Lo" for character in strange)
    return len(strange) >= _FEW and letters >= 0.8 * len(strange)
