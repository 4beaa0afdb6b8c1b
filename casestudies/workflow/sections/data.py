"""What was read, how it is split, and what the checks found; and how the candidates were fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from casestudies.report import Block, Figure, Heading, Note, Section, Table, Text, charts
from casestudies.workflow.evaluate import NESTED
from casestudies.workflow.findings import Findings
from casestudies.workflow.reasons import told as cell
from casestudies.workflow.sections.imbalance import imbalance_blocks
from casestudies.workflow.sections.large import large_blocks
from casestudies.workflow.sections.quality import quality_blocks
from casestudies.workflow.sections.regularisation import regularisation_blocks
from casestudies.workflow.sections.views import views_blocks
from casestudies.workflow.sections.words import choice, percent, pretty

_OF_COLUMNS = {
    "column_guessed",
    "kind_inferred",
    "date_format",
    "constant",
}  # facts that no rows of their own stand for
_DRAWN = 8  # columns with gaps from which a chart shows them at a glance

_CURVES = 6  # that one chart shows


def data(f: Findings) -> Section:
    """Source, hash, rows, what was dropped and why, missing cells, problems."""
    profile, words = f.profile, f.study.words
    source, label = profile["source"], profile["label"]
    total = label["events"] + label["others"]
    rows = [
        ("File", source["name"]),
        ("SHA-256", source["sha256"]),
        ("Read as", read_as(source)),
        ("Rows used", f"{profile['rows']:,} of {source['rows']:,}"),
        ("Columns", f"{source['columns']:,}"),
        (f"{words.event.capitalize()}s", f"{label['events']:,} ({percent(label['events'] / total)})"),
    ]
    blocks: list[Block] = [Table("The data", ("", "Value"), tuple(rows))]
    if profile["notes"]:
        blocks.append(Text("How it was read: " + "; ".join(profile["notes"]) + "."))
    blocks.append(Text(f"Split: {profile['split']}."))
    blocks.append(_columns(f))
    kept = {name: told for name, told in profile["columns"].items() if told["role"] != "dropped"}
    gaps = {name: told["missing"] / profile["rows"] for name, told in kept.items() if told["missing"]}
    if len(gaps) >= _DRAWN:  # fewer are read off the table as well
        blocks.append(
            charts.missingness(
                list(gaps),
                np.array(list(gaps.values())),
                rows=profile["rows"],
                caption=f"Share of {words.rows} in which a column has no value, the emptiest first",
            )
        )
    blocks += [
        Heading("What the checks found"),
        *problems_blocks(f.problems),
        *large_blocks(f),
        *quality_blocks(f),
        *views_blocks(f),
    ]
    return Section("data", "Data", tuple(blocks))


def read_as(source: dict[str, Any]) -> str:
    """Format, encoding, separator and decimal sign in words; source: of profile.json."""
    parts = [source["format"]]
    if source["encoding"]:
        parts.append(f"encoding {source['encoding']}")
    if source["separator"]:
        parts.append(f"separator {source['separator']!r}")
    if source["decimal"]:
        parts.append(f"decimal sign {source['decimal']!r}")
    return ", ".join(parts)


def _columns(f: Findings) -> Table:
    rows = []
    for name, told in f.profile["columns"].items():
        rows.append((name, told["kind"], told["role"], _missing(f, told), f"{told['distinct']:,}", _summarised(told)))
    head = ("Column", "Kind", "Role", "Missing", "Distinct", "Summary")
    numeric = (False, False, False, True, True, False)
    return Table(
        "Columns, what they were taken for, and what they hold; in brackets 5 % to 95 % of a column of numbers",
        head,
        tuple(rows),
        numeric,
    )


def _missing(f: Findings, told: dict[str, Any]) -> str:
    if not told["missing"]:
        return "0"
    share = told["missing"] / f.profile["rows"]
    return f"{told['missing']:,} ({percent(share) if share >= 0.0005 else '< 0.1 %'})"


def _summarised(told: dict[str, Any]) -> str:
    if told["kind"] == "flag" and "mean" in told:
        return f"yes (1) in {percent(told['mean'])}"
    if "quantiles" in told:
        q = told["quantiles"]
        return f"median {cell(q['0.5'])} ({cell(q['0.05'])} to {cell(q['0.95'])})"
    if "levels" in told:
        top = list(told["levels"].items())[:3]
        return ", ".join(f"{level} {count:,}" for level, count in top)
    if "first" in told:
        return f"{told['first']} to {told['last']}"
    return ""


def problems_blocks(problems: pd.DataFrame) -> list[Block]:
    """Each fact once, with how often and what to do; problems: data/problems.csv, all cells text."""
    if problems.empty:
        return [Text("Nothing to report.")]
    facts = problems.drop_duplicates(["code", "column", "rule"])
    rows = []
    for told in facts.head(25).to_dict("records"):
        rule = f"{told['column']} {told['rule']}" if told["column"] else told["rule"]
        count = "" if told["code"] in _OF_COLUMNS else f"{int(told['count']):,}"
        rows.append((told["severity"], rule, count, told["advice"]))
    more = f" The first 25 of {len(facts)} facts; all stand in data/problems.csv." if len(facts) > 25 else ""
    head = ("", "Fact", "Rows", "Advice")
    table = Table("What the checks found in the table", head, tuple(rows), (False, False, True, False))
    return [table, *([Text(more.strip())] if more else [])]


def method(f: Findings) -> Section:
    """Candidates, what was chosen where, and how the fits went."""
    blocks: list[Block] = [
        Text(
            "Each candidate is fitted inside the training part. Its calibration and its decision rule are chosen there "
            "on rows it was not fitted on; the judged rows have no say in anything that is chosen."
        ),
        Text(choice(f)),
    ]
    rows = []
    for name in f.evaluation["candidates"]:
        told = f.diagnosis[name]
        rows.append((pretty(f, name), "; ".join(told["notes"]) or "fixed settings", told["calibration"]))
    blocks.append(
        Table("Candidates as fitted on the first training part", ("Candidate", "Chosen", "Calibration"), tuple(rows))
    )
    if NESTED in f.metrics["models"]:
        blocks.append(
            Text(
                f"The choice was made anew in each fold ({', '.join(pretty(f, n) for n in f.evaluation['chosen'])}); the row "
                f"“{pretty(f, NESTED)}” is what choosing itself is worth."
            )
        )
    found = [
        f"{pretty(f, name)}: {text}"
        for name, told in f.diagnosis.items()
        if name != "saved"
        for text in told["findings"]
    ]
    if found:
        blocks += [Note("Diagnosis of the fits: " + "; ".join(found) + ".", "warning"), _trace(f)]
    else:
        blocks.append(Text("The diagnosis of the fits found nothing; their steps are in trace.parquet."))
    blocks.append(
        Text(
            "After the figures were made the champion was fitted once more on all rows; that model is saved and explained."
        )
    )
    return Section("method", "Method", (*blocks, *regularisation_blocks(f), *imbalance_blocks(f)))


def _trace(f: Findings) -> Figure:
    curves = {}
    names = list(f.evaluation["candidates"])
    loud = [name for name in names if name in f.diagnosis and f.diagnosis[name]["findings"]]
    for name in (loud or names)[:_CURVES]:
        own = f.trace[f.trace["fit"] == name]
        value = own["value"].to_numpy()
        curves[pretty(f, name)] = (own["step"].to_numpy(), value / value[0])
    return charts.trace(
        curves,
        x_title="Step (Newton step, or tree)",
        y_title="Objective, share of its start",
        caption="How the fits went down: flat at the end means there was nothing left to gain on training rows",
    )
