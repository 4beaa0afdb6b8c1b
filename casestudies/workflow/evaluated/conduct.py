"""The steps of an evaluation of a table study: read by the run's schema, decide as it decides, judge, compare, report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from casestudies.runs import RunWriter
from casestudies.tabular.profile import profile
from casestudies.tabular.split import make as make_split
from casestudies.workflow.compare import Judged, Sample
from casestudies.workflow.evaluate import INCUMBENT, group_labels, judge
from casestudies.workflow.evaluated.asked import Parent
from casestudies.workflow.evaluated.labelled import Labelled, read_labelled
from casestudies.workflow.evaluated.outcomes import Outcomes
from casestudies.workflow.evaluated.record import EvaluatedRecord
from casestudies.workflow.evaluated.told import told_of
from casestudies.workflow.incumbent import read_incumbent
from casestudies.workflow.load import rule_of
from casestudies.workflow.studies import Study


def conduct(study: Study, told_as: Study, request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
    """Do a whole evaluation into a folder.

    Parameters
    ----------
    study: of the run. told_as: it as it is for evaluations, which writes the report. request: see `asked.asked`.

    Returns
    -------
    What the manifest says beside the writer's own entries.
    """
    settings: Any = study.settings.model_validate(request["config"])
    parent = Parent.beside(writer.folder, request["parent"])
    record = EvaluatedRecord(writer, told_as, settings, request, parent)
    record.stage("check")(0.0, "reading and checking the new rows")
    files = {name: Path(file) for name, file in request.get("files", {}).items()}
    new = read_labelled(study, parent.folder, settings, Path(request["data"]), files, settings.seed)
    checked = new.checked
    frame = checked.problems.to_frame()
    record.data(asdict(checked.source), new.notes, frame, profile(checked))
    record.stage("evaluate")(0.0, "judging the frozen decisions")
    findings: Any = study.findings(parent.folder, study)
    champion = findings.champion
    judged, sentence = _beside(new, champion, settings, study)
    groups = {name: group_labels(checked.frame[name]) for name in checked.in_role("protected")}
    result = judge(new.sample, judged, champion, groups, settings, findings.baselines)
    record.stage("compare")(0.0, "comparing with the run")
    told = told_of(
        _then(findings),
        Outcomes.of(new.sample, new.judged),
        rule_of(settings),
        settings.interval,
        settings.seed,
        unit=study.words.rows,
        money=settings.cost.currency or "cost units",
    )
    drift = {"said": list(new.drift_said), "columns": list(new.drift)}
    more = {"judged": result.told, "incumbent": sentence, "drift": drift, "decision": findings.decision["words"]}
    record.judged(champion, result.metrics, {**told, **more}, len(new.sample.y))
    record.parquet("predictions.parquet", _predictions(new, judged, groups))
    record.reports()
    return record.sealed()


def _then(findings: Any) -> Outcomes:
    """The rows that the run's champion was judged on."""
    told = findings.predictions
    sample = Sample(told[[]], findings.y, findings.weight, findings.costs, told.get("group"))
    champion = findings.champion
    return Outcomes.of(sample, Judged(findings.scores()[champion], told[f"act:{champion}"].to_numpy()))


def _beside(new: Labelled, champion: str, settings: Any, study: Study) -> tuple[dict[str, Judged], str | None]:
    """The champion, and today's decision where the new file has its column.

    Today's score is turned into a probability on folds of the new rows, so that it competes at its best there.
    """
    judged, checked = {champion: new.judged}, new.checked
    found = checked.in_role("incumbent")
    if not found:
        return judged, None
    parts = make_split("cv", new.sample.y, group=new.sample.group, folds=settings.split.folds, seed=settings.seed).folds
    column, act = found[0], settings.model.incumbent_act
    one = read_incumbent(column, checked.frame[column], act, new.sample, parts, rule_of(settings), study.words.act)
    learnt = "" if one.judged.p is None else " Here the training rows are folds of the new ones."
    return judged | {INCUMBENT: one.judged}, one.sentence + learnt


def _predictions(new: Labelled, judged: Mapping[str, Judged], groups: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """One row a judged row, with the columns of a run's predictions.parquet."""
    checked, sample = new.checked, new.sample
    columns: dict[str, Any] = {
        "row": checked.places.rows,
        "line": np.asarray(checked.places.lines),
        "part": np.zeros(len(sample.y), dtype=np.int64),
        "y": sample.y,
        "weight": sample.weight,
    }
    for role, name in (("identifier", "id"), ("group", "group")):
        for column in checked.in_role(role):  # type: ignore[arg-type]
            columns[name] = checked.frame[column].astype("str").to_numpy()
    for name, one in judged.items():
        if one.p is not None:
            columns[f"p:{name}"] = one.p
        columns[f"act:{name}"] = one.act
    if sample.costs is not None:
        columns |= sample.costs.cells()
    columns |= {f"group:{name}": pd.Series(labels).astype("str").to_numpy() for name, labels in groups.items()}
    return pd.DataFrame(columns)
