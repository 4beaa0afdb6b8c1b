"""A finished run as the pages read it, kept in memory under its id and the hash of its manifest.

Streamlit's own key for a table is a hash of a sample of it, so two large tables that differ in one cell would be one
(streamlit#14622). No table is ever part of a key here: a finished run never changes, and its manifest says what it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import streamlit as st

from casestudies.errors import CaseError
from casestudies.pages.memory import settle
from casestudies.report import Block, Report, numbered
from casestudies.runs import RunFolder, RunStore
from casestudies.workflow.compared import Compared
from casestudies.workflow.compared import compared as compare_runs
from casestudies.workflow.predictor import TablePredictor
from casestudies.workflow.reporting import build_report, render
from casestudies.workflow.sections.compared import compared_report
from casestudies.workflow.sections.since import since_blocks
from casestudies.workflow.since import last_before
from casestudies.workflow.studies import Predictor, Serving, Told, Viewing, study_of

_RUNS = 8  # kept in memory
_REPORTS = 4


def key(run: RunFolder) -> str:
    """What the memory knows a finished run by."""
    return f"{run.path.absolute()}:{hashlib.sha256((run.path / 'manifest.json').read_bytes()).hexdigest()}"


def findings(run: RunFolder) -> Any:
    """Everything the run's files say, as its study reads them. Raises RunError for a file that is missing or damaged."""
    return _findings(key(run), run)


def report(run: RunFolder) -> Report:
    """The run's report as blocks, labelled as in its files: Figure 3 here is Figure 3 there."""
    return _report(key(run), run)


def compared(runs: Sequence[RunFolder]) -> tuple[Compared, Report]:
    """Runs laid beside each other, the first the one that all others are compared with; and the same as a document."""
    return _compared(" ".join(map(key, runs)), tuple(runs))


def since(run: RunFolder) -> tuple[Block, ...]:
    """What has changed since the run before it on the same data; () where there is none, or it cannot be read any more."""
    before = last_before(run, RunStore(run.path.parent.parent).all(run.study))
    return () if before is None else _since(f"{key(before)} {key(run)}", before, run)


def predictor(run: RunFolder) -> TablePredictor | None:
    """The saved model, every hash compared before it is loaded; None where the study's model is not one of tables."""
    opened = _opened(key(run), run)
    return opened if isinstance(opened, TablePredictor) else None


def serving(run: RunFolder) -> Serving | None:
    """The saved model of a study that serves lists to its customers; None where the study does something else."""
    desk = getattr(_opened(key(run), run), "desk", None)
    return desk if isinstance(desk, Serving) else None


def viewing(run: RunFolder) -> Viewing | None:
    """The saved model of a study that answers images; None where the study does something else."""
    viewer = getattr(_opened(key(run), run), "viewer", None)
    return viewer if isinstance(viewer, Viewing) else None


def report_file(run: RunFolder, form: str, cut: float | None) -> bytes:
    """report.html or report.pdf: as it lies in the folder, else made now, with the reader's cut where there is one."""
    file = run.path / f"report.{form}"
    return file.read_bytes() if cut is None and file.is_file() else _made(key(run), form, cut, run)


@st.cache_resource(max_entries=_RUNS, show_spinner="Reading the run ...")
def _findings(known: str, _run: RunFolder) -> Told:
    study = study_of(_run)
    return study.findings(_run, study)


@st.cache_resource(max_entries=_RUNS, show_spinner="Drawing the charts ...")
def _report(known: str, _run: RunFolder) -> Report:
    report = numbered(build_report(_run, study_of(_run)))
    settle("charts")
    return report


@st.cache_resource(max_entries=_REPORTS, show_spinner="Comparing the runs ...")
def _compared(known: str, _runs: tuple[RunFolder, ...]) -> tuple[Compared, Report]:
    told = compare_runs(_runs)
    report = numbered(compared_report(told))
    settle("charts")
    return told, report


@st.cache_resource(max_entries=_REPORTS, show_spinner="Looking at the last run ...")
def _since(known: str, _before: RunFolder, _run: RunFolder) -> tuple[Block, ...]:
    try:
        return since_blocks(compare_runs((_before, _run)))
    except CaseError:  # the last run's files are damaged, or of another version; this run's page does not rest on them
        return ()


@st.cache_resource(max_entries=_RUNS, show_spinner="Loading the saved model ...")
def _opened(known: str, _run: RunFolder) -> Predictor:
    opened = study_of(_run).open(_run)
    settle("model")
    return opened


@st.cache_resource(max_entries=_REPORTS, show_spinner="Writing the report ...")
def _made(known: str, form: str, cut: float | None, _run: RunFolder) -> bytes:
    overrides = {} if cut is None else {"decide": {"cut": cut}}
    return render(build_report(_run, study_of(_run), overrides), [form], _run)[form]
