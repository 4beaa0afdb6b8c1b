"""The first page: the decision, three figures with intervals, one picture, the aim beside what was done."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from casestudies.decisions.deciders import SHARED
from casestudies.models.costsensitive.names import LOSSES, by_name
from casestudies.report import Block, Figure, Heading, Metric, Metrics, Note, Section, Table, Text, charts
from casestudies.workflow.evaluate import INCUMBENT
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.losses import losses_blocks
from casestudies.workflow.sections.words import choice, level_of, money, number, percent, pretty, span, verdict

_FRAME = {
    "goal": "Goal",
    "unit": "One row is",
    "label_means": "The label means",
    "horizon": "Horizon",
    "proxy_for": "The label stands in for",
    "excluded": "Not in the table",
    "decided_by": "Decided by",
}
_RULES = {
    "bmr": "the cheaper of the two decisions in expectation, row by row",
    "cut": "one cut for all rows",
    "f1": "one cut for all rows, the best balance of precision and recall (F1), since no costs are given",
    "budget": "the riskiest first, until the budget is spent",
    "capacity": "the riskiest first, as many as can be dealt with",
    "approval_rate": "the safest first, as many as are to be taken",
}


def summary(f: Findings, own: Iterable[Block] = ()) -> Section:
    """The decision, three figures with intervals, one picture, the frame, and the limits in a line.

    own: what the study alone says on the first page.
    """
    words, champion = f.study.words, f.champion
    share = f.evaluation["acted_share"][champion]
    blocks: list[Block] = [headline(f)]
    verdict = (
        f"{f.decision['words']} The probabilities are those of {pretty(f, champion)}; on the {f.evaluation['rows']:,} "
        f"judged {words.rows} it would {words.act} {percent(share)}."
    )
    blocks.append(Text(verdict))
    blocks += [Text(sentence) for sentence in against(f)]
    blocks += own
    if f.money:
        blocks.append(_cost_figure(f))
    blocks += losses_blocks(f)
    blocks += [Heading("What was to be achieved, and what was done"), _frame(f)]
    blocks += [Note(text, "warning") for text in gaps(f)]
    return Section("summary", "Summary", tuple(blocks))


def headline(f: Findings) -> Metrics:
    """Money first; without money the ranking."""
    champion, interval = f.champion, level_of(f)
    auc = f.figure(champion, "auc")
    items = []
    if f.money:
        cost, savings = f.figure(champion, "expected_cost"), f.figure(champion, "savings")
        digits = 0 if abs(cost["value"]) >= 100 else 2
        items.append(
            Metric(
                f"Cost per {f.study.words.row}",
                money(cost["value"], f.unit),
                span(cost, digits),
                f"{interval} interval; what the decisions of {pretty(f, champion)} cost",
            )
        )
        items.append(
            Metric(
                "Saved against the best constant decision",
                percent(savings["value"]),
                span(savings, 1, 100, "%"),
                f"{interval} interval; " + _beside(f),
            )
        )
    items.append(Metric("AUC", number(auc["value"]), span(auc), "0.5 is chance, 1 a perfect ranking"))
    if not f.money:
        log_loss, brier = f.figure(champion, "log_loss"), f.figure(champion, "brier")
        items.append(Metric("Log loss", number(log_loss["value"]), span(log_loss), "lower is better"))
        items.append(Metric("Brier score", number(brier["value"]), span(brier), "lower is better"))
    return Metrics(tuple(items))


def _beside(f: Findings) -> str:
    """What a share of the better constant decision means; one of the two may break the limit that the rule keeps."""
    if _rule(f) in SHARED:
        return f"the constant decisions know no limit, and {f.study.words.acting} all breaks that of the rule"
    best = min(f.baselines, key=lambda name: f.figure(name, "expected_cost")["value"])
    return f"that is {pretty(f, best).lower()}; 100 % would be a decision without mistakes"


def against(f: Findings) -> list[str]:
    """The champion against what needs no model, and against today's decision, with the paired verdicts."""
    metric = "expected_cost" if f.money else "auc"
    sentences = []
    for rival in (*f.baselines, INCUMBENT):
        for test in f.evaluation["paired"]:
            if test["rival"] == rival and test["metric"] == metric:
                sentences.append(verdict(f, test))
    return sentences


def _cost_figure(f: Findings) -> Figure:
    names = [name for name in f.metrics["models"] if "expected_cost" in f.metrics["models"][name]]
    if "losses" in f.analysis:  # the losses have a picture of their own
        names = [name for name in names if name == f.champion or by_name(name)[1] == "log"]
    entries = [f.figure(name, "expected_cost") for name in names]
    values = [np.array([e[key] if e[key] is not None else np.nan for e in entries]) for key in ("value", "low", "high")]
    return charts.dot_whisker(
        [pretty(f, name) for name in names],
        *values,
        title=f"Cost per {f.study.words.row} ({f.unit})",
        caption=f"Cost per {f.study.words.row}: further left is better; the diamond is the champion",
        chosen=pretty(f, f.champion),
    )


def _frame(f: Findings) -> Table:
    frame = f.settings.frame.model_dump()
    rows = [(title, str(frame[key] or "not stated")) for key, title in _FRAME.items()]
    target, positive = f.settings.data.target, f.settings.data.positive
    rows += [
        ("Predicted", f"the probability that {target} is {positive}"),
        (
            "Optimised",
            f"{LOSSES[by_name(f.champion)[1]]}; the champion was chosen by " + ("money" if f.money else "log loss"),
        ),
        ("Rule of the decision", _RULES.get(_rule(f), _rule(f))),
        ("Reported first", f"cost per {f.study.words.row}" if f.money else "AUC"),
    ]
    return Table(
        "What was to be achieved, beside what was optimised, decided and reported", ("", "Stated"), tuple(rows)
    )


def _rule(f: Findings) -> str:
    rule = str(f.settings.decide.rule)
    return "f1" if rule == "bmr" and not f.money else rule


def gaps(f: Findings) -> list[str]:
    """Where the aim and what was done differ."""
    frame = f.settings.frame
    out = []
    if not f.money:
        out.append(
            "No costs are given, so the decision does not know which mistake is dearer; write cost.fn and cost.fp."
        )
    if frame.proxy_for:
        out.append(f"The label only stands in for something else: {frame.proxy_for}.")
    if frame.excluded:
        out.append(f"The figures do not speak for those who are not in the table: {frame.excluded}.")
    return out


def in_lines(f: Findings) -> list[str]:
    """The summary as plain lines, for a terminal."""
    lines = [f"{'SYNTHETIC DATA. ' if f.synthetic else ''}champion: {pretty(f, f.champion)}. {choice(f)}"]
    for item in headline(f).items:
        lines.append(f"{item.label}: {item.value} ({item.interval})")
    return [*lines, f.decision["words"], *against(f)]
