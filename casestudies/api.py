"""What a notebook calls; the command line and the pages are shells over it.

>>> import casestudies
>>> run = casestudies.run("credit", "loans.csv", "loans.yaml")     # doctest: +SKIP
>>> run.metrics["models"]["logistic"]["savings"]                   # doctest: +SKIP
>>> run.predict("new.csv").rows                                    # doctest: +SKIP
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from casestudies.errors import (
    ConfigError,
    DataError,
    GateMissed,
    RunError,
    UsageError,
    nearest,
    one_line,
    shown,
)
from casestudies.models.engine import Engine
from casestudies.runs import Event, RunFolder, RunStore, State, execute
from casestudies.runs.disk import whole_file, write_whole
from casestudies.runs.folder import RUN
from casestudies.workflow.resolve import Resolved, resolve
from casestudies.workflow.settings import Settings
from casestudies.workflow.studies import Example, Study, get_study, headline_of, study_of

if TYPE_CHECKING:
    import pandas as pd

    from casestudies.datasets import Fetched
    from casestudies.runs.reproduction import Reproduction
    from casestudies.tabular.read.conversion import Converted
    from casestudies.workflow.checking import CheckedTable
    from casestudies.workflow.compared import Compared
    from casestudies.workflow.predictor import Predictions

Data = "str | Path | pd.DataFrame | None"
_EXPORTS = (".csv", ".parquet")


def run(
    study: str,
    data: str | Path | pd.DataFrame | None = None,
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    runs: str | Path | None = None,
    on_event: Callable[[Event], None] | None = None,
    engine: str | None = None,
    scheduler: str | None = None,
    variables: Mapping[str, str] = os.environ,
) -> Run:
    """Run a study in this process: check, fit, decide, explain, report.

    Parameters
    ----------
    study: its name, see `casestudies list`.
    data: a file or a DataFrame; None is `data.path` of the config, else the embedded synthetic demo.
    config: a YAML file, or nested settings.
    overrides: "key=value" texts, as `--set` takes them.
    runs: where the run folder goes: here, else $CASESTUDIES_RUNS, else ./runs.
    on_event: called with every progress event.
    engine: "dask" fits the saved model on the workers of the cluster at `scheduler`; a Parquet file is asked for.

    Raises
    ------
    CaseError: with one line that says what, where and what to do; its `code` is the command line's exit code.
    """
    told = get_study(study)
    where = Engine.of(engine, scheduler)
    store = RunStore.default(runs or variables.get("CASESTUDIES_RUNS"))
    with _as_file(data) as file:
        request = prepare(told, file, config, overrides=overrides, seed=seed, engine=where, variables=variables)
        folder = store.create(study, request)
        with _threads(request["config"]["run"]["threads"]):
            execute(folder.request(), folder, on_event)
    return Run(folder)


def tune(
    study: str,
    data: str | Path | pd.DataFrame | None = None,
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    budget: int | str | None = None,
    method: str = "auto",
    goals: Iterable[str] = (),
    nested: int = 0,
    search: Iterable[str] = (),
    resume: str | None = None,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    runs: str | Path | None = None,
    on_event: Callable[[Event], None] | None = None,
    variables: Mapping[str, str] = os.environ,
) -> Run:
    """Search better settings for a study on its training rows, in this process; tuned.yaml in the folder holds them.

    Parameters
    ----------
    study, data, config, overrides, seed, runs, on_event: as `run` takes them.
    budget: trials beside those of the settings as they are (30), or a time ("5min"); None is the study's own.
    method: auto, grid, random, sobol, tpe, gp, nsga2, cmaes or hybrid. goals: names such as "cost" or "seconds"; the study's
        first where none is given. nested: outer folds of a search inside a search; 0 = none.
    search: settings to search alone ("model.trees"), or ranges of your own ("model.trees.leaves=4..63").
    resume: a search to go on from, whatever ended it: its data, settings and trials; the budget counts those, too.

    Raises
    ------
    CaseError: as `run`; MissingExtra where the extra `tune` is not installed.
    """
    told = get_study(study)
    store = RunStore.default(runs or variables.get("CASESTUDIES_RUNS"))
    asked = {
        "budget": str(budget or ""),
        "method": method,
        "goals": list(goals),
        "nested": nested,
        "search": list(search),
    }
    with _as_file(data) as file:
        if resume is None:
            request = prepare_tuning(told, file, config, asked, overrides=overrides, seed=seed, variables=variables)
        else:
            from casestudies.workflow.tuned.request import resumed

            given = {"data": data, "config": config, "seed": seed, "overrides": tuple(overrides) or None}
            request = resumed(
                told, store.get(resume), asked, [name for name, value in given.items() if value is not None]
            )
        folder = store.create(study, request)
        with _threads(request["config"]["run"]["threads"]):
            execute(folder.request(), folder, on_event)
    return Run(folder)


def prepare_tuning(
    study: Study,
    data: str | Path | None,
    config: str | Path | Mapping[str, Any] | None,
    asked: Mapping[str, Any],
    *,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    files: Mapping[str, Path] = MappingProxyType({}),
    variables: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """The request of a search: that of a run, and what is asked of the search; all that can be known now is checked.

    asked: budget, method, goals, nested and search, as `tune` takes them.
    """
    from casestudies.workflow.tuned.request import request_of

    request = prepare(study, data, config, overrides=overrides, seed=seed, files=files, variables=variables)
    return request_of(study, request, asked)


def prepare(
    study: Study,
    data: str | Path | None,
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    files: Mapping[str, Path] = MappingProxyType({}),
    engine: Engine = Engine(),  # noqa: B008
    variables: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """The request of a run: which data, every setting with its origin, and where it is fitted; what request.json holds."""
    resolved, path = resolve_request(
        study, data, config, overrides=overrides, seed=seed, files=files, variables=variables
    )
    _check_ahead(study, resolved.config)
    further = further_files(study, resolved, variables) | dict(files)
    request: dict[str, Any] = {
        "data": None if path is None else str(path),
        "files": {name: str(file) for name, file in further.items()},
        "config": resolved.config.model_dump(mode="json"),
        "origins": resolved.origins,
        "overrides": list(overrides),
    }
    return request | ({"engine": engine.told} if engine.told else {})


def _check_ahead(study: Study, settings: Settings) -> None:
    """What would only be found out after the training: parts of the report, names of gates.

    Raises
    ------
    ConfigError: a date, logo, fonts or notes that cannot be printed, or a gate on a figure that does not exist.
    """
    from casestudies.workflow.reporting import check_parts

    known = study.figures(settings)
    for name in settings.gates:
        if name not in known:
            raise ConfigError(f"there is no figure {shown(name)}", where="gates", advice=nearest(name, known))
    check_parts(settings.report)


def resolve_request(
    study: Study,
    data: str | Path | None,
    config: str | Path | Mapping[str, Any] | None,
    *,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    files: Mapping[str, Path] = MappingProxyType({}),
    variables: Mapping[str, str] = os.environ,
) -> tuple[Resolved[Settings], Path | None]:
    """The settings and the data file; without any file the demo's own settings are the defaults."""
    from casestudies.workflow.load import find_data

    file = Path(config) if isinstance(config, (str, Path)) else None
    values = dict(config) if isinstance(config, Mapping) else {}
    texts = [*overrides, *([f"seed={seed}"] if seed is not None else [])]
    resolved = resolve(study.settings, file=file, values=values, overrides=texts)
    wanted = str(data) if data is not None else resolved.config.data.path
    if wanted is not None:
        return resolved, find_data(wanted, resolved.folder, variables)
    if (resolved.config.data.files or files) and study.table is not None:
        return resolved, None
    defaults = study.demo_defaults
    return resolve(study.settings, file=file, values=values, overrides=texts, defaults=defaults), None


def further_files(
    study: Study, resolved: Resolved[Settings], variables: Mapping[str, str] = os.environ
) -> dict[str, Path]:
    """The tables under `data.files`, found as `data.path` is.

    Raises
    ------
    ConfigError: the study reads no table of that name. DataError: a file is not there.
    """
    from casestudies.workflow.load import find_data

    found = {}
    for name, text in resolved.config.data.files.items():
        if name not in study.files:
            advice = nearest(name, study.files) if study.files else f"{study.name} reads one table, data.path"
            raise ConfigError(f"there is no further table {shown(name)}", where="data.files", advice=advice)
        found[name] = find_data(text, resolved.folder, variables, where=f"data.files.{name}")
    return found


@dataclass(frozen=True)
class Run:
    """One run, read from its folder."""

    folder: RunFolder

    @property
    def id(self) -> str:
        return self.folder.id

    @property
    def path(self) -> Path:
        return self.folder.path

    @property
    def state(self) -> State:
        return self.folder.state

    @cached_property
    def study(self) -> Study:
        return study_of(self.folder)

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """metrics.json: the champion, and every model's figures with intervals."""
        return dict(self.folder.read_json("metrics.json"))

    @cached_property
    def config(self) -> Settings:
        return self.study.settings.model_validate(self.folder.request()["config"])

    @cached_property
    def _model(self) -> Any:
        return self.study.open(self.folder)

    def predict(
        self,
        data: str | Path | pd.DataFrame,
        *,
        files: Mapping[str, str | Path] = MappingProxyType({}),
        overrides: Iterable[str] = (),
        state: str | Path | None = None,
        labels: str | Path | None = None,
    ) -> Predictions:
        """Score new rows by the saved model; the folder's hashes are checked first.

        Parameters
        ----------
        files, overrides, state, labels: see `predict_file`.
        """
        model = self._model_for(files, overrides)
        with _as_file(data) as file:
            if file is None:
                raise UsageError("there are no new rows", where="--data", advice="name a file")
            self._there(file)
            with _elsewhere(Path(state or "")):
                return model.predict(Path(file), **self._remembering(state, labels))

    def predict_file(
        self,
        data: str | Path,
        out: Path,
        *,
        engine: str | None = None,
        scheduler: str | None = None,
        files: Mapping[str, str | Path] = MappingProxyType({}),
        overrides: Iterable[str] = (),
        state: str | Path | None = None,
        labels: str | Path | None = None,
    ) -> tuple[int, list[str]]:
        """Score new rows into a .csv or .parquet file; returns their number and what was odd about them.

        A Parquet file is scored by row group in constant memory, with `engine` "dask" by the workers of a cluster.

        Parameters
        ----------
        files: {name: file}: further tables of the new rows, of a study whose run reads them too (churn: transactions).
        overrides: what is set for the new rows alone (churn, of customers made from events: "snapshot.date=2025-01-01").
        state: a file in which a study that remembers past rows (fraud) keeps them from one file to the next; where it
            does not exist, it begins with what the run remembers.
        labels: a file of outcomes that became known since, for the state.
        """
        if out.suffix not in _EXPORTS:
            raise UsageError(f"{shown(out.name)} is neither .csv nor .parquet", where="--out", advice="rename it")
        where = Engine.of(engine, scheduler)
        self._there(data)
        folder_for(out.parent)
        model, more = self._model_for(files, overrides), self._remembering(state, labels)
        with _elsewhere(out), _elsewhere(Path(state or out)):
            done: tuple[int, list[str]] = model.predict_into(Path(data), out, where, **more)
        return done

    def _there(self, data: str | Path) -> None:
        """Raises DataError: there is no such file, or no folder where the study takes one."""
        path = Path(data)
        if not (path.is_file() or (self.study.folders and path.is_dir())):
            what = f"there is no {'folder or ' if self.study.folders else ''}file {shown(data, 200)}"
            raise DataError(what, where="--data", advice="check the path")

    def score_lines(self, lines: Iterable[str], *, state: str | Path | None = None) -> Generator[str]:
        """A line of JSON with the score for each line of JSON with a row, of a study that scores single rows.

        Parameters
        ----------
        state: as in `predict_file`; written when the lines end, or the reader stops.
        """
        self._remembering(state, None)
        if not hasattr(self._model, "stream"):
            what = f"{self.study.name} scores files, not single rows"
            raise UsageError(what, where="--data -", advice="name a file")
        stream = self._model.stream(None if state is None else Path(state))
        try:
            yield from stream.lines(lines)
        finally:
            if state is not None:
                with _elsewhere(Path(state)):
                    stream.keep(Path(state))

    def _model_for(self, files: Mapping[str, str | Path], overrides: Iterable[str]) -> Any:
        """The saved model with further tables of new rows, and with what is set for them alone.

        Raises
        ------
        UsageError: the study, or this run of it, reads no such table or takes no such setting. DataError: there is no file.
        """
        from casestudies.workflow.resolve import parse_overrides

        changes = parse_overrides(overrides)
        if not files and not changes:
            return self._model
        if not hasattr(self._model, "given"):
            where = f"--files {next(iter(files))}" if files else "--set"
            raise UsageError(f"{self.study.name} reads new rows and nothing else", where=where, advice="leave it out")
        for name, file in files.items():
            if name not in self.study.files:
                what = f"there is no further table {shown(name)}"
                raise UsageError(what, where="--files", advice=nearest(name, self.study.files))
            if not Path(file).is_file():
                raise DataError(
                    f"there is no file {shown(file, 200)}", where=f"--files {name}", advice="check the path"
                )
        return self._model.given({name: Path(file) for name, file in files.items()}, changes)

    def _remembering(self, state: str | Path | None, labels: str | Path | None) -> dict[str, Path]:
        """The files of a study that remembers past rows, as its predictor takes them.

        Raises
        ------
        UsageError: the study remembers nothing, or there is no folder for the state. DataError: there are no labels.
        """
        given = {name: Path(file) for name, file in (("state", state), ("labels", labels)) if file is not None}
        if given and not hasattr(self._model, "stream"):
            what = f"{self.study.name} remembers nothing from one file to the next"
            raise UsageError(what, where=f"--{next(iter(given))}", advice="leave it out")
        if "labels" in given and not given["labels"].is_file():
            raise DataError(f"there is no file {shown(labels, 200)}", where="--labels", advice="check the path")
        if "state" in given and not given["state"].absolute().parent.is_dir():
            raise UsageError("there is no such folder", where=f"--state {shown(state, 200)}", advice="check the path")
        return given

    def evaluate(
        self,
        data: str | Path | pd.DataFrame,
        *,
        files: Mapping[str, str | Path] = MappingProxyType({}),
        overrides: Iterable[str] = (),
        on_event: Callable[[Event], None] | None = None,
        variables: Mapping[str, str] = os.environ,
    ) -> Run:
        """Judge the frozen model at its frozen cut on new rows whose outcome is known, in a run folder beside this one.

        Parameters
        ----------
        data: rows with the outcome. files: {name: file}: further tables of them, of a study that reads some.
        overrides: "key=value" texts: gates, intervals, the report, and how the file is read.

        Returns
        -------
        The evaluation: `metrics`, `summary()`, `verdict` and reports, as of a run.

        Raises
        ------
        CaseError: with one line that says what, where and what to do.
        """
        from casestudies.workflow.load import find_data

        with _as_file(data) as file:
            self._there(file or "")
            further = {name: find_data(str(one), None, variables, f"--files {name}") for name, one in files.items()}
            request = evaluation_of(self.folder, Path(file or "").absolute(), further, overrides)
            folder = RunStore(self.path.parent.parent).create(self.folder.study, request)
            with _threads(request["config"]["run"]["threads"]):
                execute(folder.request(), folder, on_event)
        return Run(folder)

    @property
    def verdict(self) -> str:
        """Of an evaluation: keep, recalibrate, refit, or too few to say. Raises RunError: the run is none."""
        if self.folder.verb != "evaluate":
            raise RunError("is no evaluation", where=self.id, advice="make one: run.evaluate(data)")
        return str(self.folder.read_json("evaluation.json")["verdict"]["answer"])

    def explain(self, rows: pd.DataFrame) -> Any:
        """SHAP values of checked rows by the saved model, on the columns of the file."""
        return self._model.explain(rows)

    def report(
        self,
        formats: Iterable[str] = ("html", "pdf"),
        *,
        out: str | Path | None = None,
        overrides: Iterable[str] = (),
        notes: Path | None = None,
        since: str | None = None,
    ) -> list[Path]:
        """Write the report again, from the folder alone.

        Parameters
        ----------
        out: a folder; without it the run's own reports are returned as they are, since a finished run never changes.
        overrides: ["decide.cut=0.23"]: the reader's own cut, which the report says.
        notes: the analyst's words by section.
        since: "last", or a run beside this one: what has changed since then, at the end of the summary.
        """
        from casestudies.workflow.reporting import build_report, render
        from casestudies.workflow.resolve import parse_overrides

        self._unchanged()
        formats = list(formats)
        changes = parse_overrides(overrides)
        report = build_report(self.folder, self.study, changes, notes, None if since is None else self._since(since))
        files = render(report, formats, self.folder)
        if out is None:
            if changes or notes is not None or since is not None:
                raise UsageError(
                    "a finished run is never changed", where="--out", advice="say where the new report goes"
                )
            out = Path("reports")
        target = folder_for(Path(out))
        written = []
        for name, data in files.items():
            path = target / f"{self.folder.study}-{self.id}.{name}"
            _write(path, data)
            written.append(path)
        return written

    def _since(self, text: str) -> Compared:
        from casestudies.workflow.since import since

        return since(self.folder, text, RunStore(self.path.parent.parent))

    def reports(self) -> list[Path]:
        """The reports in the run folder."""
        return [path for name in ("html", "pdf") if (path := self.path / f"report.{name}").exists()]

    def copy_reports(self, folder: Path) -> list[Path]:
        """Copy them to `folder` as STUDY.html and STUDY.pdf."""
        folder_for(folder)
        copies = []
        for path in self.reports():
            copies.append(folder / f"{self.folder.study}{path.suffix}")
            _write(copies[-1], path.read_bytes())
        return copies

    def summary(self) -> list[str]:
        """The result in a few lines."""
        return self.study.lines(self.study.findings(self.folder, self.study))

    def _repr_html_(self) -> str:
        """What a notebook shows of it: the result in a few lines, and its files; all text is escaped."""
        from casestudies.workflow.display import run_as_html

        return run_as_html(self.folder, self.summary() if self.state == State.DONE else self.describe())

    def describe(self) -> list[str]:
        """State, and what there is to say about it."""
        lines = [f"run: {self.id}", f"study: {self.folder.study}", f"state: {self.state}", f"folder: {self.path}"]
        error = self.folder.error()
        if error is not None:
            return [*lines, f"error: {error['message']}"]
        if self.state != State.DONE:
            events = self.folder.events()
            return [*lines, *([f"stage: {events[-1].stage}: {events[-1].message}"] if events else [])]
        self._unchanged()
        manifest = self.folder.manifest()
        files = [f"  {name}  {entry['bytes']:,} bytes" for name, entry in manifest["files"].items()]
        return [*lines, f"result: {manifest['result_id']}", *self.summary(), "files:", *files]

    def _unchanged(self) -> None:
        """Raises a RunError where a file of the folder is not as it was made: what it says then is not the run's."""
        if wrong := self.folder.verify():
            raise RunError(wrong[0], where=self.id, advice="a changed folder is not reported; make the run again")

    def to_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "run": self.id,
            "study": self.folder.study,
            "state": str(self.state),
            "folder": str(self.path),
        }
        out["error"] = self.folder.error()
        if self.state == State.DONE:
            out |= {"metrics": self.metrics, "manifest": self.folder.manifest()}
        return out

    def check_gates(self) -> None:
        """Compare the champion's figures with `gates` of the config.

        Raises
        ------
        GateMissed: a figure lies outside its limits.
        ConfigError: there is no such figure.
        """
        figures = self.metrics["models"][self.metrics["champion"]]
        for name, gate in self.config.gates.items():
            value = figures[name]["value"] if name in figures else None
            for word, limit, missed in (
                ("at least", gate.min, gate.min is not None and not (value is not None and value >= gate.min)),
                ("at most", gate.max, gate.max is not None and not (value is not None and value <= gate.max)),
            ):
                if missed:
                    raise GateMissed(
                        f"{'no figure' if value is None else f'{value:.4g}'}, and {word} {limit:g} is wanted",
                        where=f"gates.{name}",
                        advice="look at the report before the model is used",
                    )


def open_run(name: str | Path, *, runs: str | Path | None = None, finished: bool = True) -> Run:
    """A run by id, `latest`, or the path of its folder; a folder from elsewhere must match its manifest.

    Raises
    ------
    RunError: there is no such run, or it is not finished where `finished` is asked for.
    """
    if len(str(name)) > 1000:
        raise RunError(f"there is no run {shown(name)}", advice="list them with: casestudies runs list")
    path = Path(name)
    if (path / "manifest.json").is_file() and path.parent.name:
        folder = RunFolder(path.absolute())
        if wrong := folder.verify():
            raise RunError(wrong[0], where=str(path), advice="a changed folder is not loaded")
    else:
        folder = RunStore.default(runs).get(str(name))
    if finished and folder.state != State.DONE:
        error = folder.error()
        waiting = "wait for it to end" if folder.state.active else "start it again"
        advice = f"it said: {error['message']}" if error else waiting
        raise RunError(f"is {folder.state}", where=folder.id, advice=advice)
    return Run(folder)


@dataclass(frozen=True, eq=False)
class CheckedData:
    """What `casestudies check` found, before anything is trained."""

    table: CheckedTable

    @property
    def loaded(self) -> Any:
        """The study's own value of the table."""
        return self.table.own

    @property
    def failed(self) -> bool:
        return bool(self.table.problems.errors)

    def lines(self) -> list[str]:
        """For people: what was read, then every fact with its first rows, errors first."""
        table, source = self.table, self.table.source
        lines = [f"{source.name}: {source.rows:,} rows, {source.columns} columns, {source.format}"]
        lines += [f"  {note}" for note in table.notes]
        for severity in ("error", "warning", "note"):
            for problem in table.problems.of(severity):
                lines.append(f"{severity}: {problem} [{problem.code}]")
                lines += [f"    row {p.row} (line {p.line}): {shown(p.value)}" for p in self._rows(problem)]
        errors = len(table.problems.errors)
        read = ", ".join(table.reads) or "none"
        lines.append(f"{errors} error{'' if errors == 1 else 's'}; {table.what}s: {read}")
        return [one_line(line) for line in lines]

    def _rows(self, first: Any) -> list[Any]:
        """Up to four further rows of a fact."""
        same = [p for p in self.table.problems if (p.code, p.column) == (first.code, first.column)]
        return [p for p in same[1:5] if p.row is not None and p.value is not None]

    def to_dict(self) -> dict[str, Any]:
        table = self.table
        frame = table.problems.to_frame()
        return {
            "file": table.source.name,
            "rows": table.source.rows,
            "notes": list(table.notes),
            "failed": self.failed,
            f"{table.what}s": list(table.reads),
            "kinds": dict(table.reads),
            "problems": frame.astype(object).where(frame.notna(), None).to_dict("records"),
        }

    def write_problems(self, path: Path) -> None:
        from casestudies.report import csv_safe

        problems = csv_safe(self.table.problems.to_frame())
        _write(path, problems.to_csv(index=False, lineterminator="\n").encode("utf-8", "replace"))


def check_data(
    study: str,
    data: str | Path | pd.DataFrame | None = None,
    *,
    config: str | Path | Mapping[str, Any] | None = None,
    overrides: Iterable[str] = (),
    files: Mapping[str, Path] = MappingProxyType({}),
    variables: Mapping[str, str] = os.environ,
) -> CheckedData:
    """Read and check a table as a run would, and stop there."""
    told = get_study(study)
    with _as_file(data) as file:
        resolved, path = resolve_request(told, file, config, overrides=overrides, files=files, variables=variables)
        further = further_files(told, resolved, variables) | dict(files)
        return CheckedData(told.check(told, resolved.config, path, further))


def describe(study: str) -> dict[str, Any]:
    """The contract and the settings of a study as rows of words."""
    from casestudies.workflow.settings import describe_settings

    told = get_study(study)
    return {"study": study, "columns": told.contract.to_rows(), "settings": describe_settings(told.settings)}


def write_template(study: str, folder: Path) -> list[Path]:
    """A config with every setting, and the first rows of the demo as an example file.

    Raises
    ------
    UsageError: a file is there already; nothing is overwritten.
    """
    from casestudies.workflow.load import demo_csv

    told = get_study(study)
    demo = told.demo(200, 0)
    if told.example is None:
        example = Example(f"{study}.csv", {f"{study}.csv": demo_csv(demo.frame)})
    else:
        example = told.example()
    data = {**demo.defaults.get("data", {}), **example.settings.get("data", {}), "path": example.path}
    resolved = resolve(told.settings, defaults={**demo.defaults, **example.settings, "data": data})
    files = {folder / f"{study}.yaml": resolved.to_yaml().encode()}
    files |= {folder / name: content for name, content in example.files.items()}
    for path in files:
        if path.exists():
            raise UsageError(
                f"{shown(str(path), 200)} is there already", where="--out", advice="choose an empty folder"
            )
    for path, content in files.items():
        folder_for(path.parent)
        _write(path, content)
    return list(files)


def list_runs(study: str | None = None, *, runs: str | Path | None = None) -> list[dict[str, Any]]:
    """Every run with its state and headline, newest first."""
    return [_row(folder) for folder in RunStore.default(runs).all(study)]


def _row(folder: RunFolder) -> dict[str, Any]:
    row = {
        "run": folder.id,
        "study": folder.study,
        "state": str(folder.state),
        "data": "demo",
        "champion": "",
        "headline": "",
        "size": f"{folder.size() / 1e6:.1f} MB",
    }
    try:
        files = folder.sources()
        row["data"] = files[0].name if files else "demo (synthetic)"
        if folder.state == State.DONE:
            metrics = folder.read_json("metrics.json")
            row["champion"] = metrics["champion"]
            row["headline"] = headline_of(folder)
        elif (error := folder.error()) is not None:
            row["headline"] = error["message"][:80]
    except (RunError, KeyError, TypeError) as error:
        row["headline"] = f"damaged: {error}"[:80]
    return row


def compare_runs(first: str, second: str, *, runs: str | Path | None = None) -> dict[str, Any]:
    """What differs between two finished runs of one study: settings, figures, and each figure's difference with its interval.

    Returns
    -------
    {"runs": [ids], "config": {key: {id: value}}, "metrics": {key: {id: value}}, "pairs": [{"runs", "paired": whether the
    same rows judged both, "rows", "sentences", "differences": {figure: {"first", "second", "difference", "verdict"}}}]}.
    """
    from casestudies.workflow.compared import compared

    return compared([open_run(name, runs=runs).folder for name in (first, second)]).to_dict()


def evaluation_of(
    folder: RunFolder, data: Path, files: Mapping[str, Path] = MappingProxyType({}), overrides: Iterable[str] = ()
) -> dict[str, Any]:
    """The request of an evaluation of a run on new rows; what request.json holds.

    Raises
    ------
    CaseError: the run is not done or was changed, a setting is frozen with the model, a gate names no figure.
    """
    from casestudies.workflow.evaluated import EVALUATE, asked

    study = get_study(folder.study)
    told = study.at(EVALUATE)
    request = asked(told, folder, data, files, overrides)
    _check_ahead(told, study.settings.model_validate(request["config"]))
    return request


def reproduce(
    name: str | Path, *, runs: str | Path | None = None, on_event: Callable[[Event], None] | None = None
) -> Reproduction:
    """Run a run's request again into a new folder, and compare every result file by its SHA-256.

    Raises
    ------
    DataError: the data file is gone or changed. RunError: there is no such run, or it is not done or was changed.
    """
    from casestudies.runs.reproduction import Reproduction

    first = open_run(name, runs=runs)
    first._unchanged()
    request = first.folder.request()
    _same_data(first)
    folder = RunStore(first.path.parent.parent).create(first.folder.study, request)
    with _threads(request["config"]["run"]["threads"]):
        execute(folder.request(), folder, on_event)
    return Reproduction.of(first.folder, folder)


def _same_data(run_: Run) -> None:
    """Raises DataError: a file that the run was made from is gone, or is another one now."""
    for path in run_.folder.sources():
        if not path.exists():
            advice = "put it back; what was handed in by a browser is erased when its job ends"
            raise DataError("the file that the run was made from is gone", where=shown(path, 200), advice=advice)
    request, known = run_.folder.request(), run_.folder.manifest()["data_sha256"]
    if not run_.folder.sources() or run_.folder.verb != RUN:
        return
    table = None if request["data"] is None else Path(request["data"])
    files = {name: Path(file) for name, file in request.get("files", {}).items()}
    found = run_.study.check(run_.study, run_.config, table, files).source.sha256
    if found != known:
        where = shown(table or next(iter(files.values())), 200)
        what = f"the data have changed since: SHA-256 is {found}, and was {known} at the run"
        raise DataError(what, where=where, advice="bring the file back as it was, or start a new run")


def verify_run(name: str, *, runs: str | Path | None = None) -> str:
    """A sentence when every file is as it was made.

    Raises
    ------
    RunError: one is not; the first is named.
    """
    run_ = open_run(name, runs=runs)
    if wrong := run_.folder.verify():
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise RunError(f"{wrong[0]}{more}", where=run_.id, advice="the folder was changed after the run")
    return f"{run_.id}: {len(run_.folder.manifest()['files'])} files are as they were made"


def examine_installation() -> dict[str, Any]:
    """Versions, extras and the machine; what is missing and how to get it."""
    from casestudies.workflow.doctor import examine

    return examine()


def folder_for(path: Path) -> Path:
    """`path` as a folder to write into, made where it is not there.

    Raises
    ------
    UsageError: it cannot be one.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            error.strerror or "cannot be made", where=shown(path, 200), advice="name another folder"
        ) from None
    return path


def fetch_data(
    name: str,
    source: str | Path | None = None,
    *,
    out: str | Path | None = None,
    force: bool = False,
    on_event: Callable[[Event], None] | None = None,
    variables: Mapping[str, str] = os.environ,
) -> Fetched:
    """A public data set, from its publisher or from a file you bring, where its config in `examples/` reads it.

    Parameters
    ----------
    name: see `casestudies data list`.
    source: the publisher's archive, its one file, or a folder with its files; None downloads.
    out: the folder of data: here, else $CASESTUDIES_DATA, else ./data.
    force: replace another file of the same name.

    Raises
    ------
    UsageError: a login or a connection is needed, another file is in the place, or the disk refuses.
    DataError: the bytes are not the publisher's, or cannot be had.
    """
    from casestudies.datasets import data_set, fetch

    return fetch(
        data_set(name),
        Path(out or variables.get("CASESTUDIES_DATA") or "data"),
        source=None if source is None else Path(source),
        force=force,
        offline=variables.get("CASESTUDIES_OFFLINE", "") not in ("", "0"),
        on_event=on_event or (lambda event: None),
    )


def convert(
    data: str | Path,
    out: str | Path,
    *,
    overrides: Iterable[str] = (),
    on_part: Callable[[float], None] | None = None,
) -> Converted:
    """A text table of any size as Parquet, in row groups of 100,000 rows, a part of it in memory at a time.

    Parameters
    ----------
    overrides: "data.read.encoding=cp1252", ...: how the text is read, where that is not found from it.
    on_part: called with the share that is done.

    Raises
    ------
    DataError: the text is no table, or a row of it cannot be read; nothing is written then.
    UsageError: the output cannot be written, or is not called .parquet.
    """
    from casestudies.tabular.read.conversion import to_parquet
    from casestudies.workflow.load import read_options

    source, target = Path(data), Path(out)
    if target.suffix != ".parquet":
        raise UsageError(f"{shown(target.name)} is not called .parquet", where="OUT", advice="rename it")
    if not source.is_file():
        raise DataError(f"there is no file {shown(data, 200)}", where="FILE", advice="check the path")
    if target.exists() and target.samefile(source):
        raise UsageError("is the file that is read", where="OUT", advice="choose another name")
    settings = resolve(Settings, values={"study": "any"}, overrides=overrides).config
    with _elsewhere(target), whole_file(target) as temporary:
        return to_parquet(source, temporary, read_options(settings), on_part)


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    with _elsewhere(path):
        write_whole(path, data)


@contextmanager
def _elsewhere(path: Path) -> Iterator[None]:
    """Troubles of the disk with a file the user named are the user's to solve."""
    try:
        yield
    except RunError as error:
        if error.where != str(path):
            raise
        raise UsageError(error.what, where=shown(path, 200), advice="choose another place") from None


class _as_file:
    """A path as it is; a DataFrame as a Parquet file for as long as it is needed."""

    def __init__(self, data: str | Path | pd.DataFrame | None) -> None:
        self._data = data
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> str | Path | None:
        if self._data is None or isinstance(self._data, (str, Path)):
            return self._data
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name, "table.parquet")
        try:
            self._data.to_parquet(path, index=False)
        except (ValueError, TypeError, OSError) as error:
            self._folder.cleanup()
            raise DataError(
                f"the DataFrame cannot be kept as a table ({error})", advice="give each column one type"
            ) from None
        return path

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()


def _threads(count: int) -> Any:
    from threadpoolctl import threadpool_limits

    return threadpool_limits(count)
