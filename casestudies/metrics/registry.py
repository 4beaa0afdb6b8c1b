"""All metrics of a yes/no decision by the names that metrics.json uses."""

from __future__ import annotations

import re
from collections.abc import Callable

from casestudies.errors import UsageError, nearest, shown
from casestudies.metrics.accuracy import ACCURACY
from casestudies.metrics.ap import AP
from casestudies.metrics.auc import AUC
from casestudies.metrics.brier import BRIER
from casestudies.metrics.confusion import PRECISION, SENSITIVITY, SPECIFICITY
from casestudies.metrics.ece import ECE
from casestudies.metrics.expected_cost import EXPECTED_COST
from casestudies.metrics.f1 import F1
from casestudies.metrics.gini import GINI
from casestudies.metrics.ks import KS
from casestudies.metrics.lift_top_decile import LIFT_TOP_DECILE
from casestudies.metrics.log_loss import LOG_LOSS
from casestudies.metrics.metric import Metric
from casestudies.metrics.money_at import money_at_metric
from casestudies.metrics.precision_at import precision_at_metric
from casestudies.metrics.profit import PROFIT
from casestudies.metrics.savings import SAVINGS

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        *(SAVINGS, EXPECTED_COST, PROFIT),
        *(AUC, GINI, KS, AP, LIFT_TOP_DECILE),
        *(LOG_LOSS, BRIER, ECE),
        *(ACCURACY, F1, PRECISION, SENSITIVITY, SPECIFICITY),
    )
}


# metrics with a number of alerts in their name, e.g. precision_at_100: there is one for every k
_AT: dict[str, Callable[[int], Metric]] = {"precision_at": precision_at_metric, "money_at": money_at_metric}
_NUMBERED = re.compile(r"([a-z_]+)_([1-9]\d{0,8})")


def metric_named(name: str) -> Metric:
    """The metric of that name: one of METRICS, precision_at_<k> or money_at_<k>.

    Raises
    ------
    UsageError: there is none of that name; the nearest names are given.
    """
    if name in METRICS:
        return METRICS[name]
    match = _NUMBERED.fullmatch(name)
    if match is not None and match[1] in _AT:
        return _AT[match[1]](int(match[2]))
    advice = nearest(name, [*METRICS, *(f"{family}_100" for family in _AT)])
    raise UsageError(f"there is no metric {shown(name)}", advice=advice)
