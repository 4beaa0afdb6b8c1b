"""The steps of the credit study: check, split, fit, decide, evaluate, explain; the run folder is what they leave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from casestudies.credit import CARD
from casestudies.credit.config import CreditSettings
from casestudies.credit.contract import CONTRACT
from casestudies.credit.demo import demo
from casestudies.credit.findings import sections
from casestudies.errors import DataError
from casestudies.models.engine import Engine
from casestudies.models.recipes import LogisticRecipe, Recipe, ScorecardRecipe, TreesRecipe
from casestudies.runs import RunFolder, RunWriter
from casestudies.workflow.analyses import Work, analyse
from casestudies.workflow.compare import Plan, compare, refit
from casestudies.workflow.evaluate import evaluate
from casestudies.workflow.explaining import explain_model
from casestudies.workflow.incumbent import read_incumbent
from casestudies.workflow.large import refit_whole
from casestudies.workflow.limits import for_file, in_sample
from casestudies.workflow.load import load, rule_of
from casestudies.workflow.predictor import TablePredictor
from casestudies.workflow.record import Record
from casestudies.workflow.sample import sample_of, split_of
from casestudies.workflow.studies import Study, Words

WORDS = Words(
    event="default",
    event_adjective="bad",
    act="decline",
    acted="declined",
    acting="declining",
    rest="accept",
    rested="accepted",
    resting="accepting",
    row="application",
    rows="applications",
)


def run(request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
    """Do the whole study into a run folder; returns what its manifest says beside the writer's own entries."""
    settings = CreditSettings.model_validate(request["config"])
    path = Path(request["data"]) if request.get("data") else None
    record = Record(writer, STUDY, settings, request)
    engine = Engine.asked(request)
    engine.refuse(settings.model.candidates)

    step = record.stage("check")
    step(0.0, "reading and checking the table")
    model = settings.model
    loaded = load(STUDY, settings, path, incumbent=model.incumbent, leaks_allowed=model.leaks_allowed, engine=engine)
    split = split_of(loaded, settings)
    record.data(loaded, split)
    loaded.checked.problems.raise_if_errors(loaded.checked.source.name)

    sample = sample_of(loaded)
    plan = Plan(in_sample(rule_of(settings), loaded.whole), model.calibrate, settings.split.folds, settings.seed)
    recipes = candidates(settings, {name: loaded.checked.kinds[name] for name in loaded.checked.features})
    comparison = compare(recipes, sample, split, plan, record.stage("fit"))

    step = record.stage("evaluate")
    step(0.0, "judging the decisions")
    incumbent = None
    if (column := loaded.column("incumbent")) is not None:
        values = loaded.checked.frame[column]
        incumbent = read_incumbent(column, values, model.incumbent_act, sample, comparison.parts, plan.rule, WORDS.act)
    protected = {name: loaded.checked.frame[name] for name in loaded.checked.in_role("protected")}
    baselines = (f"{WORDS.rest}_all", f"{WORDS.act}_all")
    evaluation = evaluate(comparison, sample, incumbent, protected, settings, baselines)
    record.evaluation(loaded, split, comparison, evaluation, incumbent)

    step = record.stage("refit")
    step(0.0, f"fitting {comparison.choice.champion} on all rows")
    winner = next(recipe for recipe in recipes if recipe.name == comparison.choice.champion)
    if loaded.whole is None:
        judged = None if split.out_of_fold else comparison.trained[comparison.choice.champion]
        saved = refit(winner, sample, plan, judged)
    else:
        home = writer.folder.path.parent
        saved, told = refit_whole(winner, loaded, sample, split, comparison, plan, settings, engine, home, step)
        record.analysis("large", told)
    if not saved.model.columns:
        what = f"{comparison.choice.champion} is best with no column at all: nothing here tells the outcome"
        raise DataError(what, where=loaded.checked.source.name, advice="bring more rows or other columns")
    record.model(for_file(saved, loaded.whole, rule_of(settings)), loaded, comparison)

    held = sample.take(comparison.rows)
    explained = explain_model(
        saved.model,
        sample.frame,
        sample.y,
        comparison.rows,
        comparison.judged[comparison.choice.champion],
        held.costs,
        settings,
        record.stage("explain"),
        loaded.checked.places.rows,
    )
    record.explanation(explained)
    work = Work(loaded, split, sample, comparison, incumbent, saved, explained, settings, WORDS)
    analyse(record, work, record.stage("analyse"))
    record.reports()
    return record.seal(loaded)


def candidates(settings: CreditSettings, kinds: Mapping[str, str]) -> list[Recipe]:
    """The models to compare, the simpler first. kinds: {feature: its kind}."""
    model, trees = settings.model, settings.model.trees
    wishes = {**dict(model.card), **vars(model.card.wishes(model.monotone, kinds))}
    known: dict[str, Recipe] = {
        "scorecard": ScorecardRecipe(kinds, wishes, settings.seed),
        "logistic": LogisticRecipe(
            kinds, model.C, tuple(model.penalties), model.l1_ratio, model.choose, settings.features.wanted()
        ),
        "lightgbm": TreesRecipe(
            kinds,
            trees.trees,
            trees.leaves,
            trees.learning_rate,
            trees.min_rows,
            settings.seed,
            settings.run.threads,
            model.monotone,
        ),
    }
    return [known[name] for name in model.candidates]


def open_model(folder: RunFolder) -> TablePredictor:
    return TablePredictor.open(folder, CreditSettings, WORDS)


STUDY = Study(
    card=CARD,
    words=WORDS,
    settings=CreditSettings,
    contract=CONTRACT,
    demo=demo,
    run=run,
    sections=sections,
    open=open_model,
)
