"""From a stranger's file, or the embedded demo, to a checked table with its costs: everything before the first fit."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from casestudies.decisions import CostMatrix, Costs, Rule, complaints
from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.models.engine import Engine
from casestudies.tabular import Code, Problem, Roles
from casestudies.tabular.checked import Checked, check
from casestudies.tabular.contract import Kind
from casestudies.tabular.derive import CellColumns, keep_where, with_derived
from casestudies.tabular.quality import dropped, findings
from casestudies.tabular.read import ReadOptions, read_table
from casestudies.workflow.large import Whole, counted, opened, sampled
from casestudies.workflow.named import NamedColumns
from casestudies.workflow.settings import Settings
from casestudies.workflow.studies import Extended, Study
from casestudies.workflow.table_settings import TableSettings

_WIDEST = 1e12  # of the largest row weight to the least that is not 0; sums keep 16 digits
_FEWEST = 30  # rows; five folds of six still hold an event each at a usual rate


@dataclass(frozen=True, eq=False)
class Loaded:
    """A table ready to be split.

    Parameters
    ----------
    checked: typed columns, label, problems; what cannot be a feature is none any more.
    matrix, costs: None where no cost is given.
    notes: what was chosen on the way, a sentence each.
    synthetic: the embedded demo.
    whole: all rows of the file, where it is too large for memory and the table is a sample of it; else None.
    extended: what the study added to the table; None where it adds nothing.
    """

    checked: Checked
    matrix: CostMatrix | None
    costs: Costs | None
    notes: tuple[str, ...]
    synthetic: bool
    whole: Whole | None = None
    extended: Extended | None = None

    @property
    def made(self) -> Any:
        """What the study's own questions want to know of the columns it made; None where it made none."""
        return None if self.extended is None else self.extended.made

    @property
    def y(self) -> np.ndarray:
        if self.checked.y is None:
            raise DataError("the label could not be read", where=self.checked.source.name)
        return self.checked.y

    @property
    def weight(self) -> np.ndarray:
        """(rows,) row weights; ones without a weight column."""
        column = self.column("weight")
        return np.ones(len(self.checked.frame)) if column is None else self.checked.frame[column].to_numpy(dtype=float)

    def column(self, role: str) -> str | None:
        """The column in a role that only one can have."""
        found = self.checked.in_role(role)  # type: ignore[arg-type]
        return found[0] if found else None


def load(
    study: Study,
    config: TableSettings,
    path: Path | None,
    *,
    incumbent: str | None,
    leaks_allowed: bool,
    files: Mapping[str, Path] = MappingProxyType({}),
    engine: Engine = Engine(),  # noqa: B008
) -> Loaded:
    """Read, keep, derive, check; problems are collected in `checked.problems`, and nothing is raised for them here.

    Parameters
    ----------
    path: the table; None is the demo.
    incumbent: column with today's score or decision.
    files: {name: path}: the further tables of `data.files`.
    engine: where models will be fitted on all rows; a cluster reads row groups, whatever the size.

    Raises
    ------
    DataError: the file cannot be read as a table.
    ConfigError: a setting names a column that is not there, or a formula is not allowed.
    """
    rule_of(config)  # a misspelt rule is said before a minute of reading
    groups, own_numbers = None, []
    if path is None and files and study.table is not None:
        table = study.table(config, files)
        own_numbers = list(map(str, table.frame.select_dtypes("number")))  # also where a count has few values
    else:
        with data_file(study, config, path) as file:
            groups = opened(file, read_options(config), config, engine)
            table = read_table(file, read_options(config)) if groups is None else sampled(groups, config)
    notes = list(table.source.notes)
    data = config.data
    if groups is None:
        if data.where is not None:
            table, said = keep_where(table, data.where, data.map)
            notes.append(said)
        table = with_derived(table, data.derive, data.map)
    column = config.split.column
    if column is not None and column not in table.frame.columns:
        names = list(map(str, table.frame.columns))
        raise ConfigError(
            f"the file has no column {shown(column)}", where="split.column", advice=nearest(column, names)
        )
    kinds: dict[Kind, Sequence[str]] = {"category": data.categories, "number": [*data.numbers, *own_numbers]}
    checked = check(table, study.contract, roles_of(config, incumbent), dates=data.dates, kinds=kinds)
    whole = None if groups is None else counted(groups, checked, config, table.frame.index.to_numpy())
    if whole is not None:
        checked = replace(checked, problems=whole.totals.problems(checked), totals=whole.totals)
        notes.append(whole.sentence)
    _weigh(checked)
    named = NamedColumns(checked, {})
    checked = checked.without(named.own(key, name) for key, names in config.set_aside().items() for name in names)
    if study.doubts is not None:
        checked.problems.extend(study.doubts(checked, config))
    extended = None
    if study.extend is not None and checked.y is not None and not checked.problems.errors:
        extended = study.extend(checked, config, files)
        checked = checked if extended is None else extended.checked
        notes += () if extended is None else extended.notes
    matrix = config.cost.matrix()
    costs = None
    if len(checked.frame) < _FEWEST and not checked.problems.errors:
        rule = f"there are {len(checked.frame)} rows, and at least {_FEWEST} are needed"
        advice = "bring some hundreds before a decision rests on them"
        checked.problems.add(Problem(Code.FEW_EVENTS, "error", rule, advice, count=len(checked.frame)))
    if checked.y is not None and not checked.problems.errors:
        columns = CellColumns.of_checked(checked)
        costs = None if matrix is None else matrix.on(columns, len(checked.frame))
        found = findings(checked, costs=matrix.names if matrix else (), leaks_allowed=leaks_allowed)
        checked.problems.extend(found)
        gone = dropped(found, checked)
        money = {c.name for c in study.contract.columns if c.role == "money"}
        checked = checked.without([*gone, *(name for name in money if name in checked.features)])
        config.check_columns(NamedColumns(checked, gone))
    if costs is not None:
        for sentence in complaints(costs):
            checked.problems.add(Problem(Code.COSTS, "warning", sentence))
    if checked.y is not None and not checked.features and not checked.problems.errors:
        checked.problems.add(
            Problem(Code.NO_FEATURES, "error", "no column is left as a feature", "look at data.drop and data.protected")
        )
    synthetic = path is None and not files
    return Loaded(checked, matrix, costs, tuple(notes), synthetic, whole, extended)


def _weigh(checked: Checked) -> None:
    """Weights that leave no row, or none of one outcome, or rows that weigh nothing beside others; cells are checked."""
    for name in checked.in_role("weight"):
        weight = checked.frame[name].to_numpy()
        held = weight[weight > 0]
        rule = ""
        if not len(held):
            rule = "is the weight and is zero in every row"
        elif checked.y is not None and len(np.unique(checked.y[weight > 0])) < 2:
            rule = "is the weight and leaves rows of one outcome only"
        elif held.max() / _WIDEST > held.min():
            rule = f"is the weight and goes from {held.min():g} to {held.max():g}, too far for sums to hold both"
        if rule:
            problem = Problem(Code.OUT_OF_RANGE, "error", rule, "name another column", checked.sources[name])
            checked.problems.add(problem)


def rule_of(config: TableSettings) -> Rule:
    """The decision rule; without costs `bmr` has no meaning, and F1 takes its place."""
    decide = config.decide
    name = "f1" if decide.rule == "bmr" and not config.cost.given else decide.rule
    return Rule.parse(name, decide.cut, decide.budget, decide.capacity)


def roles_of(config: TableSettings, incumbent: str | None) -> Roles:
    data = config.data
    return Roles(
        target=data.target,
        positive=data.positive,
        id=data.id,
        time=data.time,
        group=data.group,
        weight=data.weight,
        treatment=data.treatment,
        incumbent=incumbent,
        protected=tuple(data.protected),
        drop=(*data.drop, *([config.split.column] if config.split.column else [])),
        map=data.map,
    )


def read_options(config: Settings) -> ReadOptions:
    read = config.data.read
    return ReadOptions(
        separator=read.separator,
        decimal=read.decimal,
        encoding=read.encoding,
        header=read.header,
        names=None if read.names is None else tuple(read.names),
        missing=tuple(read.missing),
        sheet=read.sheet,
    )


@contextmanager
def data_file(study: Study, config: Settings, path: Path | None) -> Iterator[Path]:
    """The file to read; the demo is written as the CSV a lender would hand over, so that it takes the same way."""
    if path is not None:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{study.name}_demo.csv")
        file.write_bytes(demo_csv(study.demo(config.demo.rows, config.seed).frame))
        yield file


def demo_csv(frame: pd.DataFrame) -> bytes:
    """The demo as the file it would come in."""
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8")


def find_data(text: str, folder: Path | None, variables: Mapping[str, str] = os.environ, where: str = "--data") -> Path:
    """The file that `data.path` or `--data` means: as given, beside the config file, or in the folder of data sets.

    That is CASESTUDIES_DATA, else ./data, where `casestudies data fetch` puts them.

    Raises
    ------
    DataError: it is in none of these places, names nothing, cannot be reached, or is a pipe or a device.
    """
    if not text.strip():  # Path("") is the folder of here: a script whose variable was empty would read that
        raise DataError("names no file", where=where, advice="give a path, or leave it out for the demo")
    given = _at_home(text)
    places = [given]
    if not given.is_absolute():
        places += [folder / given] if folder else []
        places += [Path(variables.get("CASESTUDIES_DATA") or "data") / given]
    for place in places:
        try:
            if place.is_file() or place.is_dir():
                return place.absolute()
            if place.exists():  # to open a pipe would wait for its writer
                advice = "save the data in a file first"
                raise DataError(f"{shown(text, 200)} is a pipe or a device, not a file", where=where, advice=advice)
        except OSError as error:
            what = f"{shown(text, 200)} cannot be reached ({error.strerror})"
            raise DataError(what, where=where, advice="check the path and its permissions") from None
    raise DataError(
        f"there is no file {shown(text, 200)}",
        where=where,
        advice="give the path from here, or put the file beside the config or under $CASESTUDIES_DATA (else ./data)",
    )


def _at_home(text: str) -> Path:
    """A path with `~` as the home folder; as it stands where `~somebody` is nobody."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def schema_of(loaded: Loaded) -> dict[str, Any]:
    """What each column was taken for, for data/schema.json: enough to read new rows in the same way."""
    checked = loaded.checked
    return {
        "contract": checked.frozen().to_dict(),
        "sources": checked.sources,
        "features": checked.features,
        "decimal": checked.source.decimal,
        "made": sorted(checked.made),
    }
