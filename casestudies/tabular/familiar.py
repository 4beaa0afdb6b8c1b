"""New rows against what training saw: columns that lack, columns to spare, levels and missing cells never met."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from casestudies.errors import DataError, nearest, shown
from casestudies.tabular.levels import Levels
from casestudies.tabular.problems import Code, Problem, ticked


def present(needed: Collection[str], frame: pd.DataFrame) -> None:
    """Raises a DataError that names a needed column which is not there, the nearest names, and how many more lack."""
    there = {str(name) for name in frame.columns}
    lacking = [name for name in needed if name not in there]
    if lacking:
        more = f" and {len(lacking) - 1} more the model needs" if len(lacking) > 1 else ", which the model needs"
        spare = [str(name) for name in frame.columns if str(name) not in needed]
        raise DataError(f"there is no column {shown(lacking[0])}{more}", advice=nearest(lacking[0], spare))


def unfamiliar(
    frame: pd.DataFrame, needed: Collection[str], levels: Mapping[str, Levels], complete: Collection[str]
) -> list[Problem]:
    """What is new in `frame`, each with its count.

    Parameters
    ----------
    needed: the columns the model reads. levels: of its categories. complete: columns without missing cells in training.
    """
    found = spare(frame, needed)
    for name in needed:
        if name in levels:
            new = levels[name].strange(frame[name])
            if new:
                listed = ", ".join(shown(level) for level in list(new)[:3])
                met = "rarely or never saw" if levels[name].merged else "never saw"
                rule = f"holds {sum(new.values())} cells with levels that training {met} ({listed})"
                found.append(Problem(Code.UNSEEN_LEVEL, "warning", rule, column=name, count=sum(new.values())))
        gaps = int(frame[name].isna().sum())
        if gaps and name in complete:
            rule = f"is missing in {gaps} rows, and never was in training"
            found.append(Problem(Code.NEW_MISSING, "warning", rule, column=name, count=gaps))
    return found


def spare(frame: pd.DataFrame, needed: Collection[str]) -> list[Problem]:
    """The columns that the model does not read, as one fact; none when it reads them all."""
    names = [str(name) for name in frame.columns if str(name) not in needed]
    if not names:
        return []
    listed = ", ".join(ticked(name) for name in names[:5]) + (" and more" if len(names) > 5 else "")
    return [Problem(Code.EXTRA_COLUMN, "note", f"the model does not read {listed}", count=len(names))]
