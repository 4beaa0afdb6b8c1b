"""Whether what a campaign offers holds on a table, and whom it leaves alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from casestudies.churn.arms import column_of
from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.rows import Mask
from casestudies.tabular.cells import plain
from casestudies.tabular.checked import Checked
from casestudies.tabular.derive import CellColumns
from casestudies.tabular.kinds import FLAGS
from casestudies.tabular.numbers import to_numbers

if TYPE_CHECKING:
    from casestudies.churn.config import RetentionCost
    from casestudies.churn.offering import Campaign

ONLY = "offer"  # what the one offer of `cost` is called where the campaign lists none
NOBODY = ("none", "control")  # what an offer may not be called: the list says so of customers without one
_YES = frozenset(yes for _, yes in FLAGS)
_NO = frozenset(no for no, _ in FLAGS)


@dataclass(frozen=True, eq=False)
class HeldBack:
    """Customers that must not be contacted, (rows,) bool each: who asked for it, and of the others who had enough contacts."""

    do_not_disturb: Mask
    capped: Mask

    @property
    def rows(self) -> Mask:
        return self.do_not_disturb | self.capped

    def take(self, rows: np.ndarray) -> HeldBack:
        return HeldBack(self.do_not_disturb[rows], self.capped[rows])


def check(campaign: Campaign, checked: Checked, cost: RetentionCost) -> None:
    """Hold the settings of a campaign against the table; also the economics of each offer, row by row.

    Raises
    ------
    ConfigError: a name that is not there, or of the wrong kind; half of a pair of keys; an offer that can never pay.
    DataError: a cost below zero, a probability outside 0 to 1.
    """
    _check_names(campaign, cost)
    _check_value(campaign, checked)
    if cost.offer is not None:
        from casestudies.churn.economics import offered

        offered(campaign, cost, CellColumns.of_checked(checked), len(checked.frame))


def _check_names(campaign: Campaign, cost: RetentionCost) -> None:
    for key, other in (("most_contacts", "contacted"), ("contacted", "most_contacts")):
        if getattr(campaign, key) is not None and getattr(campaign, other) is None:
            raise ConfigError(
                f"means nothing without campaign.{other}", where=f"campaign.{key}", advice="write both or neither"
            )
    if campaign.do_not_disturb_value is not None and campaign.do_not_disturb is None:
        where = "campaign.do_not_disturb_value"
        raise ConfigError("means nothing without campaign.do_not_disturb", where=where, advice="name the column")
    seen: dict[str, str] = {}
    for name in campaign.offers:
        word = " ".join(name.split()).casefold()
        if not word or len(name) > 40 or word in NOBODY:
            what = f"{shown(name)} cannot be the name of an offer"
            raise ConfigError(what, where="campaign.offers", advice="call it by another word, e.g. discount")
        if word in seen:
            what = f"{shown(name)} and {shown(seen[word])} are one name to a reader"
            raise ConfigError(what, where="campaign.offers", advice="rename one of them")
        seen[word] = name
    if campaign.offers and cost.offer is None:
        advice = "write cost.accept and cost.offer: the decision rule and its figures count with them"
        raise ConfigError("several offers need the usual one beside them", where="campaign.offers", advice=advice)


def _check_value(campaign: Campaign, checked: Checked) -> None:
    """A value that no row has would let everybody be contacted."""
    found = held_back(campaign, checked)
    if campaign.do_not_disturb is None or campaign.do_not_disturb_value is None or found.do_not_disturb.any():
        return
    texts = _texts(checked, campaign.do_not_disturb, "campaign.do_not_disturb")
    what = f"no row of {shown(campaign.do_not_disturb)} is {shown(campaign.do_not_disturb_value)}"
    advice = nearest(str(campaign.do_not_disturb_value), sorted(set(texts.dropna())))
    raise ConfigError(what, where="campaign.do_not_disturb_value", advice=advice)


def held_back(campaign: Campaign, checked: Checked) -> HeldBack:
    """Whom the campaign leaves alone; a customer without a value may be contacted.

    Raises
    ------
    ConfigError: there is no such column, or no counts in it.
    DataError: a cell of do_not_disturb is neither yes nor no, and no value is stated.
    """
    nobody = np.zeros(len(checked.frame), dtype=bool)
    asked = nobody
    if campaign.do_not_disturb is not None:
        asked = _asked(campaign, _texts(checked, campaign.do_not_disturb, "campaign.do_not_disturb"))
    capped = nobody
    if campaign.contacted is not None and campaign.most_contacts is not None:
        capped = np.nan_to_num(_counts(checked, campaign.contacted), nan=0.0) >= campaign.most_contacts
    return HeldBack(asked, capped & ~asked)


def _asked(campaign: Campaign, texts: pd.Series) -> Mask:
    flag = bool(texts.dropna().isin(_YES | _NO).all())
    if campaign.do_not_disturb_value is not None:
        word = plain(campaign.do_not_disturb_value).casefold()
        alike = next((words for words in (_YES, _NO) if word in words), {word})  # a flag is read as 1 and 0
        return np.asarray(texts.isin(alike) if flag else texts.eq(word))
    if not flag:
        strange = texts.notna() & ~texts.isin(_YES | _NO)
        what = f"has {shown(texts[strange].iloc[0])}, which is neither yes nor no ({int(strange.sum())} such cells)"
        where = f"campaign.do_not_disturb, column {campaign.do_not_disturb}"
        raise DataError(what, where=where, advice="write campaign.do_not_disturb_value, the value that means so")
    return np.asarray(texts.isin(_YES))


def _texts(checked: Checked, name: str, key: str) -> pd.Series:
    """(rows,) the cells as they are commonly written, in lower case; gaps stay gaps."""
    cells = checked.frame[column_of(checked, name, key)]
    return cells.astype("object").map(lambda cell: plain(cell).casefold(), na_action="ignore")


def _counts(checked: Checked, name: str) -> np.ndarray:
    """(rows,) numbers; also of a column of few values, which is read as a category where nobody says otherwise."""
    column = column_of(checked, name, "campaign.contacted")
    cells = checked.frame[column]
    if not pd.api.types.is_datetime64_any_dtype(cells):
        values, bad = to_numbers(cells if pd.api.types.is_numeric_dtype(cells) else cells.astype("str"))
        if not bad.any():
            return values
    what = f"{shown(name)} is read as {checked.kinds[column]}, and counts are wanted"
    raise ConfigError(what, where="campaign.contacted", advice="name a column of numbers, or clean it")
