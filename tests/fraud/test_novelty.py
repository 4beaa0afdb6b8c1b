"""Novelty as a challenger: a planted pattern that no training label shows is found, and noise is not called one."""

import numpy as np
import pytest

from casestudies.fraud.judged import Transactions
from casestudies.fraud.novelty import novelty_told
from casestudies.fraud.sections.novelty import novelty_blocks


def planted(bench, autoencoder=False):
    """In the last fifth of the time a new pattern: amounts as ever, and three columns where nobody else is."""
    frame = bench.payments(5000, seed=2)
    random = np.random.default_rng(8)
    for name in ("a", "b", "c"):
        frame[name] = random.normal(size=len(frame))
    late = (frame["time"] > frame["time"].quantile(0.8)).to_numpy()
    new = late & (random.random(len(frame)) < 0.03)
    frame.loc[new, ["a", "b", "c"]] = random.normal(6, 0.3, (new.sum(), 3))
    frame.loc[new, "fraud"] = "yes"
    frame.loc[new, "amount"] = 45.0
    return bench.work(frame, novelty={"extra": 40, "autoencoder": autoencoder})


@pytest.fixture(scope="module")
def found(bench):
    return planted(bench)


def test_a_pattern_that_no_label_has_shown_is_found(found, bench):
    told = novelty_told(found)
    [one] = told["scores"]
    assert one["frauds"] > 20
    assert one["difference"]["low"] > 0
    assert told["extra"] == 40
    text = bench.printed(novelty_blocks(bench.findings(found, novelty=told)))
    assert "there is a pattern here that the labels do not teach" in text
    assert "No autoencoder was trained: it is not asked for" in text


def test_further_alerts_stand_on_rows_that_the_model_passes_and_would_pay_for(found):
    told, held = novelty_told(found), Transactions.of(found)
    passed = ~held.act & (held.costs.fn > 10)
    assert told["passed"] == pytest.approx((held.y * held.costs.fn)[passed].sum())
    value = np.where(passed, held.p * held.costs.fn - 10, -np.inf)
    own = np.argsort(-value, kind="stable")[:40]
    assert told["model"]["found"]["value"] == pytest.approx((held.y * held.costs.fn)[own].sum())


def test_the_autoencoder_finds_it_too(bench):
    pytest.importorskip("torch")
    told = novelty_told(planted(bench, autoencoder=True))
    assert [one["score"] for one in told["scores"]] == ["isolation", "autoencoder"]
    assert told["scores"][1]["difference"]["low"] > 0


def test_without_torch_it_is_skipped_with_the_reason(bench, monkeypatch):
    monkeypatch.setattr("casestudies.fraud.novelty.has_torch", lambda: False)
    told = novelty_told(planted(bench, autoencoder=True))
    assert told["skipped"] == {"autoencoder": "torch is not installed"}
    assert len(told["scores"]) == 1


def test_where_nothing_is_new_nothing_is_claimed(work, bench):
    told = novelty_told(work)
    assert not told["scores"][0]["difference"]["low"] > 0
    assert "Would novelty find" in bench.printed(novelty_blocks(bench.findings(work, novelty=told)))
