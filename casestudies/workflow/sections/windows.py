"""Windows moved through time: how the model ages, and when a refit would have paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Table, Text, charts
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent, pretty, span


def windows_blocks(f: Findings) -> tuple[Block, ...]:
    """What refitting was worth, the windows one by one, and the money as a picture; () where it was not asked."""
    told = f.analysis.get("windows")
    if told is None:
        return ()
    heading = Heading("When would a refit have paid?", further=True)
    if "none" in told:
        return (heading, Text(f"{_capital(told['none'])}."))
    blocks: list[Block] = [heading, Text(f"{_verdict(f, told)} {_how(f, told)}"), _ranking(f, told)]
    if told["paid"] is not None:
        blocks.append(_money(f, told))
    if told["further"] is not None:
        blocks.append(_further(f, told))
    return (*blocks, Text(_steady(f, told)), _figure(f, told))


def _verdict(f: Findings, told: Mapping[str, Any]) -> str:
    """The answer in one sentence: in money, or without prices in average precision."""
    windows, name = told["windows"], pretty(f, f.champion)
    if told["paid"] is None:
        better = [number for number, one in enumerate(windows) if number and (one["difference"]["ap"]["low"] or 0) > 0]
        if not better:
            return f"{name} fitted anew before each window ranks no better than the one fitted first, beyond chance."
        first = _named(told, windows[better[0]])
        return f"{name} fitted anew ranks better than the one fitted first in {len(better)} of {len(windows) - 1} later windows, first in {first}."
    last, clear = told["paid"]["cumulated"][-1], told["paid"]["clear_from"]
    price = told["paid"]["refit_cost"]
    cost = f", its cost of {money(price, f.unit)} each paid" if price else ""
    sum_told = f"{_signed(last['value'], f.unit)} ({level_of(f)} interval {_signed(last['low'])} to {_signed(last['high'], f.unit)})"
    if clear is None:
        return (
            f"Refitting {name} before each window has not paid so far: over {len(windows)} windows it has saved {sum_told} "
            f"against leaving the first model alone{cost}, which is not above 0 beyond chance."
        )
    return (
        f"Refitting {name} before each window would have paid from the window {_named(told, windows[clear])} on: "
        f"up to the last it has saved {sum_told} against leaving the first model alone{cost}."
    )


def _how(f: Findings, told: Mapping[str, Any]) -> str:
    rows = f.study.words.rows
    days = told["train_days"]
    learnt = f"the {days} days of {rows}" if days and told["dated"] else f"all {rows}"
    delay = (
        f" that are {told['delay']:g} days older than its first day, so that their label was known"
        if told["delay"]
        else " before it"
    )
    text = f"Each window is judged by a model that learnt from {learnt}{delay}; the frozen model is that of the first window."
    if told["sampled_from"]:
        text += (
            f" Beyond {told['most']:,} training {rows} the fits took all {f.study.words.event_adjective} ones and drew the "
            "others, each standing for as many as were left out."
        )
    if told["rounds"] < f.settings.interval.rounds:
        text += f" Intervals rest on {told['rounds']} resamples, to save time."
    if told["each_its_own"]:
        text += " The rule's limit holds in each window anew."
    return text


def _ranking(f: Findings, told: Mapping[str, Any]) -> Table:
    head = (
        "Window",
        f.study.words.rows.capitalize(),
        f"{f.study.words.event.capitalize()}s",
        "AUC refitted",
        "AUC frozen",
        "AP refitted",
        "AP frozen",
    )
    rows = []
    for number_, one in enumerate(told["windows"]):
        cells = []
        for metric in ("auc", "ap"):
            cells.append(_with_ends(one["refit"][metric]))
            cells.append("the same" if number_ == 0 else _with_ends(one["frozen"][metric]))
        rows.append((_named(told, one), f"{one['rows']:,}", f"{one['events']:,}", *cells))
    caption = f"Ranking by window of {told['time']}, with {level_of(f)} intervals"
    return Table(caption, head, tuple(rows), (False, *[True] * 6))


def _money(f: Findings, told: Mapping[str, Any]) -> Table:
    head = ("Window", "Savings refitted", "Savings frozen", f"Saved by refitting so far ({f.unit})", "PSI of the score")
    rows = []
    for number_, (one, sum_) in enumerate(zip(told["windows"], told["paid"]["cumulated"], strict=True)):
        shown = [_share(one["refit"]["savings"]), "the same" if number_ == 0 else _share(one["frozen"]["savings"])]
        gained = "" if number_ == 0 else f"{_signed(sum_['value'])} ({_signed(sum_['low'])} to {_signed(sum_['high'])})"
        rows.append((_named(told, one), *shown, gained, number(one["psi"]) if number_ else ""))
    return Table(f"What the decisions were worth by window of {told['time']}", head, tuple(rows), (False, *[True] * 4))


def _further(f: Findings, told: Mapping[str, Any]) -> Table:
    """The figure that only this study knows."""
    rows = []
    for number_, one in enumerate(told["windows"]):
        frozen = "the same" if number_ == 0 else _share(one["frozen"]["further"])
        rows.append((_named(told, one), _share(one["refit"]["further"]), frozen))
    caption = f"{told['further']} by window of {told['time']}, with {level_of(f)} intervals"
    return Table(caption, ("Window", "Refitted", "Frozen"), tuple(rows), (False, True, True))


def _steady(f: Findings, told: Mapping[str, Any]) -> str:
    """Whether the frozen model's score has moved, whatever it is worth."""
    later = told["windows"][1:]
    moved = [one for one in later if one["psi"] > one["psi_limit"]]
    if not moved:
        return "The frozen model's score has not moved by more than chance since the first window (PSI)."
    most = max(moved, key=lambda one: one["psi"])
    return (
        f"The frozen model's score has moved by more than chance since the first window in {len(moved)} of {len(later)} later "
        f"windows, most in {_named(told, most)} (PSI {number(most['psi'])}, chance reaches {number(most['psi_limit'])})."
    )


def _figure(f: Findings, told: Mapping[str, Any]) -> Figure:
    names = [_named(told, one) for one in told["windows"]]
    if told["paid"] is not None:
        ends = told["paid"]["cumulated"]
        title, caption = (
            f"Saved by refitting so far ({f.unit})",
            "Money that refitting has saved up to and with each window; refitting has paid where a whole bar stands right of 0",
        )
    else:
        ends = [{**one["difference"]["ap"], "value": one["difference"]["ap"]["difference"]} for one in told["windows"]]
        title, caption = (
            "Average precision, refitted minus frozen",
            "What refitting is worth in each window; it ranks better where a whole bar stands right of 0",
        )
    value, low, high = (
        np.array([np.nan if e[key] is None else e[key] for e in ends]) for key in ("value", "low", "high")
    )
    return charts.dot_whisker(names, value, low, high, title=title, caption=caption, reference=0.0)


def _named(told: Mapping[str, Any], window: Mapping[str, Any]) -> str:
    """ "2026-03-01 to 2026-03-31", or the numbers of a column that is no date."""
    if not told["dated"]:
        return f"{window['from']:,.6g} to {window['to']:,.6g}"
    if window["from"] % 1 or window["to"] % 1:
        hours = (
            np.datetime64(round(window[end] * 1440), "m").item().strftime("%Y-%m-%d %H:%M") for end in ("from", "to")
        )
        return " to ".join(hours)
    first, last = np.datetime64(int(window["from"]), "D"), np.datetime64(int(window["to"]) - 1, "D")
    return str(first) if first == last else f"{first} to {last}"


def _with_ends(entry: dict[str, Any]) -> str:
    return f"{number(entry['value'])} ({span(entry)})"


def _share(entry: dict[str, Any]) -> str:
    return f"{percent(entry['value'])} ({span(entry, 1, 100)})"


def _signed(value: float | None, unit: str = "") -> str:
    return "n/a" if value is None else ("+" if value > 0 else "") + money(value, unit)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
