"""Charts, one a function: arrays in, a `Figure` out, with its Vega-Lite spec, its text and the table behind it.

Nothing here computes a result beyond what a picture needs (bins, thinning, a curve's points). Every chart draws at most
1,500 marks, whatever comes in, and the same ones each time.
"""

from casestudies.report.charts.calibration import calibration
from casestudies.report.charts.card import card_points
from casestudies.report.charts.cases import shap_beside_lime, waterfall
from casestudies.report.charts.dependence import dependence
from casestudies.report.charts.drift import drift
from casestudies.report.charts.fits import regularisation_path, trace
from casestudies.report.charts.gaps import missingness
from casestudies.report.charts.importance import importance
from casestudies.report.charts.intervals import dot_whisker
from casestudies.report.charts.money import money_table, profit_curve
from casestudies.report.charts.ranking import precision_recall, roc, score_histogram
from casestudies.report.charts.selection import selection
from casestudies.report.charts.swarm import beeswarm
from casestudies.report.charts.views import views

__all__ = [
    "beeswarm",
    "calibration",
    "card_points",
    "dependence",
    "dot_whisker",
    "drift",
    "importance",
    "missingness",
    "money_table",
    "precision_recall",
    "profit_curve",
    "regularisation_path",
    "roc",
    "score_histogram",
    "selection",
    "shap_beside_lime",
    "trace",
    "views",
    "waterfall",
]
