"""The last campaign read back: what it promised, and what it earned against the customers it left alone on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.churn.arms import Arms, column_of, numbers_of, read_arms
from casestudies.churn.uplift import campaign_of, randomised
from casestudies.decisions.retention import Retention
from casestudies.errors import CaseError
from casestudies.metrics import Interval
from casestudies.metrics.sums import sum_intervals
from casestudies.models.segments import equal_bands
from casestudies.tabular.derive import CellColumns

if TYPE_CHECKING:
    from casestudies.churn.asking import LastCampaign
    from casestudies.workflow.analyses import Work

Floats = NDArray[np.float64]

_KEY = "campaign.last"
_LEAST = 50  # customers of each arm; fewer earn nothing that could be told from chance
_MANY, _BANDS = 5_000, (5, 10)
_DRAWS = 20_000_000  # of one bootstrap; beyond, fewer rounds (100 at least) say the same of so many rows
_SUMS = 7  # of one group of customers
_FIGURES = ("promised", "earned", "kept", "gap", "control", "contacted")


@dataclass(frozen=True, eq=False)
class _Past:
    """The customers of the campaign.

    Parameters
    ----------
    rows: (campaign,) positions in the table. treated: (campaign,) who was contacted.
    worth: (campaign,) money that each came to: less the value of those who left, less what was spent on the contacted.
    value: (campaign,) the value of those who left. promised: (campaign,) money; NaN where nothing was promised.
    """

    rows: NDArray[np.intp]
    treated: NDArray[np.bool_]
    worth: Floats
    value: Floats
    promised: Floats | None
    order: Floats | None


def lastcampaign_told(work: Work) -> dict[str, Any] | None:
    """analysis/lastcampaign.json: promised against earned, in all and by bands of the promise; None without a campaign.

    Earned is the mean of the contacted less that of the control group: of money, where a leaver's value is lost and
    contact and offer are paid, and of customers.
    """
    last: LastCampaign = work.settings.campaign.last
    if last.contacted is not None:
        column: str | None = column_of(work.loaded.checked, last.contacted, f"{_KEY}.contacted")
        arms = read_arms(work.loaded.checked, str(column), _KEY, last.means, last.control)
    elif (column := work.loaded.column("treatment")) is not None:
        asked = work.settings.uplift
        arms = read_arms(work.loaded.checked, column, "uplift", asked.contacted, asked.control)
    else:
        return None
    key = "uplift.among" if last.among is None else f"{_KEY}.among"
    arms = randomised(work, arms, work.settings.uplift.among if last.among is None else last.among, key)
    past = _past(work, last, arms)
    if isinstance(past, str):
        return {"skipped": past}
    return {
        "column": column,
        "rows": len(past.rows),
        "contacted": int(past.treated.sum()),
        "promise": last.promised,
        **_compared(work, past),
        "random": _random(work, past),
    }


def _past(work: Work, last: LastCampaign, arms: Arms) -> _Past | str:
    money = _money(work, last)
    if isinstance(money, str):
        return money
    rows = np.flatnonzero(arms.inside)
    promised = (
        None if last.promised is None else numbers_of(work.loaded.checked, last.promised, f"{_KEY}.promised")[rows]
    )
    score = None if last.score is None else numbers_of(work.loaded.checked, last.score, f"{_KEY}.score")[rows]
    if promised is not None:
        rows, promised = rows[np.isfinite(promised)], promised[np.isfinite(promised)]  # the rest were not on its list
        score = None
    elif score is not None:
        rows, score = rows[np.isfinite(score)], score[np.isfinite(score)]
    treated, y = arms.treated[rows], work.sample.y[rows]
    least = min(int(treated.sum()), int((~treated).sum()))
    if least < _LEAST:
        return (
            f"{int(treated.sum()):,} customers were contacted and {int((~treated).sum()):,} were left alone on purpose; "
            f"at least {_LEAST} of each are needed"
        )
    clv, offer, contact = (values[rows] for values in money)
    spent = treated * (contact + offer * (1.0 - y))
    value = y * clv
    return _Past(rows, treated, -value - spent, value, promised, promised if promised is not None else score)


def _money(work: Work, last: LastCampaign) -> tuple[Floats, Floats, Floats] | str:
    """(rows,) each: what customers are worth, what the offer cost when taken, what contacting cost."""
    cost, rows = work.settings.cost, len(work.sample.y)
    offer = cost.offer if last.offer is None else last.offer
    contact = cost.contact if last.contact is None else last.contact
    if offer is None:
        return "what the offer cost is not known: write campaign.last.offer"
    value = cost.clv if cost.fn is None else cost.fn
    try:
        parts: Mapping[str, Floats] = Retention(value, 0.0, offer, contact).parts(
            CellColumns.of_checked(work.loaded.checked), rows
        )
    except CaseError as error:
        raise _keyed(error, last) from None
    return parts["clv"], parts["offer"], parts["contact"]


def _keyed(error: CaseError, last: LastCampaign) -> CaseError:
    """The complaint about a part of the offer, under the key where that part was written."""
    for name in ("offer", "contact"):
        if getattr(last, name) is not None and error.where.startswith(f"cost.{name}"):
            where = error.where.replace("cost", _KEY, 1)
            return type(error)(error.what, where=where, advice=error.advice)
    return error


def _compared(work: Work, past: _Past) -> dict[str, Any]:
    """Everything in one bootstrap: all customers first, then each band of the promise."""
    y, weight = work.sample.y[past.rows], work.sample.weight[past.rows]
    masks = [np.ones(len(past.rows), dtype=bool)]
    if past.order is not None and np.ptp(past.order) > 0:
        count = _BANDS[len(past.rows) >= _MANY]
        band = equal_bands(-past.order, weight, count)
        masks += [band == number for number in range(count) if (band == number).any()]
    z = past.treated.astype(np.float64)
    promised = np.zeros(len(z)) if past.promised is None else past.promised
    sums = np.column_stack([z, 1 - z, z * promised, z * past.worth, (1 - z) * past.worth, z * y, (1 - z) * y])
    interval = work.settings.interval
    group = None if work.sample.group is None else work.sample.group.iloc[past.rows].astype(str).to_numpy()
    told = sum_intervals(
        np.column_stack([mask[:, None] * sums for mask in masks]),
        _figures,
        weight,
        groups=group,
        rounds=min(interval.rounds, max(100, _DRAWS // len(z))),
        level=interval.level,
        seed=work.settings.seed,
        undefined="nobody was contacted, or nobody left alone",
    )
    entries = [
        _entry(told[place * len(_FIGURES) : (place + 1) * len(_FIGURES)], past, mask, weight)
        for place, mask in enumerate(masks)
    ]
    return {"all": entries[0], "bands": entries[1:]}


def _figures(sums: Floats) -> Floats:
    """(rounds, figures of every group), from `_SUMS` sums a group."""
    out = []
    for first in range(0, sums.shape[1], _SUMS):
        z, c, promised, worth, worth_alone, left, left_alone = sums[:, first : first + _SUMS].T
        earned, kept = worth / z - worth_alone / c, left_alone / c - left / z
        out += [promised / z, earned, kept, promised / z - earned, left_alone / c, left / z]
    return np.column_stack(out)


def _entry(told: list[Interval], past: _Past, mask: NDArray[np.bool_], weight: Floats) -> dict[str, Any]:
    figures = {name: asdict(one) for name, one in zip(_FIGURES, told, strict=True)}
    if past.promised is None:
        figures["promised"] = figures["gap"] = None  # type: ignore[assignment]
    inside = mask & past.treated
    return {
        "rows": int(mask.sum()),
        "contacted_rows": int(inside.sum()),
        "contacted_weight": float(weight[inside].sum()),
        **figures,
    }


def _random(work: Work, past: _Past) -> bool | None:
    """Whether nothing speaks against a control group drawn at random; None where there are too few customers to say."""
    from casestudies.models.uplift import balance, too_small

    y, weight = work.sample.y[past.rows], work.sample.weight[past.rows]
    if too_small(y, past.treated, weight) is not None:
        return None
    inside, treated = np.zeros(len(work.sample.y), dtype=bool), np.zeros(len(work.sample.y), dtype=bool)
    inside[past.rows], treated[past.rows] = True, past.treated
    return balance(campaign_of(work, Arms(inside, treated), past.rows), work.settings.seed).random
