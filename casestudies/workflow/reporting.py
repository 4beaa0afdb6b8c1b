"""From a run folder to its report, and from the report to files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from casestudies import __version__
from casestudies.errors import ConfigError, shown
from casestudies.report import Figure, Note, Report, numbered, read_notes, to_html, to_pdf, to_svg, with_notes
from casestudies.runs import RunFolder, RunWriter
from casestudies.workflow.studies import Study

FORMATS: Mapping[str, Callable[[Report], bytes]] = {
    "html": lambda report: to_html(report).encode("utf-8"),
    "pdf": to_pdf,
}


def build_report(
    run: RunFolder, study: Study, overrides: Mapping[str, Any] | None = None, notes: Path | None = None
) -> Report:
    """The report of a run, from its folder alone.

    Parameters
    ----------
    overrides: the reader's own cut (`with_cut` of the study's findings); it is said in the report.
    notes: a file with the analyst's words by section; else `report.notes` of the settings, else the `notes.md` that
        lies beside the run folder's files.
    """
    findings = study.findings(run, study).with_cut(overrides or {})
    settings = findings.settings.report
    sections = study.sections(findings)
    if findings.chosen is not None:
        first = sections[0]
        sections = (replace(first, blocks=(Note(findings.chosen, "warning"), *first.blocks)), *sections[1:])
    report = Report(
        title=f"{study.card.title}: {study.card.question[0].lower()}{study.card.question[1:]}",
        subtitle=f"Decision: {study.card.decision}.",
        result_id=findings.result["id"],
        author=settings.author or "",
        version=settings.version or __version__,
        sections=sections,
        date=_date(settings.date),
        logo=_logo(settings.logo),
        synthetic=findings.synthetic,
        invented=study.card.invented,
    )
    file = notes or (Path(settings.notes) if settings.notes else None)
    return report if file is None else with_notes(report, read_notes(file, report))


def render(report: Report, formats: Iterable[str]) -> dict[str, bytes]:
    """The report's files by format.

    Raises
    ------
    ConfigError: a format other than html and pdf.
    """
    chosen = [name.strip() for name in formats]
    for name in chosen:
        if name not in FORMATS:
            raise ConfigError(
                f"{shown(name)} is not a report format", where="--format", advice="write html, pdf or both"
            )
    return {name: FORMATS[name](report) for name in chosen}


def write_reports(writer: RunWriter, study: Study, step: Callable[[float, str], None]) -> None:
    """figures/ and the reports of a run that is being written."""
    report = numbered(build_report(writer.folder, study))
    figures = [block for block in report.blocks() if isinstance(block, Figure)]
    for number, figure in enumerate(figures, 1):
        writer.write_json(f"figures/{number:02d}.json", figure.spec)
        writer.write_text(f"figures/{number:02d}.svg", to_svg(figure.spec))
    step(0.5, "rendering")
    formats = writer.folder.request()["config"]["report"]["formats"]
    for name, data in render(report, formats).items():
        writer.write_bytes(f"report.{name}", data)


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{shown(text)} is not a date", where="report.date", advice="write 2026-11-21") from None


def _logo(path: str | None) -> bytes | None:
    if path is None:
        return None
    try:
        return Path(path).read_bytes()[: 2**20]
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror})", where="report.logo", advice="give a PNG file") from None
