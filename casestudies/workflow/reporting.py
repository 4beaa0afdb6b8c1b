"""From a run folder to its report, and from the report to files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casestudies import __version__
from casestudies.errors import ConfigError, shown
from casestudies.report import (
    Figure,
    Note,
    Report,
    appended,
    check_notes,
    glossary,
    numbered,
    read_notes,
    spelt,
    to_html,
    to_pdf,
    to_svg,
    to_xlsx,
    unmarked,
    with_notes,
)
from casestudies.report.charts.canvas import trusted
from casestudies.report.fonts import Fonts
from casestudies.report.picture import clean_png
from casestudies.runs import RunFolder, RunWriter
from casestudies.workflow.settings import Report as ReportSettings
from casestudies.workflow.studies import Study

if TYPE_CHECKING:
    from casestudies.workflow.compared import Compared

FORMATS: Mapping[str, Callable[[Report, Mapping[str, str]], bytes]] = {
    "html": lambda report, _: to_html(report).encode("utf-8"),
    "pdf": to_pdf,
    "xlsx": lambda report, _: to_xlsx(report),
}


def check_parts(settings: ReportSettings) -> None:
    """What a report is given beside the run: said before a training, not after it.

    Raises
    ------
    ConfigError: the date is none; the logo, the fonts or the notes are not there, or not what they have to be.
    """
    _date(settings.date)
    for key, file in (("logo", settings.logo), ("notes", settings.notes)):
        if file is not None and not Path(file).is_file():
            raise ConfigError(f"there is no file {shown(file, 200)}", where=f"report.{key}", advice="check the path")
    if logo := _logo(settings.logo):
        clean_png(logo, where="report.logo")
    if settings.fonts is not None:
        Fonts.of(Path(settings.fonts), where="report.fonts")
    if settings.notes is not None:
        check_notes(Path(settings.notes))


def build_report(
    run: RunFolder,
    study: Study,
    overrides: Mapping[str, Any] | None = None,
    notes: Path | None = None,
    since: Compared | None = None,
) -> Report:
    """The report of a run, from its folder alone.

    Parameters
    ----------
    overrides: the reader's own cut (`with_cut` of the study's findings); it is said in the report.
    notes: a file with the analyst's words by section; else `report.notes` of the settings, else the `notes.md` that
        lies beside the run folder's files.
    since: an earlier run and this one, to be told at the end of the summary.
    """
    findings = study.findings(run, study).with_cut(overrides or {})
    settings = findings.settings.report
    with trusted():
        sections = study.sections(findings)
    if since is not None:
        from casestudies.workflow.sections.since import since_blocks  # only where it is asked for

        first = sections[0]
        sections = (replace(first, blocks=(*first.blocks, *since_blocks(since))), *sections[1:])
    if findings.chosen is not None:
        first = sections[0]
        sections = (replace(first, blocks=(Note(findings.chosen, "warning"), *first.blocks)), *sections[1:])
    written = Report(
        title=f"{study.card.title}: {study.card.question[0].lower()}{study.card.question[1:]}",
        subtitle=f"Decision: {study.card.decision}.",
        result_id=findings.result["id"],
        author=settings.author or "",
        version=settings.version or __version__,
        sections=sections,
        date=_date(settings.date),
        logo=_logo(settings.logo),
        fonts=None if settings.fonts is None else Fonts.of(Path(settings.fonts), where="report.fonts"),
        synthetic=findings.synthetic,
        invented=study.card.invented,
    )
    report = appended(written)
    file = notes or (Path(settings.notes) if settings.notes else None)
    if file is not None:
        report = with_notes(report, read_notes(file, report))
    words = glossary(report)
    return report if words is None else replace(report, sections=(*report.sections, words))


def render(report: Report, formats: Iterable[str], run: RunFolder | None = None) -> dict[str, bytes]:
    """The report's files by format.

    run: a finished, verified folder whose drawings serve where a chart is the same.

    Raises
    ------
    ConfigError: a format other than html, pdf and xlsx.
    """
    chosen = [name.strip() for name in formats]
    for name in chosen:
        if name not in FORMATS:
            raise ConfigError(
                f"{shown(name)} is not a report format", where="--format", advice="write html, pdf or xlsx"
            )
    drawings = _drawings(run, report) if run is not None and "pdf" in chosen else {}
    return {name: FORMATS[name](report, drawings) for name in chosen}


def _drawings(run: RunFolder, report: Report) -> dict[str, str]:
    """{chart: its drawing} of figures/, as `to_pdf` takes them."""
    found = {}
    for file in sorted(run.path.glob("figures/*.json")):
        spec = run.read_json(f"figures/{file.name}")
        drawing = file.with_suffix(".svg")
        mark = report.invented.mark if report.synthetic else ""
        svg = unmarked(drawing.read_text("utf-8"), spec, mark) if drawing.is_file() else None
        if svg is not None:
            found[spelt(spec)] = svg
    return found


def write_reports(writer: RunWriter, study: Study, step: Callable[[float, str], None]) -> None:
    """figures/ and the reports of a run that is being written."""
    report = numbered(build_report(writer.folder, study))
    figures = [block for block in report.blocks() if isinstance(block, Figure)]
    for number, figure in enumerate(figures, 1):
        writer.write_json(f"figures/{number:02d}.json", figure.spec)
        writer.write_text(
            f"figures/{number:02d}.svg", to_svg(figure.spec, report.invented.mark if report.synthetic else "")
        )
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
        with Path(path).open("rb") as file:
            return file.read(2**20)
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror})", where="report.logo", advice="give a PNG file") from None
