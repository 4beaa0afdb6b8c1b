"""What the saved model looks at, a few cases, and how far either can be trusted."""

from __future__ import annotations

from typing import Any

import numpy as np

from casestudies.report import Block, Heading, Note, Section, Table, Text, charts
from casestudies.workflow.explaining import CELLS
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.card import card_blocks
from casestudies.workflow.sections.selection import selection_blocks
from casestudies.workflow.sections.words import money, number, percent


def explanation(f: Findings) -> Section:
    """What the saved model looks at."""
    told = f.everywhere
    importance = told["importance"]
    swarm = told["swarm"]
    names = list(swarm)
    effects = np.array([swarm[name]["effect"] for name in names], dtype=float).T
    ranks = np.array([[np.nan if v is None else v for v in swarm[name]["rank"]] for name in names]).T
    blocks: list[Block] = [
        Text(
            f"The values are exact ({told['method']}), on the scale of the {told['scale']}, over {told['rows']:,} rows. "
            "Encoded columns are summed back to the columns of the file."
        ),
        charts.importance(
            importance["names"],
            np.array(importance["mean"]),
            np.array(importance["low"]),
            np.array(importance["high"]),
            caption="What the model looks at most, with intervals over rows",
        ),
        charts.beeswarm(
            names, effects, ranks, caption="One point a row: to the right raises the risk, orange is a high value"
        ),
    ]
    for name, dependence in told["dependence"].items():
        values = np.array([np.nan if v is None else v for v in dependence["value"]])
        effect = np.array(dependence["effect"])
        known = np.isfinite(values)
        blocks.append(
            charts.dependence(name, values[known], effect[known], caption=f"How {name} moves the risk, row by row")
        )
    return Section("explanation", "What the model looks at", (*card_blocks(f), *blocks, *selection_blocks(f)))


def cases(f: Findings) -> Section:
    """Four cases, each by SHAP and by LIME."""
    blocks: list[Block] = []
    chosen = [case for case in f.cases if case["in_report"]]
    for case in chosen:
        blocks += _case(f, case)
    return Section("cases", f"{_count(len(chosen))} cases", tuple(blocks or [Text("There is no case to show.")]))


def _count(number_: int) -> str:
    words = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
    return words[number_] if number_ < len(words) else str(number_)


def _case(f: Findings, case: dict[str, Any]) -> list[Block]:
    words = f.study.words
    decided = words.acted if case["acted"] else words.rested
    happened = f"a {words.event}" if case["event"] else f"no {words.event}"
    line = f"{words.row.capitalize()} in row {case['row']:,}, {case['why']}. Outcome: {happened}; decision: {decided}."
    line += f" Probability when judged {percent(case['p'])}"
    if case["threshold"] is not None:
        line += f", its own threshold {percent(case['threshold'])}, cost {money(case['cost'], f.unit)}"
    line += f"; the saved model says {percent(case['p_saved'])}."
    effects = np.array(case["effects"], dtype=float)
    values = [case["values"][name] for name in case["names"]]
    title = CELLS[case["cell"]].capitalize()
    blocks: list[Block] = [
        Heading(f"{title} (row {case['row']:,})"),
        Text(line),
        charts.waterfall(
            float(case["base"]),
            case["names"],
            effects,
            values=values,
            caption=f"From the average to row {case['row']:,}: red raises the risk",
        ),
    ]
    if "lime" in case:
        lime = case["lime"]
        blocks.append(
            charts.shap_beside_lime(
                case["names"],
                effects,
                np.array(lime["effects"]),
                np.array(lime["low"]),
                np.array(lime["high"]),
                caption=f"Row {case['row']:,} by SHAP and by LIME; whiskers are LIME's spread over {f.settings.explain.lime.seeds} seeds",
            )
        )
        blocks.append(Text(f"LIME is {lime['sentence']}. SHAP and LIME: {case['agreement']['sentence']}."))
        blocks += [Note(text[0].upper() + text[1:] + ".", "warning") for text in case["doubts"]]
    return blocks


def explanation_quality(f: Findings) -> Section:
    """The tests of the explanations."""
    q = f.quality
    deletion = q["deletion"]
    rows = [
        (
            "Additivity",
            f"{q['additivity_error']:.1e}",
            "largest gap between a score and the sum of its parts; 0 is exact",
        ),
        (
            "Deletion",
            f"{number(deletion['share'], 2)}",
            "0: as good as random columns, 1: as good as the most sensitive ones; below 0.5 is not faithful",
        ),
        (
            "Deletion, ratio",
            number(deletion["ratio"], 2),
            f"effect of the top {deletion['k']} columns against {deletion['k']} at random",
        ),
        (
            "LIME, stability",
            number(q["lime_jaccard"], 2),
            "share of the top columns that repeated draws have in common; below 0.6 is unstable",
        ),
        ("LIME, fit", number(q["lime_r2"], 2), "share of the score's variation nearby that a straight line explains"),
        ("SHAP and LIME, overlap", number(q["agreement"]["overlap"], 2), "share of the top columns that both name"),
        ("SHAP and LIME, sign", percent(q["agreement"]["sign"], 0), "share of these with the same direction"),
        ("SHAP and LIME, order", number(q["agreement"]["spearman"], 2), "rank correlation of all effects"),
    ]
    blocks: list[Block] = [
        Text("An explanation is a claim about the model, so it is tested like one."),
        Table("Tests of the explanations", ("Test", "Result", "How to read it"), tuple(rows), (False, True, False)),
        Text(f"The ranking is {deletion['sentence']}."),
    ]
    blocks += [Note(text[0].upper() + text[1:] + ".", "warning") for text in q["doubts"]]
    return Section("quality", "How far the explanations can be trusted", tuple(blocks))
