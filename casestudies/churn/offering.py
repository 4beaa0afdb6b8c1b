"""Settings of a campaign: what may be offered, to whom not, and the control group. Nothing heavy is loaded here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from casestudies.churn.asking import LastCampaign
from casestudies.workflow.settings import Section, basic

if TYPE_CHECKING:
    from casestudies.churn.config import RetentionCost
    from casestudies.workflow.named import NamedColumns


class Offer(Section):
    """One way to keep a customer; what is not written is that of `cost`."""

    offer: float | str | None = Field(
        None, description="Cost of the offer where it is taken: a number, a column or a formula; null: cost.offer."
    )
    accept: float | str | None = Field(
        None, description="Probability that a leaving customer accepts it and stays; null: cost.accept."
    )
    contact: float | str | None = Field(
        None, description="Cost of making it to one customer, taken or not; null: cost.contact."
    )


class Campaign(Section):
    """Whom to contact, with which offer. The money and the hands are those of the decision: decide.budget, decide.capacity."""

    offers: dict[str, Offer] = basic(
        {},
        max_length=10,
        description="Name: offer, accept, contact; the best for each customer. {}: the one of `cost`.",
    )
    control: Literal["auto"] | Annotated[float, Field(ge=0, le=0.5)] = Field(
        "auto",
        description="Share of the list that is drawn by chance and not contacted, to measure what contacting does; auto: "
        "as many as that takes, a fifth at most.",
    )
    do_not_disturb: str | None = basic(None, description="Column that says who must not be contacted: 1, yes or true.")
    do_not_disturb_value: str | int | float | None = Field(
        None, description="The value of do_not_disturb that means so, where it is no yes or no."
    )
    contacted: str | None = Field(None, description="Column with the number of contacts in the period so far.")
    most_contacts: int | None = Field(
        None, ge=1, le=10_000, description="Contacts of one customer in the period at most; needs `contacted`."
    )
    last: LastCampaign = LastCampaign()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it names that say whom not to contact."""
        return tuple(name for name in (self.do_not_disturb, self.contacted) if name is not None)

    def set_aside(self) -> dict[str, list[str]]:
        """{key: columns} that are read here and must not be features."""
        keys = ("do_not_disturb", "contacted")
        own = {f"campaign.{key}": [getattr(self, key)] for key in keys if getattr(self, key) is not None}
        return {**own, **self.last.set_aside()}

    def check_columns(self, table: NamedColumns, cost: RetentionCost) -> None:
        """See `Settings.check_columns` and `offers.check`."""
        from casestudies.churn.offers import check

        check(self, table.checked, cost)
