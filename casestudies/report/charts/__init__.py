"""Charts, one a function: arrays in, a `Figure` out, with its Vega-Lite spec, its text and the table behind it.

Nothing here computes a result beyond what a picture needs (bins, thinning, a curve's points). Every chart draws at most
1,500 marks, whatever comes in, and the same ones each time.
"""

from casestudies.report.charts.alerts import alert_curves, precision_recall
from casestudies.report.charts.calibration import calibration, calibration_beside
from casestudies.report.charts.card import card_points
from casestudies.report.charts.cases import case_two_ways, waterfall
from casestudies.report.charts.curves import curves_and_rows
from casestudies.report.charts.dependence import dependence, dependence_beside
from casestudies.report.charts.drift import drift
from casestudies.report.charts.experiment import two_intervals
from casestudies.report.charts.film_quality import film_quality
from casestudies.report.charts.fits import regularisation_path, trace
from casestudies.report.charts.frontier import frontier
from casestudies.report.charts.gaps import missingness
from casestudies.report.charts.grouped import grouped_dots
from casestudies.report.charts.importance import importance
from casestudies.report.charts.intervals import dot_whisker
from casestudies.report.charts.landscape import landscape
from casestudies.report.charts.lanes import lanes
from casestudies.report.charts.learning import learning, learning_curve
from casestudies.report.charts.margins import margins
from casestudies.report.charts.money import money_table, profit_curve
from casestudies.report.charts.months import by_month
from casestudies.report.charts.net_benefit import net_benefit
from casestudies.report.charts.price_ratio import price_ratio
from casestudies.report.charts.promise import promise
from casestudies.report.charts.ranking import ranking_curves, score_histogram
from casestudies.report.charts.risk_return import risk_return
from casestudies.report.charts.searches import pareto, search_history
from casestudies.report.charts.second_reader import second_reader
from casestudies.report.charts.selection import selection
from casestudies.report.charts.severities import severities
from casestudies.report.charts.stakes import stakes
from casestudies.report.charts.survival import survival
from casestudies.report.charts.swarm import beeswarm
from casestudies.report.charts.tracking import tracking
from casestudies.report.charts.tradeoff import tradeoff
from casestudies.report.charts.views import views

__all__ = [
    "alert_curves",
    "beeswarm",
    "by_month",
    "calibration",
    "calibration_beside",
    "card_points",
    "case_two_ways",
    "curves_and_rows",
    "dependence",
    "dependence_beside",
    "dot_whisker",
    "drift",
    "film_quality",
    "frontier",
    "grouped_dots",
    "importance",
    "landscape",
    "lanes",
    "learning",
    "learning_curve",
    "margins",
    "missingness",
    "money_table",
    "net_benefit",
    "pareto",
    "precision_recall",
    "price_ratio",
    "profit_curve",
    "promise",
    "ranking_curves",
    "regularisation_path",
    "risk_return",
    "score_histogram",
    "search_history",
    "second_reader",
    "selection",
    "severities",
    "stakes",
    "survival",
    "trace",
    "tracking",
    "tradeoff",
    "two_intervals",
    "views",
    "waterfall",
]
