"""What another policy would have earned, from the log of one that explored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from casestudies.errors import DataError, shown
from casestudies.recommendation.experiments.policies import Log

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """Expected takes a visit, with its interval. effective: visits of its own that would say as much."""

    value: float
    low: float
    high: float
    effective: float


def ips(log: Log, target: str, level: float = 0.95) -> Estimate:
    """Inverse propensity scoring: each take counts as often as the policy would have shown it more than the log did.

    Unbiased where the logging policy gives every item that `target` shows a chance above 0, takes do not depend on
    where in the list an item stands or on what stands beside it, and visits are counted one by one.

    Parameters
    ----------
    log: the visits of one exploring arm (`Log.of_arm`). target: a policy of the log's shop.

    Raises
    ------
    DataError: the logging policy never shows some of what the target shows.

    Source: Horvitz and Thompson 1952; of lists item by item: Li, Abbasi-Yadkori, Kveton, Muthukrishnan, Vinay and Wen 2018,
    "Offline evaluation of ranking policies with click models", KDD, the item-based estimator.
    """
    weight, earned = _weighed(log, target)
    return _estimate(earned, weight, level)


def snips(log: Log, target: str, level: float = 0.95) -> Estimate:
    """Self-normalised: divided by the weights that were met in place of those expected; a little biased, far less noisy.

    Source: Swaminathan and Joachims 2015, "The self-normalized estimator for counterfactual learning", NeurIPS.
    """
    weight, earned = _weighed(log, target)
    length = float((log.shop.lists[target][log.place] >= 0).sum(axis=1).mean())
    if weight.sum() == 0:
        raise DataError(f"no visit was shown an item of {shown(target)}", where="log", advice="log more visits")
    ratio = earned.sum() / weight.sum()
    parts = length * (ratio + (earned - ratio * weight) / weight.mean())
    return _estimate(parts, weight, level)


def _weighed(log: Log, target: str) -> tuple[Floats, Floats]:
    """(visits,) sum of weights, and of weights of what was taken."""
    names = np.unique(log.arm)
    if len(names) != 1:
        what = f"the log holds {len(names)} arms"
        raise DataError(what, where="log", advice="take the visits of the exploring arm, log.of_arm(name)")
    logging = log.shop.policies[log.names[int(names[0])]]
    same = logging.model is log.shop.policies[target].model
    if logging.epsilon == 0 and not same:
        what = f"{shown(logging.name)} shows no item by chance, so nothing is known of what {shown(target)} would show"
        raise DataError(what, where="log", advice="log an arm with epsilon above 0")
    wanted = log.shop.chance(target, log.place, log.items)
    weight = np.divide(wanted, log.propensity, out=np.zeros_like(wanted), where=log.propensity > 0)
    return weight.sum(axis=1), (weight * log.taken).sum(axis=1)


def _estimate(parts: Floats, weight: Floats, level: float) -> Estimate:
    value = float(parts.mean())
    half = float(norm.isf((1.0 - level) / 2.0) * parts.std(ddof=1) / np.sqrt(len(parts)))
    return Estimate(value, value - half, value + half, float(weight.sum() ** 2 / (weight @ weight)))
