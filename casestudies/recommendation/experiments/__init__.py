"""Tests of recommendations: a retailer's own read from a file, simulated ones of policies, and how large they must be."""

from casestudies.recommendation.experiments.analysis import Analysis, analyse_experiment
from casestudies.recommendation.experiments.demo import DEMO, demo_experiment
from casestudies.recommendation.experiments.effects import Effect
from casestudies.recommendation.experiments.experiment import Experiment, Factor
from casestudies.recommendation.experiments.power import SampleSize, sample_size
from casestudies.recommendation.experiments.reading import read_experiment
from casestudies.recommendation.experiments.verdict import Verdict

__all__ = [
    "DEMO",
    "Analysis",
    "Effect",
    "Experiment",
    "Factor",
    "SampleSize",
    "Verdict",
    "analyse_experiment",
    "demo_experiment",
    "read_experiment",
    "sample_size",
]
