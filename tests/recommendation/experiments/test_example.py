"""The script that a newcomer starts from."""

from __future__ import annotations

import runpy
from pathlib import Path

from casestudies.recommendation.experiments import demo_experiment

SCRIPT = Path(__file__).resolve().parents[3] / "examples" / "experiment.py"


def test_the_example_reads_its_synthetic_test(capsys):
    runpy.run_path(str(SCRIPT))["main"]()
    said = capsys.readouterr().out
    assert "units in each of 2 arms" in said
    assert "Ship ‘list on, reasons shown’" in said


def test_the_example_reads_a_file(tmp_path, capsys):
    file = tmp_path / "test.csv"
    demo_experiment(2).rename(columns={"list": "arm"}).to_csv(file, index=False)
    runpy.run_path(str(SCRIPT))["main"](str(file))
    assert "Ship ‘on’" in capsys.readouterr().out
