"""A run as a notebook shows it: a few lines and links to its files, as HTML without a script or a foreign address."""

from __future__ import annotations

import os
from collections.abc import Iterable
from html import escape
from pathlib import Path
from urllib.parse import quote

from casestudies.runs.folder import RunFolder

_FILES = {"report.html": "report", "report.pdf": "report as PDF", "metrics.json": "all figures"}


def run_as_html(folder: RunFolder, lines: Iterable[str]) -> str:
    """The lines as a list under the run's name, and links from the working folder to the report where there is one.

    Every text is escaped, also the names of folders: a link holds a quoted path, and leads nowhere but to a file.
    """
    said = "".join(f"<li>{_text(line)}</li>" for line in lines)
    there = [(folder.path / name, words) for name, words in _FILES.items() if (folder.path / name).is_file()]
    links = " · ".join(f'<a href="{escape(_link(path))}" target="_blank">{words}</a>' for path, words in there)
    head = f"<strong>{_text(folder.study)}</strong> · {_text(folder.state)} · <code>{_text(folder.path)}</code>"
    return f"<div><p>{head}</p><ul>{said}</ul>{f'<p>{links}</p>' if links else ''}</div>"


def _text(value: object) -> str:
    """Escaped, and with bytes of file names that are no text shown as marks."""
    return escape(str(value).encode("utf-8", "replace").decode())


def _link(path: Path) -> str:
    """The path from where the notebook runs; "./" keeps a folder such as `javascript:` from being read as a scheme."""
    return "./" + quote(os.fsencode(os.path.relpath(path)))
