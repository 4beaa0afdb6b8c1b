"""The scripts in examples/ do what their first lines say."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
# a run's expense, and nothing else of it
_TABLE = ("interval.rounds=100", "explain.rows=60", "explain.lime.samples=200", "explain.lime.seeds=2", "analyse=[]")
QUICK = {
    "credit": _TABLE,
    "churn": _TABLE,
    "fraud": (*_TABLE[:-1], "analyse=[alerts]"),
    "imaging": ("interval.rounds=100", "analyse=[]"),
    "recommendation": ("interval.rounds=100",),
}
VERDICTS = {"keep", "recalibrate", "refit", "too few to say"}


def main_of(script):
    spec = importlib.util.spec_from_file_location(f"example_{script.stem}", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def test_there_is_one_for_every_study():
    from casestudies.runs import studies

    assert set(studies()) <= {script.stem for script in SCRIPTS}
    assert set(QUICK) == set(studies())


@pytest.mark.slow
@pytest.mark.parametrize("study", QUICK)
def test_a_script_runs_predicts_and_judges(study, tmp_path, monkeypatch, capsys):
    if study == "imaging":
        pytest.importorskip("torch", reason="the extra torch is not installed")
    monkeypatch.setenv("CASESTUDIES_RUNS", str(tmp_path))
    main_of(ROOT / "examples" / f"{study}.py")(*QUICK[study])
    lines = capsys.readouterr().out.splitlines()
    assert VERDICTS & set(lines), lines
    assert len(list((tmp_path / study).glob("*/manifest.json"))) == 2  # the run, and its evaluation


def test_the_test_on_customers_is_read_back(capsys):
    main_of(ROOT / "examples" / "experiment.py")()
    assert "lasting_low" in capsys.readouterr().out
