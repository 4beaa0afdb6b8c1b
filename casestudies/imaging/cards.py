"""The model card: what the model is for, what it learnt from, how it was judged, and what it must not be used for."""

from __future__ import annotations

from typing import Any

from casestudies.workflow.answers import Answer

CLAIM = (
    "A demonstration of a method on the images named here, not a medical device: it has not been tested in use, and no "
    "patient may be called back, or sent home, because of it alone."
)
_INVENTED = (
    "The images are SYNTHETIC, drawn by a generator: no patient. What was learnt from them has no clinical meaning."
)


def card_told(work: Any) -> Answer:
    """{"parts": [[heading, [sentence, ...]], ...]}, and the same as made/card.md; work: a `conduct.Work`."""
    parts = [
        ["Intended use", _use(work)],
        ["Data", _data(work)],
        ["The model", _model(work)],
        ["How it was judged", _judged(work)],
        ["Limits", _limits(work)],
    ]
    text = "\n\n".join(f"## {heading}\n\n" + "\n\n".join(sentences) for heading, sentences in parts)
    return Answer({"parts": parts}, made={"card.md": f"# Model card\n\n{text}\n".encode()})


def _use(work: Any) -> list[str]:
    negative, positive = work.films.classes
    decide = work.settings.decide
    return [
        CLAIM,
        f"It tells images of {positive} from images of {negative}, for films like those it learnt from, read the same way.",
        f"Its cut is for a miss that is {decide.miss / decide.alarm:g} times as dear as a false alarm; other prices need another cut.",
    ]


def _data(work: Any) -> list[str]:
    films, parts = work.films, work.parts
    used = {name: len(getattr(parts, name)) for name in ("train", "validation", "test")}
    said = [_INVENTED] if work.synthetic else []
    said.append(
        f"{used['train']:,} images to learn from, {used['validation']:,} to choose settings, calibration and cut on, {used['test']:,} to judge by."
    )
    said.append(parts.sentence)
    if not films.patients_known:
        said.append("No patient ids were given: each image is taken as a patient, and figures may be flattered.")
    return said


def _model(work: Any) -> list[str]:
    members = [member for member in work.model.members if member.trained is not None]
    kept = (
        f"Images are read to {work.films.side} x {work.films.side} pixels; that preparation is part of the saved model."
    )
    if not members:
        return ["A linear head on embeddings that were made elsewhere.", kept]
    weights = sum(parameter.numel() for parameter in members[0].trained.module.parameters())
    many = (
        f"{len(members)} networks of {weights:,} weights, whose answers are averaged"
        if len(members) > 1
        else f"One network of {weights:,} weights"
    )
    head = "a linear head" if not work.settings.head.hidden else f"a head of {work.settings.head.hidden} hidden units"
    beside = f" and on {', '.join(work.model.history)}" if work.model.history else ""
    return [f"{many}, with {head} fitted on their features{beside}.", kept, work.fitted.choice["sentence"]]


def _judged(work: Any) -> list[str]:
    figures = work.judged.metrics[work.fitted.champion]
    said = []
    for name, words in (
        ("auc", "AUC"),
        ("sensitivity", "Sensitivity at the cut"),
        ("specificity", "Specificity at the cut"),
    ):
        figure = figures[name]
        if figure["value"] is not None:
            span = "" if figure["low"] is None else f" ({figure['low']:.3f} to {figure['high']:.3f})"
            said.append(f"{words}: {figure['value']:.3f}{span}, on patients that had no say in anything.")
    return said


def _limits(work: Any) -> list[str]:
    said = [
        "Another scanner, another hospital or another share of diseased patients changes every figure; recalibrate, and choose the "
        "cut again, on labelled images of the place where it is to be used.",
        "An image that differs from those of training is flagged; for it the cut is not valid.",
    ]
    if work.parts.leak:
        said.insert(
            0, "LEAK: patients or twins lie on both sides of the split. The figures are too good and prove nothing."
        )
    if (work.films.label[work.parts.test] == 1).sum() < 20:
        said.insert(0, "Fewer than 20 diseased images were judged: no model can be called better than another by them.")
    return said
