"""What each offer costs and brings, customer by customer: the judged ones, and any others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.churn.listing import Money
from casestudies.churn.offering import Campaign, Offer
from casestudies.churn.offers import ONLY, HeldBack, held_back
from casestudies.churn.uplift import Estimate, estimate
from casestudies.decisions import Costs
from casestudies.decisions.retention import Retention
from casestudies.errors import CaseError, ConfigError, shown
from casestudies.formulas import ArrayColumns, Columns
from casestudies.metrics.sums import sum_intervals
from casestudies.rows import Array
from casestudies.tabular.derive import CellColumns

if TYPE_CHECKING:
    from casestudies.churn.config import RetentionCost
    from casestudies.workflow.analyses import Work
    from casestudies.workflow.table_settings import TableSettings

_PARTS = ("accept", "offer", "contact")
_DRAWS = 20_000_000  # of one bootstrap; of more rows fewer rounds say the same, 100 at least


@dataclass(frozen=True, eq=False)
class Offered:
    """One offer on some customers.

    Parameters
    ----------
    parts: clv, accept, offer and contact, (rows,) each. costs: what follows from them.
    """

    name: str
    parts: Mapping[str, Array]
    costs: Costs

    @classmethod
    def of(cls, name: str, parts: Mapping[str, Array]) -> Offered:
        terms = Retention("clv", "accept", "offer", "contact")
        return cls(name, parts, terms.on(ArrayColumns(parts), len(parts["clv"])))

    def take(self, rows: np.ndarray) -> Offered:
        parts = {part: values[rows] for part, values in self.parts.items()}
        return Offered(self.name, parts, self.costs.take(rows))

    def check(self, key: str) -> None:
        """Refuse an offer that can never pay, not even where the customer is sure to leave.

        Raises
        ------
        ConfigError: so in every row. key: the setting to look at.
        """
        if len(self.costs) and not (self.costs.caught > 0).any():
            dear = (self.parts["offer"] >= self.parts["clv"]).all()
            what = (
                "costs as much as the customer is worth"
                if dear
                else "does not pay, even where the customer is sure to leave,"
            )
            advice = "write a smaller cost, a larger acceptance, or another customer value (cost.clv)"
            raise ConfigError(f"the offer {shown(self.name)} {what} in every row", where=key, advice=advice)


def retentions(campaign: Campaign, cost: RetentionCost) -> dict[str, Retention]:
    """Each offer by name, what it leaves out being that of `cost`; the one of `cost` where the campaign lists none.

    Raises
    ------
    ConfigError: a formula that is not allowed, or a number that cannot be meant.
    """
    out = {}
    for name, offer in (campaign.offers or {ONLY: Offer()}).items():
        three = {part: getattr(cost, part) if getattr(offer, part) is None else getattr(offer, part) for part in _PARTS}
        try:
            out[name] = Retention(cost.clv, **three)
        except CaseError as error:
            raise _keyed(error, name, offer) from None
    return out


def offered(
    campaign: Campaign, cost: RetentionCost, columns: Columns, rows: int, *, new: bool = False
) -> tuple[Offered, ...]:
    """Each offer's money on `rows` rows.

    Parameters
    ----------
    new: rows to score, of which few may come at a time: an offer that pays for none of them is no mistake.

    Raises
    ------
    ConfigError: a formula names an unknown column, or an offer pays in no row.
    DataError: a value that is not finite, money below 0, or a probability outside 0 to 1.
    """
    out = []
    for name, terms in retentions(campaign, cost).items():
        offer = campaign.offers.get(name, Offer())
        try:
            one = Offered.of(name, terms.parts(columns, rows))
        except CaseError as error:
            raise _keyed(error, name, offer) from None
        if not new:
            one.check(_key("offer", name, offer))
        out.append(one)
    return tuple(out)


def columns_read(campaign: Campaign, cost: RetentionCost) -> set[str]:
    """The columns that new rows must have for the campaign: those of its formulas, and those that say whom to leave alone."""
    return {name for terms in retentions(campaign, cost).values() for name in terms.names} | set(campaign.columns)


def _key(part: str, name: str, offer: Offer) -> str:
    return f"cost.{part}" if getattr(offer, part) is None else f"campaign.offers.{name}.{part}"


def _keyed(error: CaseError, name: str, offer: Offer) -> CaseError:
    """The complaint about a part of an offer, under the key where that part was written."""
    where = error.where
    for part in _PARTS:
        if where == f"cost.{part}" or where.startswith(f"cost.{part},"):
            where = _key(part, name, offer) + where.removeprefix(f"cost.{part}")
            break
    return type(error)(error.what, where=where, advice=error.advice)


@dataclass(frozen=True, eq=False)
class Customers:
    """The judged customers as a campaign sees them.

    Parameters
    ----------
    p: (rows,) probability of leaving if left alone. y: (rows,) 1 = left. weight: (rows,).
    group: (rows,) labels of what must not be split apart in a resample; None where every row stands for itself.
    offers: what may be offered, on these rows. held: whom it must not be offered.
    alone: whether p is learnt from customers whom a past campaign left alone. The champion's mixes those who were
        contacted with those who were not, and is too low where contact helped.
    measured: how a past randomised campaign tells the effect of contacting, in words; None where it is only assumed.
    read: (rows,) each: customers kept by contacting one, and offers taken. As that campaign shows it, unbiased if noisy; of
        customers who were not in it by the acceptance of those who were.
    """

    p: Array
    y: Array
    weight: Array
    group: np.ndarray | None
    offers: tuple[Offered, ...]
    held: HeldBack
    alone: bool = False
    measured: str | None = None
    read: tuple[Array, Array] | None = None

    @classmethod
    def judged(cls, work: Work) -> Customers | None:
        """Those of a run, with the champion's probabilities and the acceptance assumed; None without an offer in money."""
        comparison = work.comparison
        settings: Any = work.settings
        p = comparison.judged[comparison.choice.champion].p
        if p is None or settings.cost.offer is None:
            return None
        rows, checked = comparison.rows, work.loaded.checked
        held = work.sample.take(rows)
        whole = offered(settings.campaign, settings.cost, CellColumns.of_checked(checked), len(checked.frame))
        return cls(
            p,
            held.y,
            held.weight,
            None if held.group is None else held.group.astype(str).to_numpy(),
            tuple(one.take(rows) for one in whole),
            held_back(settings.campaign, checked).take(rows),
        )

    @classmethod
    def measured_in(cls, work: Work) -> Customers | None:
        """The same, with what a past randomised campaign has shown of each customer in place of what is assumed.

        Contacting lowers a customer's chance of leaving, `risk`, by `effect`: of those who would leave, effect / risk stay.
        A campaign shows the effect of its own offer, so with several offers the acceptances assumed stay; the chance of
        leaving if left alone holds for all of them. On the demo, whose truth is known, the list by it earns a fifth more
        and over than that by a probability learnt from all (`tests/churn/test_past_campaign.py`).
        """
        customers = cls.judged(work)
        found = estimate(work)
        if customers is None or not isinstance(found, Estimate):
            return customers
        rows, effects = work.comparison.rows, found.effects
        p, offers = as_learnt(effects.effect[rows], effects.risk[rows], customers.offers)
        customers = replace(customers, p=p, offers=offers, alone=True)
        if len(offers) > 1:
            return customers
        parts = offers[0].parts
        kept, taken = customers.y * parts["accept"], 1.0 - customers.y * (1.0 - parts["accept"])
        place = np.full(len(work.sample.y), -1)
        place[found.rows] = np.arange(len(found.rows))
        at = place[rows]
        shown = found.uplift.scores[at]
        kept = np.where(at < 0, kept, shown)
        taken = np.where(at < 0, taken, 1.0 - (found.uplift.leaving[at] - shown))  # all who stay take the offer
        return replace(customers, measured=effects.name, read=(kept, taken))

    def __len__(self) -> int:
        return len(self.p)

    @property
    def clv(self) -> Array:
        return self.offers[0].parts["clv"]

    @cached_property
    def gain(self) -> Array:
        """(rows, offers) expected gain of each offer, of one customer."""
        return np.stack([one.costs.gain(self.p) for one in self.offers], axis=1)

    @cached_property
    def spend(self) -> Array:
        """(rows, offers) expected spending."""
        return np.stack([one.costs.spend(self.p) for one in self.offers], axis=1)

    @cached_property
    def realised(self) -> Array:
        """(rows, offers) gain with the outcome known: whoever left is kept with the probability `accept`.

        Where a past campaign can be read, its gain instead, which assumes nothing.
        """
        if self.read is not None:
            return read_gain(self.offers[0].parts, *self.read)[:, None]
        return np.stack([-one.costs.slope(self.y) for one in self.offers], axis=1)

    @cached_property
    def money(self) -> Money:
        """What a list of them is made by."""
        w = self.weight[:, None]
        accept = np.stack([one.parts["accept"] for one in self.offers], axis=1)
        return Money(self.gain * w, self.spend * w, self.p, self.p[:, None] * accept, self.weight)

    @cached_property
    def best(self) -> np.ndarray:
        """(rows,) the offer of largest expected gain, where money is no limit."""
        return np.argmax(self.gain, axis=1)

    def of(self, values: Array, offer: np.ndarray) -> Array:
        """(rows,) of `values` (rows, offers), those of the offer that each customer gets; 0 where it is -1, none."""
        made = np.take_along_axis(values, np.maximum(offer, 0)[:, None], axis=1)[:, 0]
        return np.where(offer >= 0, made, 0.0)


def as_learnt(effect: Array, risk: Array, offers: tuple[Offered, ...]) -> tuple[Array, tuple[Offered, ...]]:
    """(rows,) the chance of leaving if left alone, and the offers as a past campaign has shown them.

    Parameters
    ----------
    effect, risk: (rows,) by how much contact lowers the chance of leaving, and that chance without it.
    offers: as assumed. The acceptance of an only offer is taken from the campaign.
    """
    p = np.clip(risk, 0.0, 1.0)
    if len(offers) > 1:
        return p, offers
    stay = np.clip(np.divide(effect, p, out=np.zeros(len(p)), where=p > 0), 0.0, 1.0)
    return p, (Offered.of(offers[0].name, {**offers[0].parts, "accept": stay}),)


def read_gain(parts: Mapping[str, Array], kept: Array, taken: Array) -> Array:
    """(rows,) what contacting brings: the value of those kept, less the contact and the offers that were taken."""
    return parts["clv"] * kept - parts["contact"] - parts["offer"] * taken


def totals(customers: Customers, columns: Mapping[str, Array], settings: TableSettings) -> dict[str, dict[str, float]]:
    """Sums of (rows,) amounts over the customers, with intervals, all on the same resamples: {name: {value, low, high}}."""
    intervals = sum_intervals(
        np.stack(list(columns.values()), axis=1),
        lambda sums: sums,
        customers.weight,
        groups=customers.group,
        rounds=rounds_of(customers, settings),
        level=settings.interval.level,
        seed=settings.seed,
    )
    return {
        name: {"value": one.value, "low": one.low, "high": one.high}
        for name, one in zip(columns, intervals, strict=True)
    }


def rounds_of(customers: Customers, settings: TableSettings) -> int:
    """Bootstrap rounds: as asked for, fewer where there are very many customers."""
    return min(settings.interval.rounds, max(100, _DRAWS // max(1, len(customers))))
