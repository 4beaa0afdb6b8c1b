"""One run, read from its folder: its figures, its model on new rows, its reports."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from casestudies.api.files import as_file, elsewhere, folder_for, threads, write_file
from casestudies.api.requests import evaluation_of
from casestudies.errors import DataError, GateMissed, RunError, UsageError, nearest, shown
from casestudies.models.engine import Engine
from casestudies.runs import Event, RunFolder, RunStore, State, execute
from casestudies.workflow.settings import Settings
from casestudies.workflow.studies import Study, study_of

if TYPE_CHECKING:
    import pandas as pd

    from casestudies.workflow.compared import Compared
    from casestudies.workflow.predictor import Predictions


_EXPORTS = (".csv", ".parquet")


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
        with as_file(data) as file:
            if file is None:
                raise UsageError("there are no new rows", where="--data", advice="name a file")
            self._there(file)
            with elsewhere(Path(state or "")):
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
        with elsewhere(out), elsewhere(Path(state or out)):
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
                with elsewhere(Path(state)):
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

        with as_file(data) as file:
            self._there(file or "")
            further = {name: find_data(str(one), None, variables, f"--files {name}") for name, one in files.items()}
            request = evaluation_of(self.folder, Path(file or "").absolute(), further, overrides)
            folder = RunStore(self.path.parent.parent).create(self.folder.study, request)
            with threads(request["config"]["run"]["threads"]):
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

        self.refuse_changed()
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
            write_file(path, data)
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
            write_file(copies[-1], path.read_bytes())
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
        self.refuse_changed()
        manifest = self.folder.manifest()
        files = [f"  {name}  {entry['bytes']:,} bytes" for name, entry in manifest["files"].items()]
        return [*lines, f"result: {manifest['result_id']}", *self.summary(), "files:", *files]

    def refuse_changed(self) -> None:
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
