"""Runs beside each other, as blocks: what each was, how far their figures lie apart, what was set otherwise, curves."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from casestudies import __version__
from casestudies.metrics.intervals import Interval
from casestudies.report import Block, Heading, Note, Report, Section, Table, Text
from casestudies.workflow.compared import Compared, Difference, Member, Pair
from casestudies.workflow.sections.compared_curves import curves

_SHARES = ("savings", "precision", "sensitivity", "specificity")  # told in per cent, as in the reports


def compared_report(told: Compared) -> Report:
    """All of it as a document of its own: nothing in it depends on when it was asked for."""
    study = told.members[0].study
    ids = json.dumps([member.told.result["id"] for member in told.members])
    return Report(
        title=f"Runs compared: {study.card.title.lower()}",
        subtitle=f"{len(told.members)} runs of one study; every other beside the first.",
        result_id=hashlib.sha256(ids.encode()).hexdigest()[:12],
        author="",
        version=__version__,
        sections=compared_sections(told),
        synthetic=any(member.told.synthetic for member in told.members),
        invented=study.card.invented,
    )


def compared_sections(told: Compared) -> tuple[Section, ...]:
    """Differences, settings, and where the judged rows are kept, curves."""
    over = curves(told)
    drawn = (Section("curves", "Side by side", over),) if over else ()
    return (Section("differences", "Differences", _differences(told)), _settings(told), *drawn)


def _differences(told: Compared) -> tuple[Block, ...]:
    letters = {member.run.id: letter for letter, member in told.lettered().items()}
    blocks: list[Block] = [_members(told)]
    for pair in told.pairs:
        names = (letters[pair.first], letters[pair.second])
        if len(told.pairs) > 1:
            blocks.append(Heading(f"{names[1]} beside {names[0]}"))
        blocks += [Text(in_a_sentence(told, pair, names)), *(Text(sentence) for sentence in pair.sentences)]
        if pair.differences:
            blocks.append(figures_table(told, pair, names))
    if any(pair.differences for pair in told.pairs):
        count = sum(len(pair.differences) for pair in told.pairs)
        if count > 1:
            blocks.append(
                Note(
                    f"{count} differences stand here. Of as many that are nothing but luck, about "
                    f"{count * (1 - _level(told)):.1f} would have an interval that leaves 0 out."
                )
            )
    return tuple(blocks)


def in_a_sentence(told: Compared, pair: Pair, names: tuple[str, str]) -> str:
    """The first figure of the pair that matters most: "B is better than A in AUC by 0.012 (0.003 to 0.021)"."""
    if not pair.differences:
        return f"{names[1]} and {names[0]} cannot be compared row by row."
    one = pair.differences[0]
    title = one.title if one.title[:2].isupper() else one.title[0].lower() + one.title[1:]
    unit = "points" if one.metric in _SHARES else one.unit
    apart, level = f"{_apart(one)} {unit}".strip(), f"{100 * _level(told):g} %"
    if one.verdict in ("better", "worse", "higher", "lower"):
        return f"{names[1]} is {one.verdict} than {names[0]} in {title}: {apart} ({level} interval)."
    if one.verdict == "same":
        return f"{names[1]} and {names[0]} are the same in {title}, on every resample of the rows."
    if not one.verdict:
        return f"{names[1]} and {names[0]} cannot be compared in {title}: {one.difference.reason}."
    return f"{names[1]} and {names[0]} cannot be told apart in {title}: {apart} ({level} interval)."


def _members(told: Compared) -> Table:
    rows = [
        (
            letter,
            member.run.id,
            "synthetic demo" if not (files := member.run.sources()) else files[0].name,
            str(member.told.result["id"]),
            _champion(member),
            "" if member.judgements is None else f"{len(member.judgements.outcome):,} {member.judgements.what}",
            member.study.headline(member.run.read_json("metrics.json")),
        )
        for letter, member in told.lettered().items()
    ]
    head = ("", "Run", "Data", "Result", "Model", "Judged on", "Came to")
    return Table("The runs", head, tuple(rows))


def _champion(member: Member) -> str:
    return str(member.run.read_json("metrics.json")["champion"]).replace("_", " ")


def _level(told: Compared) -> float:
    return float(told.members[0].told.settings.interval.level)


def figures_table(told: Compared, pair: Pair, names: tuple[str, str]) -> Table:
    """Every figure of both runs and their difference; names: of the first and the second."""
    head = ("Figure", *names, f"{names[1]} less {names[0]}", f"{names[1]} is")
    rows = [
        (f"{one.title}{_unit(one)}", _ends(one, one.first), _ends(one, one.second), _apart(one), one.verdict or "n/a")
        for one in pair.differences
    ]
    how = "paired" if pair.paired else "two samples"
    caption = f"{names[1]} beside {names[0]}, with {100 * _level(told):g} % intervals ({how})"
    return Table(caption, head, tuple(rows), (False, True, True, True, False))


def _unit(one: Difference) -> str:
    unit = "%" if one.metric in _SHARES else one.unit
    return f" ({unit})" if unit else ""


def _ends(one: Difference, found: Interval, sign: str = "") -> str:
    """ "0.781 (0.768 to 0.793)"."""
    scale, digits = _scale(one)
    if np.isnan(found.value):
        return "n/a"
    if sign and found.low == found.value == found.high == 0.0:
        return "none"
    value, low, high = (f"{scale * end:{sign},.{digits}f}" for end in (found.value, found.low, found.high))
    return value if np.isnan(found.low) else f"{value} ({low} to {high})"


def _apart(one: Difference) -> str:
    return _ends(one, one.difference, "+")


def _scale(one: Difference) -> tuple[float, int]:
    """What a figure is multiplied by, and its digits: those of its difference are the same."""
    if one.metric in _SHARES:
        return 100.0, 1
    sizes = [abs(found.value) for found in (one.first, one.second) if np.isfinite(found.value)]
    return 1.0, 2 if max(sizes, default=0.0) >= 10 else 4


def _settings(told: Compared) -> Section:
    letters = told.lettered()
    head = ("Setting", *letters)
    rows = []
    for key, values in told.config.items():
        cells = (setting_said(values.get(member.run.id), member.run.id in values) for member in letters.values())
        rows.append((key, *cells))
    if not rows:
        same = Text("Every setting is the same; what differs, differs by the data or by the versions.")
        return Section("settings", "Settings", (same, *_versions(told)))
    return Section("settings", "Settings", (Table("Settings that differ", head, tuple(rows)), *_versions(told)))


def setting_said(value: Any, there: bool) -> str:
    """A value as config.yaml has it; there: whether the run has the setting at all."""
    if not there or value is None:
        return "not set"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _versions(told: Compared) -> tuple[Block, ...]:
    """Libraries that were not the same."""
    known = [member.told.result["versions"] for member in told.members]
    names = dict.fromkeys(name for one in known for name in one)
    rows = [
        (name, *(str(one.get(name, "none")) for one in known))
        for name in names
        if len({one.get(name) for one in known}) > 1
    ]
    return (Table("Libraries that differ", ("Library", *told.lettered()), tuple(rows)),) if rows else ()
