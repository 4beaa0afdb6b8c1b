"""Settings of the questions that churn alone asks: a past campaign's uplift, the last campaign read back, segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from casestudies.workflow.settings import Section

if TYPE_CHECKING:
    from casestudies.workflow.named import NamedColumns

Value = str | int | float | bool


class UpliftSettings(Section):
    """A past campaign that was sent at random (data.treatment), and how its effect is learnt."""

    contacted: Value | None = Field(
        None, description="Value of data.treatment that means contacted; needed unless it is a 0/1 or a yes/no column."
    )
    control: Value | None = Field(
        None, description="Value that means left alone on purpose; needed where there are more than two values."
    )
    among: str | None = Field(
        None, description="0/1 column that marks the rows of the randomised part; null: all rows."
    )
    propensity: Annotated[float, Field(gt=0, lt=1)] | str | None = Field(
        None, description="Chance of having been contacted, a number or a column; null: the share that was."
    )
    models: list[Literal["logistic", "lightgbm"]] = Field(
        ["logistic", "lightgbm"], min_length=1, max_length=2, description="What the uplift learners stand on."
    )

    def set_aside(self) -> dict[str, list[str]]:
        """{key: columns} that are read and must not be features."""
        named = {"uplift.among": self.among, "uplift.propensity": self.propensity}
        return {key: [name] for key, name in named.items() if isinstance(name, str)}


class LastCampaign(Section):
    """The last campaign, to be read back: what it promised, and what it earned against its own control group."""

    contacted: str | None = Field(
        None, description="Column that says who was contacted and who was left alone; null: data.treatment."
    )
    means: Value | None = Field(
        None, description="Its value that means contacted; needed unless it is a 0/1 or a yes/no column."
    )
    control: Value | None = Field(
        None, description="Its value that means left alone on purpose; needed where there are more than two values."
    )
    among: str | None = Field(
        None, description="0/1 column that marks the rows of the randomised part; null: that of uplift.among."
    )
    promised: str | None = Field(
        None, description="Column with the gain that contacting each customer was to bring, in money."
    )
    score: str | None = Field(
        None, description="Column with the score the list was made by, where no gain was promised: groups follow it."
    )
    offer: float | str | None = Field(None, description="What that offer cost when it was taken; null: cost.offer.")
    contact: float | str | None = Field(None, description="What contacting a customer cost then; null: cost.contact.")

    def set_aside(self) -> dict[str, list[str]]:
        """{key: columns} that are read and must not be features."""
        keys = ("contacted", "among", "promised", "score")
        return {f"campaign.last.{key}": [getattr(self, key)] for key in keys if getattr(self, key) is not None}


class SegmentSettings(Section):
    """Groups of customers that people can talk about."""

    method: Literal["bands", "kmeans"] = Field(
        "bands",
        description="bands: high, middle and low of each column, from quintiles; kmeans: groups found by k-means, if stable.",
    )
    columns: list[str] = Field(
        [],
        max_length=12,
        description="Columns to group by: two or three for bands, numbers for kmeans; [] takes the value and the time with "
        "us (tenure_months, else the risk). 'risk' is the champion's probability, 'value' what a customer is worth.",
    )
    most: int = Field(6, ge=2, le=9, description="Groups at most, with kmeans.")
    words: dict[str, tuple[str, str]] = Field(
        {}, description="Column: the words for its low and its high end, e.g. tenure_months: [new, long with us]."
    )

    def check_columns(self, table: NamedColumns) -> None:
        """See `Settings.check_columns`."""
        own = ("risk", "value")
        for name in self.columns:
            if name not in own:
                table.own("segments.columns", name)
        for name in self.words:
            if name not in own:
                table.own("segments.words", name)
