"""The steps of a table study: check, split, fit, decide, evaluate, explain, ask further; the run folder is what they leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from casestudies.errors import DataError
from casestudies.models.engine import Engine
from casestudies.models.recipes import Recipe
from casestudies.runs import RunWriter
from casestudies.tabular.split import Split
from casestudies.workflow.analyses import Work, analyse
from casestudies.workflow.compare import Comparison, Plan, Sample, Trained, compare, refit
from casestudies.workflow.evaluate import evaluate
from casestudies.workflow.explaining import explain_model
from casestudies.workflow.incumbent import Incumbent, read_incumbent
from casestudies.workflow.large import refit_whole
from casestudies.workflow.limits import for_file, in_sample
from casestudies.workflow.load import Loaded, load, rule_of
from casestudies.workflow.models import ModelSettings, fitting, recipes_of
from casestudies.workflow.sample import sample_of, split_of
from casestudies.workflow.studies import Study
from casestudies.workflow.table_record import TableRecord


def conduct(study: Study, request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
    """Do a whole table study into a run folder.

    Parameters
    ----------
    request: what request.json holds: data, files, config, engine.

    Returns
    -------
    What the manifest says beside the writer's own entries.
    """
    settings: Any = study.settings.model_validate(request["config"])
    steps = _Steps(study, settings, Engine.asked(request), TableRecord(writer, study, settings, request))
    steps.engine.refuse(settings.model.candidates)
    loaded, split, kept = steps.checked(request)
    model = settings.model.model_copy(update={"candidates": kept})
    settings = settings.model_copy(update={"model": model})
    sample = sample_of(loaded)
    rule = in_sample(rule_of(settings), loaded.whole)
    plan = Plan(rule, model.calibrate, settings.split.folds, settings.seed, model.champion)
    recipes = recipes_of(settings, {name: loaded.checked.kinds[name] for name in loaded.checked.features})
    comparison = compare(recipes, sample, split, plan, steps.record.stage("fit"))
    incumbent = steps.evaluated(loaded, split, sample, comparison, plan)
    saved = steps.saved(recipes, loaded, split, sample, comparison, plan, writer.folder.path.parent)
    explained = explain_model(
        saved.model,
        _winner(recipes, comparison),
        sample,
        comparison,
        settings,
        steps.record.stage("explain"),
        loaded.checked.places.rows,
        study.planted if loaded.synthetic else {},
        study.worded,
    )
    steps.record.explanation(explained)
    work = Work(loaded, split, sample, comparison, incumbent, saved, explained, settings, study.words)
    analyse(steps.record, work, study.questions, steps.record.stage("analyse"))
    steps.record.reports()
    return steps.record.seal(synthetic=loaded.synthetic)


def _winner(recipes: Sequence[Recipe], comparison: Comparison) -> Recipe:
    return next(recipe for recipe in recipes if recipe.name == comparison.choice.champion)


@dataclass(frozen=True, eq=False)
class _Steps:
    """The steps that write: what is asked, where it is fitted, and the folder it goes to."""

    study: Study
    settings: ModelSettings
    engine: Engine
    record: TableRecord

    def checked(self, request: Mapping[str, Any]) -> tuple[Loaded, Split, list[str]]:
        """The table, its split, and the candidates that can be fitted on it."""
        step = self.record.stage("check")
        step(0.0, "reading and checking the table")
        loaded = load(
            self.study,
            self.settings,
            Path(request["data"]) if request.get("data") else None,
            incumbent=self.settings.model.incumbent,
            leaks_allowed=self.settings.model.leaks_allowed,
            files={name: Path(path) for name, path in request.get("files", {}).items()},
            engine=self.engine,
        )
        split = split_of(loaded, self.settings)
        money, whole = loaded.costs is not None, loaded.whole is not None
        kept, left_out = fitting(self.settings.model.candidates, money=money, whole=whole)
        loaded = replace(loaded, notes=(*loaded.notes, *filter(None, [left_out])))
        self.record.data(loaded, split)
        loaded.checked.problems.raise_if_errors(loaded.checked.source.name)
        if self.study.ahead is not None:
            self.study.ahead(loaded.checked, self.settings)
        return loaded, split, kept

    def evaluated(
        self, loaded: Loaded, split: Split, sample: Sample, comparison: Comparison, plan: Plan
    ) -> Incumbent | None:
        """Judge the decisions beside today's, where the table has one."""
        self.record.stage("evaluate")(0.0, "judging the decisions")
        words, checked = self.study.words, loaded.checked
        incumbent = None
        if (column := loaded.column("incumbent")) is not None:
            values, act = checked.frame[column], self.settings.model.incumbent_act
            incumbent = read_incumbent(column, values, act, sample, comparison.parts, plan.rule, words.act)
        protected = {name: checked.frame[name] for name in checked.in_role("protected")}
        baselines = (f"{words.rest}_all", f"{words.act}_all")
        evaluation = evaluate(comparison, sample, incumbent, protected, self.settings, baselines)
        self.record.evaluation(loaded, split, comparison, evaluation, incumbent)
        return incumbent

    def saved(
        self,
        recipes: Sequence[Recipe],
        loaded: Loaded,
        split: Split,
        sample: Sample,
        comparison: Comparison,
        plan: Plan,
        home: Path,
    ) -> Trained:
        """The champion on all rows. home: a folder for what is too large for memory."""
        step, champion = self.record.stage("refit"), comparison.choice.champion
        step(0.0, f"fitting {champion} on all rows")
        winner = _winner(recipes, comparison)
        if loaded.whole is None:
            saved = refit(winner, sample, plan, None if split.out_of_fold else comparison.trained[champion])
        else:
            saved, told = refit_whole(
                winner, loaded, sample, split, comparison, plan, self.settings, self.engine, home, step
            )
            self.record.analysis("large", told)
        if not saved.model.columns:
            what = f"{champion} is best with no column at all: nothing here tells the outcome"
            raise DataError(what, where=loaded.checked.source.name, advice="bring more rows or other columns")
        self.record.model(for_file(saved, loaded.whole, rule_of(self.settings)), loaded, comparison)
        return saved
