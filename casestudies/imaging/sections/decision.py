"""The decision in money: prices, cut, what it saves at other prices and where the disease is rarer."""

from __future__ import annotations

import numpy as np

from casestudies.imaging.findings import Findings
from casestudies.imaging.sections.named import cut_in_words, ends, level_of, pretty, verdict
from casestudies.report import Block, Figure, Heading, Table, Text, charts
from casestudies.workflow.sections.words import number, percent

_WAYS = {
    "nobody": "Call back nobody",
    "everybody": "Call back everybody",
    "half": "Above 50 %, whatever the prices",
    "bayes": "Bayes cut: alarm / (alarm + miss)",
    "cost": "Cheapest on validation patients",
    "used": "As decided",
}


def decision_blocks(f: Findings) -> tuple[Block, ...]:
    """Prices and cut, the costs of each way to cut, who is called back, other prices, other populations."""
    blocks: list[Block] = [Text(_how(f)), Text(verdict(f)), _cuts(f), _counts(f), _ratios(f), _net_benefit(f)]
    blocks += [Heading("What an answer means for a patient"), Text(_values(f))]
    if f.evaluation["elsewhere"]:
        blocks += _elsewhere(f)
    return tuple(blocks)


def _who(f: Findings) -> str:
    return "patient" if f.evaluation["patients_known"] else "image"


def _how(f: Findings) -> str:
    told = f.evaluation
    prices, decision = told["prices"], told["decision"]
    text = (
        f"A miss costs {prices['miss']:g} {f.unit}, a false alarm {prices['alarm']:g}. Prices belong in the cut, not in the "
        "training: weighted losses spoil the ranking."
    )
    text += f" A {_who(f)} is called back where the probability is {cut_in_words(decision['patient']['cut'])}."
    if told["several"]:
        own = {"max": "greatest", "mean": "mean"}[told["patient_by"]]
        text += (
            f" It is made of the {own} probability of the patient’s images and set right on validation patients, since the "
            f"{own} of several is not the probability of one. A single image is flagged {cut_in_words(decision['image']['cut'])}."
        )
    half = told["against_half"]
    text += (
        f" On single images the cut costs {ends(half, 2)} times what a cut at 0.5 costs: "
        f"{ends(f.figure(f.champion, 'cost'))} against {ends(f.figure(f.champion, 'cost_at_half'))} {f.unit} each."
    )
    return text


def _cuts(f: Findings) -> Table:
    rows = [
        (_WAYS[one["name"]], "" if one["cut"] is None else percent(one["cut"]), ends(one))
        for one in f.evaluation["cuts"]
        if one["name"] != "used" or not _doubled(f)
    ]
    return Table(
        f"Cost per {_who(f)} on the test patients ({f.unit}), with {level_of(f)} intervals",
        ("Way to decide", "Above", "Cost"),
        tuple(rows),
        (False, True, True),
    )


def _doubled(f: Findings) -> bool:
    """Whether the cut that is used stands in the table under its own name."""
    return f.settings.decide.cut in ("cost", "bayes")


def _counts(f: Findings) -> Table:
    rows = f.predictions[f.predictions["part"] == "test"].groupby("patient", sort=False, observed=True)
    people = rows.agg(sick=("label", "max"), least=("label", "min"), act=("patient_act", "first"))
    people = people[(people["sick"] == 1) | (people["least"] >= 0)]
    cells = []
    for name, sick in (("Diseased", 1), ("Healthy", 0)):
        some = people[people["sick"] == sick]
        cells.append((name, f"{int(some['act'].sum()):,}", f"{int((~some['act']).sum()):,}"))
    return Table(
        f"The {_who(f)}s in numbers", ("", "Called back", "Not called back"), tuple(cells), (False, True, True)
    )


def _ratios(f: Findings) -> Figure:
    told, prices = f.evaluation["ratios"], f.evaluation["prices"]
    columns = {name: np.array(values, dtype=float) for name, values in told.items()}
    return charts.price_ratio(
        columns["ratio"],
        (columns["saved"], columns["low"], columns["high"]),
        columns["at_half"],
        names=("A cut that follows the prices", "Above 50 %"),
        x_title="Price of a miss, in false alarms",
        chosen=prices["miss"] / prices["alarm"],
        caption="Share of cost saved against the better of calling back everybody and nobody, by the price of a miss: where the "
        "band reaches the dashed line, the model is not sure to save anything",
    )


def _net_benefit(f: Findings) -> Figure:
    told, prices = f.evaluation["net_benefit"], f.evaluation["prices"]
    return charts.net_benefit(
        np.array(told["threshold"], dtype=float),
        {pretty(name): np.array(values, dtype=float) for name, values in told["models"].items()},
        np.array(told["everybody"], dtype=float),
        everybody_is="Call back everybody",
        chosen=prices["alarm"] / (prices["alarm"] + prices["miss"]),
        caption="Decision curve: diseased found per patient, less the false alarms at their price; the highest line is the best way "
        "to decide at that price, the dashed one is to call back nobody",
    )


def _values(f: Findings) -> str:
    ppv, npv = f.figure(f.champion, "ppv"), f.figure(f.champion, "npv")
    stated = f.evaluation["prevalence"]
    where = "As common as in the test images" if stated is None else f"Where {100 * stated:g} % have the disease"
    return (
        f"{where}, a flagged image shows the disease with a chance of {ends(ppv, 1, 100, '%')} (positive predictive value), and an "
        f"image that is not flagged shows none with a chance of {ends(npv, 2, 100, '%')} (negative predictive value)."
    )


def _elsewhere(f: Findings) -> list[Block]:
    """What the same cut comes to at the stated prevalence."""
    told = f.evaluation["elsewhere"]
    best = min(told["nobody"], told["everybody"])
    least = "nobody" if told["nobody"] <= told["everybody"] else "everybody"
    who, at = _who(f), f"{100 * told['prevalence']:g} %"
    text = (
        f"There the cut costs {ends(told['used'], 4)} {f.unit} a {who}, to call back {least} {number(best, 4)}. The Bayes cut for there "
        f"is {percent(told['cut'])}: it would call back {percent(told['called'], 2)} and cost {ends(told['cheapest'], 4)}. This takes "
        "the diseased and the healthy there to look like those of the data."
    )
    return [Heading(f"Where {at} have the disease"), Text(text)]
