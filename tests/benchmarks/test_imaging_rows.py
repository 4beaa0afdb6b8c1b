"""The rows of `benchmarks.imaging`: what they read, and what they say of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.imaging import card, data, head, intervals
from benchmarks.imaging.__main__ import ROWS
from benchmarks.imaging.running import Ran, ran, with_ends

INFO = """NOTES
mdb001 G CIRC B 535 425 197
mdb002 D NORM 
mdb003 D SPIC M 100 0
mdb059 F CIRC B
mdb216 D CALC M *NOTE 3* 
"""  # noqa: W291


def test_findings_count_rows_from_the_top_and_leave_out_those_without_a_place():
    first, second = data.findings(INFO)
    assert (first.film, first.pair, first.label, first.tissue, first.kind) == ("mdb001", 1, "benign", "G", "CIRC")
    assert (first.row, first.column) == (256 - 1 - 425 / 4, 535 / 4)
    assert (second.pair, second.label, second.row, second.column) == (2, "malignant", 255.0, 25.0)


def test_a_patch_has_its_centre_in_the_middle_and_black_beyond_the_film():
    film = np.full((256, 256), 7, np.uint8)
    film[255, 25] = 200
    found = data.patch(film, 255.0, 25.0, 64)
    assert found.shape == (64, 64)
    assert found[32, 32] == 200
    assert (found[33:] == 0).all()
    assert (found[:, :7] == 0).all()
    assert (found[:32, 7:] == 7).all()


def test_the_real_list_of_findings(real_data):
    found = data.findings((real_data / "mini_mias/Info.txt").read_text(encoding="latin-1"))
    assert len(found) == 119
    assert sum(one.label == "malignant" for one in found) == 51
    assert all(0 <= one.row < 256 and 0 <= one.column < 256 for one in found)
    assert not {one.film for one in found} & {"mdb059", "mdb216", "mdb233", "mdb245"}


def test_figures_of_a_run_are_read_from_its_folder(tmp_path):
    figure = {"value": 0.9, "low": 0.8, "high": 0.95}
    told = {"champion": "image", "models": {"image": {"auc": figure}, "network": {"auc": {**figure, "value": 0.7}}}}
    (tmp_path / "metrics.json").write_text(json.dumps(told))
    one = Ran(tmp_path, 1.0, 1.0, 1.0, {})
    assert one.champion == "image"
    assert with_ends(one.figure("auc"), "{:.2f}") == "0.90 [0.80, 0.95]"
    assert one.figure("auc", "network")["value"] == 0.7


def test_a_run_that_fails_says_why():
    with pytest.raises(SystemExit, match="model.epoch"), ran(None, ["model.epoch=1"], 0):
        pass


def test_small_rows_have_whole_tables():
    for tables, _ in (head.measure(300, 10, 100), intervals.measure(rounds=50)):
        for table in tables:
            assert table["rows"]
            assert all(len(row) == len(table["head"]) for row in table["rows"])


def test_the_head_meets_its_accuracy_on_a_small_table():
    goals = {row[0]: row[-1] for row in head.measure(300, 10, 100)[0][0]["rows"]}
    assert goals["gradient a row, largest"] == "yes"
    assert goals["objective against scikit-learn's, largest difference"] == "yes"


def test_without_a_graphics_card_nothing_is_claimed(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    (table,), _ = card.measure()
    assert {row[-1] for row in table["rows"]} == {"not measured: no graphics card was lent"}


def test_every_row_of_the_issue_is_there():
    assert list(ROWS) == [
        "pneumonia",
        "pace",
        "demo",
        "demo-seeds",
        "busi",
        "mias",
        "head",
        "shortcut",
        "intervals",
        "gpu",
    ]
    assert all(row.text and row.title.startswith("Imaging: ") for row in ROWS.values())
