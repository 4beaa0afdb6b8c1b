"""Stand-ins for a protected column: planted ones are named, noise is not, and each AUC is scikit-learn's."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from casestudies.models.proxies import _cross_scored, _levels, find_proxies

KINDS = {"pay": "number", "job": "category", "noise": "number", "colour": "category", "when": "date"}


def planted(rows=2000, seed=0, strength=1.0):
    """Group "b" earns more and has other jobs; `noise` and `colour` tell nothing."""
    random = np.random.default_rng(seed)
    is_b = random.random(rows) < 0.4
    frame = pd.DataFrame(
        {
            "pay": random.normal(size=rows) + strength * is_b,
            "job": pd.Series(np.where(random.random(rows) < 0.5 + 0.3 * strength * (is_b - 0.5), "x", "y")),
            "noise": random.normal(size=rows),
            "colour": pd.Series(random.choice(list("pqr"), rows)),
            "when": pd.date_range("2020-01-01", periods=rows),
        }
    )
    frame.loc[random.random(rows) < 0.1, "pay"] = np.nan
    return frame, np.where(is_b, "b", "a")


def test_planted_proxies_are_named_by_strength_and_noise_is_not():
    told = find_proxies(*(planted()[0], KINDS, planted()[1]))
    assert [proxy.column for proxy in told.named] == ["pay", "job"]
    assert told.named[0].auc == pytest.approx(0.74, abs=0.04)  # normal(0) against normal(1) is 0.76, a tenth missing
    assert told.joint > told.named[0].auc - 0.01
    assert told.joint > told.joint_noise
    assert told.groups == ("a", "b")
    assert {proxy.column for proxy in told.columns} == {"pay", "job", "noise", "colour"}  # a date tells nothing here


def test_noise_is_named_in_about_one_table_of_twenty_before_the_floor_and_hardly_ever_after():
    above = named = 0
    for seed in range(30):
        random = np.random.default_rng(seed)
        frame = pd.DataFrame(random.normal(size=(300, 5))).add_prefix("c")
        labels = random.choice(["a", "b", "c"], 300)
        told = find_proxies(frame, dict.fromkeys(frame, "number"), labels, seed=seed)
        above += any(proxy.best > proxy.chance for proxy in told.columns)
        named += bool(told.named)
    assert above / 30 <= 0.17  # 0.05 and 3 standard errors
    assert named <= above


def test_a_relation_without_direction_is_seen():
    """A group at both ends of a number: a plain AUC of the number is 0.5."""
    random = np.random.default_rng(0)
    values = random.normal(size=2000)
    labels = np.where(np.abs(values) > 1, "ends", "middle")
    assert roc_auc_score(labels == "ends", values) == pytest.approx(0.5, abs=0.05)
    told = find_proxies(pd.DataFrame({"v": values}), {"v": "number"}, labels)
    assert told.named[0].auc > 0.9


def test_a_column_that_gives_away_one_of_many_groups_is_named():
    random = np.random.default_rng(0)
    labels = random.choice(list("abcde"), 3000)
    frame = pd.DataFrame({"v": random.normal(size=3000) + 0.8 * (labels == "c"), "w": random.normal(size=3000)})
    (proxy,) = find_proxies(frame, {"v": "number", "w": "number"}, labels).named
    assert (proxy.column, proxy.group) == ("v", "c")
    assert proxy.best > 0.65 > 0.6 > proxy.auc


def test_being_missing_may_tell_the_group():
    frame, labels = planted(strength=0.0)
    frame.loc[labels == "b", "noise"] = np.nan
    assert find_proxies(frame, KINDS, labels).named[0].column == "noise"
    level = _levels(frame["noise"], "number")
    assert len(np.unique(level[labels == "b"])) == 1
    assert not np.isin(level[labels == "a"], level[labels == "b"]).any()


def test_the_auc_by_counts_is_that_of_the_scored_rows():
    random = np.random.default_rng(1)
    rows = 500
    level, half = random.integers(0, 7, rows), random.integers(0, 2, rows)
    target = (random.random(rows) < 0.2 + 0.05 * level).astype(float)
    weight = random.random(rows) + 0.5
    score = np.empty(rows)
    for own, other in ((half == 0, half == 1), (half == 1, half == 0)):
        base = np.average(target[other], weights=weight[other])
        for k in range(7):
            there = other & (level == k)
            score[own & (level == k)] = (weight[there] @ target[there] + 10 * base) / (weight[there].sum() + 10)
    expected = roc_auc_score(target, score, sample_weight=weight)
    assert _cross_scored(level, half, target[:, None], weight)[0] == pytest.approx(expected)


def test_small_groups_are_not_asked_for_and_two_are_needed():
    frame, labels = planted()
    labels = labels.astype(object)
    labels[:29] = "few"
    assert find_proxies(frame, KINDS, labels).groups == ("a", "b")
    labels[:] = "a"
    labels[:29] = "few"
    assert find_proxies(frame, KINDS, labels) is None


def test_rows_without_weight_do_not_count_and_the_seed_decides_alone():
    frame, labels = planted()
    weight = np.ones(len(labels))
    weight[1000:] = 0.0
    half = find_proxies(frame.iloc[:1000], KINDS, labels[:1000])
    assert find_proxies(frame, KINDS, labels, weight).rows == half.rows == 1000
    assert find_proxies(frame, KINDS, labels) == find_proxies(frame, KINDS, labels)
