"""A run's saved model making lists: for the customers of a file, with what is new of them, or for all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pandas as pd

from casestudies.errors import ConfigError, RunError, UsageError, nearest, shown
from casestudies.models.engine import Engine
from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.models.factorisation.fitted import Fitted
from casestudies.recommendation.arrivals import Arrivals, arrived, everybody
from casestudies.recommendation.config import RecommendationSettings
from casestudies.recommendation.contract import ITEMS, USERS
from casestudies.recommendation.desk import Desk
from casestudies.recommendation.listing import Tally, notes_of
from casestudies.recommendation.margin import FILE
from casestudies.recommendation.pays import Pays
from casestudies.recommendation.serving import Server, long_form, wide_form
from casestudies.runs import RunFolder
from casestudies.runs.disk import whole_file
from casestudies.tabular.interactions.items import known_of
from casestudies.workflow.load import read_options
from casestudies.workflow.predictor import MODEL, Predictions
from casestudies.workflow.resolve import resolve
from casestudies.workflow.scoring import to_csv_parts, to_parquet_parts

_SIDES = {"items": ("item", ITEMS), "users": ("user", USERS)}


@dataclass(frozen=True, eq=False)
class RecommendationPredictor:
    """The saved model of a verified run folder, with how its files are read and its lists are made.

    columns: {role: column} of the run's own file. pays: how lists weigh margin, as it was learnt; None = by likelihood.
    files: tables of items or users that hold today, by name.
    """

    model: MatrixFactorization
    settings: RecommendationSettings
    columns: Mapping[str, str]
    pays: Mapping[str, Any] | None = None
    files: Mapping[str, Path] = field(default_factory=dict)

    @classmethod
    def open(cls, run: RunFolder) -> Self:
        """Load a folder; every hash of its manifest is compared before anything else is read.

        Raises
        ------
        RunError: a file of the folder is not as it was made.
        """
        if wrong := run.verify():
            raise RunError(wrong[0], where=run.id, advice="a changed folder is not loaded; make the run again")
        pays = run.path / "made" / FILE
        return cls(
            MatrixFactorization.load(run.path / MODEL),
            RecommendationSettings.model_validate(run.request()["config"]),
            run.read_json("data/schema.json")["columns"],
            json.loads(pays.read_bytes()) if pays.exists() else None,
        )

    @cached_property
    def desk(self) -> Desk:
        """One customer at a time, for the pages."""
        return Desk(self._server(self.model.fitted_))

    def given(self, files: Mapping[str, Path], changes: Mapping[str, Any]) -> Self:
        """With tables of items or users that hold today (stock, prices), and lists of another kind.

        Parameters
        ----------
        changes: {"ranking": {...}}: keys of the section `ranking`, or nothing.

        Raises
        ------
        UsageError: another table or section. ConfigError: a key or value that `ranking` does not take.
        """
        for name in files:
            if name not in _SIDES:
                what = f"lists read no table {shown(name)}"
                raise UsageError(what, where=f"--files {name}", advice=nearest(name, _SIDES))
        if set(changes) - {"ranking"}:
            where = f"--set {sorted(set(changes) - {'ranking'})[0]}"
            raise UsageError("for new lists only ranking can be set", where=where, advice="leave it out, or run again")
        before, asked = self.settings.ranking, changes.get("ranking", {})
        if isinstance(asked, Mapping):
            asked = {**before.model_dump(), **asked}
        ranking = resolve(RecommendationSettings, values={"ranking": asked}).config.ranking
        if ranking.margin != before.margin:
            advice = "set it in the run itself, which learns the price of margin"
            raise UsageError("the run did not learn how to", where="--set ranking.margin", advice=advice)
        settings = self.settings.model_copy(update={"ranking": ranking})
        return replace(self, files=dict(files), settings=settings)

    def predict(self, path: Path | None = None) -> Predictions:
        """Lists for the customers whom a file names, or with whose new interactions it comes; None = all of the run.

        Raises
        ------
        DataError: the file cannot be read, or nothing in it is known. ConfigError: a filter that cannot work.
        """
        batch = self._batch(path)
        tables = list(batch.parts())
        return Predictions(pd.concat(tables, ignore_index=True), batch.notes())

    def predict_into(self, path: Path | None, out: Path, engine: Engine) -> tuple[int, list[str]]:
        """The same into a .csv or .parquet file, some thousand customers at a time; rows, and what is to be said of them.

        Raises
        ------
        ConfigError: a cluster is named: lists are made on one machine. Else as `predict`.
        """
        if engine.scheduler is not None:
            advice = "leave it out: a million customers take minutes"
            raise ConfigError("lists are made on one machine", where="--engine", advice=advice)
        batch, rows = self._batch(path), 0

        def counted() -> Iterator[pd.DataFrame]:
            nonlocal rows
            for table in batch.parts():
                rows += len(table)
                yield table

        with whole_file(out) as temporary:
            (to_csv_parts if out.suffix == ".csv" else to_parquet_parts)(counted(), temporary)
        return rows, batch.notes()

    def _batch(self, path: Path | None) -> _Batch:
        fitted, notes = self._today(self.model.fitted_)
        server = self._server(fitted)
        if path is None:
            here = everybody(fitted)
        else:
            options = self.settings.reading.options(self.settings.data)
            here = arrived(fitted, path, dict(self.columns), options, read_options(self.settings))
        users, more = self._users(here)
        return _Batch(server, replace(here, history=users, notes=(*here.notes, *notes, *more)), Tally(server))

    def _server(self, fitted: Fitted) -> Server:
        """Raises ConfigError: lists are asked to weigh margin, and the run did not learn how."""
        asked = self.settings.ranking
        if asked.keep_takes < 1 and (self.pays is None or self.pays["keep"] != asked.keep_takes):
            advice = "set it in the run itself, which learns the price of margin"
            raise ConfigError("the run did not learn how to", where="ranking.keep_takes", advice=advice)
        learnt = self.pays if asked.keep_takes < 1 else None
        pays = None if learnt is None else Pays.from_dict(learnt, fitted.data.items)
        return Server.of(fitted, asked, pays)

    def _today(self, fitted: Fitted) -> tuple[Fitted, tuple[str, ...]]:
        """The model beside the items' table that holds now: filters and margins read it, vectors stay."""
        if "items" not in self.files:
            return fitted, ()
        table, notes = self._side("items", fitted.data.item_ids)
        return replace(fitted, data=replace(fitted.data, items=table)), notes

    def _users(self, here: Arrivals) -> tuple[Any, tuple[str, ...]]:
        """The history with what a table says of its users, newcomers among them."""
        if "users" not in self.files:
            return here.history, ()
        table, notes = self._side("users", here.history.user_ids)
        return replace(here.history, users=table), notes

    def _side(self, name: str, ids: pd.Index) -> tuple[pd.DataFrame, tuple[str, ...]]:
        what, contract = _SIDES[name]
        options = self.settings.reading.options(self.settings.data)
        known = known_of(self.files[name], what, ids, self.columns.get(what, what), contract, getattr(options, name))
        known.problems.raise_if_errors(known.source.name)
        notes = tuple(str(problem) for problem in known.problems.of("warning"))
        return known.frame.reindex(ids), notes


@dataclass(frozen=True, eq=False)
class _Batch:
    """Lists being made."""

    server: Server
    here: Arrivals
    tally: Tally

    def parts(self) -> Iterator[pd.DataFrame]:
        form = wide_form if self.server.asked.form == "wide" else long_form
        for served in self.server.in_parts(self.here.history, self.here.users, self.here.news):
            self.tally.add(served)
            yield form(self.server, self.here.history, served)

    def notes(self) -> list[str]:
        return [*self.here.notes, *notes_of(self.tally.told())]
