"""The twelve sections of every table study's report. They only say what the run folder holds; nothing is computed here.

Summary, data, method, performance, calibration, cost and threshold, global explanation, cases, quality of the
explanations, groups, limits and use, how to reproduce.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from casestudies.report import Block, Code, Figure, Heading, Metric, Metrics, Note, Section, Table, Text, charts
from casestudies.workflow.evaluate import INCUMBENT, NESTED
from casestudies.workflow.explaining import CELLS
from casestudies.workflow.findings import Findings

_FRAME = {
    "goal": "Goal",
    "unit": "One row is",
    "label_means": "The label means",
    "horizon": "Horizon",
    "proxy_for": "The label stands in for",
    "excluded": "Not in the table",
    "decided_by": "Decided by",
}
_SHOWN = ("auc", "gini", "ks", "ap", "brier", "log_loss", "ece")


def sections(f: Findings, limits: Iterable[str], uses: Iterable[str]) -> tuple[Section, ...]:
    """All twelve.

    Parameters
    ----------
    limits, uses: the study's own sentences for "limits and use".
    """
    return (
        summary(f),
        data(f),
        method(f),
        performance(f),
        calibration(f),
        cost(f),
        explanation(f),
        cases(f),
        explanation_quality(f),
        groups(f),
        limits_and_use(f, limits, uses),
        reproduce(f),
    )


# ---------------------------------------------------------------------------------------------- words and numbers


def number(value: float | None, digits: int = 3) -> str:
    """A figure as text; "n/a" where there is none."""
    return "n/a" if value is None or not np.isfinite(value) else f"{value:,.{digits}f}"


def money(value: float | None, unit: str = "") -> str:
    """An amount with as many digits as it deserves."""
    if value is None or not np.isfinite(value):
        return "n/a"
    digits = 0 if abs(value) >= 100 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def percent(value: float | None, digits: int = 1) -> str:
    return "n/a" if value is None or not np.isfinite(value) else f"{100 * value:.{digits}f} %"


def span(entry: dict[str, Any], digits: int = 3, scale: float = 1.0, unit: str = "") -> str:
    """ "0.768 to 0.793"."""
    if entry["low"] is None or not np.isfinite(entry["low"]):
        return "no interval"
    ends = (f"{scale * entry[end]:,.{digits}f}" for end in ("low", "high"))
    return " to ".join(ends) + (f" {unit}" if unit else "")


def pretty(f: Findings, model: str) -> str:
    """A model's name for a reader."""
    nobody, everybody = f.baselines
    words = f.study.words
    names = {
        "logistic": "Logistic regression",
        "lightgbm": "LightGBM",
        INCUMBENT: "Today's decision",
        NESTED: "Choice made in each fold",
        nobody: f"{words.rest.capitalize()} all",
        everybody: f"{words.act.capitalize()} all",
    }
    return names.get(model, model)


def in_lines(f: Findings) -> list[str]:
    """The summary as plain lines, for a terminal."""
    lines = [f"{'SYNTHETIC DATA. ' if f.synthetic else ''}champion: {pretty(f, f.champion)}. {f.evaluation['champion_reason']}"]
    for item in _headline(f).items:
        lines.append(f"{item.label}: {item.value} ({item.interval})")
    return [*lines, f.decision["words"], *_against(f)]


# ---------------------------------------------------------------------------------------------------- the sections


def summary(f: Findings) -> Section:
    """The decision, three figures with intervals, one picture, the frame, and the limits in a line."""
    words, champion = f.study.words, f.champion
    share = f.evaluation["acted_share"][champion]
    blocks: list[Block] = [_headline(f)]
    verdict = (
        f"{pretty(f, champion)} decides: {f.decision['words'].rstrip('.')}. On the {f.evaluation['rows']:,} judged "
        f"{words.rows} it would {words.act} {percent(share)}."
    )
    blocks.append(Text(verdict))
    blocks += [Text(sentence) for sentence in _against(f)]
    if f.money:
        blocks.append(_cost_figure(f))
    blocks += [Heading("What was to be achieved, and what was done"), _frame(f)]
    blocks += [Note(text, "warning") for text in _gaps(f)]
    return Section("summary", "Summary", tuple(blocks))


def _headline(f: Findings) -> Metrics:
    """Money first; without money the ranking."""
    champion, interval = f.champion, percent(f.settings.interval.level, 0)
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
                f"{interval} interval; 100 % would be a decision without mistakes",
            )
        )
    items.append(Metric("AUC", number(auc["value"]), span(auc), "0.5 is chance, 1 a perfect ranking"))
    if not f.money:
        log_loss, brier = f.figure(champion, "log_loss"), f.figure(champion, "brier")
        items.append(Metric("Log loss", number(log_loss["value"]), span(log_loss), "lower is better"))
        items.append(Metric("Brier score", number(brier["value"]), span(brier), "lower is better"))
    return Metrics(tuple(items))


def _against(f: Findings) -> list[str]:
    """The champion against what needs no model, and against today's decision, with the paired verdicts."""
    metric = "expected_cost" if f.money else "auc"
    sentences = []
    for rival in (*f.baselines, INCUMBENT):
        for test in f.evaluation["paired"]:
            if test["rival"] == rival and test["metric"] == metric:
                sentences.append(_verdict(f, test))
    return sentences


def _verdict(f: Findings, test: dict[str, Any]) -> str:
    """A paired test in words."""
    champion, rival = pretty(f, f.champion), pretty(f, test["rival"])
    what, digits, unit = "AUC", 3, ""
    if test["metric"] == "expected_cost":
        what, digits, unit = f"cost per {f.study.words.row}", 0 if abs(test["difference"]) >= 100 else 2, f" {f.unit}"
    elif test["metric"] == "log_loss":
        what, digits = "log loss", 4
    if test["low"] is None:
        return f"{champion} and {rival} cannot be compared in {what}."
    ends = f"{test['low']:+,.{digits}f} to {test['high']:+,.{digits}f}{unit}"
    level = percent(f.settings.interval.level, 0)
    if test["low"] <= 0 <= test["high"]:
        return f"{champion} and {rival} cannot be told apart in {what}: the {level} interval of the difference is {ends}."
    lower_wins = test["metric"] in ("expected_cost", "log_loss")
    better = (test["difference"] < 0) == lower_wins
    verb = "lower" if test["difference"] < 0 else "higher"
    tail = "" if better else f"; {rival} does better here"
    return (
        f"Against {rival}, {champion} has a {verb} {what} by {abs(test['difference']):,.{digits}f}{unit} "
        f"({level} interval of the difference {ends}){tail}."
    )


def _cost_figure(f: Findings) -> Figure:
    names = [name for name in f.metrics["models"] if "expected_cost" in f.metrics["models"][name]]
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
        ("Optimised", "log loss; the champion was chosen by " + ("money" if f.money else "log loss")),
        ("Decided by rule", f.settings.decide.rule if f.money else _rule_without_money(f)),
        ("Reported first", f"cost per {f.study.words.row}" if f.money else "AUC"),
    ]
    return Table("What was to be achieved, beside what was optimised, decided and reported", ("", "Stated"), tuple(rows))


def _rule_without_money(f: Findings) -> str:
    return "f1 (no costs are given)" if f.settings.decide.rule == "bmr" else f.settings.decide.rule


def _gaps(f: Findings) -> list[str]:
    """Where the aim and what was done differ."""
    frame = f.settings.frame
    out = []
    if not f.money:
        out.append("No costs are given, so the decision does not know which mistake is dearer; write cost.fn and cost.fp.")
    if frame.proxy_for:
        out.append(f"The label only stands in for something else: {frame.proxy_for}.")
    if frame.excluded:
        out.append(f"The figures do not speak for those who are not in the table: {frame.excluded}.")
    return out


def data(f: Findings) -> Section:
    """Source, hash, rows, what was dropped and why, missing cells, problems."""
    profile, words = f.profile, f.study.words
    source, label = profile["source"], profile["label"]
    total = label["events"] + label["others"]
    rows = [
        ("File", source["name"]),
        ("SHA-256", source["sha256"]),
        ("Read as", _read_as(source)),
        ("Rows used", f"{profile['rows']:,} of {source['rows']:,}"),
        ("Columns", f"{source['columns']:,}"),
        (f"{words.event.capitalize()}s", f"{label['events']:,} ({percent(label['events'] / total)})"),
    ]
    blocks: list[Block] = [Table("The data", ("", "Value"), tuple(rows))]
    if profile["notes"]:
        blocks.append(Text("How it was read: " + "; ".join(profile["notes"]) + "."))
    blocks.append(Text(f"Split: {profile['split']}."))
    blocks.append(_columns(f))
    gaps = {name: told["missing"] / profile["rows"] for name, told in profile["columns"].items() if told["missing"]}
    if gaps:
        blocks.append(
            charts.missingness(
                list(gaps), np.array(list(gaps.values())), rows=profile["rows"], caption="Share of missing cells by column"
            )
        )
    blocks += [Heading("What the checks found"), *_problems(f)]
    return Section("data", "Data", tuple(blocks))


def _read_as(source: dict[str, Any]) -> str:
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
        rows.append((name, told["kind"], told["role"], f"{told['missing']:,}", f"{told['distinct']:,}", _summarised(told)))
    head = ("Column", "Kind", "Role", "Missing", "Distinct", "Summary")
    numeric = (False, False, False, True, True, False)
    return Table("Columns, what they were taken for, and what they hold", head, tuple(rows), numeric)


def _summarised(told: dict[str, Any]) -> str:
    if "quantiles" in told:
        q = told["quantiles"]
        return f"median {q['0.5']:,.4g}, 5 % to 95 %: {q['0.05']:,.4g} to {q['0.95']:,.4g}"
    if "levels" in told:
        top = list(told["levels"].items())[:3]
        return ", ".join(f"{level} {count:,}" for level, count in top)
    if "first" in told:
        return f"{told['first']} to {told['last']}"
    return ""


def _problems(f: Findings) -> list[Block]:
    if f.problems.empty:
        return [Text("Nothing to report.")]
    facts = f.problems.drop_duplicates(["code", "column", "rule"])
    rows = []
    for told in facts.head(25).itertuples():
        rule = f"{told.column} {told.rule}" if told.column else told.rule
        rows.append((told.severity, rule, f"{int(told.count):,}", told.advice))
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
        Text(f.evaluation["champion_reason"]),
    ]
    rows = []
    for name in f.evaluation["candidates"]:
        told = f.diagnosis[name]
        rows.append((pretty(f, name), "; ".join(told["notes"]) or "fixed settings", told["calibration"]))
    blocks.append(Table("Candidates as fitted on the first training part", ("Candidate", "Chosen", "Calibration"), tuple(rows)))
    if NESTED in f.metrics["models"]:
        blocks.append(
            Text(
                f"The choice was made anew in each fold ({', '.join(pretty(f, n) for n in f.evaluation['chosen'])}); the row "
                f"“{pretty(f, NESTED)}” is what choosing itself is worth."
            )
        )
    blocks.append(_trace(f))
    found = [f"{pretty(f, name)}: {text}" for name, told in f.diagnosis.items() if name != "saved" for text in told["findings"]]
    blocks.append(Text("Diagnosis of the fits: " + ("; ".join(found) if found else "nothing found.")))
    blocks.append(Text("After the figures were made the champion was fitted once more on all rows; that model is saved and explained."))
    return Section("method", "Method", tuple(blocks))


def _trace(f: Findings) -> Figure:
    curves = {}
    for name in f.evaluation["candidates"]:
        own = f.trace[f.trace["fit"] == name]
        value = own["value"].to_numpy()
        curves[pretty(f, name)] = (own["step"].to_numpy(), value / value[0])
    return charts.trace(
        curves,
        x_title="Step (Newton step, or tree)",
        y_title="Objective, share of its start",
        caption="How the fits went down: flat at the end means there was nothing left to gain on training rows",
    )


def performance(f: Findings) -> Section:
    """How well the rows are ranked, against the baseline and today's score."""
    scores = {pretty(f, name): p for name, p in f.scores().items()}
    models = [name for name in f.metrics["models"] if "auc" in f.metrics["models"][name]]
    head = ("Model", *(metric.replace("_", " ").upper() if len(metric) < 5 else metric.replace("_", " ").capitalize() for metric in _SHOWN))
    rows = []
    for name in models:
        entries = [f.figure(name, metric) for metric in _SHOWN]
        rows.append((pretty(f, name), *(f"{number(e['value'])} ({span(e)})" for e in entries)))
    table = Table("Ranking and probability, with intervals", head, tuple(rows))
    words = f.study.words
    blocks: list[Block] = [
        table,
        Text(" ".join(_verdict(f, test) for test in f.evaluation["paired"] if test["metric"] == "auc")),
        charts.roc(f.y, scores, weight=f.weight, caption="ROC curves: the further above the diagonal, the better the ranking"),
        charts.precision_recall(
            f.y, scores, weight=f.weight, caption=f"Precision against recall: the dashed line is what {words.act}ing everybody gives"
        ),
        charts.score_histogram(
            f.y,
            f.scores()[f.champion],
            outcomes=(f"no {words.event}", words.event),
            weight=f.weight,
            x_title=f"Probability of a {words.event}",
            caption="Probabilities of both outcomes: where they overlap no cut can be right for all",
        ),
    ]
    return Section("performance", "Performance", tuple(b for b in blocks if not (isinstance(b, Text) and not b.text)))


def calibration(f: Findings) -> Section:
    """Whether a probability means what it says; the decision in money rests on it."""
    scores = {pretty(f, name): p for name, p in f.scores().items() if name in f.evaluation["candidates"]}
    ece = f.figure(f.champion, "ece")
    text = (
        f"The decision compares probabilities with prices, so they have to be right, not only in the right order. The mean "
        f"gap between stated and observed share (ECE) of {pretty(f, f.champion)} is {number(ece['value'])} ({span(ece)})."
    )
    figure = charts.calibration(
        f.y, scores, weight=f.weight, caption="Stated against observed: points on the diagonal mean what they say"
    )
    return Section("calibration", "Calibration", (Text(text), figure))


def cost(f: Findings) -> Section:
    """Prices, the profit curve with the cut, the four cells in money, the swap set."""
    words = f.study.words
    if f.costs is None:
        text = f"No prices are given. {f.decision['words']}"
        return Section("cost", "Cost and threshold", (Text(text), Note(_gaps(f)[0], "warning")))
    profit, champion = f.evaluation["profit"], f.champion
    blocks: list[Block] = [
        Table("What each outcome costs", ("Outcome", "Cost"), tuple(_prices(f))),
        Text(f"{f.decision['words']} {_own_thresholds(f)}"),
        _profit_figure(f),
    ]
    best = profit["cost"][profit["best"]]
    total = profit["cost_taken"]
    gap = (
        f"The rule costs {money(total, f.unit)} on these rows; the best single cut in hindsight would have cost "
        f"{money(best, f.unit)}, {words.rest}ing everybody {money(profit['constant'][0], f.unit)}, and "
        f"{words.act[:-1] if words.act.endswith('e') else words.act}ing everybody {money(profit['constant'][1], f.unit)}."
    )
    blocks += [Text(gap), _confusion(f)]
    if f.evaluation["swap"] is not None:
        blocks += [Heading(f"Against {pretty(f, INCUMBENT).lower()}"), Text(f.evaluation["incumbent"]), _swap(f)]
    tests = [_verdict(f, t) for t in f.evaluation["paired"] if t["metric"] == "expected_cost" and t["rival"] != champion]
    blocks.append(Text(" ".join(tests)))
    return Section("cost", "Cost and threshold", tuple(blocks))


def _prices(f: Findings) -> list[tuple[str, str]]:
    words, given = f.study.words, f.settings.cost
    cells = {
        "fn": f"{words.event_adjective.capitalize()}, {words.rested}",
        "fp": f"Good, {words.acted}",
        "tp": f"{words.event_adjective.capitalize()}, {words.acted}",
        "tn": f"Good, {words.rested}",
    }
    return [(title, f"{getattr(given, cell)} ({f.unit})") for cell, title in cells.items()]


def _own_thresholds(f: Findings) -> str:
    told = f.evaluation["thresholds"]
    if told is None or "median" not in told or f.decision["decider"]["kind"] != "bmr":
        return ""
    return (
        f"Half of the rows' own thresholds lie below {percent(told['median'])}, nine in ten between {percent(told['p05'])} "
        f"and {percent(told['p95'])}; for {percent(told['always'])} of rows acting always pays, for {percent(told['never'])} never."
    )


def _profit_figure(f: Findings) -> Figure:
    profit = f.evaluation["profit"]
    share, cost_ = np.array(profit["acted_share"]), np.array(profit["cost"], dtype=float)
    words = f.study.words
    best = cost_[profit["best"]]
    near = share[np.abs(cost_ - best) <= 0.01 * abs(best)]
    return charts.profit_curve(
        {f"one cut for all ({pretty(f, f.champion)})": (share, profit["constant"][0] - cost_)},
        cut=float(profit["acted_taken"]),
        flat=(float(near.min()), float(near.max())) if len(near) > 1 else None,
        currency=f.unit,
        x_title=f"Share of {words.rows} {words.acted}",
        caption=f"Money saved against {words.rest}ing everybody, by how many are {words.acted}; the mark is the share the rule acts on",
    )


def _confusion(f: Findings) -> Figure:
    words, told = f.study.words, f.evaluation["confusion"]
    count = np.array([[told["rows"]["tn"], told["rows"]["fp"]], [told["rows"]["fn"], told["rows"]["tp"]]])
    cells = told["cost"]
    amounts = -np.array([[cells["tn"], cells["fp"]], [cells["fn"], cells["tp"]]])
    return charts.money_table(
        count,
        amounts,
        outcomes=(f"no {words.event}", words.event),
        decisions=(words.rested, words.acted),
        currency=f.unit,
        caption="Where the money goes: rows and money of each outcome under the decision",
    )


def _swap(f: Findings) -> Table:
    swap, words = f.evaluation["swap"], f.study.words
    rows = [
        (f"newly {words.rested}", f"{swap['in']['rows']:,}", percent(swap["in"]["event_rate"]), money(swap["in"]["saved"])),
        (f"newly {words.acted}", f"{swap['out']['rows']:,}", percent(swap["out"]["event_rate"]), money(swap["out"]["saved"])),
        ("decided as today", f"{swap['unchanged']:,}", "", ""),
        ("the change", f"{swap['in']['rows'] + swap['out']['rows']:,}", "", money(swap["saved"])),
    ]
    head = ("", words.rows.capitalize(), f"{words.event.capitalize()} rate", f"Saved ({f.unit})")
    return Table("The swap set: whom the change would treat otherwise", head, tuple(rows), (False, True, True, True))


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
        charts.beeswarm(names, effects, ranks, caption="One point a row: to the right raises the risk, orange is a high value"),
    ]
    for name, dependence in told["dependence"].items():
        values = np.array([np.nan if v is None else v for v in dependence["value"]])
        effect = np.array(dependence["effect"])
        known = np.isfinite(values)
        blocks.append(
            charts.dependence(name, values[known], effect[known], caption=f"How {name} moves the risk, row by row")
        )
    return Section("explanation", "What the model looks at", tuple(blocks))


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
            float(case["base"]), case["names"], effects, values=values, caption=f"From the average to row {case['row']:,}: red raises the risk"
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
        ("Additivity", f"{q['additivity_error']:.1e}", "largest gap between a score and the sum of its parts; 0 is exact"),
        (
            "Deletion",
            f"{number(deletion['share'], 2)}",
            "0: as good as random columns, 1: as good as the most sensitive ones; below 0.5 is not faithful",
        ),
        ("Deletion, ratio", number(deletion["ratio"], 2), f"effect of the top {deletion['k']} columns against {deletion['k']} at random"),
        ("LIME, stability", number(q["lime_jaccard"], 2), "share of the top columns that repeated draws have in common; below 0.6 is unstable"),
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


def groups(f: Findings) -> Section:
    """The decision by group."""
    words = f.study.words
    if not f.evaluation["groups"]:
        text = "No column is named under data.protected, so nothing is said about groups."
        return Section("groups", "Groups", (Text(text),))
    blocks: list[Block] = [
        Text(
            "Columns under data.protected are not features. The table shows how the same decision falls on each group; "
            "differences can have reasons in the other columns and are a question to be asked, not yet an answer."
        )
    ]
    head = ("Group", "Rows", f"{words.event.capitalize()} rate", words.acted.capitalize(), "Caught", "False alarms", "Stated minus observed")
    for column, told in f.evaluation["groups"].items():
        rows = []
        for row in told:
            keys = ("event_rate", "act_rate", "sensitivity", "false_alarms")
            if row["note"]:
                rows.append((row["group"], f"{row['rows']:,}", *([row["note"]] + [""] * 4)))
                continue
            cells = [f"{percent(row[key]['value'])} ({span(row[key], 1, 100)})" for key in keys]
            gap = row["calibration"]
            rows.append((row["group"], f"{row['rows']:,}", *cells, f"{100 * gap['value']:+.1f} ({span(gap, 1, 100)})"))
        blocks.append(Table(f"The decision by {column}, in per cent with intervals", head, tuple(rows), (False, *[True] * 6)))
    return Section("groups", "Groups", tuple(blocks))


def limits_and_use(f: Findings, limits: Iterable[str], uses: Iterable[str]) -> Section:
    """What the figures do not say."""
    blocks: list[Block] = [Heading("Use"), *(Text(text) for text in uses), Heading("Limits")]
    if f.synthetic:
        blocks.append(Note("The data are synthetic: made from a seed. Nothing here is about real people or a real lender.", "synthetic"))
    blocks += [Text(text) for text in limits]
    if f.evaluation["events"] < 50:
        blocks.append(Note(f"Only {f.evaluation['events']} events were judged; the intervals are wide.", "warning"))
    return Section("limits", "Limits and use", tuple(blocks))


def reproduce(f: Findings) -> Section:
    """How to make the same figures again."""
    command = f"casestudies run {f.study.name} --config config.yaml" + ("" if f.synthetic else " --data FILE")
    versions = ", ".join(f"{name} {version}" for name, version in f.result["versions"].items())
    return Section(
        "reproduce",
        "How to reproduce",
        (
            Text(
                "The run folder holds config.yaml with every setting and where it came from. The same settings, data and "
                "versions give the same figures, byte for byte, on one kind of processor."
            ),
            Code(command),
            Table(
                "What the figures rest on",
                ("", "Value"),
                (
                    ("Result", f.result["id"]),
                    ("Data, SHA-256", f.profile["source"]["sha256"]),
                    ("Seed", str(f.settings.seed)),
                    ("Versions", versions),
                ),
            ),
        ),
    )
