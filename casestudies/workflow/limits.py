"""Budgets and capacities, which are for all rows together, where only a sample of the rows is judged."""

from __future__ import annotations

from dataclasses import replace

from casestudies.decisions import Rule
from casestudies.decisions.deciders import SHARED
from casestudies.errors import ConfigError
from casestudies.workflow.compare import Trained
from casestudies.workflow.large import Whole


def in_sample(rule: Rule, whole: Whole | None) -> Rule:
    """The rule as it holds among the rows drawn: of a limit for all rows they have their share.

    Raises
    ------
    ConfigError: a capacity of which not one row falls to the sample.
    """
    if whole is None or rule.kind not in SHARED or rule.level is None:
        return rule
    level = rule.level * whole.share
    if rule.kind == "budget":
        return replace(rule, level=level)
    if level < 1:
        raise ConfigError(
            f"{rule.level:,.0f} of {whole.totals.rows:,} rows are less than one of the {len(whole.positions):,} drawn, "
            "on which it would be judged",
            where="decide.capacity",
            advice="choose fewer rows by data.where, or write a larger one",
        )
    return replace(rule, level=float(round(level)))


def for_file(trained: Trained, whole: Whole | None, rule: Rule) -> Trained:
    """The model with its rule as it was asked for, not as it held among the rows drawn."""
    if whole is None or rule.kind not in SHARED:
        return trained
    return replace(trained, decider=replace(trained.decider, level=rule.level))
