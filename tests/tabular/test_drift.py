"""Drift: the index against its formula, alarms that are as rare as stated, and shifts that are found."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import rel_entr
from scipy.stats import binom, chi2

from casestudies.errors import DataError
from casestudies.tabular.drift import (
    EPSILON,
    SCORE,
    Reference,
    Tally,
    absent,
    chance_limit,
    csi,
    csi_limit,
    drift,
    psi,
)

KINDS = {"income": "money", "delays": "whole", "purpose": "category", "card": "flag", "utilisation": "number"}
COUNTS = st.lists(st.integers(0, 500), min_size=2, max_size=12)


def table(random, rows, **shift):
    """Columns of every kind: a skewed number, one with a spike and gaps, few values, levels with rare ones, a flag."""
    spike = shift.get("spike", 0.4)
    frame = pd.DataFrame(
        {
            "income": random.lognormal(8 + shift.get("income", 0.0), 0.5, rows),
            "delays": np.minimum(random.poisson(0.4, rows), 6).astype(float),
            "purpose": random.choice(list("abcdefg"), rows, p=[0.5, 0.2, 0.15, 0.1, 0.03, 0.015, 0.005]),
            "card": (random.random(rows) < 0.02).astype(float),
            "utilisation": np.where(random.random(rows) < spike, 0.0, random.random(rows)),
        }
    )
    frame.loc[random.random(rows) < shift.get("missing", 0.03), "utilisation"] = np.nan
    return frame, random.beta(1, 8, rows)


def report(frame, p, later, p_later, kinds=KINDS, weight=None, later_weight=None, **options):
    reference = Reference.of(frame, kinds, p, weight)
    tally = Tally(reference)
    tally.add(later, p_later, later_weight)
    return drift(reference, tally, **options)


@given(COUNTS.filter(any), st.integers(0, 2**32 - 1))
def test_psi_is_the_symmetric_divergence_of_smoothed_shares(then, seed):
    now = np.random.default_rng(seed).integers(0, 500, len(then))
    now[0] += 1
    then = np.array(then)
    terms = []
    held = [i for i in range(len(then)) if then[i] + now[i] > 0]
    for i in held:
        p = (then[i] + 0.5) / (then.sum() + 0.5 * len(held))
        q = (now[i] + 0.5) / (now.sum() + 0.5 * len(held))
        terms.append((q - p) * math.log(q / p))
    assert psi(then, now) == pytest.approx(sum(terms), abs=1e-12)
    assert psi(then, now) >= 0
    assert psi(now, then) == pytest.approx(float(psi(then, now)), abs=1e-12)
    assert EPSILON == 0.5


def test_without_smoothing_psi_is_scipys_relative_entropy_both_ways():
    then, now = np.array([10.0, 40, 30, 20]), np.array([200.0, 300, 400, 100])
    p, q = then / then.sum(), now / now.sum()
    assert psi(then, now, epsilon=0) == pytest.approx(rel_entr(p, q).sum() + rel_entr(q, p).sum(), rel=1e-13)
    assert psi(then, 7 * then, epsilon=0) == pytest.approx(0, abs=1e-15)
    assert psi([5, 5, 0], [5, 5, 0]) == 0
    assert np.isfinite(psi([5, 5, 0], [5, 0, 5]))
    assert np.isnan(psi([0, 0], [1, 2]))


def test_csi_is_the_shift_of_the_mean_points():
    random = np.random.default_rng(0)
    points = np.array([0.0, 12, 30, 7])
    then, now = random.integers(0, 4, 900), random.integers(1, 4, 300)
    counts = np.bincount(then, minlength=4), np.bincount(now, minlength=4)
    assert csi(*counts, points) == pytest.approx(points[now].mean() - points[then].mean())


def test_csi_goes_beyond_its_limit_as_often_as_stated():
    random = np.random.default_rng(1)
    share, points = np.array([0.6, 0.3, 0.08, 0.02]), np.array([0.0, 10, 25, 60])
    then, now = random.multinomial(3000, share, 4000), random.multinomial(700, share, 4000)
    beyond = [abs(csi(a, b, points)) > csi_limit(a, b, points, 0.05) for a, b in zip(then, now, strict=True)]
    assert np.mean(beyond) == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize(("rows", "later"), [(24_000, 6_000), (3_000, 300_000)])
def test_with_well_filled_bins_the_limit_is_that_of_chi_square(rows, later):
    share = np.full(12, 1 / 12)
    limit = chance_limit(rows * share, later * share, 0.01, np.random.default_rng(0), 40_000)
    assert limit == pytest.approx((1 / rows + 1 / later) * chi2.ppf(0.99, 11), rel=0.03)


def test_a_single_rare_bin_follows_the_hypergeometric_law():
    """990 and 10 rows, 100 of them dealt out as later: the limit is where the exact tail falls below the level."""
    limit = chance_limit([891, 9], [99, 1], 0.05, np.random.default_rng(0), 20_000)
    values = np.array([float(psi([890 + k, 10 - k], [100 - k, k])) for k in range(11)])
    mass = np.array([math.comb(10, k) * math.comb(990, 100 - k) / math.comb(1000, 100) for k in range(11)])
    tail = {v: mass[values >= v].sum() for v in values}
    exact = min(v for v in values if mass[values > v].sum() <= 0.05)
    assert limit == pytest.approx(exact)
    assert tail[exact] > 0.05


def test_more_rows_than_numpy_draws_from_have_the_limit_of_the_most_it_draws_from():
    few = chance_limit([4e6, 6e6], [2e8, 3e8], 0.05, np.random.default_rng(0))
    many = chance_limit([4e9, 6e9], [2e11, 3e11], 0.05, np.random.default_rng(0))
    assert 0 < many == pytest.approx(few)


def alarms(rows, later, reports, seed, kinds=KINDS):
    """How many of the reports over unchanged rows name a column."""
    hits = 0
    for number in range(reports):
        random = np.random.default_rng([seed, number])
        hits += any(one.moved for one in report(*table(random, rows), *table(random, later), kinds, seed=number))
    return hits


@pytest.mark.parametrize(("rows", "later"), [(1500, 400), (300, 60)])
def test_one_report_in_twenty_over_unchanged_rows_names_a_column(rows, later):
    hits = alarms(rows, later, 80, seed=5, kinds={"income": "money", "purpose": "category"})
    assert binom.ppf(0.005, 80, 0.03) <= hits <= binom.ppf(0.995, 80, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "later"), [(4800, 1200), (300, 60), (1000, 10_000)])
def test_four_hundred_reports_over_unchanged_rows_hold_the_stated_share_of_alarms(rows, later):
    hits = alarms(rows, later, 400, seed=6)
    assert binom.ppf(0.005, 400, 0.03) <= hits <= binom.ppf(0.995, 400, 0.05)


def test_planted_shifts_are_found_and_nothing_else_is():
    random = np.random.default_rng(2)
    frame, p = table(random, 4000)
    later, p_later = table(random, 1000, income=0.15, missing=0.10)
    found = report(frame, p, later, p_later)
    assert [one.column for one in found if one.moved] == ["income", "utilisation"]
    gap = next(one for one in found if one.column == "utilisation")
    share = frame["utilisation"].isna().mean(), later["utilisation"].isna().mean()
    assert (gap.bin, gap.then, gap.now) == ("missing", pytest.approx(share[0]), pytest.approx(share[1]))
    assert gap.where == f"missing: {100 * share[0]:.1f} % then, {100 * share[1]:.1f} % now"


def test_what_moved_stands_before_what_only_looks_like_it():
    random = np.random.default_rng(14)
    many = [f"{i:02d}" for i in range(40)]  # many levels: a large index by chance
    then = pd.DataFrame({"many": random.choice(many, 600), "flag": (random.random(600) < 0.3).astype(float)})
    now = pd.DataFrame({"many": random.choice(many, 200), "flag": (random.random(200) < 0.42).astype(float)})
    first, second = report(then, None, now, None, kinds={"many": "category", "flag": "flag"})
    assert (first.column, first.moved, second.column, second.moved) == ("flag", True, "many", False)
    assert first.psi < second.psi


def test_power_against_a_shift_of_a_quarter_of_a_standard_deviation():
    found = 0
    for number in range(20):
        random = np.random.default_rng([9, number])
        told = report(*table(random, 2000), *table(random, 500, income=0.125), {"income": "money"}, seed=number)
        found += next(one for one in told if one.column == "income").moved
    assert found >= 14


def test_a_spike_that_grows_is_seen_in_its_own_bin():
    random = np.random.default_rng(3)
    told = report(*table(random, 4000, spike=0.45), *table(random, 1000, spike=0.55))
    first = told[0]
    assert first.column == "utilisation"
    assert first.moved
    assert first.bin.startswith("below ")
    assert first.then == pytest.approx(0.45 * 0.97, abs=0.02)
    assert first.now == pytest.approx(0.55 * 0.97, abs=0.04)


def test_levels_never_seen_are_a_bin_that_is_not_the_level_called_other():
    random = np.random.default_rng(4)
    then = pd.DataFrame({"purpose": random.choice(["car", "other"], 500)})
    now = pd.DataFrame({"purpose": random.choice(["car", "other", "boat"], 300)})
    (one,) = report(then, None, now, None, kinds={"purpose": "category"})
    assert one.moved
    assert one.bin == "rare or new values"
    assert one.then == 0
    assert one.now == pytest.approx((now["purpose"] == "boat").mean())


def test_special_values_have_bins_of_their_own():
    random = np.random.default_rng(5)
    values = np.where(random.random(1000) < 0.1, -9.0, random.normal(0, 20, 1000))
    frame = pd.DataFrame({"x": values})
    reference = Reference.of(frame, {"x": "number"}, special={"x": (-9,)})
    bins = reference.columns[0].bins
    assert "-9" in bins.labels
    assert reference.columns[0].counts[bins.labels.index("-9")] == (values == -9).sum()
    assert reference.columns[0].counts[: bins.values] == pytest.approx(0.1 * (values != -9).sum(), abs=3)


def test_the_rule_of_thumb_knows_no_sample_size_and_the_limit_does():
    random = np.random.default_rng(6)
    few = report(*table(random, 60), *table(random, 40))
    assert max(one.psi for one in few) > 0.25
    assert not any(one.moved for one in few)
    frame, p = table(random, 60_000)
    later, p_later = table(random, 60_000, income=0.03)
    (moved,) = [one for one in report(frame, p, later, p_later) if one.moved]
    assert (moved.column, moved.rule) == ("income", "small")


@pytest.mark.parametrize("factor", [0.001, 1.0, 250.0])
def test_the_scale_of_weights_changes_nothing(factor):
    random = np.random.default_rng(7)
    rows = (*table(random, 900), *table(random, 300))
    weighted = report(*rows, weight=np.full(900, factor), later_weight=np.full(300, 3 * factor))
    for one, other in zip(report(*rows), weighted, strict=True):
        assert (one.column, one.bin, one.moved) == (other.column, other.bin, other.moved)
        assert (one.psi, one.limit) == pytest.approx((other.psi, other.limit))


def test_weight_two_is_the_row_twice_in_shares_and_not_in_how_sure_they_are():
    random = np.random.default_rng(8)
    frame, p = table(random, 800)
    heavy = random.random(800) < 0.5
    weight = np.where(heavy, 2.0, 1.0)
    twice = np.repeat(np.arange(800), np.where(heavy, 2, 1))
    numbers = {name: kind for name, kind in KINDS.items() if kind != "category"}  # levels are kept by rows, not weight
    one, other = Reference.of(frame, numbers, p, weight), Reference.of(frame.iloc[twice], numbers, p[twice])
    for a, b in zip((*one.columns, one.score), (*other.columns, other.score), strict=True):
        assert a.bins == b.bins
        assert np.array_equal(a.counts, b.counts)
    assert one.effective == pytest.approx(weight.sum() ** 2 / (weight @ weight))
    assert one.effective < 800 < other.effective


def test_pieces_hands_and_the_order_of_rows_make_no_difference():
    random = np.random.default_rng(9)
    frame, p = table(random, 900)
    later, p_later = table(random, 500)
    reference = Reference.of(frame, KINDS, p)
    whole, first, second = Tally(reference), Tally(reference), Tally(reference)
    whole.add(later, p_later)
    order = random.permutation(500)
    for piece in np.array_split(order, 4):
        first.add(later.iloc[piece[:60]], p_later[piece[:60]])
        second.add(later.iloc[piece[60:]], p_later[piece[60:]])
    first.merge(second)
    assert first.rows == 500
    assert drift(reference, first) == drift(reference, whole)
    shuffled = random.permutation(900)
    again = Reference.of(frame.iloc[shuffled], KINDS, p[shuffled])
    assert json.dumps(again.to_dict()) == json.dumps(reference.to_dict())


def test_bins_of_some_rows_with_the_counts_of_all():
    random = np.random.default_rng(10)
    frame, p = table(random, 5000)
    some = Reference.of(frame.head(1000), KINDS, p[:1000])
    tally = Tally(some)
    for start in range(0, 5000, 700):
        tally.add(frame.iloc[start : start + 700], p[start : start + 700])
    whole = some.counted(tally)
    assert whole.rows == 5000
    assert whole.effective == pytest.approx(5000)
    assert all(one.counts.sum() == 5000 for one in (*whole.columns, whole.score))
    assert not any(one.moved for one in drift(whole, tally))


def test_json_brings_back_the_same_drift_and_is_small():
    random = np.random.default_rng(11)
    frame, p = table(random, 3000)
    frame["names"] = random.choice([f"town {i}" for i in range(400)], 3000)
    reference = Reference.of(frame, {**KINDS, "names": "category", "when": "date"}, p)
    text = json.dumps(reference.to_dict())
    assert len(text) < 6000
    again = Reference.from_dict(json.loads(text))
    later, p_later = table(random, 400, income=0.2)
    later["names"] = "town 1"
    tallies = Tally(reference), Tally(again)
    for tally in tallies:
        tally.add(later, p_later)
    assert drift(reference, tallies[0]) == drift(again, tallies[1])
    names = reference.columns[-1].bins
    assert len(names.groups) <= 50
    assert max(len(one.bins.labels) for one in reference.columns[:-1]) <= 20


def test_rare_levels_are_not_kept_by_name():
    frame = pd.DataFrame({"town": ["Bonn"] * 40 + ["Trier"] * 9 + ["Köln"] * 10})
    assert Reference.of(frame, {"town": "category"}).columns[0].bins.groups == (("Bonn",), ("Köln",))


def test_a_damaged_reference_is_refused():
    frame = pd.DataFrame({"x": np.arange(50.0)})
    told = Reference.of(frame, {"x": "number"}).to_dict()
    told["columns"][0]["counts"].pop()
    with pytest.raises(ValueError, match="the bins of x and their rows do not fit"):
        Reference.from_dict(told)


def test_columns_that_later_rows_lack_are_named_and_not_compared():
    random = np.random.default_rng(12)
    frame, p = table(random, 500)
    reference = Reference.of(frame, KINDS, p)
    tally = Tally(reference)
    tally.add(frame.drop(columns="income"))
    assert absent(reference, tally) == ["income"]
    assert {one.column for one in drift(reference, tally)} == set(KINDS) - {"income"}
    assert SCORE in {one.column for one in report(frame, p, frame, p)}
    assert drift(reference, Tally(reference)) == []


def test_constant_and_empty_columns_do_not_move():
    frame = pd.DataFrame({"one": np.ones(60), "none": np.full(60, np.nan), "text": pd.Series([None] * 60, dtype="str")})
    kinds = {"one": "number", "none": "number", "text": "category"}
    told = report(frame, None, frame.head(40), None, kinds=kinds)
    assert [(one.psi, one.moved) for one in told] == [(0, False)] * 3


def test_infinities_are_refused_with_their_column():
    frame = pd.DataFrame({"x": np.arange(50.0)})
    tally = Tally(Reference.of(frame, {"x": "number"}))
    with pytest.raises(DataError, match="column x"):
        tally.add(pd.DataFrame({"x": [1.0, np.inf]}))


def test_the_seed_decides_and_decides_alone():
    random = np.random.default_rng(13)
    rows = (*table(random, 700), *table(random, 300))
    assert report(*rows, seed=1) == report(*rows, seed=1)
    assert report(*rows, seed=1) != report(*rows, seed=2)
