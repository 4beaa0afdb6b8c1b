"""The example script, as a reader runs it."""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

main = runpy.run_path(str(Path(__file__).resolve().parents[2] / "examples" / "portfolio.py"))["main"]


@pytest.fixture
def file(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(50 * np.cumprod(1 + rng.normal(0.0004, 0.01, (200, 4)), axis=0), columns=list("abcd"))
    frame.insert(0, "Date", pd.bdate_range("2019-01-01", periods=200).astype(str))
    frame.to_csv(tmp_path / "tiny.csv", index=False)
    return str(tmp_path / "tiny.csv")


def test_a_file_is_answered(file, capsys):
    main([file, "--cap", "0.4", "--turnover", "0.3", "--window", "80"])
    said = capsys.readouterr().out
    assert "- read as prices" in said
    assert "promised" in said
    assert "Karush-Kuhn-Tucker" in said


def test_a_quarrel_is_answered_by_name(file, capsys):
    main([file, "--cap", "0.1"])
    assert "cannot all hold: weights sum to 100 %; cap of every asset (10 %)" in capsys.readouterr().out


def test_what_is_wrong_is_one_line(file):
    with pytest.raises(SystemExit, match="cap: 3 is no share"):
        main([file, "--cap", "3"])
    with pytest.raises(SystemExit, match="nowhere.csv"):
        main(["nowhere.csv"])
