"""The first page: whom to call back, how good that is and what it saves, one picture, the aim beside what was done."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from casestudies.imaging.findings import Findings
from casestudies.imaging.incumbent import INCUMBENT
from casestudies.imaging.sections.named import (
    compared,
    cut_in_words,
    few,
    flattered,
    healthy_and_sick,
    indiscriminate,
    level_of,
    pretty,
    rarer,
    verdict,
)
from casestudies.report import Block, Figure, Heading, Metric, Metrics, Note, Section, Table, Text, charts
from casestudies.workflow.sections.words import number, percent, span

_FRAME = {
    "goal": "Goal",
    "unit": "One image is",
    "label_means": "The label means",
    "proxy_for": "It stands in for",
    "excluded": "Not among the images",
    "decided_by": "Decided by",
}
_RANKED = 3  # of each class; one or two diseased are above all others, or not, by chance
_UNRANKED = f"fewer than {_RANKED} diseased, or healthy, are judged"
_CUTS = {
    "nobody": "Call back nobody",
    "everybody": "Call back everybody",
    "half": "Model, above 50 %",
    "used": "Model, as decided",
}


def summary(f: Findings, own: Iterable[Block] = ()) -> Section:
    """The decision, its figures, the verdict in money, a picture, the frame.

    own: what the further questions have to say on the first page.
    """
    blocks: list[Block] = [
        Note(sentence, "warning") for sentence in (flattered(f), few(f), indiscriminate(f)) if sentence
    ]
    blocks += [headline(f), Text(decision(f)), Text(verdict(f))]
    there = rarer(f)
    if there:
        blocks.append(Note(there, "warning"))
    blocks += [Text(sentence) for sentence in compared(f, (INCUMBENT,))]
    blocks += own
    blocks.append(_picture(f))
    blocks += [Heading("What was to be achieved, and what was done"), _frame(f)]
    blocks += [Note(text, "warning") for text in f.profile["split_warnings"]]
    if f.settings.frame.proxy_for:
        blocks.append(
            Note(f"What is learnt only stands in for something else: {f.settings.frame.proxy_for}.", "warning")
        )
    return Section("summary", "Summary", tuple(blocks))


def headline(f: Findings) -> Metrics:
    """What is saved, who is found, and how well the score ranks; that is not told of next to nobody."""
    told, champion = f.evaluation, f.champion
    saved, found = f.figure(champion, "patient_savings"), f.figure(champion, "patient_sensitivity")
    spared, auc = f.figure(champion, "patient_specificity"), f.figure(champion, "patient_auc")
    who = "patients" if told["patients_known"] else "images"
    fewest = min(told["positive_patients"], told["patients"] - told["positive_patients"])
    ranked = f"of single images: {number(f.figure(champion, 'auc')['value'])}" if told["several"] else "0.5 is chance"
    return Metrics(
        (
            Metric(
                "Cost saved",
                percent(saved["value"]),
                span(saved, 1, 100, "%"),
                f"a miss at {told['prices']['miss']:g}, a false alarm at {told['prices']['alarm']:g} {f.unit}",
            ),
            Metric(
                f"Diseased {who} called back",
                percent(found["value"]),
                span(found, 1, 100, "%"),
                f"of {told['positive_patients']:,}; of the healthy, {percent(spared['value'])} are left alone",
            ),
            Metric(
                f"AUC of {who}",
                *(
                    (number(auc["value"]), span(auc), ranked)
                    if fewest >= _RANKED
                    else ("too few to say", "", _UNRANKED)
                ),
            ),
        )
    )


def decision(f: Findings) -> str:
    """Who is called back, and what becomes of the doubtful."""
    told = f.evaluation
    _, sick = healthy_and_sick(f)
    of = {"max": "made of the greatest", "mean": "made of the mean"}[told["patient_by"]]
    whose = f"probability of the disease ({sick})"
    whose += f", {of} of their images," if told["several"] else ""
    who = "patients" if told["patients_known"] else "images"
    text = f"Call back {who} whose {whose} is {cut_in_words(told['decision']['patient']['cut'])}."
    again = f.analysis.get("second_reader")
    if again:
        text += (
            f" {percent(again['second']['value'])} of them go to a second reader, since the model cannot rule out one of the two "
            f"classes at a promise of {percent(again['coverage'], 0)}."
        )
    return text


def _picture(f: Findings) -> Figure:
    told = {one["name"]: one for one in f.evaluation["cuts"]}
    values = [np.array([told[name][key] for name in _CUTS], dtype=float) for key in ("value", "low", "high")]
    who, one = ("patient", "a patient") if f.evaluation["patients_known"] else ("image", "an image")
    return charts.dot_whisker(
        list(_CUTS.values()),
        *values,
        title=f"Cost per {who} ({f.unit})",
        caption=f"What each way to decide costs {one} on patients that nothing was learnt from, with {level_of(f)} intervals: "
        "further left is better; the diamond is what is recommended",
        chosen=_CUTS["used"],
    )


def _frame(f: Findings) -> Table:
    frame = f.settings.frame.model_dump()
    rows = [(title, str(frame[key] or "not stated")) for key, title in _FRAME.items()]
    prices = f.evaluation["prices"]
    rows += [
        ("Optimised", "log loss of the images, then of the head on their features"),
        ("Chosen by", "log loss on validation patients (the networks, the ridge, what the head reads)"),
        ("Decided by", f"a miss at {prices['miss']:g} and a false alarm at {prices['alarm']:g} {f.unit}"),
        ("Reported first", "cost saved, and who is found, on patients that nothing was learnt or chosen from"),
    ]
    return Table("What was to be achieved, beside what was optimised, chosen and reported", ("", "Stated"), tuple(rows))


def in_lines(f: Findings) -> list[str]:
    """The summary as plain lines, for a terminal."""
    lines = [
        f"{'SYNTHETIC, no patient. ' if f.synthetic else ''}{pretty(f.champion)}. {f.evaluation['choice']['sentence']}"
    ]
    lines += [f"{item.label}: {item.value} ({item.interval or item.comment})" for item in headline(f).items]
    if f.profile["leak"]:
        lines.insert(
            0, "LEAK, by your will: patients or twins lie on both sides of the split; no figure proves anything."
        )
    return [
        *lines,
        decision(f),
        verdict(f),
        *filter(None, (rarer(f), flattered(f), few(f), indiscriminate(f))),
        *compared(f, (INCUMBENT,)),
    ]
