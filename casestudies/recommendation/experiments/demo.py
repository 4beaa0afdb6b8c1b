"""A synthetic test of a shop: lists of recommendations on or off, times reasons shown or not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from casestudies.recommendation.asked.experiments import Experiments

UNITS = 24_000
BASE, LIST, REASONS, TOGETHER = 0.10, 0.02, 0.0, 0.05  # planted: chance of buying, and what is added to it
_DAYS, _START = 21, 1_772_409_600  # 2026-03-02, a Monday
_SHAPE = 0.7  # of the gamma distribution of how keen customers are: few buy much, many hardly at all

DEMO = Experiments(
    unit="customer",
    arms=["list", "reasons"],
    outcome="bought",
    before="orders_before",
    time="entered",
    look=["device"],
    control={"list": "off", "reasons": "hidden"},
    planned_units=UNITS,
    worth=0.005,
    value_per_success=12.0,
    per_day=1_200.0,
)


def demo_experiment(seed: int, units: int = UNITS) -> pd.DataFrame:
    """One row a customer: customer, device, entered, list (off/on), reasons (hidden/shown), orders_before, bought (0/1).

    Synthetic. The list adds 2 points to 10 % who buy; reasons without a list add nothing, with one 5 points. Orders of
    the eight weeks before tell who buys anyway.
    """
    random = np.random.default_rng([seed, 61])
    keen = random.gamma(_SHAPE, 1.0 / _SHAPE, units)  # mean 1
    on, shown = random.random(units) < 0.5, random.random(units) < 0.5
    orders = random.poisson(3.0 * keen)
    lift = LIST * on + REASONS * shown + TOGETHER * (on & shown)
    chance = np.minimum(BASE * keen + lift, 1.0)
    entered = _START + np.sort(random.integers(0, _DAYS * 86_400, units))
    return pd.DataFrame(
        {
            "customer": [f"C-{number:06d}" for number in random.permutation(units) + 1],
            "device": random.choice(["phone", "computer", "tablet"], units, p=[0.6, 0.3, 0.1]),
            "entered": pd.to_datetime(entered, unit="s").strftime("%Y-%m-%d %H:%M:%S"),
            "list": np.where(on, "on", "off"),
            "reasons": np.where(shown, "shown", "hidden"),
            "orders_before": orders,
            "bought": (random.random(units) < chance).astype(int),
        }
    )
