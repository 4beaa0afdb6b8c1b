"""From a test file to an `Experiment`: one row a unit, nothing dropped without a count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.recommendation.experiments.columns import (
    Value,
    factor_of,
    names_of,
    numbers,
    outcome_of,
    seconds_of,
    texts,
)
from casestudies.recommendation.experiments.experiment import Experiment, Factor
from casestudies.recommendation.experiments.plan import planned_shares, usable
from casestudies.tabular.read import ReadOptions, Source, Table, read_table

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


def read_experiment(
    table: str | Path | pd.DataFrame | Table,
    unit: str,
    arms: Sequence[str] | str,
    outcome: str,
    *,
    before: str | None = None,
    time: str | None = None,
    look: Sequence[str] = (),
    success: Value | None = None,
    control: Mapping[str, Value] | None = None,
    planned: Mapping[str, Mapping[str, float]] | None = None,
    contaminated: Literal["drop", "refuse"] = "drop",
    missing: Literal["refuse", "drop", "zero"] = "refuse",
    format: str | None = None,
    options: ReadOptions = ReadOptions(),  # noqa: B008
) -> Experiment:
    """A test from a CSV, Excel or Parquet file, or from a DataFrame.

    Several rows of one unit in one arm become one: amounts are added, 0/1 is 1 where any row has it, what was known
    before is taken from the first row. A unit in two arms was treated as both and is left out, or refused.

    Parameters
    ----------
    unit: column that names what was drawn into an arm. arms: columns that say the arm, one a factor.
    outcome: column of 0/1, yes/no, two values (with `success`), or amounts. before: numbers known before the start.
    time: when the unit entered; format: its date format. look: columns known at the start (device, country).
    control: {column: its value that means as before}. planned: {column: {value: planned share}}.
    contaminated: units in two arms. missing: units without an outcome; "zero" where an empty cell means none.

    Raises
    ------
    ConfigError: a column or value that is not there, shares that do not sum to 1.
    DataError: what the file holds cannot be read as a test; one line says what, where and what to do.
    """
    held = _table(table, options)
    names = [arms] if isinstance(arms, str) else list(arms)
    if not names:
        raise ConfigError(
            "no column says the arm", where="experiments.arms", advice="name one column, or one for each factor"
        )
    _distinct(unit=unit, arms=names, outcome=outcome, before=before, time=time)
    where, decimal = held.source.name, held.source.decimal or "."
    unit_code, count = names_of(texts(held, unit, "unit"))
    factors, levels, notes = _factors(held, names, control or {})
    y, binary = outcome_of(texts(held, outcome, "outcome"), outcome, success, decimal, where)
    known = None if before is None else numbers(texts(held, before, "before"), decimal, f"{where}, column {before}")
    instants = None if time is None else seconds_of(texts(held, time, "time"), time, held, format)
    traced = {name: texts(held, name, "look").astype("str").fillna("missing").to_numpy(dtype=str) for name in look}

    kept = (unit_code >= 0) & (levels >= 0).all(axis=1)
    left_out = {"rows without a unit or an arm": int((~kept).sum())}
    mixed = _mixed(unit_code, levels, kept, count)
    left_out["units in two arms"] = _contaminated(int(mixed.sum()), count, contaminated, f"{where}, column {unit}")
    kept &= ~mixed[np.maximum(unit_code, 0)]
    rows = np.flatnonzero(kept)
    if not len(rows):
        raise DataError("no row names a unit and its one arm", where=where, advice="look at experiments.unit and arms")
    _, first, unit_of = np.unique(unit_code[rows], return_index=True, return_inverse=True)
    summed, empty = _outcomes(y[rows], unit_of, len(first), binary)
    repeated = len(rows) - len(first)
    if repeated:
        how = "is 1 where any of them has it" if binary else "is their sum"
        notes.append(f"{repeated:,} further rows of units in the same arm: the outcome of a unit {how}.")
    rows = rows[first]
    stay = _missing(empty, missing, f"{where}, column {outcome}", left_out)
    rows, summed = rows[stay], np.where(empty, 0.0, summed)[stay]
    if known is not None:
        known, said = _known(known[rows], summed, f"{where}, column {before}")
        notes += said
    test = Experiment(
        factors=factors,
        level=levels[rows],
        y=summed,
        binary=binary,
        before=known,
        time=None if instants is None else instants[rows],
        planned=planned_shares(planned or {}, factors),
        look={name: values[rows] for name, values in traced.items()},
        outcome=outcome,
        left_out={why: units for why, units in left_out.items() if units},
        notes=tuple(notes),
    )
    return usable(test, where)


def _table(table: str | Path | pd.DataFrame | Table, options: ReadOptions) -> Table:
    if isinstance(table, pd.DataFrame):
        frame = table.reset_index(drop=True)
        source = Source("the table", "", 0, "frame", "", "", ".", 0, len(frame), frame.shape[1], ())
        return Table(frame, source, np.arange(1, len(frame) + 1))
    return table if isinstance(table, Table) else read_table(Path(table), options)


def _distinct(**asked: str | list[str] | None) -> None:
    """No column is named for two things."""
    seen: dict[str, str] = {}
    for key, given in asked.items():
        for name in [given] if isinstance(given, str) else given or []:
            if name in seen:
                what = f"{shown(name)} is named by experiments.{seen[name]} already"
                raise ConfigError(what, where=f"experiments.{key}", advice="name another column")
            seen[name] = key


def _factors(
    table: Table, names: Sequence[str], control: Mapping[str, Value]
) -> tuple[tuple[Factor, ...], Codes, list[str]]:
    """The factors, (rows, factors) levels, and what has to be said of them."""
    for name in control:
        if name not in names:
            raise ConfigError(
                f"{shown(name)} is none of the columns of arms",
                where="experiments.control",
                advice=nearest(name, names),
            )
    found = [factor_of(texts(table, name, "arms"), name, control, table.source.name) for name in names]
    notes = [said for *_, said in found if said]
    return tuple(factor for factor, *_ in found), np.column_stack([codes for _, codes, _ in found]), notes


def _mixed(unit: Codes, levels: Codes, kept: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """(units,) whether a unit stands in more than one arm."""
    mixed = np.zeros(count + 1, dtype=bool)
    rows = np.flatnonzero(kept)
    _, first, of = np.unique(unit[rows], return_index=True, return_inverse=True)
    apart = (levels[rows] != levels[rows][first][of]).any(axis=1)
    mixed[unit[rows][apart]] = True
    return mixed[:count] if count else mixed


def _contaminated(mixed: int, count: int, wish: str, where: str) -> int:
    if mixed and wish == "refuse":
        raise DataError(
            f"{mixed:,} of {count:,} units stand in more than one arm",
            where=where,
            advice="find out why, or write experiments.contaminated: drop",
        )
    if mixed > 0.5 * count:
        raise DataError(
            f"{mixed:,} of {count:,} units stand in more than one arm, so the arms were not drawn by it",
            where=where,
            advice="name the column that arms were drawn by in experiments.unit",
        )
    return mixed


def _outcomes(y: Floats, unit: Codes, count: int, binary: bool) -> tuple[Floats, NDArray[np.bool_]]:
    """(units,) the outcome of each unit over its rows, and where it has none."""
    there = ~np.isnan(y)
    empty: NDArray[np.bool_] = np.bincount(unit[there], minlength=count) == 0
    total: Floats = np.bincount(unit[there], weights=y[there], minlength=count).astype(np.float64)
    return (np.minimum(total, 1.0) if binary else total), empty


def _missing(empty: NDArray[np.bool_], wish: str, where: str, left_out: dict[str, int]) -> NDArray[np.bool_]:
    """(units,) who stays; counts those who do not."""
    count = int(empty.sum())
    if not count or wish == "zero":
        return np.ones(len(empty), dtype=bool)
    if wish == "refuse":
        raise DataError(
            f"{count:,} of {len(empty):,} units have no outcome",
            where=where,
            advice="write experiments.missing: zero where an empty cell means none, or drop to leave them out",
        )
    left_out["units without an outcome"] = count
    return ~empty


def _known(known: Floats, y: Floats, where: str) -> tuple[Floats | None, list[str]]:
    """(units,) what was known before, gaps filled by the mean, which any number known before may be."""
    gaps = np.isnan(known)
    if gaps.all() or np.ptp(known[~gaps]) == 0:
        return None, [f"{where} holds one value only and is not used."]
    filled = np.where(gaps, known[~gaps].mean(), known)
    if np.ptp(y) > 0 and abs(np.corrcoef(filled, y)[0, 1]) > 0.999:
        what = "repeats the outcome, so it was not known before the start"
        raise DataError(what, where=where, advice="name a column from before the test in experiments.before")
    return filled, [f"{int(gaps.sum()):,} units have nothing in {where}; the mean stands in."] if gaps.any() else []
