"""The last layer in the report: what it reads, its ridge, what each method made of it, and what the image alone would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Table, Text, charts

if TYPE_CHECKING:
    from casestudies.imaging.findings import Findings

Told = Mapping[str, Any]
_READINGS = {
    "both": "Image and history",
    "image": "Image alone",
    "history": "History alone",
    "network": "The networks’ own last layers",
}
_METHODS = {"adam": "Adam", "lbfgs": "L-BFGS", "lm": "Levenberg–Marquardt"}
_ROUNDING = 1e-15  # relative distances that are no more than rounding


def head_blocks(f: Findings) -> tuple[Block, ...]:
    """What is read and by how much it helps, the ridge, the three methods; () where it was not asked."""
    told = f.analysis.get("head")
    if told is None:
        return ()
    heads, first = told["heads"], told["heads"][0]
    return (
        Text(_fitted(heads)),
        Heading("Image, history and both"),
        _readings(f),
        *(Text(said) for said in (_apart(f), _columns(first)) if said),
        Heading("The ridge, and each patient left out"),
        _ridges(heads),
        Text(_left_out(heads)),
        Heading("Adam, L-BFGS and Levenberg–Marquardt"),
        Text(_same(told["methods"], first["copies"])),
        _figure(told["methods"]),
        _methods(told["methods"]),
        Text(_verdict(told["methods"])),
        Text(_sure(told["spread"])),
    )


def _fitted(heads: Sequence[Told]) -> str:
    one = heads[0]
    many = f"Each of {len(heads)} networks" if len(heads) > 1 else "The network"
    beside = f" and, beside them, the patient’s history as {one['beside']} columns" if one["beside"] else ""
    copies = f", with {one['copies']} varied copies of each," if one["copies"] else ""
    layer = (
        f"a layer of {one['hidden']} tanh units and the last one"
        if one["hidden"]
        else "the last layer, a straight one,"
    )
    worst = max(np.inf if head["fit"]["suboptimality"] is None else head["fit"]["suboptimality"] for head in heads)
    end = (
        f"to an estimated distance of {worst:.0e} from the least objective, relative to it"
        if all(head["fit"]["converged"] for head in heads)
        else "but not all of them to the optimum: read the figures below as those of a fit that was stopped"
    )
    start = (
        "L-BFGS finds the neighbourhood, and steps with exact second derivatives go on" if one["hidden"] else "It goes"
    )
    return (
        f"{many} is trained once and then read: its {one['features']} features of {one['rows']:,} training images ({one['patients']:,} "
        f"patients){copies} are kept{beside}, and {layer} is fitted anew on them by Levenberg–Marquardt, on the log loss with a ridge. "
        f"{start} {end}. A large ridge keeps the coefficients small; the one with the lowest log loss on validation patients is kept."
    )


def _readings(f: Findings) -> Table:
    """The ablation: figures of every reading on the same test patients."""
    level = f"{100 * f.settings.interval.level:g} %"
    rows = tuple(
        (
            _READINGS[name],
            _ends(f.figure(name, "auc")),
            _ends(f.figure(name, "log_loss")),
            _ends(f.figure(name, "cost")),
        )
        for name in _READINGS
        if name in f.metrics["models"]
    )
    caption = (
        f"What the image and the history say, alone and together, on test patients, with {level} intervals by patient"
    )
    return Table(caption, ("Read", "AUC", "Log loss", f"Cost an image, {f.unit}"), rows)


def _ends(entry: Told) -> str:
    """ "0.863 (0.829 to 0.895)"."""
    value, low, high = entry["value"], entry["low"], entry["high"]
    if value is None or value != value:
        return "n/a"
    return f"{value:.3f}" if low is None or low != low else f"{value:.3f} ({low:.3f} to {high:.3f})"


def _apart(f: Findings) -> str:
    """What is served against the other readings in AUC, each with the interval of the difference."""
    pairs = [pair for pair in f.evaluation["paired"] if pair["metric"] == "auc" and pair["rival"] in _READINGS]
    parts = []
    for pair in pairs:
        low, high = pair["low"], pair["high"]
        rival = _lower(_READINGS[pair["rival"]])
        if low is None or low != low:
            parts.append(f"no comparison with {rival}")
        else:
            how = "not to be told apart from" if low <= 0 <= high else "above" if low > 0 else "below"
            parts.append(f"{how} {rival} ({pair['difference']:+.3f}, {low:+.3f} to {high:+.3f})")
    if not parts:
        return ""
    return f"The model in use reads {_lower(_READINGS[f.champion])}. Its AUC is {'; '.join(parts)}."


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _columns(head: Told) -> str:
    """The history's columns by what they change, the strongest first; "" where none is read."""
    columns = sorted(head["history"], key=lambda one: -abs(one["weight"]))[:5]
    if not columns:
        return ""
    told = "; ".join(
        f"{one['column']} {one['weight']:+.2f} ({one['low']:+.2f} to {one['high']:+.2f})" for one in columns
    )
    return (
        f"Beside the image, one standard deviation of a column changes the log-odds of the first head by: {told}. The intervals (95 %) "
        "take images for independent, and several of one patient are not: they are somewhat too narrow."
    )


def _ridges(heads: Sequence[Told]) -> Table:
    rows = tuple(
        (
            f"{one['ridge']:g}" + (" (kept)" if one["ridge"] == heads[0]["ridge"] else ""),
            f"{one['validation']:.4f}",
            "n/a" if one["left_out"] is None else f"{one['left_out']:.4f}",
            f"{one['effective']:.1f}",
        )
        for one in heads[0]["ridges"]
    )
    whose = "The first head" if len(heads) > 1 else "The head"
    caption = f"{whose} by its ridge: log loss on validation patients, and of training images without their own patient"
    return Table(
        caption, ("Ridge", "Validation", "Patient left out", "Effective parameters"), rows, (False, *(True,) * 3)
    )


def _left_out(heads: Sequence[Told]) -> str:
    one, kept = heads[0], [f"{head['ridge']:g}" for head in heads]
    sentences = [f"The ridges kept are {', '.join(kept)}."] if len(set(kept)) > 1 else []
    ends = (one["ridges"][0]["ridge"], one["ridges"][-1]["ridge"])
    if len(one["ridges"]) > 1 and any(head["ridge"] in ends for head in heads):
        sentences.append("A ridge at the end of the list was kept: offer others beyond it in head.ridges.")
    left, own, new = one["left_out"], one["train"], one["validation"]
    if left is not None:
        sentences.append(
            f"The factor of the last step tells what each training image would have got had its patient never been seen, without "
            f"another fit: the log loss of training images rises from {own['log_loss']:.4f} to {left['log_loss']:.4f}, and no log-odds "
            f"moves by more than {left['shift']:.2f}. Validation patients have {new['log_loss']:.4f}. The features themselves were learnt "
            "on the training patients, which leaving one out of the head does not undo; that is why validation patients choose."
        )
    return " ".join(sentences)


def _same(told: Told, copies: int) -> str:
    adam, without = told["adam"], ", without the varied copies" if copies else ""
    return (
        f"The first head once more, by three methods from the same start: {told['unknowns']:,} unknowns, {told['rows']:,} images{without}, ridge "
        f"{told['ridge']:g}. Adam goes as heads are usually trained: batches of {adam['batch']}, one-cycle rate up to {adam['rate']:g}, "
        f"{adam['epochs']} epochs."
    )


def _figure(told: Told) -> Figure:
    curves = {_METHODS[name]: _curve(one) for name, one in told["methods"].items()}
    return charts.trace(
        curves,
        y_title="Distance from optimum",
        caption="Objective above its least value, relative to it, pass by pass over the images; lower is better, below 1e-15 is rounding",
    )


def _curve(one: Told) -> tuple[np.ndarray, np.ndarray]:
    passes, distance = np.array(one["curve"]).T
    return passes, distance


def _methods(told: Told) -> Table:
    rows = tuple(
        (
            _METHODS[name],
            f"{one['passes']:,.0f}",
            f"{one['work']:,.0f}",
            f"{one['objective']:.6f}",
            _distance(one),
            "n/a" if one["auc"] is None else f"{one['auc']:.4f}",
            f"{one['log_loss']:.4f}",
            "" if name == "lm" else f"{one['apart']:.1g}",
        )
        for name, one in told["methods"].items()
    )
    head = ("Method", "Passes", "Work in passes", "Objective", "Distance", "AUC", "Log loss", "Log-odds moved")
    caption = (
        f"The same head by three methods. Work counts the matrices too; AUC, log loss and the largest difference of a log-odds from "
        f"that of Levenberg–Marquardt are of {told['judged']:,} test images"
    )
    return Table(caption, head, rows, (False, *(True,) * 7))


def _distance(one: Told) -> str:
    return "rounding" if one["distance"] <= _ROUNDING else f"{one['distance']:.1e}"


def _verdict(told: Told) -> str:
    """What Levenberg-Marquardt changed, plainly."""
    exact, adam, lbfgs = (told["methods"][name] for name in ("lm", "adam", "lbfgs"))
    same = "another optimum" if told["hidden"] and lbfgs["apart"] > adam["apart"] else "the same answers"
    work = "less" if lbfgs["work"] < exact["work"] else "more"
    area = ""
    if exact["auc"] is not None:
        by = f"{exact['auc'] - adam['auc']:+.4f} against Adam and {exact['auc'] - lbfgs['auc']:+.4f} against L-BFGS"
        area = f" AUC changes by {by}."
    return (
        f"What Levenberg–Marquardt changed: it is {_off(exact)} after {exact['passes']:.0f} passes, without a rate to choose. L-BFGS is "
        f"{_off(lbfgs)} after {lbfgs['passes']:.0f} passes with {work} work, and finds {same}. Adam ends {_off(adam)}, which moves single "
        f"log-odds by up to {adam['apart']:.2g}.{area} What no other method leaves "
        "behind is the factor of the matrix: it gave the figures without each patient, the effective parameters and the spread below."
    )


def _off(one: Told) -> str:
    return "at the optimum" if one["distance"] <= _ROUNDING else f"{one['distance']:.1e} above the optimum"


def _sure(told: Told) -> str:
    median = f"By the factor, the log-odds of a test image has a standard deviation of {told['median']:.2f} (median)"
    if told["margin"] is None:
        return f"{median}."
    best = "the margin first" if told["margin"] >= told["spread"] else "the spread first"
    return (
        f"{median}. As a finder of the {told['errors']} images on the wrong side of a half, a wide spread has an AUC of {told['spread']:.2f}, a "
        f"log-odds near 0 one of {told['margin']:.2f}: to choose what is read twice, look at {best}."
    )
