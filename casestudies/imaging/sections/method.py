"""How the networks came to be: what they are, what they saw, how training went, and what the diagnosis says of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from casestudies.imaging.findings import Findings
from casestudies.report import Block, Figure, Note, Table, Text, charts

_NETWORK = "network"  # what the fits are called whose traces these are; the heads have a section of their own
_OPTIMIZERS = {
    "adamw": "AdamW",
    "adam": "Adam",
    "sgd": "SGD with momentum",
    "adam-sgd": "AdamW, then SGD with momentum at the rate that its steps amount to",
}
_SCHEDULES = {
    "one-cycle": "rises for three tenths of the epochs and then falls to nearly nothing",
    "cosine": "falls to nothing along half a cosine",
    "constant": "stays the same",
}
_PLACED = {
    "any": "turned by quarters and mirrored at will, since they have no up",
    "mirrored": "mirrored left to right at will, but never turned, since they are taken upright",
    "upright": "neither mirrored nor turned",
}


def method_blocks(f: Findings) -> tuple[Block, ...]:
    """The networks, their training as a picture and a table, the diagnosis; what stands in their place, if anything."""
    networks = {name: told for name, told in f.diagnosis.items() if name.startswith(_NETWORK)}
    choice = Text(f.evaluation["choice"]["sentence"])
    if not networks:
        return (Text("No network was trained: the head reads embeddings that were made elsewhere."), choice)
    traced = _traced(f.trace)
    if traced.empty:
        notes = (note for told in networks.values() for note in told["notes"])
        return (Text(f"No network was trained here: {'; '.join(notes)}."), choice)
    return (
        Text(_seen(f)),
        Text(_trained(f)),
        *_pictured(traced),
        _table(traced, networks),
        *_diagnosis(networks),
        choice,
    )


def _seen(f: Findings) -> str:
    """What is done to an image before and while a network learns from it."""
    augment, side = f.settings.augment, f.profile["side"]
    varied = [f"They are {_PLACED[augment.orientation]}"]
    if augment.shift:
        varied.append(f"shifted by up to {100 * augment.shift:g} % of their side")
    if augment.corruptions:
        varied.append(
            f"and {100 * augment.corruptions:g} % of them are made worse by noise, dead pixels, blur or a burnt-in label"
        )
    return (
        f"Images of {side} x {side} pixels go in as they were prepared; the first layer brings each to mean 0 and spread 1, so "
        f"that exposure alone says nothing. Training images are varied anew in every epoch. {', '.join(varied)}."
    )


def _trained(f: Findings) -> str:
    model = f.settings.model
    many = (
        f"{model.networks} networks from different seeds, whose answers are averaged"
        if model.networks > 1
        else "One network"
    )
    loss = f"the focal loss (exponent {model.focal:g})" if model.focal else "the log loss of single images"
    smooth = f", labels smoothed by {model.smoothing:g}" if model.smoothing else ""
    stop = f", or until {model.patience} epochs brought nothing better" if model.patience else ""
    return (
        f"{many}: blocks of two convolutions with batch normalisation, {len(model.widths)} of them with {_listed(model.widths)} maps, "
        f"and the mean and maximum of each last map as features. They learn by {_OPTIMIZERS[model.optimizer]} on {loss}{smooth}, "
        f"{model.batch} images a step, at a rate that reaches {model.rate:g} and {_SCHEDULES[model.schedule]}, for {model.epochs} "
        f"epochs{stop}. The epoch with the least log loss on validation images is kept. What mistakes cost is not in the "
        "loss: it belongs into the cut, where it can be changed without training again."
    )


def _traced(trace: pd.DataFrame) -> pd.DataFrame:
    """(network, epoch) rows with `learnt` and `held_out`, the log losses that the steps left behind."""
    own = trace[trace["fit"].astype(str).str.startswith(_NETWORK)]
    if own.empty or "held_out_loss" not in own:
        return pd.DataFrame()
    metric = own["held_out_metric"] if "held_out_metric" in own else pd.Series(np.nan, index=own.index)
    return pd.DataFrame({
        "fit": own["fit"],
        "epoch": own["step"].astype(int),
        "learnt": own["value"],
        "held_out": metric.fillna(own["held_out_loss"]),
    })  # fmt: skip


def _pictured(traced: pd.DataFrame) -> tuple[Figure, ...]:
    """The curves, where there are enough epochs to make some."""
    learnt, held_out = (
        traced.pivot_table(index="fit", columns="epoch", values=name) for name in ("learnt", "held_out")
    )
    if held_out.shape[1] < 3:  # the start and two epochs
        return ()
    kept = float(held_out.idxmin(axis=1).mean())
    caption = (
        "How the networks learnt (band: from the least to the greatest of them): the two lines fall together as long as what is "
        "learnt holds for new patients; a validation line that rises again would mean learning by heart"
    )
    figure = charts.learning(
        held_out.columns.to_numpy(float), learnt.to_numpy(float), held_out.to_numpy(float), kept=kept, caption=caption
    )
    return (figure,)


def _table(traced: pd.DataFrame, networks: dict[str, Any]) -> Table:
    rows = []
    for name, told in networks.items():
        own = traced[traced["fit"] == name].set_index("epoch")
        kept = int(np.nanargmin(own["held_out"]))  # epochs count from 0, the start
        at = own.iloc[kept]
        size = told["notes"][0] if told["notes"] else ""
        rows.append(
            (name.capitalize(), size, f"{kept} of {own.index.max()}", f"{at['learnt']:.3f}", f"{at['held_out']:.3f}")
        )
    head = ("", "Size and precision", "Epoch kept", "Log loss, training", "Log loss, validation")
    caption = "The networks; training losses are those of varied images with features dropped, so they may lie above the others"
    return Table(caption, head, tuple(rows), (False, False, True, True, True))


def _diagnosis(networks: dict[str, Any]) -> tuple[Block, ...]:
    said = [note for told in networks.values() for note in told["notes"][2:]]
    blocks: list[Block] = [Text(f"{'. '.join(_unique(said))}.")] if said else []
    found: dict[str, list[str]] = {}
    for name, told in networks.items():
        for finding in told["findings"]:
            found.setdefault(finding, []).append(name)
    if not found:
        blocks.append(Text("The diagnosis of the training runs found nothing; their steps are in trace.parquet."))
    blocks += [Note(f"{_listed(names).capitalize()}: {finding}", "warning") for finding, names in found.items()]
    return tuple(blocks)


def _unique(said: list[str]) -> list[str]:
    return [f"{one[0].upper()}{one[1:]}" for one in dict.fromkeys(said)]


def _listed(words: list[Any]) -> str:
    *most, last = map(str, words)
    return f"{', '.join(most)} and {last}" if most else last
