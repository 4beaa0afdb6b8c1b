"""What the saved model looks at, a few cases, and how far either can be trusted."""

from __future__ import annotations

from typing import Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Note, Section, Table, Text, charts
from casestudies.workflow.explained_cases import CELLS
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.card import card_blocks
from casestudies.workflow.sections.selection import selection_blocks
from casestudies.workflow.sections.words import money, number, percent, pretty

_PAIRS = 5  # of columns, shown
_NAMED = 6  # columns under the floor, told by name


def explanation(f: Findings) -> Section:
    """What the saved model looks at, its card first if it is one, else the challenger's last; each part says whose it is."""
    told, saved = f.everywhere, pretty(f, f.champion)
    importance = told["importance"]
    blocks: list[Block] = [
        Heading(f"The saved model: {saved}"),
        Text(
            f"How far each column moves the {told['scale']}, over {told['rows']:,} {f.study.words.rows}. The values are exact "
            f"({told['method']}): they add up to the score. Encoded columns are summed back to the columns of the file."
        ),
        charts.importance(
            importance["names"],
            np.array(importance["mean"]),
            np.array(importance["low"]),
            np.array(importance["high"]),
            caption=f"What {saved} looks at most: the longer the bar, the more the column decides; intervals over rows",
        ),
    ]
    blocks += _under_the_floor(f)
    card = f.analysis.get("card")
    if card is not None and card["saved"]:  # its points say what a row's own values do, bin by bin
        parts = (*card_blocks(f), *blocks, *_together(f))
    else:
        parts = (*blocks, *_row_by_row(f), *_together(f), *_by_value(f), *card_blocks(f))
    return Section("explanation", "What the model looks at", (*parts, *selection_blocks(f)))


def _under_the_floor(f: Findings) -> list[Block]:
    """Which columns the same recipe would rank as high with labels that mean nothing."""
    labels = f.quality.get("labels")
    if labels is None or not labels["under"]:
        return []
    known = [name for name in f.everywhere["importance"]["names"] if name in labels["under"]]
    named = f"{', '.join(known[:_NAMED])}{f' and {len(known) - _NAMED} more' if len(known) > _NAMED else ''}"
    return [
        Text(
            f"With shuffled labels, from which there is nothing to learn, the same recipe moves a column by up to "
            f"{number(labels['floor'])} on average. No more than that is moved by {named}: their places may be chance."
        )
    ]


def _together(f: Findings) -> list[Block]:
    """Pairs of columns that do more together than each alone."""
    told = f.everywhere.get("interactions")
    if told is None or not told["first"]:
        return []
    how = f"{len(told['first'])} pairs of the most important columns, {told['calls']:,} calls of the model"
    if max(told["strength"]) == 0:
        return [Text(f"No pair of columns does more together than each alone: the model adds its columns up ({how}).")]
    shown = range(min(_PAIRS, len(told["first"])))
    rows = tuple(
        (
            f"{told['first'][at]} and {told['second'][at]}",
            number(told["strength"][at]),
            number(told["error"][at]),
            percent(told["share"][at]),
        )
        for at in shown
    )
    caption = f"Pairs of columns that move the {told['scale']} together, beyond what each does alone; {how}"
    head = ("Columns", "Joint effect", "Standard error", "Share of the score's variance")
    return [Table(caption, head, rows, (False, True, True, True))]


def _row_by_row(f: Findings) -> list[Block]:
    """A point a row."""
    swarm = f.everywhere["swarm"]
    effects = np.array([one["effect"] for one in swarm.values()], dtype=float).T
    ranks = np.array([[np.nan if v is None else v for v in one["rank"]] for one in swarm.values()]).T
    caption = "One point a row: to the right raises the risk, orange is a high value"
    return [charts.beeswarm(list(swarm), effects, ranks, caption=caption)]


def _by_value(f: Findings) -> list[Block]:
    """The two columns that matter most, by their values."""
    found = f.everywhere["dependence"]
    names = list(found)[:2]
    out: list[Block] = [Heading("How the foremost columns move the risk", further=True)] if names else []
    values = [np.array([np.nan if v is None else v for v in found[name]["value"]], dtype=float) for name in names]
    moved = [np.array(found[name]["effect"], dtype=float) for name in names]
    if len(names) == 2:
        caption = f"How {names[0]} and {names[1]} move the risk, row by row; the line is the running median"
        pair = charts.dependence_beside(
            (names[0], names[1]), (values[0], values[1]), (moved[0], moved[1]), caption=caption
        )
        out.append(pair)
    elif names:
        known = np.isfinite(values[0])
        caption = f"How {names[0]} moves the risk, row by row; the line is the running median"
        out.append(charts.dependence(names[0], values[0][known], moved[0][known], caption=caption))
    return out


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
    line += _because(case)
    title = CELLS[case["cell"]].capitalize()
    blocks: list[Block] = [Heading(f"{title} (row {case['row']:,})"), Text(line), _case_figure(f, case)]
    if "lime" in case:
        blocks.append(Text(f"LIME is {case['lime']['sentence']}. SHAP and LIME: {case['agreement']['sentence']}."))
        blocks += [Note(text[0].upper() + text[1:] + ".", "warning") for text in case["doubts"]]
    return blocks


def _because(case: dict[str, Any]) -> str:
    """What raised the score most, in the study's own words, where it has any."""
    words, effects = case.get("words", []), case["effects"]
    told = [(effect, text) for effect, text in zip(effects, words, strict=False) if text and effect > 0]
    return f" The score is high because {max(told)[1]}." if case["acted"] and told else ""


def _case_figure(f: Findings, case: dict[str, Any]) -> Figure:
    """The way from the average to the case, and where LIME was drawn what it says of the same columns."""
    effects, values = np.array(case["effects"], dtype=float), [case["values"][name] for name in case["names"]]
    base, way = float(case["base"]), f"From the average to row {case['row']:,}: red raises the risk, blue lowers it"
    if "lime" not in case:
        return charts.waterfall(base, case["names"], effects, values=values, caption=way)
    lime = {key: np.array(case["lime"][key], dtype=float) for key in ("effects", "low", "high")}
    caption = (
        f"{way}. On the right SHAP (filled) beside LIME (outlined): bars that point the same way agree; whiskers are LIME's "
        f"spread over {f.settings.explain.lime.seeds} draws"
    )
    return charts.case_two_ways(
        base, case["names"], effects, lime["effects"], lime["low"], lime["high"], values=values, caption=caption
    )
