"""How well the models rank, find and foretell on patients that nothing was learnt from: image, history and both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.findings import Findings
from casestudies.imaging.sections.named import compared, ends, few, known, level_of, pretty
from casestudies.report import Block, Figure, Heading, Note, Table, Text, charts
from casestudies.workflow.sections.words import percent

_CURVES = 3  # models in the figure
_IMAGES = ("auc", "sensitivity", "specificity", "log_loss", "ece", "accuracy")
_PATIENTS = ("patient_auc", "patient_sensitivity", "patient_specificity")
_TITLES = {
    "auc": "AUC",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "log_loss": "Log loss",
    "ece": "Calibration error",
    "accuracy": "Accuracy at 0.5",
}


def performance_blocks(f: Findings) -> tuple[Block, ...]:
    """How it was judged, every model's figures with intervals, who can be told apart, ranking and calibration."""
    blocks: list[Block] = [Text(_protocol(f))]
    sentence = few(f)
    if sentence:
        blocks.append(Note(sentence, "warning"))
    blocks.append(_table(f, _IMAGES, "Single images"))
    if f.evaluation["several"]:
        blocks.append(_table(f, _PATIENTS, "Patients, by all their images"))
    blocks += [Text(said) for said in compared(f)]
    if f.evaluation["incumbent"]:
        blocks.append(Text(f.evaluation["incumbent"]))
    blocks += [Text(_at(f)), _ranking(f), Heading("Do the probabilities hold?"), Text(_line(f)), _calibration(f)]
    return tuple(blocks)


def _protocol(f: Findings) -> str:
    told = f.evaluation
    of = f" of {told['patients']:,} patients ({told['positive_patients']:,} diseased)" if told["patients_known"] else ""
    return (
        f"Judged on {told['images']:,} images{of}, {told['positives']:,} of which show the disease. Networks and heads learnt "
        f"from other patients; temperature, ridge and cut were chosen on a third group. Intervals ({level_of(f)}) resample "
        f"{'patients' if told['patients_known'] else 'images, twins together'}, {f.settings.interval.rounds:,} times, the same ones for all models."
    )


def _table(f: Findings, names: tuple[str, ...], what: str) -> Table:
    models = [f.champion, *(model for model in f.metrics["models"] if model != f.champion)]
    rows = tuple((pretty(model), *(ends(f.figure(model, name)) for name in names)) for model in models)
    head = ("Model", *(_TITLES[name.removeprefix("patient_")] for name in names))
    return Table(f"{what}, with {level_of(f)} intervals; sensitivity and specificity at the cut", head, rows)


def _at(f: Findings) -> str:
    """Sensitivity at a specificity, and the reverse."""
    share = percent(f.evaluation["accuracy_at"], 0)
    found, spared = f.figure(f.champion, "sens_at_spec"), f.figure(f.champion, "spec_at_sens")
    return (
        f"Whatever the prices: with {share} of the healthy images left alone, the {pretty(f.champion).lower()} finds "
        f"{ends(found, 1, 100, '%')} of the diseased; with {share} of the diseased found, it leaves "
        f"{ends(spared, 1, 100, '%')} of the healthy alone. The cut of such a point is known only afterwards."
    )


def _judged(f: Findings) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Labels and probabilities of the test images, the champion's first."""
    rows = f.predictions[(f.predictions["part"] == "test") & (f.predictions["label"] >= 0)]
    scores = {pretty(f.champion): rows["probability"].to_numpy(float)}
    for model in ("incumbent", "history", "image", "both", "network"):
        if f"probability:{model}" in rows and len(scores) < _CURVES:
            scores[pretty(model)] = rows[f"probability:{model}"].to_numpy(float)
    return rows["label"].to_numpy(float), scores


def _ranking(f: Findings) -> Figure:
    y, scores = _judged(f)
    return charts.ranking_curves(
        y, scores, caption="Images found against false alarms, and how many alarms are right: further up is better"
    )


def _calibration(f: Findings) -> Figure:
    y, scores = _judged(f)
    first = next(iter(scores))
    return charts.calibration(
        y,
        {first: scores[first]},
        caption="What was stated for the test images against what was true: points on the dashed line are right",
    )


def _line(f: Findings) -> str:
    """The temperature, and whether the test part is another population than the validation part."""
    told = f.evaluation
    temperature = told["temperatures"][f.champion]
    text = f"Log-odds are divided by a temperature of {temperature:.2f}, chosen on validation patients. "
    slope, level = told["line"]["slope"], told["line"]["level"]
    if not known(slope["low"]):
        return text + "On the test images no line can be drawn through what was stated and what came."
    said = f"On the test images the slope is {ends(slope, 2)} and the shift {ends(level, 2)}; 1 and 0 are right. "
    if slope["low"] <= 1 <= slope["high"] and level["low"] <= 0 <= level["high"]:
        return text + said + "Nothing speaks against the probabilities."
    return (
        text
        + said
        + "So the probabilities, and every cut chosen with them, are off here: the test images are not like the validation images, or "
        "those were too few. A new place needs some labelled patients of its own to set both right."
    )
