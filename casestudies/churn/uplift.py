"""What a past campaign really changed, customer by customer: uplift in place of an acceptance that is only assumed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.churn.arms import Arms, column_of, numbers_of, read_arms
from casestudies.formulas import Formula
from casestudies.models.segments import equal_bands
from casestudies.tabular.derive import CellColumns
from casestudies.tabular.folds import drawing_order, group_codes

if TYPE_CHECKING:
    from casestudies.churn.asking import UpliftSettings
    from casestudies.models.uplift import Balance, Base, Campaign, Uplift
    from casestudies.workflow.analyses import Work
    from casestudies.workflow.compare import Sample

Floats = NDArray[np.float64]

CONSTANT = "constant"  # as in models.uplift.effects, which is imported where it is used
MOST = 30_000  # customers learnt from; the rest are scored by what was learnt from these
_MANY, _BANDS = 5_000, (5, 10)  # customers from which the effect is shown by tenths and not by fifths
_SHOWN = 5  # columns of the balance table
_FOLDS = 5
_ROUNDS = 200  # of the Qini's interval: each sorts all customers
_ENOUGH = 50  # customers of each arm, fewer say nothing of a group of them


@dataclass(frozen=True, eq=False)
class Effects:
    """What contacting changes for each customer of the table.

    Parameters
    ----------
    effect: (rows,) reduction of the chance of leaving by contact; negative: contact drives away.
    error: (rows,) its standard error. risk: (rows,) chance of leaving if not contacted.
    name: which view of the effect was chosen, in words. one_number: it is the same for all, or the same share of the risk.
    """

    effect: Floats
    error: Floats
    risk: Floats
    name: str
    one_number: bool


@dataclass(frozen=True, eq=False)
class Estimate:
    """What was learnt from the campaign. rows: (campaign,) positions in the table of those learnt from."""

    rows: NDArray[np.intp]
    of: int
    campaign: Campaign
    balance: Balance
    uplift: Uplift
    effects: Effects


@lru_cache(maxsize=1)  # two questions of one run want the same answer: what it changed, and whom to contact
def estimate(work: Work) -> Estimate | str | None:
    """The effect of the campaign in data.treatment; None without one, and in words why nothing can be learnt from it."""
    from casestudies.models.uplift import balance, learn, propensities, too_small

    column = work.loaded.column("treatment")
    if column is None:
        return None
    settings = work.settings.uplift
    arms = _arms(work, column, settings)
    rows = _drawn(work, arms)
    reason = too_small(work.sample.y[rows], arms.treated[rows], work.sample.weight[rows])
    if reason is not None:
        return reason
    campaign = campaign_of(work, arms, rows, settings.propensity)
    told = balance(campaign, work.settings.seed)
    if settings.propensity is None and not told.random:
        campaign = campaign.sent_with(propensities(campaign))
    found = learn(campaign, _bases(work, settings))
    effect, error, risk = found.learnt.at(work.sample.frame)
    effect[rows], error[rows], risk[rows] = found.effect, found.error, found.without
    effects = Effects(effect, error, risk, found.chosen.name, found.chosen.one_number)
    return Estimate(rows, int(arms.inside.sum()), campaign, told, found, effects)


def effects_of(work: Work) -> Effects | None:
    """What contacting changes for each customer of the table; None without a campaign that can be learnt from."""
    found = estimate(work)
    return found.effects if isinstance(found, Estimate) else None


def uplift_told(work: Work) -> dict[str, Any] | None:
    """analysis/uplift.json: whether the campaign was random, what it changed, and for whom; None without a campaign."""
    found = estimate(work)
    if found is None:
        return None
    if isinstance(found, str):
        return {"skipped": found}
    campaign, uplift = found.campaign, found.uplift
    given = work.settings.uplift.propensity
    return {
        "rows": len(found.rows),
        "of": found.of,
        "arms": {"contacted": _arm(campaign, campaign.treated), "control": _arm(campaign, ~campaign.treated)},
        "balance": {
            "random": found.balance.random,
            "auc": found.balance.auc,
            "usual": found.balance.usual,
            "p_value": found.balance.p_value,
            "columns": [asdict(one) | {"clear": one in found.balance.apart} for one in found.balance.columns[:_SHOWN]],
            "propensity": "given" if given is not None else "share" if found.balance.random else "estimated",
        },
        "candidates": [asdict(one) for one in uplift.candidates],
        "chosen": asdict(uplift.chosen),
        "best": min(uplift.candidates, key=lambda one: one.loss).name,
        "line": list(uplift.line),
        **_means(work, found),
        "assumed": _assumed(work, found.rows),
        "bands": _bands(work, found),
        "qini": _qini(work, found),
        "against": _against(work, found),
    }


def _arms(work: Work, column: str, settings: UpliftSettings) -> Arms:
    arms = read_arms(work.loaded.checked, column, "uplift", settings.contacted, settings.control)
    return randomised(work, arms, settings.among, "uplift.among")


def randomised(work: Work, arms: Arms, among: str | None, key: str) -> Arms:
    """The rows of the randomised part that have weight; among: the column that marks it, and key: its setting."""
    if among is not None:
        checked = work.loaded.checked
        arms = arms.within(read_arms(checked, column_of(checked, among, key), key).treated)
    return arms.within(work.sample.weight > 0)


def _drawn(work: Work, arms: Arms) -> NDArray[np.intp]:
    """Positions of the customers learnt from, ascending; where there are too many, as many of each arm and outcome."""
    rows = np.flatnonzero(arms.inside)
    if len(rows) <= MOST:
        return rows
    random = np.random.default_rng([work.settings.seed, 52])
    kind = 2 * arms.treated[rows] + (work.sample.y[rows] > 0)
    order = rows[np.lexsort((random.random(len(rows)), kind))]
    return np.sort(order[np.linspace(0, len(order) - 1, MOST).round().astype(np.intp)])


def campaign_of(work: Work, arms: Arms, rows: NDArray[np.intp], given: float | str | None = None) -> Campaign:
    """These rows as a campaign. given: the chance of contact, or the column with it; None = the share contacted."""
    from casestudies.models.uplift import Campaign

    part = work.sample.take(rows)
    treated = arms.treated[rows]
    if isinstance(given, str):
        propensity = numbers_of(work.loaded.checked, given, "uplift.propensity")[rows]
    else:
        share = float(np.average(treated, weights=part.weight)) if len(rows) else 0.5
        propensity = np.full(len(rows), share if given is None else float(given))
    kinds = {str(name): work.kinds[str(name)] for name in part.frame}
    group = group_codes(part.group)
    folds = _folds(part, treated, np.arange(len(rows)) if group is None else group, work.settings.seed)
    return Campaign(part.frame, kinds, part.y, treated, part.weight, propensity, folds, group)


def _folds(part: Sample, treated: NDArray[np.bool_], unit: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    """(rows,) fold of each row: whole units, with like shares of both arms and outcomes, whatever the order of rows.

    A fold must hold leavers of both arms, which folds balanced by outcome alone do not promise.
    """
    drawn = pd.util.hash_array(drawing_order(part.frame) ^ np.uint64(seed))
    order = np.lexsort((drawn, 2 * treated + (part.y > 0), unit))
    last = order[np.append(np.diff(unit[order]) > 0, True)]  # of each unit its rarest row stands for it
    dealt = last[np.lexsort((drawn[last], 2 * treated[last] + (part.y[last] > 0)))]
    fold = np.empty(int(unit.max()) + 1, dtype=np.intp)
    fold[unit[dealt]] = np.arange(len(dealt)) % _FOLDS
    return fold[unit]


def _bases(work: Work, settings: UpliftSettings) -> list[Base]:
    from casestudies.models.uplift import Linear, Trees

    known: dict[str, Base] = {"logistic": Linear(work.kinds), "lightgbm": Trees(work.kinds, seed=work.settings.seed)}
    return [base for name, base in known.items() if name in settings.models]


def _arm(campaign: Campaign, arm: NDArray[np.bool_]) -> dict[str, Any]:
    left = float(np.average(campaign.y[arm], weights=campaign.weight[arm]))
    return {"rows": int(arm.sum()), "share": float(np.average(arm, weights=campaign.weight)), "left": left}


def _resampling(work: Work, group: NDArray[np.intp] | None) -> dict[str, Any]:
    """How intervals are drawn."""
    interval = work.settings.interval
    return {"groups": group, "rounds": interval.rounds, "level": interval.level, "seed": work.settings.seed}


def _means(work: Work, found: Estimate) -> dict[str, Any]:
    """The mean effect, the share that would leave uncontacted, and what share of those stays because of contact."""
    from casestudies.metrics.sums import sum_intervals

    uplift, campaign = found.uplift, found.campaign
    sums = np.column_stack([uplift.scores, uplift.leaving, np.ones(len(uplift.scores))])
    effect, leaving, acceptance = sum_intervals(
        sums,
        lambda s: np.column_stack([s[:, 0] / s[:, 2], s[:, 1] / s[:, 2], s[:, 0] / s[:, 1]]),
        campaign.weight,
        **_resampling(work, campaign.group),
    )
    return {"effect": asdict(effect), "leaving": asdict(leaving), "acceptance": asdict(acceptance)}


def _assumed(work: Work, rows: NDArray[np.intp]) -> float | None:
    """The acceptance that the settings assume, on average over these customers."""
    accept = work.settings.cost.accept
    if accept is None:
        return None
    columns = CellColumns.of_checked(work.loaded.checked)
    values = Formula(accept, where="cost.accept").numbers(columns, len(work.sample.y))
    return float(np.average(values[rows], weights=work.sample.weight[rows]))


def _bands(work: Work, found: Estimate) -> list[dict[str, Any]]:
    """Customers in fifths or tenths, from where contact is expected to help most; observed against expected."""
    from casestudies.metrics.means import mean_intervals

    uplift, campaign = found.uplift, found.campaign
    count = _BANDS[len(uplift.effect) >= _MANY]
    order = uplift.without if found.effects.name == CONSTANT else uplift.effect
    band = equal_bands(-order, campaign.weight, count)
    out = []
    for number in range(count):
        rows = band == number
        if not campaign.weight[rows].any():
            continue
        group = None if campaign.group is None else campaign.group[rows]
        seen = mean_intervals(uplift.scores[rows, None], campaign.weight[rows], **_resampling(work, group))[0]
        mean = {
            name: float(np.average(values[rows], weights=campaign.weight[rows]))
            for name, values in (("expected", uplift.effect), ("risk", uplift.without))
        }
        out.append({"band": number + 1, "rows": int(rows.sum()), **mean, "observed": asdict(seen)})
    return out


def _qini(work: Work, found: Estimate) -> dict[str, Any] | None:
    """How well the view ranks customers by what contact does for them; None where it ranks nobody."""
    from casestudies.metrics.uplift import uplift_intervals

    campaign, effect = found.campaign, found.uplift.effect
    if found.effects.name == CONSTANT:
        return None
    chance = np.where(campaign.treated, campaign.propensity, 1.0 - campaign.propensity)
    weight = campaign.weight if np.ptp(campaign.propensity) == 0 else campaign.weight / chance
    how = _resampling(work, campaign.group)
    how["rounds"] = min(how["rounds"], _ROUNDS)
    return asdict(uplift_intervals(1.0 - campaign.y, effect, campaign.treated, weight, **how).qini)


def _against(work: Work, found: Estimate) -> dict[str, Any] | None:
    """The customers whom contact is expected to drive away, and whether it did; None where there are too few to say."""
    from casestudies.metrics.means import mean_intervals

    uplift, campaign = found.uplift, found.campaign
    rows = uplift.effect < 0
    if min((rows & campaign.treated).sum(), (rows & ~campaign.treated).sum()) < _ENOUGH:
        return None
    group = None if campaign.group is None else campaign.group[rows]
    seen = mean_intervals(uplift.scores[rows, None], campaign.weight[rows], **_resampling(work, group))[0]
    share = float(np.average(rows, weights=campaign.weight))
    return {"rows": int(rows.sum()), "share": share, "observed": asdict(seen), "sure": bool(seen.high < 0)}
