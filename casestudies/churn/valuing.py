"""Settings of where customers and their values come from: the file of transactions, the snapshot, what one is worth.

Nothing heavy is loaded here: the settings of every study are read before anything is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from casestudies.errors import ConfigError
from casestudies.workflow.settings import Read, Section, basic

if TYPE_CHECKING:
    from casestudies.models.customers import Terms

CUSTOMER, AS_OF, LEFT = "customer", "as_of", "left"  # the contract's names
Way = Literal["given", "margin", "contractual", "transactions"]
_MOST = 60  # dates


class Transactions(Section):
    """The file data.files.transactions: one event of one customer a row."""

    customer: str = basic("customer", description="Column with the customer, as the table calls it too.")
    time: str = basic("time", description="Column with the date or time of the event.")
    amount: str | None = basic(None, description="Column with the money of the event; null: there is none.")
    kind: str | None = Field(None, description="Column with the kind of event, e.g. purchase or complaint.")
    format: str | None = Field(None, max_length=40, description="Date format of `time`, e.g. '%Y%m%d'; null: found.")
    purchases: list[str] = Field([], description="Kinds of event that are purchases; [] means all.")
    read: Read = Read()


class Snapshot(Section):
    """One row a customer and date, built from data.files.transactions where there is no table of its own.

    Features are made of events before the date; left = no event later than date + gap and up to date + gap + horizon.
    """

    date: str | list[str] | None = basic(
        None, description="The date, e.g. 2025-01-01, or several: a snapshot each, with the date as the row's time."
    )
    gap: int = basic(0, ge=0, le=3_650, description="Days after the date that nobody looks at, to act in.")
    horizon: int = basic(
        90, ge=1, le=3_650, description="Days after the gap in which an event shows that the customer stays."
    )
    active: int | None = Field(
        None,
        ge=1,
        le=36_500,
        description="Days before the date in which a customer had an event; null: as the horizon.",
    )
    windows: list[int] = Field(
        [30, 90, 365], min_length=1, max_length=10, description="Days to look back for counts and amounts."
    )
    kinds: list[str] = Field(
        [], description="Kinds of event that show that a customer is there, e.g. [purchase]; [] means all."
    )

    @property
    def lookback(self) -> int:
        """Days before the date in which a customer of the snapshot had an event."""
        return self.horizon if self.active is None else self.active

    @property
    def dates(self) -> list[int]:
        """Days since 1970, in order, each once. Raises ConfigError for what is no date."""
        from casestudies.tabular.events import days

        given = [] if self.date is None else [self.date] if isinstance(self.date, str) else self.date
        if not given:
            raise ConfigError("no date is given", where="snapshot.date", advice="write one, e.g. 2025-01-01")
        if len(given) > _MOST:
            raise ConfigError(f"{len(given)} dates", where="snapshot.date", advice=f"give at most {_MOST}")
        return sorted({days(one, "snapshot.date") for one in given})


class Value(Section):
    """What a customer who stays is worth (customer lifetime value), as the column clv."""

    way: Way = basic(
        "given",
        description="given: the file has it, or cost.clv says it; margin: margin x horizon; contractual: by the chance to stay "
        "at each tenure; transactions: from the purchases in data.files.transactions.",
    )
    margin: float | str | None = basic(
        None,
        description="What a customer earns in a period: a number, a column or a formula, e.g. 0.3 * monthly_price.",
    )
    period: Literal["day", "week", "month", "year"] = Field(
        "month", description="The period of margin, tenure, horizon and window."
    )
    horizon: float = basic(12.0, gt=0, le=36_500, description="Periods from now on that count.")
    discount: float = Field(
        0.1, ge=0, le=5, description="Interest a year by which later money counts less; not for way: margin."
    )
    tenure: str | None = basic(None, description="Column with the periods a customer has completed; contractual.")
    table: Literal["snapshot", "cohort"] = Field(
        "snapshot",
        description="snapshot: those who were customers at a date, at risk from then on; cohort: all who ever began, watched "
        "from their first day.",
    )
    window: int = Field(1, ge=1, le=1_000, description="Periods that the outcome covers, e.g. 3 for left in 3 months.")
    curve: Literal["model", "life_table"] = Field(
        "model", description="model: shifted-beta-geometric; life_table: as counted (Kaplan-Meier)."
    )
    by: str | None = Field(None, description="Column whose levels have a curve of their own, e.g. contract.")
    customer: str | None = Field(
        None,
        description="Column that says which customer of the transactions a row is of; null: data.group, else data.id.",
    )
    share: float = Field(1.0, gt=0, le=1, description="Share of a purchase's amount that is margin; transactions.")
    as_of: str | None = Field(
        None, max_length=10, description="Only purchases before this date count; null: before the date of each row."
    )
    alive: bool = Field(
        True,
        description="The value of a customer who is one still, since the model's own probability of leaving counts once; "
        "false: times the chance to be alive; transactions.",
    )
    holdout: float = Field(
        0.5,
        ge=0,
        le=0.8,
        description="Last share of the time that the check of the purchase model predicts where no later purchases are in "
        "the file; 0: no check.",
    )
    features: bool = Field(
        False, description="Whether a customer's frequency, recency and the like become features too; transactions."
    )

    @property
    def days(self) -> float:
        """Days of a period."""
        from casestudies.models.customers.purchases import YEAR

        return {"day": 1.0, "week": 7.0, "month": YEAR / 12, "year": YEAR}[self.period]

    @property
    def rate(self) -> float:
        """Interest of a period."""
        from casestudies.models.customers.purchases import YEAR

        return float((1 + self.discount) ** (self.days / YEAR) - 1)

    @property
    def terms(self) -> Terms:
        from casestudies.models.customers import Terms

        return Terms(self.horizon * self.days, self.discount, self.share, self.alive)
