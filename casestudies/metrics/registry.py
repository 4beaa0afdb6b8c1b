"""All metrics of a yes/no decision by the names that metrics.json uses."""

from __future__ import annotations

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


def metric_named(name: str) -> Metric:
    """The metric of that name; an unknown one is a UsageError that gives the nearest names."""
    if name not in METRICS:
        raise UsageError(f"there is no metric {shown(name)}", advice=nearest(name, METRICS))
    return METRICS[name]
