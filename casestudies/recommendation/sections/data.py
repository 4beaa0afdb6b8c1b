"""What was read, how it is divided, what the checks found; and how the models were fitted."""

from __future__ import annotations

from typing import Any

import numpy as np

from casestudies.recommendation.findings import Findings
from casestudies.recommendation.sections.named import WHAT, pretty
from casestudies.report import Block, Figure, Heading, Note, Section, Table, Text, charts
from casestudies.workflow.sections.data import problems_blocks, read_as
from casestudies.workflow.sections.words import percent

_CURVES = 6  # that one chart shows


def data(f: Findings) -> Section:
    """Source, hash, how full and how uneven the table is, the split, the problems."""
    told, source = f.profile, f.profile["source"]
    rows = [
        ("File", source["name"]),
        ("SHA-256", source["sha256"]),
        ("Read as", read_as(source)),
        ("Interactions used", f"{told['rows']:,} of {source['rows']:,} rows"),
        ("Customers", f"{told['users']:,}"),
        (
            "Items with interactions",
            f"{told['items']:,}" + (f", and {told['cold_items']:,} without" if told["cold_items"] else ""),
        ),
        ("Pairs of a customer and an item that have met", percent(told["filled"], 2)),
        ("Interactions of a customer", _spread(told["rows_of_users"])),
        ("Interactions of an item", _spread(told["rows_of_items"])),
        (
            f"The most frequent {percent(told['head']['share'], 0)} of the items",
            f"hold {percent(told['head']['rows'], 0)} of the interactions",
        ),
    ]
    if told["first"] is not None:
        rows.append(("From, to", f"{told['first']}, {told['last']}"))
    if told["ratings"] is not None:
        rows.append(("Ratings", _ratings(told)))
    blocks: list[Block] = [Table("The data", ("", "Value"), tuple(rows))]
    if told["notes"]:
        notes = dict.fromkeys(note.rstrip(".") for note in told["notes"])
        blocks.append(Text("How it was read: " + "; ".join(notes) + "."))
    blocks.append(Text(f"Split: {told['split']}"))
    if told["months"] and len(told["months"]) > 1:
        blocks.append(_by_month(told["months"]))
    return Section("data", "Data", (*blocks, Heading("What the checks found"), *problems_blocks(f.problems)))


def _spread(quantiles: dict[str, float]) -> str:
    return f"median {quantiles['0.5']:,.0f} ({quantiles['0.05']:,.0f} to {quantiles['0.95']:,.0f} for nine in ten)"


def _ratings(told: dict[str, Any]) -> str:
    held = told["ratings"]
    words = f"mean {held['mean']:.2f}, standard deviation {held['sd']:.2f}"
    if "levels" in held:
        words += "; " + ", ".join(
            f"{level}: {percent(count / told['rows'], 0)}" for level, count in held["levels"].items()
        )
    return words


def _by_month(months: dict[str, int]) -> Figure:
    return charts.by_month(
        list(months),
        np.array(list(months.values())),
        y_title="Interactions",
        caption="Interactions by month: gaps, bursts and seasons show here; a split by time judges the last of them",
    )


def method(f: Findings) -> Section:
    """Which models were compared, what was chosen where, and how the fits went."""
    blocks: list[Block] = [
        Text(
            "Each model is fitted on the training rows, and what is chosen (the served model, the half-life of choices) is chosen "
            "on the validation rows. Then each is fitted again on both, and judged on rows that had no say in anything."
        ),
        Text(f.evaluation["choice"]["sentence"]),
    ]
    rows = [
        (pretty(name), WHAT.get(name, ""), " ".join(f"{note.rstrip('.')}." for note in f.diagnosis[name]["notes"]))
        for name in f.evaluation["models"]
    ]
    caption = "The models, as fitted on training and validation rows"
    blocks.append(Table(caption, ("Model", "What it is", "What was chosen for it"), tuple(rows)))
    found = [
        f"{pretty(name)}: {text}" for name, told in f.diagnosis.items() if name != "saved" for text in told["findings"]
    ]
    if found:
        blocks.append(Note("Diagnosis of the fits: " + "; ".join(found) + ".", "warning"))
    else:
        blocks.append(Text("The diagnosis of the fits found nothing; their steps are in trace.parquet."))
    if (drawn := _trace(f)) is not None:
        blocks.append(drawn)
    blocks.append(
        Text(
            "After the figures were made the served model was fitted once more on all rows; that model is saved and explained."
        )
    )
    return Section("method", "Method", tuple(blocks))


def _trace(f: Findings) -> Figure | None:
    curves = {}
    for name in [name for name in f.evaluation["models"] if name in set(f.trace["fit"])][:_CURVES]:
        own = f.trace[f.trace["fit"] == name]
        value = own["value"].to_numpy(dtype=float)
        known = np.isfinite(value)
        if known.sum() > 1:
            curves[pretty(name)] = (own["step"].to_numpy()[known], value[known] / value[known][0])
    if not curves:
        return None
    return charts.trace(
        curves,
        x_title="Step (pass over the ratings, or sweep of both sides)",
        y_title="Objective, share of its start",
        caption="How the fits went down: flat at the end means there was nothing left to gain on training rows",
    )
