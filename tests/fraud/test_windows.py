"""The windows of a fraud study: the card precision of each, by cards."""

import json

import numpy as np
import pytest

from casestudies.fraud.windows import fraud_windows_told
from casestudies.runs.disk import to_json
from casestudies.workflow.sections.windows import windows_blocks


@pytest.fixture(scope="module")
def long(bench):
    frame = bench.payments(6000, seed=6)
    return bench.work(frame, windows={"count": 2})


def test_each_window_tells_the_precision_of_a_days_cards(long, bench):
    told = json.loads(to_json(fraud_windows_told(long)))
    assert told["further"] == "Precision of 5 card alerts a day"
    for one in told["windows"]:
        figure = one["refit"]["further"]
        assert 0 < figure["low"] <= figure["value"] <= figure["high"] < 1
    text = bench.printed(windows_blocks(bench.findings(long, windows=told)))
    assert "Precision of 5 card alerts a day by window of time" in text


def test_without_cards_an_alert_is_a_transaction(bench):
    plain = bench.work(bench.payments(6000, seed=6).drop(columns="card"), windows={"count": 2})
    assert fraud_windows_told(plain)["further"] == "Precision of 5 transaction alerts a day"


def test_without_a_time_the_generic_answer_stands(bench):
    frame = bench.payments(1500).drop(columns=["time"])
    assert "no column of time" in fraud_windows_told(bench.work(frame, split={"kind": "stratified"}))["none"]


def test_figures_are_resampled_by_card_even_where_the_card_is_left_out_of_all_else(bench):
    """Each payment of the last window four times is no more to go by."""
    frame = bench.payments(6000, seed=6)
    times = np.where(frame["time"] >= "2024-01-23", 4, 1)
    four = frame.loc[frame.index.repeat(times)].assign(transaction=range(times.sum())).reset_index(drop=True)
    over = {"windows": {"count": 2, "test_days": 8}, "data": {"drop": ["card"]}}
    once, often = (fraud_windows_told(bench.work(one, **over))["windows"][-1] for one in (frame, four))
    assert once["from"] == np.datetime64("2024-01-23").astype(int)
    for figure in ("auc", "savings", "further"):
        wide, other = once["refit"][figure], often["refit"][figure]
        assert other["high"] - other["low"] == pytest.approx(wide["high"] - wide["low"], rel=1e-6)
