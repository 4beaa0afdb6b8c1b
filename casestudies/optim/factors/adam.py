"""Matrix factorisation by Adam over mini-batches; a step is one epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, cast

import numpy as np

from casestudies.errors import ConfigError, DataError, MissingExtra
from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.factors.objective import FactorObjective, Layout, aligned
from casestudies.optim.factors.steps import Kind, Moments, Passed, StepSettings
from casestudies.optim.factors.tables import Floats, Tables
from casestudies.optim.methods.base import NotMeasured, unknown
from casestudies.optim.methods.best import Best
from casestudies.optim.reasons import Reason

_GROWTH = 10.0  # times the error at the start: factors that came so far do not come back
_NOTHING = 0.01  # of the ratings' mean square: growing from less than that is no explosion


@dataclass(frozen=True)
class FactorState(NotMeasured):
    """See `State`. All that the next epoch depends on is here, so a step is a function of the state.

    x: (parameters, 1) float32, the tables one after the other as `layout` says.
    value: mean squared error of the ratings, each taken before the step of its batch, so while the tables moved; at
    the start, there. gradient_norm: length of the longest gradient of a row in the epoch, of half the squared errors
    and the ridge, summed over the row's ratings in a batch.
    start: (1,) the value before the first step, or what is small beside the ratings if that is more. exploded: the last epoch did; all else is as before it.
    snapshots: the tables at the ends of the last cycles. figures: what the trace is told besides.
    """

    step: int
    passes: float
    x: Array
    value: Array
    gradient_norm: Array
    step_size: Array
    layout: Layout
    moments: Moments
    taken: int
    start: Array
    best: Best
    exploded: bool
    over: bool
    snapshots: tuple[Tables, ...]
    figures: Mapping[str, Array]

    @property
    def tables(self) -> Tables:
        return self.layout.cut(self.x)


@dataclass(frozen=True)
class FactorAdam:
    """Adam in two passes over each mini-batch of ratings: first its users take their step, then its items.

    For a batch with errors e = rating - prediction, both sides' gradients of half the sum of squares and ridge are

        user u: -sum e q_i + n_u ridge p_u      item i: -sum e p_u + n_i ridge q_i      (biases: 1 in place of q or p)

    with sums over the row's ratings in the batch and n their number (times the row's share of `FactorObjective.holds`). The users' step uses the items as they are; the
    items' step uses the same errors and the users as they have just become. A row without ratings in the batch stays
    as it is, its moments too, as with `torch.optim.SparseAdam`; steps are counted for all rows alike.

    `moments="row"` keeps one second moment for a row, the running mean of the gradient's mean square: a third less to
    remember, and a little more accurate than ordinary Adam ("entry") on MovieLens.

    The rate comes down from `rate` to 0 as half a cosine; with several `cycles` it does so in each, from the top again
    (warm restarts), and the ends of the last `snapshots` cycles are kept: a mean over them is more accurate than any.

    The same seed gives the same bits with any number of threads, on one kind of processor.

    Parameters
    ----------
    rate: largest step of an entry. epochs: in all; the method is finished after them.
    betas: of the first and second moment. spread: standard deviation of the vectors at the start; small is better.
    seed: of the start and of the order of batches.
    fresh: whether every cycle begins at new small vectors, in place of where the last one ended: fits one after the other
        whose mean is more accurate where all cycles would end in the same place.

    Raises
    ------
    ConfigError: a setting out of its range, more cycles than epochs, or more snapshots than cycles.

    Source: Kingma and Ba 2015, "Adam", algorithm 1; Loshchilov and Hutter 2017, "SGDR", equation 5; Huang et al. 2017,
    "Snapshot ensembles".
    """

    rate: float
    epochs: int
    betas: tuple[float, float] = (0.9, 0.999)
    spread: float = 0.02
    moments: Kind = "row"
    cycles: int = 1
    snapshots: int = 0
    seed: int = 0
    fresh: bool = False

    certifies: ClassVar[str] = "first-order steps give no estimate"

    def __post_init__(self) -> None:
        for name in ("rate", "spread"):
            if not 0 < getattr(self, name) < np.inf:
                raise ConfigError(f"{name} is {getattr(self, name)}", advice=f"give {name} a finite number above 0")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ConfigError(f"betas are {self.betas}", advice="give two numbers from 0 to below 1")
        if self.moments not in ("row", "entry"):
            raise ConfigError(f"moments are {self.moments!r}", advice='give "row" or "entry"')
        if not 0 <= self.snapshots <= self.cycles <= self.epochs or self.cycles < 1:
            raise ConfigError(
                f"{self.epochs} epochs, {self.cycles} cycles, {self.snapshots} snapshots",
                advice="give 1 or more cycles, no more than epochs, and no more snapshots than cycles",
            )

    def start(self, objective: FactorObjective, x: Array | None) -> FactorState:
        """At `x` (see `FactorObjective.point`), else at small random vectors and no biases, nor embeddings."""
        layout = objective.layout
        x = layout.join(self._small(layout)) if x is None else _fresh(x)
        tables = layout.cut(x)
        value, held_out = np.array([objective.error(tables)]), objective.held_out_error(tables)
        spread = float(objective.rating.var(dtype=np.float64))
        size = _NOTHING * float(np.square(objective.rating, dtype=np.float64).mean())
        return FactorState(
            step=0,
            passes=0.0,
            x=x,
            value=value,
            gradient_norm=unknown(),
            step_size=unknown(),
            layout=layout,
            moments=Moments.none(tables, self.moments),
            taken=0,
            start=np.maximum(value, size),
            best=Best(0, np.array([held_out]), x),
            exploded=False,
            over=False,
            snapshots=(),
            figures=_columns(_held_out(held_out) | {"baseline": spread}),
        )

    def step(self, objective: FactorObjective, state: FactorState, problems: Index) -> FactorState:
        """One epoch of the one problem there is.

        Raises
        ------
        DataError: the state is of tables of another shape.
        """
        if state.layout != objective.layout:
            raise DataError(
                f"a state of {state.layout} for {objective.layout}", advice="start anew, or from grown tables"
            )
        if self.fresh and state.step in self._ends()[:-1]:
            state = self._anew(state)
        x, moments = _fresh(state.x), state.moments.copy()
        tables = state.layout.cut(x)
        settings = self._settings(objective, state)
        passed = _epoch(objective, tables, moments, settings)
        value = passed.squares / len(objective.rating)
        figures = _told(passed) | {"rate": float(settings.rates[-1])}
        if not (np.isfinite(x).all() and value <= _GROWTH * state.start[0]):
            return _refused(state, figures | {"rejected": value})
        held_out = objective.held_out_error(tables)
        step = state.step + 1
        ended = self.snapshots and step in self._ends()[-self.snapshots :]
        return FactorState(
            step=step,
            passes=state.passes + 1,
            x=x,
            value=np.array([value]),
            gradient_norm=np.array([passed.largest]),
            step_size=np.ones(1),
            layout=state.layout,
            moments=moments,
            taken=state.taken + len(settings.order),
            start=state.start,
            best=state.best.or_better(step, np.array([held_out]), x),
            exploded=False,
            over=step >= self.epochs,
            snapshots=(*state.snapshots, tables) if ended else state.snapshots,
            figures=_columns(figures | _held_out(held_out)),
        )

    def _anew(self, state: FactorState) -> FactorState:
        """At new small vectors, where a cycle begins."""
        tables = self._small(state.layout, 1 + self._ends().index(state.step))
        moments = Moments.none(tables, self.moments)
        return replace(state, x=state.layout.join(tables), moments=moments, taken=0)

    def finished(self, state: FactorState) -> Mapping[Reason, Mask]:
        return {Reason.DIVERGED: np.array([state.exploded]), Reason.STEPS: np.array([state.over])}

    def _small(self, layout: Layout, cycle: int = 0) -> Tables:
        rng = np.random.default_rng([self.seed, 2, cycle] if cycle else self.seed)

        def vectors(rows: int) -> Floats:
            return rng.standard_normal((rows, layout.factors), np.float32) * np.float32(self.spread)

        users, items = vectors(layout.users), vectors(layout.items)
        bags = tuple(
            np.zeros((columns, layout.factors), np.float32) for columns in layout.bags
        )  # their slopes are not 0
        biases = [np.zeros(rows, np.float32) for rows in (layout.users, layout.items, *layout.bags)]
        return Tables(users, items, biases[0], biases[1], bags, tuple(biases[2:]))

    def _ends(self) -> list[int]:
        """The epochs with which cycles end."""
        return [round(self.epochs * (cycle + 1) / self.cycles) for cycle in range(self.cycles)]

    def _settings(self, objective: FactorObjective, state: FactorState) -> StepSettings:
        batches = len(objective.cut)
        rng = np.random.default_rng([self.seed, 1, state.step])
        ends = [0, *self._ends()]
        begin = max((end for end in ends[:-1] if end <= state.step), default=0)
        length = (ends[ends.index(begin) + 1] - begin) * batches
        place = (state.step - begin) * batches + 1 + np.arange(batches)
        rates = self.rate * 0.5 * (1 + np.cos(np.pi * np.minimum(place / (length + 1), 1.0)))
        return StepSettings(
            order=rng.permutation(batches),
            rates=rates.astype(np.float32),
            taken=state.taken,
            betas=self.betas,
            ridge=objective.ridge,
            bias_ridge=objective.bias_ridge,
            holds=objective.holds,
            kind=self.moments,
        )


def _epoch(objective: FactorObjective, tables: Tables, moments: Moments, settings: StepSettings) -> Passed:
    """Changes the tables and moments in place."""
    if objective.bags:
        from casestudies.optim.factors import bag_passes

        return bag_passes.epoch(objective.cut, tables, objective.gathered, moments, settings, objective.threads)
    if objective.device is not None:
        try:
            from casestudies.optim.factors import network
        except ModuleNotFoundError as error:
            raise MissingExtra(f"{error.name}", "torch") from error
        return network.epoch(objective.cut, tables, moments, settings, objective.device)
    from casestudies.optim.factors import passes

    return passes.epoch(objective.cut, tables, moments, settings, objective.threads)


def _refused(state: FactorState, figures: Mapping[str, float]) -> FactorState:
    """Where the epoch began, with the news that it exploded."""
    return replace(
        state,
        step=state.step + 1,
        passes=state.passes + 1,
        step_size=np.zeros(1),
        exploded=True,
        figures=_columns(figures),
    )


def _told(passed: Passed) -> dict[str, float]:
    figures: dict[str, float] = {}
    for kind, values in (("gradient", passed.gradients), ("move", passed.steps)):
        figures |= {f"{kind}/{side}": value for side, value in zip(("users", "items"), values, strict=False)}
    return figures


def _held_out(error: float) -> dict[str, float]:
    return {"held_out_loss": error, "held_out_metric": float(np.sqrt(error))}


def _fresh(x: Array) -> Array:
    copy = aligned(x.size)
    copy[:] = x.reshape(-1)
    return cast(Array, copy[:, None])


def _columns(figures: Mapping[str, float]) -> dict[str, Array]:
    return {name: np.array([float(value)]) for name, value in figures.items()}
