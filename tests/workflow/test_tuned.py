"""Tuning a table study from end to end: the folder, its config, its honesty, going on, and what cannot be asked."""

import numpy as np
import pandas as pd
import pytest
import yaml

import casestudies
from casestudies.api import prepare_tuning, tune
from casestudies.errors import ConfigError, ExitCode, MissingExtra, RunError, UsageError
from casestudies.runs import RunFolder, RunStore
from casestudies.workflow.studies import get_study, study_of

pytest.importorskip("optuna")

QUICK = [
    "demo.rows=700",
    "model.candidates=[logistic, lightgbm]",
    "model.trees.trees=15",
    "model.trees.learning_rate=0.01",  # too slow for so few trees: there is something to be found
    "model.C=0.0001",
    "split.folds=3",
    "split.kind=time",
    "report.formats=[]",
]
SMALL_RUN = ["interval.rounds=100", "explain.rows=60", "explain.lime.samples=200", "explain.lime.seeds=2", "analyse=[]"]


def tuned(runs, study="credit", budget=5, overrides=QUICK, **more):
    return tune(study, budget=budget, overrides=overrides, runs=runs, variables={}, **more)


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    """A finished search on the credit demo; read it, never change it."""
    return tuned(tmp_path_factory.mktemp("runs"), overrides=[*QUICK[:-1], "report.formats=[html]"])


def told(run):
    return run.folder.read_json("tuning.json")


def test_a_search_is_a_finished_run_of_its_own_verb(search):
    assert search.folder.verb == "tune"
    assert search.folder.verify() == []
    files = search.folder.manifest()["files"]
    assert {"tuned.yaml", "tuning.json", "trials.csv", "journal.jsonl", "metrics.json", "report.html"} <= set(files)
    assert set(search.metrics["models"]) == {"defaults", "tuned"}
    assert "gained on the defaults, in cross-validation" in study_of(search.folder).headline(search.metrics)


def test_the_candidates_as_they_are_come_first_and_the_best_of_them_is_the_yardstick(search):
    trials = told(search)["trials"]
    first = [one for one in trials if one["first"]]
    assert [one["point"]["model.candidates"] for one in first] == ["logistic", "lightgbm"]
    assert first[1]["point"]["model.trees.leaves"] == 15
    yardstick = min(first, key=lambda one: one["mean"]["cost"])
    assert told(search)["defaults"] == yardstick["number"]
    assert search.metrics["models"]["defaults"]["cost"]["value"] == pytest.approx(yardstick["mean"]["cost"])
    assert len(trials) == 2 + 5


def test_a_score_is_the_cost_by_which_a_run_chooses_its_champion(search, tmp_path):
    run = casestudies.run("credit", overrides=[*QUICK, *SMALL_RUN], runs=tmp_path, variables={})
    losses = run.folder.read_json("evaluation.json")["choice"]["loss"]
    for one in told(search)["trials"]:
        if one["first"]:
            # folds differ by a row at most, and the run's mean is over rows
            assert one["mean"]["cost"] == pytest.approx(losses[one["point"]["model.candidates"]], rel=5e-3)


def test_the_config_runs_and_holds_what_was_found(search, tmp_path):
    point = next(one for one in told(search)["trials"] if one["number"] == told(search)["tuned"])["point"]
    path = search.path / "tuned.yaml"
    config = yaml.safe_load(path.read_text())
    assert config["model"]["candidates"] == [point["model.candidates"]]
    for key, value in point.items():
        if key.startswith("model.trees."):
            assert config["model"]["trees"][key.rpartition(".")[2]] == value
    assert "# tuned" in path.read_text()
    run = casestudies.run(
        "credit", config=path, overrides=["report.formats=[]", *SMALL_RUN], runs=tmp_path, variables={}
    )
    assert run.metrics["champion"] == point["model.candidates"]


def test_no_row_that_judges_a_run_is_looked_at(tmp_path, monkeypatch):
    from casestudies.workflow.tuned import tables

    seen = []
    keep = tables.train_one
    monkeypatch.setattr(
        tables, "train_one", lambda recipe, sample, plan: seen.append(sample) or keep(recipe, sample, plan)
    )
    made = []
    split_of = tables.split_of
    monkeypatch.setattr(tables, "split_of", lambda *a: made.append(split_of(*a)) or made[-1])
    tuned(tmp_path, budget=1)
    assert {len(sample.y) for sample in seen} == {len(made[0].train)}
    assert not set(seen[0].frame.index) & set(made[0].test)


def test_the_same_seed_gives_the_same_bytes(search, tmp_path):
    again = tuned(tmp_path, overrides=[*QUICK[:-1], "report.formats=[html]"])
    for name in ("metrics.json", "tuning.json", "trials.csv", "tuned.yaml", "report.html", "result.json"):
        assert (again.path / name).read_bytes() == (search.path / name).read_bytes(), name


def test_a_search_that_was_stopped_goes_on_to_what_it_would_have_been(search, tmp_path):
    def stop(event):
        if event.stage == "search" and "trial 5 " in (event.message or ""):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tuned(tmp_path, on_event=stop)
    (stopped,) = RunStore(tmp_path).all()
    assert str(stopped.state) == "cancelled"
    assert (stopped.path / "journal.jsonl").is_file()
    done = tune("credit", resume=stopped.id, runs=tmp_path, variables={})
    assert told(done)["trials"] == [
        {**one, "number": ours["number"]}
        for one, ours in zip(told(search)["trials"], told(done)["trials"], strict=True)
    ]
    assert str(RunFolder(stopped.path).state) == "cancelled"  # the folder that ended is never changed


def test_two_goals_leave_a_front_that_no_trial_beats(tmp_path):
    run = tuned(tmp_path, budget=6, goals=("cost", "log_loss"), method="nsga2")
    trials = [one for one in told(run)["trials"] if one["state"] == "done"]
    values = {one["number"]: np.array([one["mean"]["cost"], one["mean"]["log_loss"]]) for one in trials}
    points = [one["point"] for one in trials]
    for place, (number, mine) in enumerate(values.items()):
        beaten = any((other <= mine).all() and (other < mine).any() for other in values.values())
        repeated = points[place] in points[:place]
        assert (number in told(run)["front"]) == (not beaten and not repeated)
    assert told(run)["tuned"] in told(run)["front"]


def test_a_nested_search_is_judged_by_rows_that_it_never_saw(tmp_path):
    run = tuned(tmp_path, budget=2, nested=2)
    nested = told(run)["nested"]
    assert len(nested["tuned"]) == len(nested["defaults"]) == len(nested["settings"]) == 2
    assert study_of(run.folder).headline(run.metrics).endswith("judged by outer folds")
    assert run.summary()[1].startswith("Gained, judged by outer folds")


@pytest.mark.parametrize(
    ("study", "overrides"),
    [
        ("churn", ["demo.rows=900", "model.candidates=[logistic, lightgbm, mean, lightgbm_clv]"]),
        ("fraud", ["demo.rows=3000", "model.candidates=[logistic, lightgbm_weighted]"]),
    ],
)
def test_other_table_studies_are_tuned_too(tmp_path, study, overrides):
    quick = [*overrides, "model.trees.trees=10", "split.folds=3", "report.formats=[]"]
    run = tuned(tmp_path, study, 2, quick, goals=("cost",))
    config = yaml.safe_load((run.path / "tuned.yaml").read_text())
    get_study(study).settings.model_validate(config)
    assert len(told(run)["trials"]) == told(run)["first"] + 2


def test_without_costs_log_loss_is_the_goal(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300)})
    frame["bad"] = np.where(rng.random(300) < 1 / (1 + np.exp(-frame["a"])), "yes", "no")
    config = {
        "data": {"target": "bad", "positive": "yes"},
        "model": {"candidates": ["logistic"]},
        "split": {"folds": 3},
    }
    run = tune("credit", frame, config, budget=1, overrides=["report.formats=[]"], runs=tmp_path, variables={})
    assert list(run.metrics["models"]["tuned"]) == ["log_loss", "gain"]
    assert "No rows are held out from the search" in told(run)["limits"][0]
    with pytest.raises(ConfigError, match="there is no goal 'cost'"):
        tune("credit", frame, config, goals=("cost",), runs=tmp_path, variables={})


@pytest.mark.parametrize(
    ("more", "kind", "words"),
    [
        ({"goals": ("profit",)}, ConfigError, "goal: there is no goal 'profit'"),
        ({"goals": ("cost", "cost")}, ConfigError, "goal: a goal stands twice"),
        ({"goals": ("seconds",)}, ConfigError, "the quickest settings alone are no good ones"),
        ({"search": ("model.tree.leaves",)}, ConfigError, "search: 'model.tree.leaves' is not searched; did you mean"),
        ({"search": ("model.trees.leaves=30..60",)}, ConfigError, "leaves out 15, the value as it is set; include it"),
        ({"budget": "0"}, ConfigError, "budget: '0' is neither a number of trials nor a time"),
        ({"budget": "soon"}, ConfigError, "budget: 'soon' is neither"),
        ({"method": "cmaes", "goals": ("cost", "auc")}, ConfigError, "method: cmaes can only take one goal"),
        ({"method": "bayes"}, ConfigError, "method: there is no method 'bayes'"),
        ({"method": "grid", "budget": 4}, ConfigError, "more than the budget of 4 trials; search fewer settings"),
        ({"nested": 1}, ConfigError, "nested: 1 outer folds; write 2 to 10"),
        ({"resume": "latest"}, RunError, "there is no run yet"),
        ({"study": "credits"}, UsageError, "there is no study 'credits'; did you mean 'credit'?"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_line_before_any_folder_is_made(tmp_path, more, kind, words):
    with pytest.raises(kind) as caught:
        tuned(tmp_path, **{"budget": 3, **more})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_search_goes_on_only_from_a_search_and_with_its_own_settings(search, small_run, tmp_path):
    with pytest.raises(RunError, match="is no search that could go on"):
        tune("credit", resume=small_run.id, runs=small_run.path.parents[1], variables={})
    with pytest.raises(UsageError, match="a search goes on with its own data and settings, and method is given"):
        tune("credit", resume=search.id, method="tpe", runs=search.path.parents[1], variables={})
    with pytest.raises(UsageError, match="is a search of 'credit'"):
        tune("fraud", resume=search.id, runs=search.path.parents[1], variables={})


def test_a_search_holds_no_model(search):
    with pytest.raises(UsageError, match="is a search for settings and holds no model; run the study with its tuned"):
        search.predict("x.csv")


def test_without_its_library_the_install_line_is_said(monkeypatch):
    from casestudies.workflow.tuned import request

    monkeypatch.setattr(request, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra) as caught:
        prepare_tuning(get_study("credit"), None, None, {})
    assert caught.value.code == ExitCode.EXTRA
    assert "pip install 'casestudies[tune]'" in str(caught.value)


def test_the_command_line_says_what_was_found(tmp_path):
    import io

    from casestudies.cli import Environment, main

    out, err = io.StringIO(), io.StringIO()
    settings = [part for text in QUICK for part in ("--set", text)]
    words = ["tune", "credit", "--budget", "1", "--runs", str(tmp_path), *settings]
    assert main(words, Environment(out, err, {})) == 0
    assert "tuned.yaml" in out.getvalue()
    assert "Cost a row, as it was" in out.getvalue()
    assert err.getvalue().split() == ["check", "search", "report"]
    assert main([*words, "--goal", "none", "--json"], Environment(out, err, {})) == ExitCode.CONFIG
