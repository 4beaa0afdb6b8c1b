"""The question `experiments`: a test of the retailer's own, a simulated one of the study's models, and the size of the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError
from casestudies.metrics.means import mean_intervals
from casestudies.models.factorisation.ranking import Known
from casestudies.recommendation.asked.experiments import Experiments
from casestudies.recommendation.experiments.analysis import analyse_experiment
from casestudies.recommendation.experiments.demo import DEMO, demo_experiment
from casestudies.recommendation.experiments.experiment import Experiment
from casestudies.recommendation.experiments.interleaving import interleave
from casestudies.recommendation.experiments.offline import ips, snips
from casestudies.recommendation.experiments.policies import Log, Policy, Shop, simulate
from casestudies.recommendation.experiments.power import SampleSize, sample_size
from casestudies.recommendation.experiments.reading import read_experiment
from casestudies.recommendation.experiments.truth import HeldOut

if TYPE_CHECKING:
    from casestudies.recommendation.conduct import Work

Floats = NDArray[np.float64]

FILE = "experiment"  # its key under data.files
BEFORE = "popularity"  # what every shop has today
EXPLORING = "exploring"
_LOOKED_AT = 50  # items of a list at most, by a simulated visitor; all pairs of places are held in memory
_HALVINGS = 40  # of the interval that a chance is looked for in


def experiments_told(work: Work) -> dict[str, Any]:
    """analysis/experiments.json.

    "own": the test of data.files.experiment, or the synthetic one of the demo; None where there is none. "simulated":
    the study's models in a test whose truth is known. "size": what a test would need to prove the measured gain.
    """
    asked: Experiments = work.settings.experiments
    own = None
    if FILE in work.files:
        own = {**_analysed(read_test(work.files[FILE], asked), asked, work), "name": Path(work.files[FILE]).name}
    elif work.synthetic:
        asked = asked.model_copy(update=DEMO.model_dump(exclude_unset=True))
        own = {**_analysed(read_test(demo_experiment(work.settings.seed), asked), asked, work), "name": "synthetic"}
    return {
        "own": own,
        "value_per_success": asked.value_per_success,
        "per_day": asked.per_day,
        **_simulated(work, asked),
    }


def read_test(table: Any, asked: Experiments) -> Experiment:
    """The test in a file or a frame, as the settings describe it.

    Raises
    ------
    ConfigError: the settings do not say who was drawn, into which arm, or what counts. Else as `read_experiment`.
    """
    if asked.unit is None or asked.outcome is None or not asked.arms:
        lacking = "unit" if asked.unit is None else "outcome" if asked.outcome is None else "arms"
        what = f"a test is given, and experiments.{lacking} does not say which column it is"
        raise ConfigError(what, where=f"data.files.{FILE}", advice="name experiments.unit, arms and outcome")
    return read_experiment(
        table,
        asked.unit,
        asked.arms,
        asked.outcome,
        before=asked.before,
        time=asked.time,
        look=asked.look,
        success=asked.success,
        control=asked.control,
        planned=asked.planned,
        contaminated=asked.contaminated,
        missing=asked.missing,
        format=asked.format,
    )


def _analysed(test: Experiment, asked: Experiments, work: Work) -> dict[str, Any]:
    analysis = analyse_experiment(
        test,
        worth=asked.worth,
        better=asked.better,
        level=work.settings.interval.level,
        power=asked.power,
        planned_units=asked.planned_units,
        threshold=asked.threshold,
        compare=asked.compare,
    )
    return analysis.told()


def _simulated(work: Work, asked: Experiments) -> dict[str, Any]:
    """The best model against popularity, on visits drawn from the judged customers; what they took later is the truth."""
    models, champion = work.comparison.fitted, work.judged.told["against"]
    if champion == BEFORE or BEFORE not in models:
        return {"simulated": None, "size": None}
    shop, taken = _shop(work, champion, asked)
    names = tuple(shop.policies)
    log = simulate(shop, names, asked.simulated_units, work.settings.seed)
    level = work.settings.interval.level
    analysis = analyse_experiment(
        log.experiment(), level=level, power=asked.power, planned_units=asked.simulated_units, threshold=asked.threshold
    )
    simulated = {
        "champion": champion,
        "customers": len(shop.users),
        "visits": asked.simulated_units,
        "k": shop.k,
        "rate": asked.rate,
        "taken": taken,
        "epsilon": asked.epsilon,
        "test": analysis.told(),
        "truth": {name: float(shop.successes(name).mean()) for name in names[:2]},
        "interleaved": asdict(
            interleave(
                shop, BEFORE, champion, asked.simulated_units, work.settings.seed, level=level, power=asked.power
            )
        ),
        "offline": _offline(log, level),
    }
    ratio = 1.0 if analysis.gain is None else analysis.gain.ratio
    return {"simulated": simulated, "size": _size(shop, names, asked, ratio, work)}


def _shop(work: Work, champion: str, asked: Experiments) -> tuple[Shop, float]:
    """Popularity, the champion, and the champion with some lists at random; all fitted without the held-out rows.

    Beside the shop the chance of a take, set so that popularity sells as often as the real shop does.
    """
    panel, models = work.judged.panel, work.comparison.fitted
    place, items = panel.relevant.pairs()
    sure = HeldOut(panel.users[place], items, work.data.shape, 1.0)
    known = Known.of(work.data.take(work.parts.known), "none" if work.judged.told["repeats"] else "all")
    policies = (
        Policy(BEFORE, models[BEFORE]),
        Policy(champion, models[champion]),
        Policy(EXPLORING, models[champion], asked.epsilon),
    )
    shop = Shop.of(policies, sure, panel.users, known, work.data.shape[1], min(work.judged.told["k"], _LOOKED_AT))
    taken = _taken(shop.takes(BEFORE), asked.rate)
    return replace(shop, truth=replace(sure, taken=taken)), taken


def _taken(hits: Floats, rate: float) -> float:
    """The chance of a take at which so large a share of visits ends with one; 1 where even that is too little.

    hits: (users,) items of the list that would be taken if that were sure.
    """

    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        share = float(np.mean(1.0 - (1.0 - middle) ** hits))
        low, high = (middle, high) if share < rate else (low, middle)
    return high


def _offline(log: Log, level: float) -> list[dict[str, Any]]:
    """What the exploring arm's log says of the other two policies, beside the truth that only a simulation knows."""
    explored, shop = log.of_arm(EXPLORING), log.shop
    out = []
    for name in log.names[:2]:
        one, other = ips(explored, name, level), snips(explored, name, level)
        out.append(
            {"policy": name, "truth": float(shop.takes(name).mean()), "ips": asdict(one), "snips": asdict(other)}
        )
    return out


def _size(shop: Shop, names: tuple[str, ...], asked: Experiments, ratio: float, work: Work) -> dict[str, Any]:
    """Units to prove the difference between the champion and popularity: as measured, and at the low end of its interval."""
    before, after = (shop.successes(name) for name in names[:2])
    interval = work.settings.interval
    (gain,) = mean_intervals(
        (after - before)[:, None], rounds=interval.rounds, level=interval.level, seed=work.settings.seed
    )
    rate = float(before.mean())
    return {
        "rate": rate,
        "gain": asdict(gain),
        "variance_ratio": ratio,
        "measured": _sized(gain.value, rate, asked, ratio, interval.level),
        "low": _sized(gain.low, rate, asked, ratio, interval.level),
    }


def _sized(effect: float, rate: float, asked: Experiments, ratio: float, level: float) -> Mapping[str, Any] | None:
    if not effect > 0 or not 0 < rate < 1 or rate + effect >= 1:
        return None
    size: SampleSize = sample_size(
        effect, rate=rate, level=level, power=asked.power, variance_ratio=ratio, per_day=asked.per_day
    )
    return {
        **asdict(size),
        "total": size.total,
        "lasting_total": size.lasting_total,
        "days": size.days,
        "lasting_days": size.lasting_days,
    }
