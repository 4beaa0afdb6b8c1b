"""An analyst's own words, section by section, from a plain text file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from casestudies.errors import ConfigError, nearest, shown
from casestudies.report.blocks import Note, Report

BYTES = 64_000


def read_notes(path: Path, report: Report) -> dict[str, list[str]]:
    """`parse_notes` of a UTF-8 file of at most 64 kB; raises ConfigError when it is larger or not text."""
    return parse_notes(_text(path), report, where=str(path))


def check_notes(path: Path) -> None:
    """What can be known before there is a report: raises ConfigError as `read_notes`, but for names of sections."""
    for number, line in enumerate(_text(path).split("\n"), 1):
        if line.strip():
            if not line.strip().startswith("##"):
                raise _homeless(line.strip(), f"{path}, line {number}")
            return


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES + 1)
    except OSError as error:
        raise ConfigError(f"the notes cannot be read ({error.strerror})", where=str(path)) from error
    if len(raw) > BYTES:
        raise ConfigError(f"the notes are larger than {BYTES:,} bytes", where=str(path), advice="shorten them")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"byte {error.start} is not UTF-8", where=str(path), advice="save it as UTF-8") from error


def parse_notes(text: str, report: Report, *, where: str = "notes.md") -> dict[str, list[str]]:
    """Paragraphs by section key. A line `## limits` opens a section by key or title; an empty line ends a paragraph.

    Everything else is plain text: no other Markdown has a meaning, so nothing in a note can be markup.

    Raises
    ------
    ConfigError: text stands before the first `##`, or a section is unknown (the message gives line and nearest name).
    """
    names = {section.title.strip().casefold(): section.key for section in report.sections}
    names |= {section.key: section.key for section in report.sections}
    notes: dict[str, list[str]] = {}
    key, lines = "", list[str]()

    def end_paragraph() -> None:
        if lines:
            notes[key].append(" ".join(lines))
            lines.clear()

    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if line.startswith("## ") or line == "##":
            end_paragraph()
            key = _section(line[2:].strip(), names, f"{where}, line {number}")
            notes.setdefault(key, [])
        elif not line:
            end_paragraph()
        elif not key:
            raise _homeless(line, f"{where}, line {number}")
        else:
            lines.append(line)
    end_paragraph()
    return {key: paragraphs for key, paragraphs in notes.items() if paragraphs}


def with_notes(report: Report, notes: Mapping[str, Sequence[str]]) -> Report:
    """`report` with each section's notes at its top, before the figures they comment on.

    Raises ConfigError for a section that the report does not have.
    """
    keys = {section.key: section.key for section in report.sections}
    for key in notes:
        _section(key, keys, "notes")
    return replace(
        report,
        sections=tuple(
            replace(section, blocks=tuple(Note(text, "author") for text in notes.get(section.key, ())) + section.blocks)
            for section in report.sections
        ),
    )


def _homeless(line: str, where: str) -> ConfigError:
    what = f"{shown(line)} stands before the first section"
    return ConfigError(what, where=where, advice="begin with a line like '## limits'")


def _section(name: str, names: Mapping[str, str], where: str) -> str:
    key = names.get(name.casefold())
    if key is None:
        raise ConfigError(
            f"the report has no section {shown(name)}", where=where, advice=nearest(name.casefold(), names)
        )
    return key
