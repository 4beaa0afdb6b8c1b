"""A run's frozen model on new labelled images, patient by patient: the external validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from casestudies.decisions import Rule
from casestudies.errors import DataError, MissingExtra
from casestudies.imaging import CARD
from casestudies.imaging.audit import shift_told
from casestudies.imaging.decision import Decision
from casestudies.imaging.figures import costs_of, figures
from casestudies.imaging.films import UNKNOWN, Films
from casestudies.imaging.incumbent import INCUMBENT, incumbent_logits
from casestudies.imaging.judged import People
from casestudies.imaging.patients import Patients
from casestudies.imaging.prices import Resampling, Scored
from casestudies.tabular import Problems
from casestudies.workflow.evaluated.asked import Parent
from casestudies.workflow.evaluated.outcomes import Outcomes
from casestudies.workflow.evaluated.record import EvaluatedRecord
from casestudies.workflow.evaluated.told import told_of

if TYPE_CHECKING:
    from casestudies.imaging.asked.deciding import Deciding
    from casestudies.imaging.predictor import ImagingPredictor, NewFilms
    from casestudies.runs import RunWriter
    from casestudies.workflow.studies import Study

_FLATTERED = "Its curve and its cut are learnt on the very images that judge it here, which flatters it."


def conduct(study: Study, told_as: Study, request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
    """Do a whole evaluation into a folder; see `workflow.evaluated.conduct`."""
    if CARD.missing:
        raise MissingExtra(CARD.library, CARD.extra, where="imaging")
    settings: Any = study.settings.model_validate(request["config"])
    parent = Parent.beside(writer.folder, request["parent"])
    record = EvaluatedRecord(writer, told_as, settings, request, parent)
    record.stage("check")(0.0, "reading the new images")
    files = {name: Path(file) for name, file in request.get("files", {}).items()}
    predictor, new = _read(study, parent, settings, Path(request["data"]), files)
    films = new.films
    people = len(Patients.of(films.patient))
    counted = {"images": len(films), "patients": people, "classes": list(films.classes)}
    record.data(asdict(new.source), new.notes, Problems().to_frame(), counted)
    record.stage("evaluate")(0.0, "judging the frozen decisions")
    findings: Any = study.findings(parent.folder, study)
    decision, champion = predictor.model.decision, findings.champion
    p = decision.probability(predictor.model.logits(films))
    models, sentence = _figures(films, p, decision, champion, settings)
    record.stage("compare")(0.0, "comparing with the run")
    deciding = settings.decide
    told = told_of(
        _outcomes(People.of(findings, "test"), decision, deciding),
        _outcomes(_people(films, p, decision), decision, deciding),
        _rule(deciding),
        settings.interval,
        settings.seed,
        unit="patients",
        money=findings.unit,
    )
    drift = {"said": [_shift(predictor, films)], "columns": []}
    words = f"Call back each patient whose probability is above {decision.patient.cut:.4g}."
    record.judged(champion, models, {**told, "drift": drift, "incumbent": sentence, "decision": words}, people)
    record.parquet("predictions.parquet", predictor.answered(films).assign(label=films.label, part="new"))
    record.reports()
    return record.sealed()


def _read(
    study: Study, parent: Parent, settings: Any, path: Path, files: Mapping[str, Path]
) -> tuple[ImagingPredictor, NewFilms]:
    """The saved model, and the new images whose label is known.

    Raises
    ------
    DataError: no image can be read, or the labels do not tell the disease from its absence.
    """
    predictor: Any = study.open(parent.folder)
    if settings.data.positive is None:  # the demo's own word for the disease
        data = settings.data.model_copy(update={"positive": predictor.model.classes[1]})
        settings = settings.model_copy(update={"data": data})
    predictor = replace(predictor, settings=settings, files=dict(files))
    new = predictor.read(path)
    known = new.films.label != UNKNOWN
    healthy, diseased = predictor.model.classes
    if len(np.unique(new.films.label[known])) < 2:
        what = f"the labels of the new images do not tell {diseased!r} from {healthy!r}: images of both are needed"
        advice = "give a table of labels beside them (--files labels=FILE); or score them: casestudies predict"
        raise DataError(what, where=path.name, advice=advice)
    left = int((~known).sum())
    notes = (*new.notes, *([f"{left:,} images have no label that counts, and are left out"] if left else []))
    return predictor, replace(new, films=new.films.take(known), notes=notes)


def _people(films: Films, p: np.ndarray, decision: Decision) -> People:
    patients = Patients.of(films.patient)
    return People(patients.label(films.label).astype(np.float64), decision.together(p, patients))


def _outcomes(people: People, decision: Decision, deciding: Deciding) -> Outcomes:
    """Patients with the frozen decision; each counts once."""
    rows = len(people.y)
    return Outcomes(people.y, people.p, decision.call_back(people.p), np.ones(rows), costs_of(deciding, rows))


def _rule(deciding: Deciding) -> Rule:
    """How a cut would be chosen anew."""
    if deciding.cut == "cost":
        return Rule("cut")
    return Rule("bmr") if deciding.cut == "bayes" else Rule("cut", float(deciding.cut))


def _figures(
    films: Films, p: np.ndarray, decision: Decision, champion: str, settings: Any
) -> tuple[dict[str, Any], str | None]:
    """metrics.json's "models": the champion, and the score to compare with where the table of the new images holds it."""
    y, how = films.label.astype(float), Resampling(settings.interval.rounds, settings.interval.level, settings.seed)
    seen, decisions = {champion: Scored(y, p, films.patient, films.units)}, {champion: decision}
    sentence = None
    column = settings.model.incumbent
    if column is not None and column in films.table:
        score = pd.to_numeric(films.table[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        logits, sentence = incumbent_logits(score, films.label, np.arange(len(films)))
        learnt = Decision.learnt(logits, films.label, films.patient, settings.decide)
        seen[INCUMBENT] = Scored(y, learnt.probability(logits), films.patient, films.units)
        decisions[INCUMBENT] = learnt
        sentence = f"{sentence.replace('validation images', 'new images')} {_FLATTERED}"
    found, _ = figures(seen, decisions, settings.decide, how)
    for one in found.values():
        one.pop("cost_ratio")
    return found, sentence


def _shift(predictor: ImagingPredictor, films: Films) -> str:
    if predictor.model.quality is None or not films.pixels.size:
        return "the model reads embeddings, so nothing is known of how the images look"
    return str(shift_told(predictor.model.quality, films)["sentence"])
