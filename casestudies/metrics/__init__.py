"""Metrics: one figure per file, each a weighted function; intervals, paired tests, curves and group tables over them.

`METRICS` holds all of them by the names that metrics.json uses. Where a figure has no meaning (one class only, nothing
acted on) it is nan, and the interval says why. Metrics with numbers of their own are made for the occasion, by name
(`metric_named("precision_at_100")`) or by a call (`empc_metric(Offer(...))`), and resampled like all others.
"""

from casestudies.metrics.accuracy import accuracy
from casestudies.metrics.ap import ap
from casestudies.metrics.auc import auc
from casestudies.metrics.bootstrap import Answers, Bootstrap, bootstrap
from casestudies.metrics.brier import brier
from casestudies.metrics.calibration import CalibrationCurve, calibration_curve
from casestudies.metrics.card_precision import CardPrecision, card_precision
from casestudies.metrics.cases import RowCosts
from casestudies.metrics.confusion import Confusion, confusion, precision, sensitivity, specificity
from casestudies.metrics.curves import PrecisionRecallCurve, RocCurve, precision_recall_curve, roc_curve
from casestudies.metrics.ece import ece
from casestudies.metrics.empc import empc, empc_metric, empc_share
from casestudies.metrics.expected_cost import expected_cost
from casestudies.metrics.f1 import f1
from casestudies.metrics.gini import gini
from casestudies.metrics.groups import GroupRow, group_table
from casestudies.metrics.intervals import Interval
from casestudies.metrics.ks import ks
from casestudies.metrics.lift_top_decile import lift_top_decile
from casestudies.metrics.log_loss import log_loss
from casestudies.metrics.metric import Metric
from casestudies.metrics.money_at import money_at
from casestudies.metrics.mpc import mpc, mpc_metric, mpc_share
from casestudies.metrics.paired import Paired, paired
from casestudies.metrics.precision_at import precision_at
from casestudies.metrics.profit import profit
from casestudies.metrics.registry import METRICS, metric_named
from casestudies.metrics.retained import Offer
from casestudies.metrics.savings import savings
from casestudies.metrics.uplift import Uplift, UpliftCurve, auuc, qini, uplift_curve, uplift_intervals

__all__ = [
    "METRICS",
    "Answers",
    "Bootstrap",
    "CalibrationCurve",
    "CardPrecision",
    "Confusion",
    "GroupRow",
    "Interval",
    "Metric",
    "Offer",
    "Paired",
    "PrecisionRecallCurve",
    "RocCurve",
    "RowCosts",
    "Uplift",
    "UpliftCurve",
    "accuracy",
    "ap",
    "auc",
    "auuc",
    "bootstrap",
    "brier",
    "calibration_curve",
    "card_precision",
    "confusion",
    "ece",
    "empc",
    "empc_metric",
    "empc_share",
    "expected_cost",
    "f1",
    "gini",
    "group_table",
    "ks",
    "lift_top_decile",
    "log_loss",
    "metric_named",
    "money_at",
    "mpc",
    "mpc_metric",
    "mpc_share",
    "paired",
    "precision",
    "precision_at",
    "precision_recall_curve",
    "profit",
    "qini",
    "roc_curve",
    "savings",
    "sensitivity",
    "specificity",
    "uplift_curve",
    "uplift_intervals",
]
