"""Who was contacted in a past campaign, and who was left alone on purpose: read from a column, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.tabular.cells import coded, plain
from casestudies.tabular.checked import Checked
from casestudies.tabular.contract import NUMERIC
from casestudies.tabular.kinds import FLAGS, is_flag

if TYPE_CHECKING:
    from casestudies.churn.config import ChurnSettings

Mask = NDArray[np.bool_]
Value = str | int | float | bool
_LISTED = 6


@dataclass(frozen=True, eq=False)
class Arms:
    """(rows,) who was in the campaign, and who of them was contacted; the others of `inside` are the control group."""

    inside: Mask
    treated: Mask

    def within(self, rows: Mask) -> Arms:
        return Arms(self.inside & rows, self.treated & rows)


def column_of(checked: Checked, name: str, key: str) -> str:
    """The table's name of a column that the analyst calls `name`.

    Raises
    ------
    ConfigError: there is none; the nearest names are given.
    """
    if name in checked.columns:
        return name
    found = next((ours for ours, source in checked.sources.items() if source == name), None)
    if found is None:
        raise ConfigError(f"there is no column {shown(name)}", where=key, advice=nearest(name, checked.columns))
    return found


def numbers_of(checked: Checked, name: str, key: str) -> NDArray[np.float64]:
    """(rows,) a column of numbers that the analyst calls `name`; NaN where there is none.

    Raises
    ------
    ConfigError: there is no such column, or it holds no numbers.
    """
    column = column_of(checked, name, key)
    if checked.kinds[column] not in NUMERIC:
        what = f"{shown(name)} is read as {checked.kinds[column]}, and numbers are wanted"
        raise ConfigError(what, where=key, advice=f"name a column of numbers, or write data.numbers: [{name}]")
    return checked.frame[column].to_numpy(dtype=np.float64, na_value=np.nan)


def read_arms(
    checked: Checked, column: str, key: str, contacted: Value | None = None, control: Value | None = None
) -> Arms:
    """The two arms of a campaign.

    A column of 0 and 1, or of no and yes, says itself which is which; of others the values are named. Rows without a
    value, and with a value that is neither, were not in the campaign.

    Parameters
    ----------
    column: its name in the table. key: the setting under which its values are named ("uplift"), for messages.
    contacted, control: its values, as the analyst writes them.

    Raises
    ------
    ConfigError: the values do not say who was contacted and are not named, or a named one is not there.
    DataError: one of the two arms is empty.
    """
    cells = checked.frame[column]
    codes, levels = coded(cells.astype("object") if isinstance(cells.dtype, pd.CategoricalDtype) else cells)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    listed = _listed(column, levels, counts)
    pair = _pair(levels, checked.kinds[column])
    yes = _level(contacted, levels, pair, f"{key}.contacted", listed)
    if yes is None and pair is None:
        example = levels[int(np.argmin(counts))] if len(levels) else "yes"
        raise ConfigError(
            f"{listed}, and which of them was contacted is not said",
            where=f"{key}.contacted",
            advice=f"write the value of those who were contacted, e.g. {shown(example)}",
        )
    if yes is None and pair is not None:
        yes = pair[1]
    no = _level(control, levels, pair, f"{key}.control", listed)
    others = [level for level in levels if level != yes]
    if no is None and len(others) > 1:
        raise ConfigError(
            f"{listed}, and which of them is the control group is not said",
            where=f"{key}.control",
            advice="write the value of those who were left alone on purpose",
        )
    no = no or (others[0] if others else "")
    named = {level: code for code, level in enumerate(levels)}
    treated, alone = (np.asarray(codes == named.get(str(arm), -2)) for arm in (yes, no))
    for arm, what in ((treated, "was contacted"), (alone, "was left alone")):
        if not arm.any():
            raise DataError(
                f"{listed}: nobody {what}, so there is nothing to compare",
                where=f"column {column}",
                advice=f"name a column with both, or the values under {key}",
            )
    return Arms(treated | alone, treated)


def campaigns_named(checked: Checked, settings: ChurnSettings) -> None:
    """Refuses settings of a past campaign that the table cannot answer.

    Raises
    ------
    ConfigError, DataError: as `read_arms` and `column_of`.
    """
    uplift, last = settings.uplift, settings.campaign.last
    treatment = checked.in_role("treatment")
    if treatment:
        read_arms(checked, treatment[0], "uplift", uplift.contacted, uplift.control)
    if last.contacted is not None:
        column = column_of(checked, last.contacted, "campaign.last.contacted")
        read_arms(checked, column, "campaign.last", last.means, last.control)
    for name, key in ((uplift.among, "uplift.among"), (last.among, "campaign.last.among")):
        if name is not None:
            read_arms(checked, column_of(checked, name, key), key)


def _pair(levels: list[str], kind: str) -> tuple[str, str] | None:
    """The levels that mean no and yes, of a column that says so itself; None of others."""
    if kind == "flag" or set(levels) <= {"0", "1"}:
        return "0", "1"
    if not is_flag(set(levels)):
        return None
    no, yes = sorted(
        levels, key=lambda level: next(pair.index(level.casefold()) for pair in FLAGS if level.casefold() in pair)
    )
    return no, yes


def _level(value: Value | None, levels: list[str], pair: tuple[str, str] | None, key: str, listed: str) -> str | None:
    """The level that a value means; of a pair, no and yes, however they are written."""
    if value is None:
        return None
    text = plain(value)
    if pair is not None and text not in levels:
        text = next((pair[words.index(text.casefold())] for words in FLAGS if text.casefold() in words), text)
    if text not in levels:
        raise ConfigError(f"{shown(value)} is no value of it: {listed}", where=key, advice="correct it")
    return text


def _listed(column: str, levels: list[str], counts: np.ndarray) -> str:
    """The column with its values, the most frequent first."""
    order = np.argsort(-counts, kind="stable")[:_LISTED]
    values = ", ".join(f"{shown(levels[place])} ({counts[place]:,})" for place in order) or "no value"
    more = f" and {len(levels) - _LISTED} more" if len(levels) > _LISTED else ""
    return f"{shown(column)} holds {values}{more}"
