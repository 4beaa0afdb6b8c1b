"""Settings held against the tables before anything is fitted: what would only be found out after the training."""

from __future__ import annotations

from typing import Any

from casestudies.errors import ConfigError
from casestudies.models.factorisation.filters import Filters
from casestudies.models.factorisation.ranking import Known
from casestudies.models.factorisation.sidefeatures import side_features
from casestudies.recommendation.pays import Margins
from casestudies.tabular.interactions import Interactions


def refuse_early(data: Interactions, settings: Any) -> None:
    """Filters, margins and features that the tables of items and users do not have.

    Raises
    ------
    ConfigError: a column that is not there, a formula that is none, no item that passes. DataError: cells that a formula
        cannot read.
    """
    asked = settings.ranking
    Filters.of(data, where=asked.where, in_stock=asked.in_stock, kind=asked.kind, most=asked.most, least=asked.least)
    Known.of(data, asked.exclude_seen, asked.days)
    side_features(settings.model.features, data.items, data.users)
    if (asked.margin is not None or asked.keep_takes < 1) and Margins.of(data.items, asked.margin) is None:
        advice = "name a column in ranking.margin, or write 1"
        raise ConfigError("no item has a margin or a price", where="ranking.keep_takes", advice=advice)
