"""The report: as it was written, or with the reader's own cut; to read here and to take away."""

from __future__ import annotations

import html
import io
import zipfile
from functools import partial

import streamlit as st

from casestudies.pages import address, frame, links, reading
from casestudies.pages.cuts import is_a_choice
from casestudies.pages.lists import lists_of
from casestudies.pages.plain import say
from casestudies.pages.runs import about
from casestudies.runs import RunFolder, State

HOW = """
The preview is the HTML file itself, in a frame that can reach nothing around it. The PDF says the same on paper. Both are
made from the run's folder alone; with a cut of your own they are made anew, and say that the reader chose the cut and what
was recommended.

**Everything** is the whole run: figures, model, explanations, settings and reports, with the manifest that holds the
SHA-256 of each file. Your table is not in it, but a model that makes lists remembers who took what. Where the model is a
scorecard, **card.xlsx** scores an applicant by live formulas, and **card.sql** scores a table of a database. A list of whom to act on (**contacts.csv**, **alerts.csv**) is there
where the run made one.
"""
_HEIGHT = 900  # pixels of the preview
_MIME = {"html": "text/html", "pdf": "application/pdf"}
# The outer frame is on the pages' own origin and holds these words alone; the report lies in an inner one without an
# origin, so that not even a script in it could read or press anything here.
_SHELL = (
    '<!doctype html><html lang="en"><title>Report</title>'
    "<style>html,body,iframe{{margin:0;border:0;width:100%;height:100%;display:block}}</style>"
    '<iframe sandbox="allow-scripts" title="Report" srcdoc="{report}"></iframe></html>'
)


def show() -> None:
    run = address.run()
    if run is None or run.state != State.DONE:
        frame.title("Report", how=HOW)
        frame.not_done(run)
        return
    findings = reading.findings(run)
    frame.title("Report", about(run), how=HOW)
    frame.synthetic(findings.study, findings.synthetic)
    a_choice = is_a_choice(findings)
    cut = address.chosen_cut() if a_choice else None
    _which(run, cut, "Try another cut" if a_choice else "The results")
    _downloads(run, cut)
    preview(reading.report_file(run, "html", cut).decode("utf-8"))


def preview(report: str) -> None:
    """An HTML report in a frame without an origin of its own."""
    shell = _SHELL.format(report=html.escape(report, quote=True))
    st.iframe(shell, height=_HEIGHT, alt="Preview of the report")


def _which(run: RunFolder, cut: float | None, other: str) -> None:
    """Whose cut the report is about, and the way to the other.

    Parameters
    ----------
    other: what the Results page has to offer beside it.
    """
    if cut is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            say("The report as the run wrote it, with the recommended decision.")
            links.link("results", other, run=run.id)
        return
    st.info(f"With your cut of {cut:g}. The report says so, and what was recommended.")
    with st.container(horizontal=True):
        links.link("report", "As recommended", run=run.id)
        links.link("results", "Change the cut", run=run.id, cut=f"{cut:g}")


def _downloads(run: RunFolder, cut: float | None) -> None:
    name = f"{run.study}-{run.id}" + ("" if cut is None else f"-cut-{cut:g}")
    with st.container(horizontal=True):
        for form in _MIME:
            st.download_button(
                f"Download {form.upper()}",
                partial(reading.report_file, run, form, cut),
                f"{name}.{form}",
                _MIME[form],
                on_click="ignore",
                key=f"download:{form}",
            )
        for file in [*lists_of(run), *sorted(run.path.glob("export/*")), *run.path.glob("tuned.yaml")]:
            st.download_button(
                f"Download {file.name}",
                file.read_bytes,
                f"{run.study}-{run.id}-{file.name}",
                on_click="ignore",
                key=f"download:{file.name}",
            )
        st.download_button(
            "Download everything",
            lambda: packed(run),
            f"{run.study}-{run.id}.zip",
            "application/zip",
            on_click="ignore",
            key="download:zip",
        )


def packed(run: RunFolder) -> bytes:
    """Every file that the manifest names, and the manifest, as a zip archive; the same run gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in [*sorted(run.manifest()["files"]), "manifest.json"]:
            archive.writestr(zipfile.ZipInfo(f"{run.id}/{name}"), (run.path / name).read_bytes(), zipfile.ZIP_DEFLATED)
    return out.getvalue()
