"""Tables too large for memory: what is decided on a sample of the rows, and what is counted and fitted on all of them.

A pass over the row groups draws the sample; a second one checks every cell as the sample was read. The sample then goes
the way of any table: split, compared, calibrated, judged, explained. At the end the champion is fitted on all rows, and
once more without the judged rows and theirs, so that the report can say what the many rows were worth.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.decisions.deciders import SHARED
from casestudies.errors import ConfigError, DataError, shown
from casestudies.metrics import Answers, bootstrap, paired
from casestudies.models.engine import Engine
from casestudies.models.mean import MeanModel
from casestudies.models.recipes import Recipe
from casestudies.models.scorecard.streamed import Draft, fit_card
from casestudies.models.streamed import Rows, Streamed, fit
from casestudies.tabular.checked import Checked
from casestudies.tabular.held import Held
from casestudies.tabular.read import Limits, ReadOptions, Table
from casestudies.tabular.read.groups import RowGroups, is_parquet
from casestudies.tabular.roles import Roles
from casestudies.tabular.split import Split
from casestudies.tabular.stream import Label, Selection, Stream, drawn
from casestudies.tabular.totals import Totals
from casestudies.workflow.compare import Comparison, Plan, Sample, Trained, refit
from casestudies.workflow.table_settings import TableSettings

if TYPE_CHECKING:
    from casestudies.workflow.load import Loaded

Step = Callable[[float, str], None]

SAMPLE = 100_000  # rows: an AUC's standard error is then about .002 on the fifth that judges
# Bytes that a row takes while candidates are compared: 13 penalties x 6 fits x 8 bytes, three times (margins, slopes,
# curvatures), and four copies of its cells.
_ROW, _COPIES = 13 * 6 * 8 * 3, 4
_ON_ALL, _ON_SAMPLE = "all rows", "rows drawn"  # what the two fits are called in analysis/large.json


@dataclass(frozen=True, eq=False)
class Whole:
    """All rows of a file of which a sample is in memory.

    Parameters
    ----------
    stream: the rows. totals: what the checks counted in them. counts: rows kept of each row group.
    positions: (sample,) places of the sample's rows in the file, from 0.
    """

    stream: Stream
    totals: Totals
    counts: tuple[int, ...]
    positions: np.ndarray

    @property
    def share(self) -> float:
        """How much of the rows is drawn."""
        return len(self.positions) / self.totals.rows

    @property
    def sentence(self) -> str:
        return (
            f"the table is larger than memory allows: {len(self.positions):,} of its {self.totals.rows:,} rows are drawn "
            "at random; cells are checked and counted in all rows, what is chosen and judged rests on the rows drawn, "
            "and the champion is at last fitted on all"
        )


@dataclass(frozen=True)
class WholeBlocks:
    """The rows of the file as models are fitted on them; small, and read by whoever holds it.

    names: the model's columns. weight: the column of row weights, if any.
    """

    stream: Stream
    counts: tuple[int, ...]
    held: Held
    names: tuple[str, ...]
    weight: str | None

    @property
    def folds(self) -> int:
        return self.held.count

    def read(self, block: int) -> Iterator[Rows]:
        wanted = {*self.names, *self.held.columns, *([self.weight] if self.weight else [])}
        for part in self.stream.only(wanted).parts(block):
            y = part.y if part.y is not None else np.zeros(0)
            weight = np.ones(len(y)) if self.weight is None else part.frame[self.weight].to_numpy(dtype=np.float64)
            yield Rows(part.frame[list(self.names)], y, weight, self.held.folds(part.frame, part.positions))


def is_large(groups: RowGroups, config: TableSettings) -> bool:
    """Whether the table would take more memory than the run may use, by its footer alone."""
    columns = len(groups.names)
    if Limits().exceeded(groups.rows, columns) or groups.rows * sum(groups.widths) > Limits().bytes:
        return True
    return groups.rows * (_ROW + _COPIES * sum(groups.widths)) > config.run.memory_mb * 2**20


def opened(path: Path, options: ReadOptions, config: TableSettings, engine: Engine) -> RowGroups | None:
    """The row groups of a table that is to be read by them; None for one that is read whole.

    Raises
    ------
    ConfigError: a cluster is to read a file that is not Parquet.
    DataError: a text file beyond what is read at once; the advice is the command that converts it.
    """
    if is_parquet(path):
        groups = RowGroups.open(path, options)
        return groups if engine.scheduler is not None or is_large(groups, config) else None
    if engine.scheduler is not None:
        raise ConfigError(
            f"a cluster reads Parquet, and {shown(path.name)} is not", where="--engine", advice=_convert(path)
        )
    try:
        size = path.stat().st_size
    except OSError:
        return None  # the reader says it better
    if size > Limits().bytes:
        limit = f"{Limits().bytes:,}"
        raise DataError(
            f"the file has {size:,} bytes; the limit of a file that is read at once is {limit}",
            where=shown(path.name, 80),
            advice=_convert(path),
        )
    return None


def _convert(path: Path) -> str:
    return f"convert it once: casestudies data convert {path.name} {path.stem}.parquet"


def sampled(groups: RowGroups, config: TableSettings) -> Table:
    """The rows that stand for the table, drawn by the seed; rows kept and columns made as the settings say."""
    data = config.data
    selection = Selection(data.where, data.derive, data.map)
    table, kept = drawn(groups, selection, SAMPLE, config.seed)
    if not kept:
        raise DataError(f"no row is left by {shown(data.where, 80)}", where="data.where", advice="loosen it")
    return table


def counted(groups: RowGroups, checked: Checked, config: TableSettings, positions: np.ndarray) -> Whole | None:
    """Check every row of the file as the sample was read, and count; None where the sample's label is not clear.

    Parameters
    ----------
    checked: the sample. positions: (sample,) places of its rows in the file.
    """
    label = _label(checked)
    if label is None:
        return None
    data = config.data
    sources = {name: source for name, source in checked.sources.items() if source != name and source != label.source}
    stream = Stream(
        groups,
        Selection(data.where, data.derive, data.map),
        checked.frozen(),
        Roles(map=sources),
        label,
        data.dates,
    )
    totals, counts = Totals(label), []
    for block in range(stream.blocks):
        before = totals.rows
        for part in stream.parts(block):
            totals.add(part)
        counts.append(totals.rows - before)
    return Whole(stream, totals, tuple(counts), positions)


def _label(checked: Checked) -> Label | None:
    """The label's column in the file, its event and its other value, as the sample's rows show them."""
    target = checked.in_role("target")
    if checked.y is None or not target:
        return None
    cells = checked.frame[target[0]].astype(str)
    event, other = (str(cells.iloc[int(np.argmax(checked.y == value))]) for value in (1.0, 0.0))
    return Label(checked.sources[target[0]], event, other)


def refit_whole(
    recipe: Recipe,
    loaded: Loaded,
    sample: Sample,
    split: Split,
    comparison: Comparison,
    plan: Plan,
    settings: TableSettings,
    engine: Engine,
    scratch: Path,
    step: Step,
) -> tuple[Trained, dict[str, Any]]:
    """The model that is saved, fitted on all rows of the file; and what they were worth, for analysis/large.json.

    Columns, encoding, penalty, calibration and decision rule stay as the sample chose them. The judged figures of the
    same fit without the judged rows (and whatever belongs to them: their groups, their time) stand beside the sample's.

    Parameters
    ----------
    recipe: of the champion. loaded: a sample, `whole` of which is given.
    scratch: a folder on a disk, for the encoded rows: about 8 bytes a row and encoded column, before packing.
    """
    whole = loaded.whole
    if whole is None:
        raise ValueError("the table is in memory: refit it there")
    trained = refit(recipe, sample, plan, None) if split.out_of_fold else comparison.trained[recipe.name]
    held = Held.of(
        split,
        loaded.checked.frame,
        whole.positions,
        group=loaded.column("group"),
        time=loaded.column("time"),
        given=settings.split.column,
        delay=settings.split.delay or 0,
    )
    draft = None
    if trained.fit.scorecard is not None:
        seen = sample if split.out_of_fold else sample.take(comparison.parts[0][0])
        draft = Draft.of(trained.fit.scorecard, seen.frame, seen.y, seen.weight)
    if isinstance(trained.model, MeanModel):
        raise TypeError("a mean is not fitted on rows that memory does not hold")  # `fitting` leaves it out
    names = tuple(trained.model.columns) if draft is None else draft.columns
    blocks = WholeBlocks(whole.stream, whole.counts, held, names, loaded.column("weight"))
    _give_back()
    with (
        engine.connected() as client,
        tempfile.TemporaryDirectory(prefix=".rows-", dir=scratch, ignore_cleanup_errors=True) as folder,
    ):
        if draft is None:
            streamed = fit(trained.model, blocks, Path(folder), client, step)
        else:
            streamed = fit_card(draft, blocks, Path(folder), client, step)
    _give_back()
    step(0.95, "judging the fit on all rows")
    note = f"fitted on all {whole.totals.rows:,} rows of the file, read by row groups"
    calibrator = trained.calibration.calibrator
    done = replace(
        trained.fit,
        model=streamed.model,
        trace=streamed.trace,
        findings=streamed.findings,
        notes=(*trained.fit.notes, note),
    )
    told = _counts(whole, recipe.name, engine) | {
        "fitted": whole.totals.rows,
        "seen": streamed.seen[0] if streamed.seen else None,
        "limit": trained.decider.level if trained.decider.kind in SHARED else None,
        **_worth(recipe.name, streamed, trained, sample, comparison, settings),
    }
    return replace(trained, fit=done, model=streamed.model.calibrated(calibrator)), told


def _give_back() -> None:
    """Return what is no longer used to the system: 100 to 200 MB after a comparison, more after trees on all rows, that
    allocators would keep."""
    import ctypes
    import gc

    import pyarrow as pa

    gc.collect()
    pa.default_memory_pool().release_unused()
    with contextlib.suppress(AttributeError, OSError):  # glibc's own; others have no such call
        ctypes.CDLL(None).malloc_trim(0)


def _counts(whole: Whole, champion: str, engine: Engine) -> dict[str, Any]:
    return {
        "rows": whole.totals.rows,
        "file_rows": whole.stream.groups.rows,
        "row_groups": whole.stream.blocks,
        "sample": len(whole.positions),
        "champion": champion,
        "engine": "this process" if engine.scheduler is None else "a Dask cluster",
    }


def _worth(
    name: str, streamed: Streamed, trained: Trained, sample: Sample, comparison: Comparison, settings: TableSettings
) -> dict[str, Any]:
    """The champion of the sample and the one of all rows on the same judged rows, and their paired difference."""
    p = np.full(len(sample.y), np.nan)
    for model, (_, test) in zip(streamed.without, comparison.parts, strict=False):
        p[test] = model.calibrated(trained.calibration.calibrator).probability(sample.frame.iloc[test])
    told = np.isfinite(p[comparison.rows])
    rows = comparison.rows[told]
    held, before = sample.take(rows), comparison.judged[name]
    if before.p is None or not len(rows):
        return {"judged": 0, "figures": {}, "paired": None}
    answers = {
        _ON_ALL: Answers(p[rows], trained.decider.act(p[rows], held.costs)),
        _ON_SAMPLE: Answers(before.p[told], before.act[told]),
    }
    boot = bootstrap(
        held.y,
        answers,
        costs=held.costs,
        weight=held.weight,
        groups=None if held.group is None else held.group.astype(str).to_numpy(),
        rounds=settings.interval.rounds,
        level=settings.interval.level,
        seed=settings.seed,
    )
    kept = [*(("expected_cost", "savings") if held.costs is not None else ()), "auc", "log_loss", "brier"]
    figures = {who: {m: asdict(known[m]) for m in kept if m in known} for who, known in boot.intervals.items()}
    measure = "log_loss" if held.costs is None else "expected_cost"
    tested = asdict(paired(boot, measure, _ON_ALL, _ON_SAMPLE))
    return {
        "judged": len(rows),
        "figures": figures,
        "measure": measure,
        "paired": {name: tested[name] for name in ("difference", "low", "high", "p_value")},
    }
