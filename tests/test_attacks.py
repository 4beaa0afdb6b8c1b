"""What a hostile or clumsy user found once, each with the answer it gets now."""

import numpy as np
import pandas as pd
import pytest

import casestudies
from casestudies import cli
from casestudies.errors import ExitCode

SMALL = ["interval.rounds=100", "explain.rows=60", "explain.lime.samples=200", "explain.lime.seeds=2", "analyse=[]"]
LABEL = ["data.target=default", "data.positive=1"]


def table(rows=400, **columns):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"x1": random.normal(size=rows), "x2": random.normal(size=rows), "cat": random.choice(list("abc"), rows)}
    )
    frame["default"] = (frame["x1"] + random.normal(size=rows) > 0.8).astype(int)
    return frame.assign(**columns)


def run(frame, tmp_path, *settings, command="run"):
    path = tmp_path / "t.parquet"
    frame.to_parquet(path, index=False)
    words = [f"--set={text}" for text in (*LABEL, *SMALL, "model.candidates=[logistic]", *settings)]
    where = ["--no-progress", "--out", str(tmp_path / "runs")] if command == "run" else []
    return cli.main([command, "credit", "--data", str(path), *where, *words])


@pytest.mark.parametrize(
    "settings",
    [
        ["data.weight=default"],
        ["data.group=default"],
        ["data.protected=[default]"],
        ["model.incumbent=default"],
        ["data.drop=[default]"],
        ["data.id=x1", "model.incumbent=x1"],
    ],
    ids=" ".join,
)
def test_a_column_cannot_have_two_roles(settings, tmp_path, capsys):
    assert run(table(), tmp_path, *settings) == ExitCode.CONFIG
    assert "already" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["probability", "decision", "row", "reasons"])
def test_an_id_with_one_of_our_names_stays_beside_ours(name, tmp_path):
    frame = table(**{name: [f"k{i}" for i in range(400)]})
    config = {"data": {"target": "default", "positive": 1, "id": name}, "model": {"candidates": ["logistic"]}}
    done = casestudies.run("credit", frame, config, overrides=SMALL, runs=tmp_path)
    rows = done.predict(frame).rows
    assert rows[f"{name} (file)"].tolist() == frame[name].tolist()
    assert rows["probability"].between(0, 1).all()


def test_names_cannot_reach_the_terminal_as_commands(tmp_path, capsys):
    assert run(table(**{"a\x1b[31mb\u202e": 1.5 * np.arange(400.0)}), tmp_path, command="check") == ExitCode.DONE
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out


@pytest.mark.parametrize(
    ("columns", "settings", "code", "word"),
    [
        ({"w": np.zeros(400)}, ["data.weight=w"], ExitCode.DATA, "zero in every row"),
        ({"big": 1e200 * np.arange(400.0)}, [], ExitCode.DATA, "1e100"),
        ({}, ["model.C=0"], ExitCode.CONFIG, "model.C"),
        ({}, ["gates.acu.min=0.5"], ExitCode.CONFIG, "'auc'"),
        ({}, ["report.logo=nowhere.png"], ExitCode.CONFIG, "report.logo"),
        ({}, ["split.column=zz", "split.kind=given"], ExitCode.CONFIG, "split.column"),
        ({}, ["decide.rule=capacity", "decide.capacity=99999999999999999999"], ExitCode.CONFIG, "decide.capacity"),
        ({"old": np.full(400, np.nan)}, ["model.incumbent=old"], ExitCode.CONFIG, "no value"),
    ],
)
def test_each_gets_its_line(columns, settings, code, word, tmp_path, capsys):
    assert run(table(**columns), tmp_path, *settings) == code
    line = capsys.readouterr().err.strip()
    assert word in line
    assert "\n" not in line
    assert not list((tmp_path / "runs").glob("*/*/manifest.json"))


def test_dates_beyond_the_calendar_of_python_are_profiled(tmp_path):
    far = pd.array(np.array(["20000-01-01"] * 400, dtype="datetime64[ms]"))
    assert run(table(far=far), tmp_path) == ExitCode.DONE


def test_few_rows_for_trees_warn_in_the_report_and_not_on_the_terminal(tmp_path, capsys):
    frame = table(60)
    done = casestudies.run(
        "credit",
        frame,
        {"data": {"target": "default", "positive": 1}},
        overrides=[*SMALL, "split.folds=2"],
        runs=tmp_path,
    )
    assert "UserWarning" not in capsys.readouterr().err
    assert "no split was possible" in (done.path / "diagnosis.json").read_text()


def test_a_file_where_a_folder_is_wanted_is_one_line(small_run, tmp_path, capsys):
    taken = tmp_path / "taken"
    taken.write_text("x")
    root = str(small_run.path.parents[1])
    for words in (
        ["report", small_run.id, "--runs", root, "--out", str(taken)],
        ["run", "credit", "--reports", str(taken)],
        ["template", "credit", "--out", str(taken)],
        ["check", "credit", "--set", "demo.rows=400", "--out", str(taken / "x.csv")],
    ):
        assert cli.main(words) == ExitCode.USAGE
        line = capsys.readouterr().err.strip()
        assert "\n" not in line
        assert "our fault" not in line
    assert taken.read_text() == "x"
