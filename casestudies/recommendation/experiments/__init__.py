"""Tests of recommendations: a retailer's own read from a file, simulated ones of policies, and how large they must be."""

from casestudies.recommendation.experiments.analysis import Analysis, analyse_experiment
from casestudies.recommendation.experiments.demo import DEMO, demo_experiment
from casestudies.recommendation.experiments.effects import Effect
from casestudies.recommendation.experiments.experiment import Experiment, Factor
from casestudies.recommendation.experiments.interleaving import Preference, interleave, preference
from casestudies.recommendation.experiments.offline import Estimate, ips, snips
from casestudies.recommendation.experiments.policies import Log, Policy, Shop, simulate
from casestudies.recommendation.experiments.power import SampleSize, sample_size
from casestudies.recommendation.experiments.reading import read_experiment
from casestudies.recommendation.experiments.told import experiments_told, read_test
from casestudies.recommendation.experiments.truth import HeldOut, Planted, Truth
from casestudies.recommendation.experiments.verdict import Verdict

__all__ = [
    "DEMO",
    "Analysis",
    "Effect",
    "Estimate",
    "Experiment",
    "Factor",
    "HeldOut",
    "Log",
    "Planted",
    "Policy",
    "Preference",
    "SampleSize",
    "Shop",
    "Truth",
    "Verdict",
    "analyse_experiment",
    "demo_experiment",
    "experiments_told",
    "interleave",
    "ips",
    "preference",
    "read_experiment",
    "read_test",
    "sample_size",
    "simulate",
    "snips",
]
