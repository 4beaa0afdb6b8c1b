"""A study as it is for the run folders of a search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from casestudies.errors import UsageError
from casestudies.workflow.studies import Headline, Study

if TYPE_CHECKING:
    from casestudies.runs import RunFolder, RunWriter
    from casestudies.workflow.tuned.tunable import Tunable

HEADLINES = (
    Headline("nested_gain", "gained on the defaults, judged by outer folds", digits=1, scale=100, unit=" %"),
    Headline("gain", "gained on the defaults, in cross-validation", digits=1, scale=100, unit=" %"),
)


@dataclass(frozen=True)
class Tuning:
    """The verb of a study. tunable: what it offers, imported when it is asked for."""

    tunable: Callable[[], Tunable]

    def __call__(self, study: Study) -> Study:
        def run(request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
            from casestudies.workflow.tuned.conduct import conduct

            return conduct(there, self.tunable(), request, writer)

        there = replace(
            study,
            run=run,
            sections=_sections,
            lines=_lines,
            findings=_findings,
            headlines=HEADLINES,
            open=_refuse,
            tryout=None,
            questions={},
            libraries=(*study.libraries, "optuna", "cmaes"),
            verbs={},
        )
        return there


def tables() -> Tunable:
    """Of every study that compares models of one table."""
    from casestudies.workflow.tuned.table_space import TABLES

    return TABLES


TUNE_TABLES = Tuning(tables)


def _findings(run: RunFolder, study: Study) -> Any:
    from casestudies.workflow.tuned.findings import Findings

    return Findings.read(run, study)


def _sections(findings: Any) -> Any:
    from casestudies.workflow.tuned.sections import sections

    return sections(findings)


def _lines(findings: Any) -> list[str]:
    from casestudies.workflow.tuned.sections import in_lines

    return in_lines(findings)


def _refuse(run: RunFolder) -> NoReturn:
    what = "is a search for settings and holds no model"
    raise UsageError(what, where=run.id, advice="run the study with its tuned.yaml")
