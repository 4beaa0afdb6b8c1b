"""Drift: have the rows changed since a model was fitted, and by more than chance moves them?

A `Reference` keeps how training rows fell into a few bins of each column; a `Tally` counts later rows into the same
bins, piece by piece; `drift` compares the two and holds its false alarms for the whole report.
"""

from casestudies.tabular.drift.compared import Drift, absent, drift
from casestudies.tabular.drift.psi import EPSILON, chance_limit, csi, csi_limit, psi
from casestudies.tabular.drift.reference import SCORE, Reference, Watched
from casestudies.tabular.drift.tally import Tally

__all__ = [
    "EPSILON",
    "SCORE",
    "Drift",
    "Reference",
    "Tally",
    "Watched",
    "absent",
    "chance_limit",
    "csi",
    "csi_limit",
    "drift",
    "psi",
]
