"""A frozen model on new labelled rows, end to end: figures by another way, gates, what is refused, and runs made again."""

import io
import json
import shutil

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

import casestudies
from casestudies import api, cli
from casestudies.errors import CaseError, ConfigError, DataError, GateMissed, RunError, UsageError
from casestudies.workflow.studies import get_study

QUICK = [
    "model.candidates=[logistic]",
    "interval.rounds=100",
    "explain.rows=50",
    "explain.lime.samples=100",
    "explain.lime.seeds=2",
    "analyse=[drift]",
    "report.formats=[]",
]


def demo_file(study, rows, seed, folder, **changed):
    frame = get_study(study).demo(rows, seed).frame.assign(**changed)
    file = folder / f"{study}{seed}.csv"
    frame.to_csv(file, index=False)
    return file


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def credit(store):
    """A run of the demo, to be read only."""
    over = ["demo.rows=1500", *QUICK, "report.formats=[html]"]
    return casestudies.run("credit", overrides=over, runs=store, variables={})


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """1,500 applications of another year of the same lender, with their outcomes."""
    return demo_file("credit", 1500, 11, tmp_path_factory.mktemp("fresh"))


@pytest.fixture(scope="module")
def evaluation(credit, fresh):
    return credit.evaluate(fresh, variables={})


def command(*words):
    out, err = io.StringIO(), io.StringIO()
    code = cli.main(list(map(str, words)), cli.Environment(out, err, {}))
    return code, out.getvalue(), err.getvalue()


def test_the_figures_are_those_of_the_saved_model_by_another_way(credit, fresh, evaluation):
    scored = credit.predict(fresh).rows
    y = (pd.read_csv(fresh)["default"] == "yes").to_numpy()
    found = evaluation.metrics["models"][credit.metrics["champion"]]
    assert found["auc"]["value"] == pytest.approx(roc_auc_score(y, scored["probability"]))
    assert found["brier"]["value"] == pytest.approx(brier_score_loss(y, scored["probability"]))
    declined = scored["decision"] == "decline"
    assert found["sensitivity"]["value"] == pytest.approx(declined[y].mean())
    told = evaluation.folder.read_json("evaluation.json")
    assert told["money"]["stated"]["value"] == pytest.approx(scored["expected_cost"].mean())
    assert told["money"]["delivered"]["value"] == pytest.approx(found["expected_cost"]["value"])
    assert {"accept_all", "decline_all", "incumbent"} <= set(evaluation.metrics["models"])
    assert told["changes"][0]["then"]["value"] == pytest.approx(
        credit.metrics["models"][credit.metrics["champion"]]["auc"]["value"]
    )


def test_it_is_a_run_folder_beside_its_run_that_names_it(credit, evaluation, store):
    assert evaluation.path.parent == credit.path.parent
    assert evaluation.folder.verify() == []
    made = evaluation.folder.manifest()
    assert made["parent"]["run"] == credit.id
    assert made["parent"]["result_id"] == credit.folder.manifest()["result_id"]
    assert evaluation.folder.verb == "evaluate"
    assert made["result_id"] != credit.folder.manifest()["result_id"]
    listed = {row["run"]: row for row in api.list_runs("credit", runs=store)}
    assert listed[evaluation.id]["headline"].startswith("evaluated, ")
    assert evaluation.verdict in ("keep", "recalibrate", "refit", "too few to say")
    with pytest.raises(RunError, match="is no evaluation"):
        _ = credit.verdict
    page = (evaluation.path / "report.html").read_text()
    for words in (
        "Promised and delivered",
        "The rule of the verdict",
        "What has moved since training",
        evaluation.verdict,
    ):
        assert words in page
    assert credit.id not in page
    assert evaluation.id not in page


def test_the_same_evaluation_has_the_same_bytes(credit, fresh, evaluation):
    again = credit.evaluate(fresh, variables={})
    files = [one.folder.manifest()["files"] for one in (evaluation, again)]
    assert files[0] == files[1]


def test_rows_of_the_same_kind_are_kept_and_spoilt_ones_are_not(credit, fresh, tmp_path):
    assert credit.evaluate(fresh, overrides=["report.formats=[]"], variables={}).verdict == "keep"
    frame = pd.read_csv(fresh, dtype=str, keep_default_na=False)
    random = np.random.default_rng(0)
    shuffled = frame.assign(default=random.permutation(frame["default"]))
    lost = credit.evaluate(shuffled, overrides=["report.formats=[]"], variables={})
    assert lost.verdict == "refit"
    safe = frame[(frame["default"] != "yes") | (random.random(len(frame)) < 0.45)]  # as if bad applicants had gone
    fewer = credit.evaluate(safe, overrides=["report.formats=[]"], variables={})
    assert fewer.verdict == "recalibrate"
    assert "fewer than stated" in fewer.summary()[0]
    few = credit.evaluate(frame.head(120), overrides=["report.formats=[]"], variables={})
    assert few.verdict == "too few to say"


def test_a_column_that_moved_is_told(credit, fresh):
    frame = pd.read_csv(fresh)
    moved = credit.evaluate(frame.assign(age=frame["age"] + 30), overrides=["report.formats=[]"], variables={})
    drift = {one["column"]: one for one in moved.folder.read_json("evaluation.json")["drift"]["columns"]}
    features = credit.folder.read_json("data/schema.json")["features"]
    assert ("age" in features) == ("age" in drift) == drift.get("age", {"moved": False})["moved"]
    income = credit.evaluate(frame.assign(income=frame["income"] * 4), overrides=["report.formats=[]"], variables={})
    drift = {one["column"]: one for one in income.folder.read_json("evaluation.json")["drift"]["columns"]}
    assert drift["income"]["moved"]
    assert drift["income"]["rule"] == "large"


def test_gates_are_those_of_the_run_or_given_and_end_with_6(credit, fresh, store):
    code, out, err = command("evaluate", credit.id, "--data", fresh, "--runs", store, "--set", "gates.auc.min=0.99")
    assert code == 6
    assert "gates.auc" in err
    assert "0.99" in err
    assert err.count("\n") >= 1
    assert out.splitlines()[0].startswith("SYNTHETIC DATA. ")
    code, out, err = command(
        *("evaluate", credit.id, "--data", fresh, "--runs", store, "--set", "gates.auc.min=0.5", "--json")
    )
    told = json.loads(out)
    assert code == 0
    assert told["of"] == credit.id
    assert told["verdict"]["answer"] == "keep"
    with pytest.raises(GateMissed):
        credit.evaluate(fresh, overrides=["gates.savings.min=0.999"], variables={}).check_gates()


@pytest.fixture(scope="module")
def of_file(store, tmp_path_factory):
    """(a run of a file, the file)."""
    file = demo_file("credit", 900, 3, tmp_path_factory.mktemp("of_file"))
    defaults = get_study("credit").demo(1, 0).defaults
    return casestudies.run("credit", file, defaults, overrides=QUICK, runs=store, variables={}), file


def test_the_very_rows_of_the_run_are_warned_of(of_file):
    run, file = of_file
    again = run.evaluate(file, variables={})
    assert any("the very rows" in line for line in again.summary())
    assert again.folder.read_json("data/profile.json")["same"]


def bad(credit, fresh, folder):
    """{name: (data, overrides, files, words of the complaint)}."""
    frame = pd.read_csv(fresh, dtype=str, keep_default_na=False)
    needed = credit.study.open(credit.folder).model.columns[0]
    made = {
        "no outcome": frame.drop(columns="default"),
        "one class": frame[frame["default"] == "no"],
        "a third word": frame.assign(default=["maybe", *frame["default"][1:]]),
        "an empty outcome": frame.assign(default=["", *frame["default"][1:]]),
        "a column lacks": frame.drop(columns=needed),
        "no rows": frame.head(0),
        "no numbers": frame.assign(income="much"),
    }
    words = {
        "no outcome": "no column default",
        "one class": "one value no",
        "a third word": "maybe",
        "an empty outcome": "missing in 1 of",
        "a column lacks": needed,
        "no rows": "a header but no rows",
        "no numbers": "income",
    }
    for name, table in made.items():
        file = folder / f"{name}.csv"
        table.to_csv(file, index=False)
        yield name, file, [], {}, words[name]
    yield "gone", folder / "nowhere.csv", [], {}, "there is no file"
    yield "frozen", fresh, ["model.C=3"], {}, "frozen with the model"
    yield "cost", fresh, ["cost.fn=3"], {}, "frozen with the model"
    yield "gate", fresh, ["gates.auk.min=0.5"], {}, "there is no figure auk"
    yield "table", fresh, [], {"labels": fresh}, "there is no further table"
    yield "not a key", fresh, ["gates"], {}, "not key=value"


def test_what_cannot_be_judged_is_one_line(credit, fresh, tmp_path):
    count = 0
    for name, file, overrides, files, words in bad(credit, fresh, tmp_path):
        with pytest.raises(CaseError) as caught:
            credit.evaluate(file, overrides=overrides, files=files, variables={})
        line = str(caught.value)
        assert words in line.replace("'", "").replace("`", "").replace('"', ""), (name, line)
        assert len(line.splitlines()) == 1, (name, line)
        count += 1
    assert count == 13


def test_only_a_whole_run_is_evaluated(credit, fresh, evaluation, tmp_path):
    with pytest.raises(RunError, match="no model of its own") as caught:
        evaluation.evaluate(fresh, variables={})
    assert credit.id in str(caught.value)
    with pytest.raises(RunError, match="has no model of its own"):
        evaluation.predict(fresh)
    home = tmp_path / "credit" / credit.id
    shutil.copytree(credit.path, home)
    copied = api.open_run(home)
    (home / "metrics.json").write_text("{}")
    with pytest.raises(RunError, match=r"metrics\.json"):
        copied.evaluate(fresh, variables={})
    with pytest.raises(ConfigError, match="judges the cut of its run"):
        evaluation.report(out=tmp_path, overrides=["decide.cut=0.3"])


def test_a_request_that_meant_another_run_is_refused(credit, fresh):
    from casestudies.runs import RunStore, execute

    request = api.evaluation_of(credit.folder, fresh)
    request["parent"] = {**request["parent"], "manifest_sha256": "0" * 64}
    folder = RunStore(credit.path.parent.parent).create("credit", request)
    with pytest.raises(RunError, match="another run"):
        execute(folder.request(), folder)


def test_today_decision_is_left_out_where_the_file_has_none(credit, fresh):
    frame = pd.read_csv(fresh).drop(columns="present_score")
    found = credit.evaluate(frame, overrides=["report.formats=[]"], variables={})
    assert "incumbent" not in found.metrics["models"]


@pytest.mark.parametrize(("study", "rows", "target"), [("churn", 1200, "left_in_3_months"), ("fraud", 4000, "fraud")])
def test_the_other_tables(study, rows, target, store, tmp_path):
    run = casestudies.run(study, overrides=[f"demo.rows={rows}", *QUICK], runs=store, variables={})
    file = demo_file(study, rows, 5, tmp_path)
    found = run.evaluate(file, variables={})
    told = found.folder.read_json("evaluation.json")
    y = pd.read_csv(file, dtype=str, keep_default_na=False)[target]
    assert told["rows"] == rows
    assert told["events"] == int((y == run.config.data.positive).sum())
    p = run.predict(file).rows["probability"]
    if study == "fraud":  # the features of the past go on from what the run remembers, as in predict
        auc = roc_auc_score(y == run.config.data.positive, p)
        assert found.metrics["models"][run.metrics["champion"]]["auc"]["value"] == pytest.approx(auc)
    assert found.summary()
    assert found.folder.verify() == []


def test_a_run_is_made_again_byte_for_byte(credit, evaluation):
    for run in (credit, evaluation):
        told = api.reproduce(run.path)
        assert told.same, told.lines()
        assert told.lines()[0].startswith("reproduced: all ")
        assert told.again.id != run.id
        assert told.again.state == "done"


def test_a_run_that_comes_out_otherwise_says_which_files_and_why(credit, store, tmp_path):
    home = tmp_path / "credit" / credit.id
    shutil.copytree(credit.path, home)
    manifest = json.loads((home / "manifest.json").read_text())
    manifest["versions"]["numpy"] = "1.0"
    manifest["files"]["metrics.json"]["sha256"] = "0" * 64
    (home / "manifest.json").write_text(json.dumps(manifest))
    from casestudies.runs import RunFolder
    from casestudies.runs.reproduction import Reproduction

    told = Reproduction.of(RunFolder(home), credit.folder)
    assert not told.same
    assert told.differing == ("metrics.json",)
    lines = told.lines()
    assert lines[0] == f"not reproduced: 1 of {told.files} result files differ"
    assert lines[1].startswith("numpy differs: 1.0 then, ")
    assert lines[2].strip() == "metrics.json"
    code, _, err = command("runs", "reproduce", home)
    assert code == 7
    assert "metrics.json" in err


def test_data_that_are_gone_or_changed_are_not_run_again(of_file, store):
    run, file = of_file
    before = file.read_bytes()
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    frame.loc[7, "age"] = "41" if frame.loc[7, "age"] != "41" else "42"
    frame.to_csv(file, index=False)
    with pytest.raises(DataError, match="have changed since: SHA-256 is [0-9a-f]{64}, and was [0-9a-f]{64}"):
        api.reproduce(run.path)
    file.unlink()
    code, _, err = command("runs", "reproduce", run.id, "--runs", store)
    assert code == 3
    assert "is gone" in err
    assert err.count("\n") == 1
    file.write_bytes(before)


def test_the_verb_needs_data_and_a_known_name(store):
    code, _, err = command("evaluate", "latest", "--runs", store)
    assert code == 2
    assert "--data" in err
    with pytest.raises(UsageError):
        get_study("credit").at("evalute")
