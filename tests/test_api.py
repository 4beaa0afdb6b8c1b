import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import casestudies
from casestudies import cli
from casestudies.api import check_data, compare_runs, list_runs, open_run, write_template
from casestudies.credit.demo import demo
from casestudies.errors import CaseError, ExitCode, GateMissed, RunError, UsageError
from casestudies.runs import RunStore
from casestudies.workflow.load import demo_csv

SMALL = ["demo.rows=700", "interval.rounds=100", "explain.rows=100", "explain.lime.samples=200", "explain.lime.seeds=2"]
PLAIN = [*SMALL, "analyse=[]", "split.folds=3"]  # for what does not turn on the further questions


def test_a_run_leaves_the_folder_that_the_architecture_describes(small_run):
    assert small_run.state == "done"
    assert small_run.folder.verify() == []
    files = {str(path.relative_to(small_run.path)) for path in small_run.path.rglob("*") if path.is_file()}
    wanted = {"config.yaml", "metrics.json", "evaluation.json", "predictions.parquet", "trace.parquet", "manifest.json"}
    wanted |= {"diagnosis.json", "report.html", "report.pdf", "request.json", "process.json", "progress.jsonl"}
    wanted |= {f"explain/{name}.json" for name in ("global", "cases", "quality")}
    wanted |= {"data/schema.json", "data/profile.json", "data/problems.csv", "model/card.json", "model/decision.json"}
    assert wanted <= files
    assert not any(re.search(r"\.(pkl|pickle|joblib|pt)$", name) for name in files)


def test_the_figures_are_those_of_the_predictions(small_run):
    table = pd.read_parquet(small_run.path / "predictions.parquet")
    for model in ("logistic", "lightgbm"):
        told = small_run.metrics["models"][model]
        assert told["auc"]["value"] == pytest.approx(roc_auc_score(table["y"], table[f"p:{model}"]))
        cost = np.where(
            table["y"] == 1,
            np.where(table[f"act:{model}"], table["tp"], table["fn"]),
            np.where(table[f"act:{model}"], table["fp"], table["tn"]),
        )
        assert told["expected_cost"]["value"] == pytest.approx(cost.mean())
        best_constant = min(table["fn"][table["y"] == 1].sum(), table["fp"][table["y"] == 0].sum())
        assert told["savings"]["value"] == pytest.approx(1 - cost.sum() / best_constant)
        for entry in told.values():
            assert entry["low"] <= entry["value"] <= entry["high"] or entry["low"] > entry["value"] * 0.9


def test_each_row_is_decided_by_its_own_threshold(small_run):
    table = pd.read_parquet(small_run.path / "predictions.parquet")
    threshold = table["fp"] / (table["fp"] + table["fn"])
    for model in ("logistic", "lightgbm"):
        assert (table[f"act:{model}"] == (table[f"p:{model}"] > threshold)).all()


def test_every_row_is_judged_once_out_of_fold(small_run):
    table = pd.read_parquet(small_run.path / "predictions.parquet")
    assert table["row"].is_unique
    assert len(table) == 700
    assert small_run.metrics["split"]["kind"] == "out of fold"


def test_no_report_and_no_figure_carries_a_clock_a_path_or_an_id(small_run):
    html = (small_run.path / "report.html").read_text()
    metrics = (small_run.path / "metrics.json").read_text()
    for text in (html, metrics):
        assert small_run.id not in text
        assert str(small_run.path) not in text
        assert str(small_run.path.parents[2]) not in text


def test_synthetic_data_is_called_synthetic(small_run):
    html = (small_run.path / "report.html").read_text()
    assert "Synthetic data" in html
    assert json.loads((small_run.path / "manifest.json").read_text())["synthetic"] is True


def test_the_same_seed_and_data_give_the_same_bytes_in_two_processes(tmp_path):
    made = []
    for number in range(2):
        command = [
            sys.executable,
            "-m",
            "casestudies",
            "run",
            "credit",
            "--no-progress",
            "--out",
            str(tmp_path / str(number)),
        ]
        variables = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PYTHONHASHSEED": str(number),
            "TZ": ["UTC", "Asia/Tokyo"][number],
        }
        done = subprocess.run(
            [*command, *(f"--set={text}" for text in SMALL)],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        made.append(next((tmp_path / str(number) / "credit").iterdir()))
    for name in (
        "metrics.json",
        "report.html",
        "report.pdf",
        "evaluation.json",
        "model/card.json",
        "trace.parquet",
        "predictions.parquet",
        "explain/cases.json",
    ):
        first, second = ((folder / name).read_bytes() for folder in made)
        assert first == second, name


def test_predict_gives_the_saved_models_scores_and_reasons(small_run, tmp_path):
    frame = demo(50, 3).frame.drop(columns=["default", "present_score", "recovered"])
    path = tmp_path / "new.csv"
    path.write_bytes(demo_csv(frame))
    told = small_run.predict(path)
    assert len(told.rows) == 50
    assert told.rows["probability"].between(0, 1).all()
    assert set(told.rows["decision"]) <= {"accept", "decline"}
    declined = told.rows["decision"] == "decline"
    assert (declined == (told.rows["probability"] > told.rows["threshold"])).all()
    assert told.rows.loc[declined, "reasons"].str.len().gt(0).all()
    by_frame = small_run.predict(frame)
    assert np.allclose(by_frame.rows["probability"], told.rows["probability"])
    shuffled = small_run.predict(frame.iloc[::-1, ::-1])
    assert np.allclose(shuffled.rows["probability"].to_numpy()[::-1], by_frame.rows["probability"], rtol=1e-12)


def test_predict_names_a_missing_column_and_the_file(small_run, tmp_path):
    path = tmp_path / "new.csv"
    path.write_bytes(demo_csv(demo(20, 3).frame.rename(columns={"income": "incomes"})))
    with pytest.raises(CaseError, match=r"new\.csv: `income` is needed.*'incomes'"):
        small_run.predict(path)


def test_exported_cells_cannot_run_in_a_spreadsheet(small_run, tmp_path):
    frame = demo(5, 3).frame
    frame["application"] = ["=1+1", "+2", "@x", "-3", "plain"]
    source, out = tmp_path / "new.csv", tmp_path / "scores.csv"
    source.write_bytes(demo_csv(frame))
    small_run.predict_file(source, out)
    cells = pd.read_csv(out, dtype=str)["application"].tolist()
    assert cells == ["'=1+1", "'+2", "'@x", "'-3", "plain"] or cells == ["'=1+1", "+2", "'@x", "-3", "plain"]


def test_parquet_and_csv_exports_hold_the_same_scores(small_run, tmp_path):
    source = tmp_path / "new.csv"
    source.write_bytes(demo_csv(demo(30, 3).frame))
    for name in ("p.csv", "p.parquet"):
        assert small_run.predict_file(source, tmp_path / name)[0] == 30
    by_csv, by_parquet = pd.read_csv(tmp_path / "p.csv"), pd.read_parquet(tmp_path / "p.parquet")
    assert np.allclose(by_csv["probability"], by_parquet["probability"])
    with pytest.raises(UsageError, match="neither .csv nor .parquet"):
        small_run.predict_file(source, tmp_path / "p.xlsx")


def test_a_changed_folder_is_not_loaded(small_run, tmp_path):
    import shutil

    copy = tmp_path / "credit" / small_run.id
    shutil.copytree(small_run.path, copy)
    assert open_run(copy).metrics == small_run.metrics
    card = copy / "model" / "card.json"
    card.write_text(card.read_text().replace("{", "{ ", 1))
    with pytest.raises(RunError, match="model/card.json"):
        open_run(copy)


def test_a_report_with_the_readers_cut_says_so_and_counts_right(small_run, tmp_path):
    written = small_run.report(["html"], out=tmp_path, overrides=["decide.cut=0.3"])
    html = written[0].read_text()
    assert "The reader chose the cut 0.3" in html
    table = pd.read_parquet(small_run.path / "predictions.parquet")
    act = table[f"p:{small_run.metrics['champion']}"] > 0.3
    assert f"{100 * act.mean():.1f} %" in html
    with pytest.raises(CaseError, match="another cut"):
        small_run.report(["html"], out=tmp_path, overrides=["split.folds=3"])
    with pytest.raises(UsageError, match="never changed"):
        small_run.report(["html"], overrides=["decide.cut=0.3"])


def test_an_analysts_notes_stand_in_their_section_and_are_kept(small_run, tmp_path):
    notes = tmp_path / "notes.md"
    notes.write_text("## summary\n\nThe board met in May. <b>No</b> change.\n")
    for _ in range(2):
        html = small_run.report(["html"], out=tmp_path, notes=notes)[0].read_text()
        assert "The board met in May. &lt;b&gt;No&lt;/b&gt; change." in html


def test_gates_that_are_missed_end_in_their_own_code(tmp_path, capsys):
    arguments = ["run", "credit", "--no-progress", "--out", str(tmp_path), "--set=gates.auc.min=0.99"]
    assert cli.main([*arguments, *(f"--set={text}" for text in PLAIN)]) == ExitCode.GATE
    assert "gates.auc" in capsys.readouterr().err
    run = open_run("latest", runs=tmp_path)
    with pytest.raises(GateMissed):
        run.check_gates()


def test_a_dataframe_a_config_and_other_column_names_work_from_python(tmp_path):
    frame = demo(400, 0).frame.rename(columns={"credit_line": "Kreditbetrag", "default": "Ausfall"})
    run = casestudies.run(
        "credit",
        frame.replace({"n/a": None}),
        {
            "data": {
                "target": "Ausfall",
                "positive": "yes",
                "id": "application",
                "map": {"credit_line": "Kreditbetrag"},
            },
            "cost": {"fn": "0.75 * Kreditbetrag", "fp": "interest_margin"},
            "model": {"candidates": ["logistic"]},
            "interval": {"rounds": 100},
            "explain": {"rows": 60, "lime": {"samples": 200, "seeds": 2}},
        },
        runs=tmp_path,
    )
    assert run.metrics["models"]["logistic"]["auc"]["value"] > 0.5
    assert "Kreditbetrag" not in run.folder.read_json("data/schema.json")["features"]
    assert "credit_line" in run.folder.read_json("data/schema.json")["features"]


def test_without_costs_there_is_no_money_and_it_is_said(tmp_path):
    frame = demo(400, 0).frame
    run = casestudies.run(
        "credit",
        frame,
        {
            "data": {"target": "default", "positive": "yes", "drop": ["present_score"]},
            "model": {"candidates": ["logistic"]},
            "interval": {"rounds": 100},
            "explain": {"rows": 60, "lime": {"samples": 200, "seeds": 2}},
        },
        runs=tmp_path,
    )
    assert "savings" not in run.metrics["models"]["logistic"]
    assert "No costs are given" in (run.path / "report.html").read_text()


def test_the_template_runs_as_it_is(tmp_path, monkeypatch):
    config, data = write_template("credit", tmp_path / "start")
    monkeypatch.chdir(tmp_path)
    run = casestudies.run(
        "credit", config=config, overrides=[*PLAIN[1:], "model.candidates=[logistic]"], runs=tmp_path / "runs"
    )
    assert run.metrics["champion"] == "logistic"
    with pytest.raises(UsageError, match="is there already"):
        write_template("credit", tmp_path / "start")
    assert data.read_bytes().startswith(b"application,")


def test_check_trains_nothing_and_lists_every_problem(tmp_path):
    checked = check_data("credit")
    assert not checked.failed
    codes = {problem.code for problem in checked.loaded.checked.problems}
    assert {"constant", "after_outcome", "duplicate_rows", "spelt_twice"} <= codes
    checked.write_problems(tmp_path / "problems.csv")
    assert len(pd.read_csv(tmp_path / "problems.csv")) == len(checked.loaded.checked.problems)


def test_runs_can_be_listed_compared_and_erased(small_run, tmp_path, capsys):
    second = casestudies.run(
        "credit", overrides=[*PLAIN, "model.candidates=[logistic]"], runs=small_run.path.parents[1], variables={}
    )
    rows = list_runs(runs=small_run.path.parents[1])
    assert [row["run"] for row in rows][:2] == [second.id, small_run.id]
    differences = compare_runs(small_run.id, second.id, runs=small_run.path.parents[1])
    assert "model.candidates" in differences["config"]
    assert cli.main(["runs", "rm", second.id, "--yes", "--runs", str(small_run.path.parents[1])]) == 0
    assert second.id not in {row["run"] for row in list_runs(runs=small_run.path.parents[1])}
    assert len(RunStore(small_run.path.parents[1]).all()) == len(rows) - 1


def test_reading_verbs_print_json(small_run, capsys):
    root = str(small_run.path.parents[1])
    for arguments in (
        ["list", "--json"],
        ["schema", "credit", "--json"],
        ["doctor", "--json"],
        ["runs", "list", "--json", "--runs", root],
        ["runs", "show", small_run.id, "--json", "--runs", root],
        ["check", "credit", "--json", "--set", "demo.rows=400"],
    ):
        assert cli.main(arguments) == 0
        json.loads(capsys.readouterr().out)


def test_reading_verbs_print_for_people(small_run, capsys):
    root = str(small_run.path.parents[1])
    for arguments, word in (
        (["list"], "credit"),
        (["schema", "credit"], "split.test"),
        (["doctor"], "lightgbm"),
        (["runs", "list", "--runs", root], small_run.id),
        (["runs", "show", small_run.id, "--runs", root], "report.pdf"),
        (["runs", "verify", small_run.id, "--runs", root], "as they were made"),
    ):
        assert cli.main(arguments) == 0
        assert word in capsys.readouterr().out


def test_help_is_quick_and_loads_nothing_heavy():
    code = (
        "import sys, resource\n"
        "from casestudies.cli import main\n"
        "main(['--help'])\n"
        "heavy = {'pandas', 'numpy', 'sklearn', 'lightgbm', 'torch', 'altair', 'streamlit', 'pydantic'} & set(sys.modules)\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print('|', sorted(heavy), used.ru_utime + used.ru_stime)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy, seconds = done.stdout.rpartition("|")[2].rsplit(maxsplit=1)
    assert heavy.strip() == "[]"
    assert float(seconds) < 0.3


def test_four_studies_need_no_torch(tmp_path):
    code = (
        "import sys\n"
        "class NoTorch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'torch':\n"
        "            raise ImportError('torch is blocked')\n"
        "sys.meta_path.insert(0, NoTorch())\n"
        "from casestudies.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    arguments = ["run", "credit", "--no-progress", "--out", str(tmp_path), *(f"--set={text}" for text in PLAIN)]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_crash_of_ours_is_one_line_that_says_so(monkeypatch, capsys):
    monkeypatch.setattr("casestudies.api.describe", lambda study: 1 / 0)
    assert cli.main(["schema", "credit"]) == ExitCode.FAULT
    line = capsys.readouterr().err.strip()
    assert "our fault" in line
    assert "\n" not in line
    assert cli.main(["--debug", "schema", "credit"]) == ExitCode.FAULT
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[1] / "examples").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_example_config_is_valid(path):
    from casestudies.workflow.resolve import resolve
    from casestudies.workflow.studies import get_study

    study = get_study(re.search(r"^study: (\w+)", path.read_text(), re.M)[1])
    data = resolve(study.settings, file=path).config.data
    if study.outcome:
        assert data.target or set(data.files) <= set(study.files)  # a table with its outcome, or events to make one of
    elif study.folders:
        assert data.positive is not None  # folders and .npz files may do without a table
    else:
        assert all(getattr(data, column.name) for column in study.contract.columns if column.required)
