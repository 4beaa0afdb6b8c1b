"""Rare events: what weights and resampling did to ranking, probability and money, beside leaving the rows alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.report import Block, Heading, Note, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent

_TITLES: Mapping[str, str] = {
    "plain": "Rows as they are",
    "balanced": "Balanced weights",
    "smote": "SMOTE",
    "undersampling": "Undersampling",
    "focal": "Focal loss",
    "cost": "Money as weights",
}


def imbalance_blocks(f: Findings) -> tuple[Block, ...]:
    """A sentence that says what wins here and by how much, one table, and what a mistake would have cost."""
    told = f.analysis.get("imbalance")
    if told is None:
        return ()
    heading = Heading("Does it pay to weigh or resample for rare events?", further=True)
    if "skipped" in told:
        return (heading, Text(f"Weights and resampling were not compared: {told['skipped']}."))
    blocks: list[Block] = [heading, Text(f"{_winner(f, told)} {_how(f, told)}"), _table(f, told)]
    if told["measure"] == "expected_cost":
        blocks.append(Note(_refused(f, told), "note"))
    blocks.append(Text(_leak(told)))
    return tuple(blocks)


def _winner(f: Findings, told: Mapping[str, Any]) -> str:
    best = told["winner"]
    ends = f"{level_of(f)} interval {_signed(f, told, best['low'])} to {_signed(f, told, best['high'])}"
    by = f"{_signed(f, told, best['difference'])} per {f.study.words.row}, {ends}"
    what = "in money" if told["measure"] == "expected_cost" else "in log loss"
    if best["beats"]:
        return (
            f'"{_title(best)}" beats training on the rows as they are {what} ({by}), also when it is counted that the best of '
            f"{best['rivals']} was looked for. It is worth trying on the whole table."
        )
    return (
        f'Nothing beats training on the rows as they are {what}. The nearest of {best["rivals"]} rivals is "{_title(best)}" '
        f"({by}; the best of so many may be as good by chance)."
    )


def _how(f: Findings, told: Mapping[str, Any]) -> str:
    drawn = f" (drawn from {told['of']:,}, to save time)" if told["rows"] < told["of"] else ""
    return (
        f"The same quick trees were trained {told['folds']} times on {told['rows']:,} {f.study.words.rows}{drawn}, "
        f"{percent(told['event_share'])} of them {f.study.words.event_adjective}, and judged on the fold left out; what is "
        'resampled are training rows only. In "corrected" lines the probabilities are put back to the true event rate.'
    )


def _table(f: Findings, told: Mapping[str, Any]) -> Table:
    in_money = told["measure"] == "expected_cost"
    rows = []
    for line in told["lines"]:
        ranks = [number(line[key]) for key in ("auc", "ap", "brier", "ece")]
        decisions = line["decisions"]
        if in_money:
            cells = [_saved(decisions["own"]), _saved(decisions["cut"]), _against(told, line, "own")]
        else:
            cells = [number(decisions["p"]["value"], 4), _against(told, line, "p")]
        rows.append((_line(line), *ranks, *cells))
    unit = f"Cost per {f.study.words.row} against the first line ({f.unit})"
    head = (
        ("Saved (%), own thresholds", "Saved (%), one cut", unit)
        if in_money
        else ("Log loss", "Against the first line")
    )
    caption = "Training for rare events, side by side: Brier and ECE show what becomes of the probabilities" + (
        ", the last columns what becomes of the money" if in_money else ""
    )
    return Table(
        caption, ("Training", "AUC", "AP", "Brier", "ECE", *head), tuple(rows), (False, *[True] * (4 + len(head)))
    )


def _line(line: Mapping[str, Any]) -> str:
    if line["treatment"] == "plain":
        return _TITLES["plain"]
    return f"{_TITLES[line['treatment']]}, {'corrected' if line['corrected'] else 'as trained'}"


def _title(line: Mapping[str, Any]) -> str:
    how = {"own": "at each row's own threshold", "cut": "with one tuned cut", "p": "as a probability"}[line["decision"]]
    return f"{_line(line)}, {how}"


def _saved(decision: Mapping[str, Any]) -> str:
    return number(None if decision["savings"] is None else 100.0 * decision["savings"], 1)


def _against(told: Mapping[str, Any], line: Mapping[str, Any], decision: str) -> str:
    if line["treatment"] == "plain":
        return ""
    test = line["decisions"][decision]
    size = abs(told["lines"][0]["decisions"][decision]["value"])
    digits = 4 if told["measure"] == "log_loss" else 3 if size < 10 else 1
    difference, low, high = (
        "n/a" if test[end] is None else f"{test[end]:+,.{digits}f}" for end in ("difference", "low", "high")
    )
    return f"{difference} ({low} to {high})"


def _signed(f: Findings, told: Mapping[str, Any], value: float | None) -> str:
    """A difference with its sign."""
    if value is None:
        return "n/a"
    return f"{value:+.4f}" if told["measure"] == "log_loss" else ("+" if value > 0 else "") + money(value, f.unit)


def _refused(f: Findings, told: Mapping[str, Any]) -> str:
    """What the refusal of uncorrected scores is worth on these rows."""
    worst = max(
        (line for line in told["lines"] if not line["corrected"] and line["treatment"] != "plain"),
        key=lambda line: line["decisions"]["own"]["difference"],
    )
    test = worst["decisions"]["own"]
    text = (
        "A score of a model trained with weights, resampling or focal loss is not a probability of these rows; where a "
        "probability is asked for, it is refused unless it is corrected. "
    )
    if test["difference"] <= 0:
        return text + "On these rows taking it for one would have cost nothing."
    return text + (
        f"Taken for one, the worst of them ({_line(worst)}) would have cost {money(test['difference'], f.unit)} per "
        f"{f.study.words.row} more than the rows as they are (ECE {number(worst['ece'])})."
    )


def _leak(told: Mapping[str, Any]) -> str:
    before, inside = told["leak"]["before"], told["leak"]["inside"]
    return (
        f"Where a table like this is resampled before it is split, SMOTE shows an AP of {number(before['ap'], 2)} and an F1 "
        f"of {number(before['f1'], 2)}. They are not real: inside the training folds, judged on the rows as they are, the "
        f"same model has {number(inside['ap'], 2)} and {number(inside['f1'], 2)}."
    )
