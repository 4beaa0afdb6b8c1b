"""The settings of what a fraud team asks: how many alerts a day, which rules it has, how much novelty may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from casestudies.errors import ConfigError, shown
from casestudies.workflow.settings import Section, basic

if TYPE_CHECKING:
    from casestudies.workflow.named import NamedColumns


class Alerts(Section):
    """How much a team can look at."""

    per_day: int = basic(100, ge=1, le=10**7, description="Alerts that can be looked at on a day.")
    unit: Literal["card", "transaction"] = Field(
        "card",
        description="What one alert is: a card with all it did that day, or one transaction; without cards the latter.",
    )
    first: int = Field(100, ge=1, le=10**7, description="The foremost alerts of all judged days that are told apart.")


class Rules(Section):
    """The rules in use today."""

    columns: list[str] = basic(
        [], max_length=30, description="Columns that say 1 where a rule alerts and 0 where not; never features."
    )

    def check_columns(self, table: NamedColumns) -> None:
        """See `Settings.check_columns`.

        Raises
        ------
        ConfigError: no such column, a rule named twice, or one whose cells are not 0 and 1.
        """
        from casestudies.fraud.flags import fired

        for name in self.columns:
            if self.columns.count(name) > 1:
                raise ConfigError(f"{shown(name)} stands there twice", where="rules.columns", advice="name it once")
            values = fired(table.checked.frame[table.own("rules.columns", name)])
            if values is None:
                raise ConfigError(
                    f"{shown(name)} does not hold 0 and 1 in every row",
                    where="rules.columns",
                    advice="write 1 where the rule alerts and 0 where it does not",
                )


class Novelty(Section):
    """Alerts on transactions unlike any that is known."""

    extra: int | None = Field(
        None, ge=1, le=10**7, description="Further alerts that novelty may raise; null: a tenth of the model's."
    )
    autoencoder: bool = Field(
        False, description="Train an autoencoder beside the isolation forest; needs torch, whose loading takes seconds."
    )
