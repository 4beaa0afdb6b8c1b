"""Two runs beside each other: differences and intervals against DeLong's variance, closed forms and brute force."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import casestudies
from casestudies.decisions import CostMatrix
from casestudies.errors import RunError, UsageError
from casestudies.report import Figure, to_html
from casestudies.runs import RunFolder
from casestudies.workflow.compared import beside, compared
from casestudies.workflow.judgements import Meaning, Rated, Resampling, Scored
from casestudies.workflow.sections.compared import compared_report

HOW = Resampling(rounds=2000, level=0.95, seed=0)
NAMES = ("first", "second")
ROWS = 400


def scored(noise: float, seed: int = 1, rows: int = ROWS, **changes) -> Scored:
    """A run's answers: all runs of one seed of the outcome share their rows; `noise` is what a model does not know."""
    y = (np.random.default_rng(0).random(rows) < 0.3).astype(float)
    z = 1.5 * y - 1.2 + noise * np.random.default_rng(seed).normal(size=rows)
    p = 1 / (1 + np.exp(-z))
    made = Scored(
        source="one file",
        places=np.arange(rows),
        names=np.array([f"A{row}" for row in range(rows)]),
        outcome=y,
        group=None,
        prices="fn 5, fp 1",
        what="rows",
        row="row",
        unit="EUR",
        p=p,
        act=p > 0.4,
        weight=np.ones(rows),
        costs=CostMatrix(fn=5.0, fp=1.0).on({}, rows),
    )
    return replace(made, **changes)


def taken(one: Scored, rows: np.ndarray) -> Scored:
    """The same answers on some of the rows, in that order."""
    arrays = {name: getattr(one, name)[rows] for name in ("places", "names", "outcome", "p", "act", "weight")}
    return replace(one, **arrays, costs=one.costs.take(rows))


def figure(pair, name):
    return next(one for one in pair.differences if one.metric == name)


def placements(y: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """DeLong's: of each event the share of others below it, of each other the share of events above it."""
    wins = (p[y == 1][:, None] > p[y == 0][None, :]) + 0.5 * (p[y == 1][:, None] == p[y == 0][None, :])
    return wins.mean(axis=1), wins.mean(axis=0)


def delong(y: np.ndarray, *scores: np.ndarray) -> np.ndarray:
    """Covariance of the areas of several scores on the same rows (DeLong, DeLong and Clarke-Pearson 1988)."""
    ups, downs = zip(*(placements(y, p) for p in scores), strict=True)
    return np.atleast_2d(np.cov(ups) / (y == 1).sum() + np.cov(downs) / (y == 0).sum())


def test_differences_are_those_of_a_peer_library_and_the_paired_interval_is_delongs():
    a, b = scored(1.0), scored(1.6, seed=2)
    pair = beside(NAMES, a, b, HOW)
    found = figure(pair, "auc")
    assert pair.paired
    assert pair.rows == (ROWS, ROWS, ROWS)
    assert found.difference.value == pytest.approx(roc_auc_score(b.outcome, b.p) - roc_auc_score(a.outcome, a.p))
    covariance = delong(a.outcome, a.p, b.p)
    width = 2 * 1.96 * np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert found.difference.high - found.difference.low == pytest.approx(width, rel=0.08)


def test_two_samples_have_the_width_of_independent_ones():
    a, b = scored(1.0), scored(1.0, source="another file", names=None)
    pair = beside(NAMES, a, b, HOW)  # the same answers, and nothing that says so
    found = figure(pair, "auc")
    variance = float(delong(a.outcome, a.p)[0, 0])
    assert not pair.paired
    assert "two samples" in pair.sentences[0]
    assert found.difference.value == 0
    assert found.difference.high - found.difference.low == pytest.approx(2 * 1.96 * np.sqrt(2 * variance), rel=0.08)
    assert found.verdict == "cannot be told apart"


def test_the_order_of_the_rows_changes_nothing():
    a, b = scored(1.0), scored(1.6, seed=2)
    shuffled = taken(b, np.random.default_rng(3).permutation(ROWS))
    assert beside(NAMES, a, shuffled, HOW).to_dict() == beside(NAMES, a, b, HOW).to_dict()
    same = beside(NAMES, a, taken(a, np.arange(ROWS)[::-1]), HOW)
    assert {one.verdict for one in same.differences} == {"same"}


def test_the_other_way_round_the_signs_turn():
    a, b = scored(1.0), scored(1.6, seed=2)
    there, back = beside(NAMES, a, b, HOW), beside(NAMES, b, a, HOW)
    turned = {"better": "worse", "worse": "better"}
    for one, other in zip(there.differences, back.differences, strict=True):
        assert one.difference.low == pytest.approx(-other.difference.high)
        assert one.verdict == turned.get(other.verdict, other.verdict)
    assert figure(there, "auc").verdict == "worse"
    assert figure(there, "log_loss").verdict == "worse"


def test_rows_of_two_files_are_the_same_by_name_where_the_outcomes_say_so():
    a, b = scored(1.0), scored(1.6, seed=2)
    later = np.arange(50, ROWS)[::-1]
    by_name = replace(taken(b, later), source="a later file", places=np.arange(len(later)))
    pair = beside(NAMES, a, by_name, HOW)
    assert pair.paired
    assert pair.rows == (ROWS, 350, 350)
    assert "of the 350 rows that both runs judged" in pair.sentences[0]
    inside = a.outcome[50:], b.p[50:]
    assert figure(pair, "auc").second.value == pytest.approx(roc_auc_score(*inside))
    others = replace(by_name, outcome=np.random.default_rng(9).permutation(by_name.outcome))
    assert not beside(NAMES, a, others, HOW).paired  # files that count alike and are about others
    several = replace(by_name, names=np.repeat(by_name.names[:175], 2))
    assert not beside(NAMES, a, several, HOW).paired


def test_a_few_rows_in_both_do_not_make_a_pair():
    a, b = taken(scored(1.0), np.arange(200)), taken(scored(1.6, seed=2), np.arange(150, 400))
    pair = beside(NAMES, a, b, HOW)
    assert not pair.paired
    assert pair.rows == (200, 250, 50)
    assert "50 rows are in both" in pair.sentences[0]


def test_whole_groups_are_resampled_whoever_names_them():
    a, b = scored(1.0), scored(1.6, seed=2)
    twice = np.repeat(np.arange(ROWS), 2)
    doubled = [replace(taken(one, twice), places=np.arange(2 * ROWS), names=None) for one in (a, b)]
    groups = [replace(one, group=np.repeat(np.arange(ROWS), 2)) for one in doubled]
    single = figure(beside(NAMES, a, b, HOW), "auc").difference
    for pair in (groups, [groups[0], doubled[1]], [doubled[0], groups[1]]):
        found = figure(beside(NAMES, *pair, HOW), "auc").difference
        assert (found.low, found.high) == pytest.approx((single.low, single.high))


def test_money_is_compared_at_equal_prices_alone():
    a, b = scored(1.0), scored(1.6, seed=2)
    cost = figure(beside(NAMES, a, b, HOW), "expected_cost")
    assert cost.difference.value == pytest.approx(
        (b.costs.total(b.outcome, b.act) - a.costs.total(a.outcome, a.act)) / ROWS
    )
    dearer = replace(b, prices="fn 50, fp 1", costs=CostMatrix(fn=50.0, fp=1.0).on({}, ROWS))
    pair = beside(NAMES, a, dearer, HOW)
    assert not {"expected_cost", "savings"} & {one.metric for one in pair.differences}
    assert any("different prices" in sentence for sentence in pair.sentences)


def test_means_of_single_rows_against_the_normal_interval():
    draw = np.random.default_rng(5)
    first = draw.random(900)
    second = first + 0.02 + 0.1 * draw.normal(size=900)
    second[:100] = np.nan  # these have no figure of their own

    def rated(values):
        users = np.array([f"u{user}" for user in range(900)])
        ones = np.ones(900)
        meaning = {"ndcg_at_10": Meaning("NDCG@10")}
        return Rated(
            "one file", users, users, ones * (np.arange(900) % 3), None, "customers", {"ndcg_at_10": values}, meaning
        )

    found = figure(beside(NAMES, rated(first), rated(np.where(np.isnan(second), first, second)), HOW), "ndcg_at_10")
    apart = np.where(np.isnan(second), 0.0, second - first)
    assert found.difference.value == pytest.approx(apart.mean())
    width = 2 * 1.96 * apart.std() / np.sqrt(900)
    assert found.difference.high - found.difference.low == pytest.approx(width, rel=0.08)
    assert found.verdict == "better"
    alone = figure(beside(NAMES, rated(second), rated(second), HOW), "ndcg_at_10")
    assert alone.first.value == pytest.approx(np.nanmean(second))
    assert alone.verdict == "same"


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory, small_run):
    """The small run, and one of the same data with another model."""
    settings = [
        "demo.rows=700",
        "interval.rounds=100",
        "model.candidates=[lightgbm]",
        "analyse=[]",
        "report.formats=[]",
    ]
    settings += ["explain.rows=50", "explain.lime.samples=200", "explain.lime.seeds=2"]
    other = casestudies.run("credit", overrides=settings, runs=tmp_path_factory.mktemp("other"), variables={})
    return small_run.folder, other.folder


def test_finished_runs_are_told_in_figures_settings_and_curves(two_runs):
    told = compared(two_runs)
    pair = told.pairs[0]
    assert pair.paired
    assert told.config["model.candidates"][two_runs[1].id] == ["lightgbm"]
    metrics = [run.read_json("metrics.json") for run in two_runs]
    for one in pair.differences:
        figures = [told["models"][told["champion"]][one.metric] for told in metrics]
        assert [one.first.value, one.second.value] == pytest.approx([entry["value"] for entry in figures])
        assert one.first.low == pytest.approx(figures[0]["low"])  # the run's own interval, from its own resamples
    report = compared_report(told)
    figures = [block for block in report.blocks() if isinstance(block, Figure)]
    assert len(figures) == 4
    assert all(one.alt and one.table is not None and one.table.rows for one in figures)
    assert to_html(report) == to_html(compared_report(compared(two_runs)))
    assert json.loads(json.dumps(told.to_dict()))["pairs"][0]["differences"]["auc"]["difference"]["value"] is not None


def test_what_cannot_be_compared_says_why(two_runs, tmp_path):
    with pytest.raises(UsageError, match="two runs or more"):
        compared(two_runs[:1])
    with pytest.raises(UsageError, match="each named once"):
        compared([two_runs[0], two_runs[0]])
    elsewhere = tmp_path / "churn" / two_runs[1].id
    elsewhere.parent.mkdir()
    elsewhere.symlink_to(two_runs[1].path)
    with pytest.raises(UsageError, match="is a run of churn, and .* one of credit"):
        compared([two_runs[0], RunFolder(elsewhere)])
    unfinished = tmp_path / "credit" / "20200101T000000-000000"
    unfinished.mkdir(parents=True)
    with pytest.raises(RunError, match="compare runs that are done"):
        compared([two_runs[0], RunFolder(unfinished)])
