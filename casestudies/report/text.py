"""Characters that may reach a page: what a reader cannot see is shown, what a font cannot print is named."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Set
from functools import cache
from pathlib import Path
from typing import Any


def visible(text: str) -> str:
    r"""`text` with every control, format, bidirectional or unassigned character and lone surrogate as an escape.

    Such characters can hide or reorder what stands beside them, so a page shows them and never applies them. Spaces of
    any width stay: prose needs them.

    >>> visible("invoice\u202egnp.exe")
    'invoice\\u202egnp.exe'
    """
    text = str(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else _escape(c) for c in text)


def printable(text: str, missing: set[str] | None = None, also: Set[int] = frozenset()) -> str:
    """`visible` text in which a character that the print font lacks is its code point: "中" becomes "[U+4E2D]".

    PDF/UA refuses a missing glyph, and a report must not fail on a name. What was replaced is added to `missing`.

    also: code points that further fonts have (`Fonts.glyphs`).
    """
    shown = visible(text)
    if shown.isascii():
        return shown
    known = _glyphs()
    lacking = {c for c in shown if ord(c) not in known and ord(c) not in also}
    if missing is not None:
        missing |= lacking
    return "".join(f"[U+{ord(c):04X}]" if c in lacking else c for c in shown)


def everywhere(rewrite: Callable[[str], str], data: Any) -> Any:
    """JSON-like `data` with `rewrite` applied to every string value (keys are ours and stay)."""
    if isinstance(data, str):
        return rewrite(data)
    if isinstance(data, dict):
        return {key: everywhere(rewrite, value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [everywhere(rewrite, value) for value in data]
    return data


@cache
def font_folder() -> Path:
    """The folder of DejaVu Sans that Matplotlib carries: one font, the same bytes on every machine."""
    import matplotlib

    return Path(matplotlib.get_data_path(), "fonts", "ttf")


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(font_folder() / "DejaVuSans.ttf")).get_charmap())


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode()
