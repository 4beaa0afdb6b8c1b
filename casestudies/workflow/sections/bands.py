"""Score bands, and the rows that a person should look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.report import Block, Heading, Note, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent, pretty


def bands_blocks(f: Findings) -> tuple[Block, ...]:
    """The band table with its breaks; then what a look by a person is worth, or does at its price."""
    told = f.analysis.get("bands")
    if told is None or "skipped" in told:
        return ()
    blocks: list[Block] = [Heading("Score bands"), Text(_order(f, told)), _table(f, told)]
    if told["refer"] is None:
        return tuple(blocks)
    refer = told["refer"]
    blocks.append(Heading("A third action: ask a person"))
    blocks.append(Text(_break_even(f, refer) if refer["done"] is None else _gain(f, refer)))
    if refer["sensitivity"] == refer["specificity"] == 1.0:
        blocks.append(Note(_assumed(f, refer), "warning"))
    blocks.append(_doubtful(f, refer) if refer["done"] is None else _actions(f, refer))
    return tuple(blocks)


def _order(f: Findings, told: Mapping[str, Any]) -> str:
    """Whether the bands are in order, and what the cheapest single cut between two of them costs."""
    words, rows = f.study.words, told["bands"]
    text = f"{pretty(f, f.champion)} on the judged {words.rows}, from the riskiest band to the safest. "
    real = [one for one in told["breaks"] if one["beyond"]]
    if not told["breaks"]:
        text += f"The {words.event} rate falls from every band to the next."
    elif not real:
        which = ", ".join(str(one["band"]) for one in told["breaks"])
        text += (
            f"The {words.event} rate falls from band to band, but for band {which}, where it is lower than in the next "
            f"safer one by no more than chance explains (least p {min(one['p_value'] for one in told['breaks']):.2f})."
        )
    else:
        which = ", ".join(f"{one['band']} (p {one['p_value']:.4f})" for one in real)
        text += (
            f"The order is broken beyond chance: band {which} has a lower {words.event} rate than the next safer one. The "
            "score is wrong there; look at the columns that put these rows so high."
        )
    priced = [row for row in rows if row["cost"] is not None]
    if priced:
        best = min(priced, key=lambda row: row["cost"])
        where = f"below band {1 + rows.index(best)}" if best["above"] is not None else "at the end"
        text += (
            f" One cut {where} would cost least of these, {money(best['cost'], f.unit)}; the decisions as taken cost "
            f"{money(told['decided'], f.unit)}."
        )
    return text


def _table(f: Findings, told: Mapping[str, Any]) -> Table:
    words, bands = f.study.words, told["bands"]
    in_points = any(row["above_points"] is not None for row in bands)
    in_money = bands[0]["cost"] is not None
    rows = []
    for place, row in enumerate(bands, 1):
        edge = "the rest" if row["above"] is None else f"{100 * row['above']:.2f}"
        points = ([("" if row["above_points"] is None else f"{row['above_points']:.0f}")]) if in_points else []
        rate = f"{_share(row['event_rate'])} ({_share(row['rate_low'])} to {_share(row['rate_high'])})"
        cells = [_share(row["score"]), number(row["odds"], 1), _share(row["caught"], 0), _share(row["rest"], 0)]
        cost = [money(row["cost"])] if in_money else []
        rows.append((str(place), edge, *points, f"{row['rows']:,}", rate, *cells, _share(row["rest_rate"]), *cost))
    head = (
        "Band",
        "Above (%)",
        *(["Points below"] if in_points else []),
        "Rows",
        f"{words.event.capitalize()} rate (%)",
        "Stated (%)",
        "Odds",
        "Caught (%)",
        f"{words.rested.capitalize()} (%)",
        "Rate there (%)",
        *([f"Cost ({f.unit})"] if in_money else []),
    )
    caption = (
        f'Score bands. The first columns tell of the band; from "Caught" on, of a cut at its lower edge: {words.event}s '
        f"caught, {words.rows} {words.rested}, the {words.event} rate among these"
        + (", total cost" if in_money else "")
    )
    return Table(caption, head, tuple(rows), (False, *[True] * (len(head) - 1)))


def _share(value: float | None, digits: int = 1) -> str:
    return number(None if value is None else 100.0 * value, digits)


def _break_even(f: Findings, refer: Mapping[str, Any]) -> str:
    """What a review may cost, where none is priced."""
    words = f.study.words
    if refer["most"] <= 0:
        return f"No {words.row} is in doubt: whatever a review costs, none pays."
    at = refer["doubtful"][1]
    return (
        f"Nobody is asked today: no cost of a review is given (refer.review_cost). A look at the {percent(at['share'], 0)} of "
        f"{words.rows} that are most in doubt pays as long as each costs less than {money(at['last'], f.unit)}; in the mean "
        f"it would have saved {_ends(f, at['saved'])} each. Above {money(refer['most'], f.unit)} no look pays."
    )


def _gain(f: Findings, refer: Mapping[str, Any]) -> str:
    words, done = f.study.words, refer["done"]
    asked = done["actions"]["referred"]["rows"]
    price = money(done["review_cost"], f.unit)
    if not asked:
        return (
            f"At {price} a review, no {words.row} is worth a look; above {money(refer['most'], f.unit)} none ever is."
        )
    low, high = done["limits"]
    kept = ""
    if done["capacity"] is not None and done["paying"] > asked:
        kept = f" {done['paying']:,} would pay, but there are {done['capacity']:,} reviews: those with the largest gains are taken."
    return (
        f"At {price} a review, {asked:,} {words.rows} are handed to a person: those whose probability lies in their "
        f"own band in which a look is worth its price, in the median from {percent(low)} to {percent(high)}.{kept} Reviews "
        f"paid, that saves {_ends(f, done['gain'])} on these rows against the same decisions with nobody asked (expected "
        f"{money(done['expected'], f.unit)})."
    )


def _assumed(f: Findings, refer: Mapping[str, Any]) -> str:
    """The assumption that nobody should make in silence."""
    text = "Assumed: the reviewer is always right (refer.sensitivity 1, refer.specificity 1). Nobody is. "
    done = refer["done"]
    if done is None:
        at, erring = refer["doubtful"][1], refer["erring"][1]
        return text + (
            f"With one who is right nine times in ten on both sides, the same share saves {money(erring['saved']['value'], f.unit)} "
            f"a look in place of {money(at['saved']['value'], f.unit)}."
        )
    erring = done["erring"]
    return text + (
        f"With one who is right nine times in ten on both sides, {erring['rows']:,} reviews pay, and the gain is "
        f"{money(erring['gain'], f.unit)} in place of {money(done['gain']['value'], f.unit)}. Measure it on rows reviewed twice."
    )


def _doubtful(f: Findings, refer: Mapping[str, Any]) -> Table:
    words = f.study.words
    rows = []
    for place, one in enumerate(refer["doubtful"]):
        erring = [] if refer["erring"] is None else [_span(refer["erring"][place]["saved"])]
        rows.append(
            (
                percent(one["share"], 0),
                f"{one['rows']:,}",
                money(one["last"]),
                money(one["expected"]),
                _span(one["saved"]),
                *erring,
            )
        )
    head = (
        f"Most doubtful {words.rows}",
        "Looks",
        "May cost",
        "Expected to save",
        "Saved",
        *([] if refer["erring"] is None else ["Saved, reviewer right 9 in 10"]),
    )
    caption = (
        f"What a look by a person is worth, each ({f.unit}), with {level_of(f)} intervals of what it would have saved"
    )
    return Table(caption, head, tuple(rows), (False, *[True] * (len(head) - 1)))


def _actions(f: Findings, refer: Mapping[str, Any]) -> Table:
    words, done = f.study.words, refer["done"]
    rows = [
        (
            {"rested": words.rested, "referred": "referred to a person", "acted": words.acted}[name],
            f"{one['rows']:,}",
            percent(one["share"]),
            percent(one["event_rate"]),
            money(one["alone"]),
            money(one["after"]),
        )
        for name, one in done["actions"].items()
    ]
    total = [sum(one[key] for one in done["actions"].values()) for key in ("rows", "alone", "after")]
    rows.append(("all", f"{total[0]:,}", "", "", money(total[1]), money(total[2])))
    head = (
        "",
        words.rows.capitalize(),
        "Share",
        f"{words.event.capitalize()} rate",
        f"Cost, nobody asked ({f.unit})",
        f"Cost, asked ({f.unit})",
    )
    caption = "Three actions on the judged rows; the last column holds the reviews' own cost"
    return Table(caption, head, tuple(rows), (False, *[True] * 5))


def _ends(f: Findings, told: Mapping[str, Any]) -> str:
    return f"{money(told['value'], f.unit)} ({level_of(f)} interval {money(told['low'])} to {money(told['high'])})"


def _span(told: Mapping[str, Any]) -> str:
    return f"{money(told['value'])} ({money(told['low'])} to {money(told['high'])})"
