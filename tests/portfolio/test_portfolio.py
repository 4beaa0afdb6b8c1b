"""Wishes, the frontier, conflicts in words and the walk through the past: by hand, by closed form, by a plain loop."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import ConfigError
from casestudies.portfolio import (
    Market,
    Wishes,
    conflict_of,
    estimate,
    frontier,
    optimised,
    study,
    synthetic_market,
    walk_forward,
)
from casestudies.portfolio.delivered import _Blocks
from casestudies.portfolio.sections import answer_blocks, answer_lines
from casestudies.report import Figure, Note


@pytest.fixture(scope="module")
def market():
    return synthetic_market(8, years=2, seed=3)


@pytest.fixture(scope="module")
def known(market):
    return estimate(market.returns, market.per_year)


# --- estimates ------------------------------------------------------------------------------------------------------


def test_estimates_are_the_published_ones(market):
    from sklearn.covariance import LedoitWolf

    sample = estimate(market.returns, 252, "sample")
    assert sample.covariance == pytest.approx(252 * np.cov(market.returns.T))
    assert sample.mean == pytest.approx(252 * market.returns.mean(axis=0))
    peer = LedoitWolf().fit(market.returns)
    drawn = estimate(market.returns, 252)
    assert drawn.covariance == pytest.approx(252 * peer.covariance_)
    assert drawn.risk_share == pytest.approx(peer.shrinkage_)


def test_shrunk_means_lie_between_their_own_and_that_of_least_variance(market):
    own, drawn = estimate(market.returns, 252, "sample"), estimate(market.returns, 252, "sample", "shrunk")
    weights = np.linalg.solve(own.covariance, np.ones(8))
    target = own.mean @ weights / weights.sum()
    # Jorion 1986, equation 17, in daily terms
    apart = (own.mean - target) / 252 @ np.linalg.solve(own.covariance / 252, (own.mean - target) / 252)
    share = 10 / (10 + len(market.returns) * apart)
    assert drawn.mean_share == pytest.approx(share)
    assert drawn.mean == pytest.approx((1 - share) * own.mean + share * target)


# --- one portfolio --------------------------------------------------------------------------------------------------


def test_wishes_are_kept(market, known):
    names = market.names
    wishes = Wishes(
        cap=0.3,
        caps={names[0]: 0.05},
        groups={"odd": names[1::2]},
        group_caps={"odd": 0.4},
        group_floors={"odd": 0.35},
        turnover=0.5,
        target=float(np.quantile(known.mean, 0.6)),
    )
    chosen = optimised(wishes, known, names)
    weights = chosen.weights
    assert weights.sum() == pytest.approx(1)
    assert weights.min() >= 0
    assert weights.max() <= 0.3
    assert weights[0] <= 0.05
    assert 0.35 - 1e-12 <= weights[1::2].sum() <= 0.4 + 1e-12
    assert 0.5 * np.abs(weights - 1 / 8).sum() <= 0.5 + 1e-12
    assert weights @ known.mean >= wishes.target - 1e-12
    assert chosen.residual <= 1e-8
    assert chosen.risk == pytest.approx(np.sqrt(weights @ known.covariance @ weights))


def test_no_random_portfolio_is_better(market, known):
    rng = np.random.default_rng(0)
    wishes = Wishes(cap=0.3, aversion=4.0)
    chosen = optimised(wishes, known, market.names).weights
    others = rng.dirichlet(np.ones(8), size=20_000)
    others = others[others.max(axis=1) <= 0.3]

    def worth(w):
        return w @ known.mean - 2.0 * ((w @ known.covariance) * w).sum(axis=-1)

    assert len(others) > 1000
    assert worth(chosen) >= worth(others).max()


def test_the_frontier_is_convex_and_ends_at_the_most_return_there_can_be(market, known):
    line = frontier(Wishes(cap=0.4), known, market.names, points=15)
    assert (np.diff(line.gain) > 0).all()
    assert (np.diff(line.risk) >= -1e-12).all()
    assert (np.diff(line.risk**2, 2) >= -1e-12).all()
    best = np.sort(known.mean)[::-1]
    assert line.gain[-1] == pytest.approx(0.4 * best[0] + 0.4 * best[1] + 0.2 * best[2], rel=1e-6)
    assert line.risk[0] == pytest.approx(optimised(Wishes(cap=0.4), known, market.names).risk)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"cap": 10.0}, "cap: 10 is no share; give a number from 0 to 1"),
        ({"turnover": -0.1}, "turnover: -0.1 is no share"),
        ({"aversion": 0.0}, "aversion: 0 is not above 0"),
        ({"target": np.nan}, "target: nan is no return"),
        ({"group_caps": {"banks": 0.1}}, "no group 'banks'"),
        ({"caps": {"bonk 1": 0.1}}, "no asset 'bonk 1'; did you mean 'bank 1'"),
        ({"turnover": 0.1, "present": np.ones(3)}, r"present weights of shape \(3,\)"),
        ({"turnover": 0.1, "present": np.full(8, 0.2)}, "that sum to 1.6; give 8 weights"),
    ],
)
def test_a_wish_that_is_none_is_refused(market, known, wishes, words):
    with pytest.raises(ConfigError, match=words):
        optimised(Wishes(**wishes), known, market.names)


# --- conflicts ------------------------------------------------------------------------------------------------------


def test_a_conflict_is_told_by_name_with_the_smallest_relaxation(market, known):
    told = conflict_of(Wishes(cap=0.1), known, market.names)
    assert told.sentences() == [
        "These cannot all hold: weights sum to 100 %; cap of every asset (10 %).",
        "The smallest relaxation: raise the cap of every asset from 10 % to 12.5 %, by 2.5 points.",
    ]
    with pytest.raises(
        ConfigError, match=r"weights sum to 100 %; cap of every asset \(10 %\); the smallest relaxation"
    ):
        optimised(Wishes(cap=0.1), known, market.names)


def test_each_way_out_that_is_told_is_one(market, known):
    wishes = Wishes(cap=0.2, turnover=0.05, target=float(np.sort(known.mean)[-6:].mean()))
    told = conflict_of(wishes, known, market.names)
    assert set(told.quarrel) >= {"turnover", "target return"}
    ways = {"turnover": lambda by: replace(wishes, turnover=wishes.turnover + by)}
    ways["target return"] = lambda by: replace(wishes, target=wishes.target - by)
    for name, way in ways.items():
        by = told.alone[name]
        assert conflict_of(way(by), known, market.names) is None
        assert conflict_of(way(by - 2e-4), known, market.names) is not None
    assert conflict_of(replace(wishes, turnover=None), known, market.names) is None


# --- promised and delivered -----------------------------------------------------------------------------------------


def test_the_walk_is_the_plain_loop_with_costs(market):
    window, hold, cost = 120, 40, 0.002
    told = walk_forward(market, Wishes(cap=0.4), window=window, hold=hold, cost=cost, beside_sample=False)
    returns, held, expected, promised = market.returns, None, [], []
    for begin in range(window, market.periods, hold):
        known = estimate(returns[begin - window : begin], 252)
        weights = optimised(Wishes(cap=0.4), known, market.names).weights
        promised.append(np.sqrt(weights @ known.covariance @ weights))
        fee = 0.0 if held is None else cost * np.abs(weights - held).sum()
        worth = 1.0
        for row in returns[begin : begin + hold]:
            earned = weights @ row
            expected.append((1 + earned) * (1 - fee) - 1)
            fee = 0.0
            weights = weights * (1 + row) / (1 + earned)
            worth *= 1 + earned
        held = weights
    track = told.tracks[0]
    assert track.returns == pytest.approx(expected, abs=1e-10)
    assert track.promised == pytest.approx(promised, rel=1e-8)
    assert track.risk.value == pytest.approx(np.std(expected, ddof=1) * np.sqrt(252))
    assert told.windows == len(promised)
    assert [t.name for t in told.tracks] == ["Ledoit-Wolf", "1/n"]


def test_nothing_later_is_looked_at(market):
    told = walk_forward(market, Wishes(), window=120, hold=40)
    later = market.returns.copy()
    later[300:] = 0.01 * np.random.default_rng(0).normal(size=later[300:].shape)
    changed = walk_forward(replace(market, returns=later), Wishes(), window=120, hold=40)
    upto = 300 - 120
    for one, other in zip(told.tracks, changed.tracks, strict=True):
        assert np.array_equal(one.returns[:upto], other.returns[:upto])
        assert not np.array_equal(one.returns[upto:], other.returns[upto:])


def test_few_days_for_many_assets_promise_much_less_than_they_deliver():
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(400, 3)) * 0.006
    returns = factors @ rng.normal(size=(3, 60)) + rng.normal(size=(400, 60)) * 0.012
    many = Market(pd.bdate_range("2020-01-01", periods=400), tuple(f"a{i}" for i in range(60)), returns, 252)
    told = walk_forward(many, Wishes(), window=50, hold=20)
    drawn, sample, even = told.tracks
    assert sample.ratio.low > 1.3
    assert drawn.ratio.value < sample.ratio.value
    assert drawn.risk.value < sample.risk.value
    assert 0.8 < even.ratio.value < 1.2
    assert any("more than it promised" in sentence for sentence in told.sentences())


def test_a_target_beyond_reach_is_lowered_and_said(market):
    told = walk_forward(market, Wishes(cap=0.3, target=0.5), window=120, hold=60, beside_sample=False)
    assert 0 < told.lowered <= told.windows
    assert f"In {told.lowered} of {told.windows} windows the target was beyond reach" in told.sentences()[-1]


def test_resampled_blocks_are_the_series_written_out():
    rng = np.random.default_rng(5)
    values = rng.normal(size=50)
    blocks = _Blocks.drawn(50, 7, np.random.default_rng(1))
    assert (blocks.lengths.sum(axis=1) == 50).all()
    for begins, lengths, mean, spread in list(
        zip(blocks.begins, blocks.lengths, blocks.mean(values), blocks.deviation(values), strict=True)
    )[:20]:
        whole = np.concatenate(
            [np.take(values, np.arange(b, b + n), mode="wrap") for b, n in zip(begins, lengths, strict=True)]
        )
        assert whole.mean() == pytest.approx(mean)
        assert whole.std(ddof=1) == pytest.approx(spread)
    inner = blocks.lengths[:, 0]
    assert inner.mean() == pytest.approx(7, rel=0.15)


def test_intervals_cover_a_known_risk_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    names = ("a", "b")
    dates = pd.bdate_range("2020-01-01", periods=300)
    inside = 0
    for trial in range(25):
        returns = rng.normal(0, 0.01, (300, 2))
        told = walk_forward(
            Market(dates, names, returns, 252), Wishes(), window=60, hold=24, cost=0.0, seed=trial, beside_sample=False
        )
        even = told.tracks[-1]
        inside += even.risk.low <= 0.01 / np.sqrt(2) * np.sqrt(252) <= even.risk.high
    assert 20 <= inside <= 25


def test_a_table_too_short_for_its_window_is_refused(market):
    with pytest.raises(ConfigError, match="504 periods are too few for windows of 490 and 24 periods"):
        walk_forward(market, Wishes(), window=490, hold=10)
    with pytest.raises(ConfigError, match="cost: 2 is no share"):
        walk_forward(market, Wishes(), window=100, hold=10, cost=2.0)


# --- the answer -----------------------------------------------------------------------------------------------------


def test_the_same_question_has_the_same_answer(market):
    one, other = (study(market, Wishes(cap=0.3, turnover=0.4), window=120, hold=60) for _ in range(2))
    assert np.array_equal(one.portfolio.weights, other.portfolio.weights)
    assert one.sentences() == other.sentences()
    assert answer_blocks(one) == answer_blocks(other)


def test_the_answer_says_what_is_made_up_and_draws_what_it_says(market):
    answer = study(market, Wishes(cap=0.3), window=120, hold=60)
    blocks = answer_blocks(answer)
    assert isinstance(blocks[0], Note)
    assert "made up" in blocks[0].text
    assert sum(isinstance(block, Figure) for block in blocks) == 2
    assert all(figure.alt for figure in blocks if isinstance(figure, Figure))
    assert "<table" in answer._repr_html_()


def test_a_hostile_name_stays_text(market):
    bad = replace(market, names=("<script>x</script>", *market.names[1:]))
    answer = study(bad, Wishes(), window=120, hold=60, walk=False)
    assert "<script>" not in answer._repr_html_()


def test_a_conflict_is_an_answer(market):
    answer = study(market, Wishes(cap=0.3, target=5.0), window=120, hold=60)
    assert answer.portfolio is None
    assert answer.delivered is None
    assert answer.frontier is not None
    assert "cannot all hold" in str(answer)
    assert len(answer.table) == 0
    assert answer_blocks(answer)


def test_the_five_lines_make_the_answer(capsys):
    answer = study(None, Wishes(cap=0.15), window=504, hold=63, most=60)
    code = answer_lines(answer, None, 504, 63, 0.001, "sample", 60)
    assert len(code.lines()) == 5
    exec(compile(code.text, "lines", "exec"), {})
    said = capsys.readouterr().out
    assert said.startswith(str(answer))
    assert f"{answer.table['weight'][0]:.4f}".rstrip("0") in said
