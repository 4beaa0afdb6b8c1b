"""What is tried next: points of our own (a grid, a Sobol sequence), or a sampler of Optuna by name.

Every trial draws from a seed of its own, made of the search's seed and how many trials have ended. So a search that was
interrupted and goes on later tries what it would have tried, and two searches with one seed are the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from casestudies.errors import ConfigError, MissingExtra, nearest, shown
from casestudies.tuning.budget import Budget
from casestudies.tuning.space import Point, Space

if TYPE_CHECKING:
    from optuna import Study
    from optuna.samplers import BaseSampler

METHODS: Mapping[str, str] = {
    "auto": "a Sobol sequence for the first ten trials, then TPE",
    "grid": "every combination of options and of three values of each number",
    "random": "at random",
    "sobol": "a scrambled Sobol sequence, which leaves no gaps",
    "tpe": "TPE, the tree-structured Parzen estimator",
    "gp": "a Gaussian process",
    "nsga2": "NSGA-II, a genetic algorithm",
    "cmaes": "CMA-ES, an evolution strategy for numbers",
    "hybrid": "a Gaussian process for three fifths of the trials, then CMA-ES from where it stands",
}
LEVELS = 3  # values of a number in a grid
SOBOL_TRIALS = 10  # of auto; 0.4161 after ten beside 0.4246 of random ones (LightGBM, three folds, four seeds)
_POPULATION = 10  # of NSGA-II: its default of 50 is more than most searches have trials
_SINGLE = ("cmaes", "hybrid")
_JOINT = ("gp", "nsga2", "cmaes", "hybrid")  # that know no conditions
_TORCH = ("gp", "hybrid")
_GP_SHARE, _GP_TRIALS = 0.6, 20  # of hybrid: the share where trials are counted, the number where time is
_STEP = 1_000_003  # between the seeds of two trials


@dataclass(frozen=True)
class Method:
    """A method, checked: what it proposes for the trial behind so many ended ones.

    Raises
    ------
    ConfigError: no such method, several goals for one that can only take one, a grid larger than the budget.
    MissingExtra: it needs torch.
    """

    name: str
    space: Space
    goals: int
    budget: Budget
    seed: int

    def __post_init__(self) -> None:
        if self.name not in METHODS:
            raise ConfigError(
                f"there is no method {shown(self.name)}", where="method", advice=nearest(self.name, METHODS)
            )
        if self.goals > 1 and self.name in _SINGLE:
            advice = "write auto, tpe, gp, nsga2, random, sobol or grid, or give one goal"
            raise ConfigError(f"{self.name} can only take one goal", where="method", advice=advice)
        if self.name in _TORCH and find_spec("torch") is None:
            raise MissingExtra("torch", "torch", where=f"method {self.name}")
        if self.name == "grid" and self.budget.trials is not None and len(self.grid) > self.budget.trials:
            raise ConfigError(
                f"the grid has {len(self.grid):,} points, more than the budget of {self.budget}",
                where="method",
                advice="search fewer settings, or raise the budget",
            )

    @property
    def grid(self) -> list[Point]:
        return self.space.grid(LEVELS)

    @property
    def all_at_once(self) -> bool:
        """Whether a sampler is asked for every dimension, also those that do not exist at a point."""
        return self.name in _JOINT

    @property
    def most(self) -> int | None:
        """Trials that there are at most, whatever the budget."""
        return len(self.grid) if self.name == "grid" else None

    def point(self, ended: int) -> Point | None:
        """The point for the trial behind `ended` searched ones; None where a sampler is to be asked."""
        if self.name == "grid":
            return self.grid[ended]
        if self.name == "sobol" or (self.name == "auto" and ended < SOBOL_TRIALS):
            from scipy.stats.qmc import Sobol

            sequence = Sobol(len(self.space.dimensions), rng=np.random.default_rng(self.seed))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # it asks for powers of two; a search ends where it ends
                return self.space.at(sequence.random(ended + 1)[-1])
        return None

    def sampler(self, ended: int, study: Study) -> BaseSampler:
        """Optuna's sampler for that trial. study: with the trials so far, which CMA-ES starts from in a hybrid."""
        from optuna import samplers

        seed = (self.seed * _STEP + ended) % 2**32
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a sampler is experimental
            if self.name == "hybrid" and ended >= self._turn:
                known = [trial for trial in study.get_trials(deepcopy=False) if trial.value is not None]
                quiet = {"warn_independent_sampling": False, "source_trials": known[: self._turn]}
                return samplers.CmaEsSampler(seed=seed, **quiet)  # type: ignore[arg-type]
            return _SAMPLERS["gp" if self.name == "hybrid" else self.name](self, seed)

    @property
    def _turn(self) -> int:
        """Trials of a hybrid's first part."""
        trials = self.budget.trials
        return _GP_TRIALS if trials is None else max(1, round(_GP_SHARE * trials))


def _tpe(method: Method, seed: int) -> BaseSampler:
    from optuna.samplers import TPESampler

    conditional = method.space.conditional  # then settings that exist together are modelled together
    return TPESampler(seed=seed, multivariate=True, group=conditional, n_startup_trials=SOBOL_TRIALS)


def _random(method: Method, seed: int) -> BaseSampler:
    from optuna.samplers import RandomSampler

    return RandomSampler(seed=seed)


def _gp(method: Method, seed: int) -> BaseSampler:
    from optuna.samplers import GPSampler

    return GPSampler(seed=seed, warn_independent_sampling=False)


def _nsga2(method: Method, seed: int) -> BaseSampler:
    from optuna.samplers import NSGAIISampler

    return NSGAIISampler(seed=seed, population_size=_POPULATION)


def _cmaes(method: Method, seed: int) -> BaseSampler:
    from optuna.samplers import CmaEsSampler

    return CmaEsSampler(seed=seed, warn_independent_sampling=False)


_SAMPLERS: Mapping[str, Callable[[Method, int], BaseSampler]] = {
    "auto": _tpe,
    "tpe": _tpe,
    "random": _random,
    "sobol": _random,
    "grid": _random,
    "gp": _gp,
    "nsga2": _nsga2,
    "cmaes": _cmaes,
}
