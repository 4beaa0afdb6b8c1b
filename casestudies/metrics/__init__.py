"""Metrics: one figure per file, each a weighted function; intervals, paired tests, curves and group tables over them.

`METRICS` holds all of them by the names that metrics.json uses. Where a figure has no meaning (one class only, nothing
acted on) it is nan, and the interval says why.
"""

from casestudies.metrics.accuracy import accuracy
from casestudies.metrics.ap import ap
from casestudies.metrics.auc import auc
from casestudies.metrics.bootstrap import Answers, Bootstrap, bootstrap
from casestudies.metrics.brier import brier
from casestudies.metrics.calibration import CalibrationCurve, calibration_curve
from casestudies.metrics.cases import RowCosts
from casestudies.metrics.confusion import Confusion, confusion, precision, sensitivity, specificity
from casestudies.metrics.curves import PrecisionRecallCurve, RocCurve, precision_recall_curve, roc_curve
from casestudies.metrics.ece import ece
from casestudies.metrics.expected_cost import expected_cost
from casestudies.metrics.f1 import f1
from casestudies.metrics.gini import gini
from casestudies.metrics.groups import GroupRow, group_table
from casestudies.metrics.intervals import Interval
from casestudies.metrics.ks import ks
from casestudies.metrics.lift_top_decile import lift_top_decile
from casestudies.metrics.log_loss import log_loss
from casestudies.metrics.metric import Metric
from casestudies.metrics.paired import Paired, paired
from casestudies.metrics.profit import profit
from casestudies.metrics.registry import METRICS
from casestudies.metrics.savings import savings

__all__ = [
    "METRICS",
    "Answers",
    "Bootstrap",
    "CalibrationCurve",
    "Confusion",
    "GroupRow",
    "Interval",
    "Metric",
    "Paired",
    "PrecisionRecallCurve",
    "RocCurve",
    "RowCosts",
    "accuracy",
    "ap",
    "auc",
    "bootstrap",
    "brier",
    "calibration_curve",
    "confusion",
    "ece",
    "expected_cost",
    "f1",
    "gini",
    "group_table",
    "ks",
    "lift_top_decile",
    "log_loss",
    "paired",
    "precision",
    "precision_recall_curve",
    "profit",
    "roc_curve",
    "savings",
    "sensitivity",
    "specificity",
]
