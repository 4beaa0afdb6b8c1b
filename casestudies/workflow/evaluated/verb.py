"""The verb: a study as it is for the folders of its evaluations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

from casestudies.errors import RunError
from casestudies.runs import RunFolder, RunWriter
from casestudies.workflow.evaluated.asked import EVALUATE
from casestudies.workflow.studies import Study

Conduct = Callable[[Study, Study, Mapping[str, Any], RunWriter], Mapping[str, Any]]


def evaluating(study: Study, conduct: Conduct | None = None, files: tuple[str, ...] | None = None) -> Study:
    """The study with what makes, reads and tells an evaluation in place of what does so with a run.

    Parameters
    ----------
    conduct: does the whole evaluation, of (the study, it as it is for evaluations, request, writer); None: that of table studies.
    files: further tables that new rows come with; None: those of the study.
    """

    def run(request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
        from casestudies.workflow.evaluated.conduct import conduct as of_tables

        return (conduct or of_tables)(study, study.at(EVALUATE), request, writer)

    return replace(
        study,
        card=replace(study.card, title=f"{study.card.title}, judged again"),
        run=run,
        findings=_findings,
        sections=_sections,
        lines=_lines,
        open=_no_model,
        judgements=_no_judgements,
        files=study.files if files is None else files,
        tryout=None,
        questions={},
        verbs={},
    )


def _findings(run: RunFolder, study: Study) -> Any:
    from casestudies.workflow.evaluated.findings import Evaluated

    return Evaluated.read(run, study)


def _sections(told: Any) -> Any:
    from casestudies.workflow.evaluated.sections import sections

    return sections(told)


def _lines(told: Any) -> list[str]:
    from casestudies.workflow.evaluated.sections import in_lines

    return in_lines(told)


def _no_judgements(told: Any) -> None:
    """An evaluation is compared with its run, by itself; it is not laid beside runs."""


def _no_model(folder: RunFolder) -> NoReturn:
    """Raises RunError: an evaluation has no model of its own."""
    parent = folder.request()["parent"]["run"]
    raise RunError("is an evaluation and has no model of its own", where=folder.id, advice=f"open the run: {parent}")
