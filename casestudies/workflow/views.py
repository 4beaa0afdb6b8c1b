"""The table seen from above, for the section on the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.models.views import views
from casestudies.workflow.compare import Sample
from casestudies.workflow.table_settings import TableSettings


def views_told(sample: Sample, kinds: Mapping[str, str], settings: TableSettings) -> dict[str, Any]:
    """`models.views.Views` of all rows as plain values; kinds: {column: kind} of the features."""
    return views(sample.frame, kinds, sample.y, sample.weight, settings.seed).to_dict()
