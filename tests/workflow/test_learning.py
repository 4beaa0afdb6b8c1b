"""Learning curves: laws that are known in closed form, the answer on problems whose right answer is known, nested shares."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.credit.config import CreditSettings
from casestudies.credit.study import STUDY
from casestudies.metrics.intervals import Interval
from casestudies.report import Figure, Report, Section, Table, Text, to_html
from casestudies.runs.disk import to_json
from casestudies.workflow.analyses import Work
from casestudies.workflow.compare import Plan, compare
from casestudies.workflow.doubling import Measured, Resampling, curve_told, grown, verdict
from casestudies.workflow.learning import learning_told, settled
from casestudies.workflow.load import load, rule_of
from casestudies.workflow.models import recipes_of
from casestudies.workflow.power_law import PowerLaw
from casestudies.workflow.sample import sample_of, split_of
from casestudies.workflow.sections.learning import Printed, Reading, answer, learning_blocks
from casestudies.workflow.shares import DRAWS, SHARES, kept

HOW = Resampling(300, 0.95, 0)
N = np.array([100.0, 180, 320, 560, 1000])


@given(st.floats(0, 3), st.floats(0.01, 5), st.sampled_from([0.25, 0.5, 0.75, 1.0, 1.25]))
def test_a_law_without_noise_is_found_again(level, scale, exponent):
    law = PowerLaw.fit(N, [level + scale * (N / 1000) ** -exponent], np.ones(5))
    assert law.doubled(1000.0)[0] == pytest.approx(scale * (1 - 2**-exponent), rel=1e-6, abs=1e-9)
    assert law.at(4000.0)[0] == pytest.approx(level + scale * 4**-exponent, rel=1e-6, abs=1e-9)


def test_many_curves_are_fitted_as_each_by_itself():
    random = np.random.default_rng(0)
    curves, weight = 0.4 + random.random((20, 5)), random.random(5) + 0.1
    together = PowerLaw.fit(N, curves, weight)
    alone = [PowerLaw.fit(N, [one], weight) for one in curves]
    assert np.allclose(together.doubled(1000), [one.doubled(1000)[0] for one in alone])


def test_the_fit_is_the_best_of_its_grid():
    """Against numpy's own least squares at every exponent."""
    random = np.random.default_rng(1)
    curve, weight = 1 / np.sqrt(N) + 0.01 * random.random(5), np.array([1.0, 2, 3, 4, 5])
    law = PowerLaw.fit(N, [curve], weight)
    missed = []
    for c in np.linspace(0.2, 1.5, 27):
        X = np.stack([np.ones(5), (N / 1000) ** -c], axis=1) * np.sqrt(weight)[:, None]
        missed.append(np.linalg.lstsq(X, curve * np.sqrt(weight), rcond=None)[1][0])
    here = np.array([law.at(n)[0] for n in N])
    assert ((curve - here) ** 2 @ weight) == pytest.approx(min(missed), rel=1e-6)


def test_no_law_leads_below_an_error_of_nothing():
    slow = [0.084, 0.071, 0.0736, 0.0558, 0.0506]  # of the fraud demo: the smallest exponent is nearest to it
    free, held = (PowerLaw.fit(N, [slow], N, least) for least in (-np.inf, 0.0))
    assert free.level[0] < 0 <= held.level[0]
    assert 0 < held.doubled(1000)[0] < free.doubled(1000)[0]


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="4 different numbers of rows"):
        PowerLaw.fit([1, 2, 4], [[3.0, 2.0, 1.0]], np.ones(3))


def least_squares(columns, noise, rows, seed, judged=3000):
    """Least squares on Gaussian columns, whose risk is known: noise² (1 + p / (n - p - 1)).

    Source: Breiman and Freedman 1983, "How many variables should be entered in a regression equation?", JASA 78.
    """
    random = np.random.default_rng(seed)
    truth = random.normal(size=columns)
    truth /= np.linalg.norm(truth)
    X, test = random.normal(size=(rows, columns)), random.normal(size=(judged, columns))
    y, want = X @ truth + noise * random.normal(size=rows), test @ truth + noise * random.normal(size=judged)
    sizes, values, own = [], [], []
    for share, draws in zip(SHARES, DRAWS, strict=True):
        fits = []
        for draw in range(draws):
            some = kept(np.arange(rows), np.zeros(rows), share, (seed, draw))
            w = np.linalg.lstsq(X[some], y[some], rcond=None)[0]
            fits.append((want - test @ w) ** 2)
            own.append(float(((y[some] - X[some] @ w) ** 2).mean()))
        sizes.append(len(some))
        values.append(np.stack(fits))
    points = [
        {"rows": size, "share": s, "own": o} for size, s, o in zip(sizes, SHARES, own[-len(SHARES) :], strict=True)
    ]
    points[-1]["own"] = own[-1]
    figures = {"loss": Measured(values, np.ones(judged))}
    return curve_told(points, figures, float(((want - want.mean()) ** 2).mean()), HOW)


def bought(columns, noise, rows):
    """What twice the rows take off the risk."""
    return noise**2 * columns * (1 / (rows - columns - 1) - 1 / (2 * rows - columns - 1))


def test_more_rows_where_the_columns_are_many():
    told = least_squares(columns=40, noise=1.8, rows=800, seed=0, judged=20_000)
    gain, true = told["figures"]["loss"]["gain"], bought(40, 1.8, 800)
    assert told["answer"] == "rows"
    assert told["floor"] < true
    assert gain["low"] < true < gain["high"]


def test_more_features_where_what_is_left_is_noise():
    told = least_squares(columns=3, noise=1.0, rows=2000, seed=1)
    assert told["answer"] == "features"
    assert not told["apart"]
    assert abs(told["figures"]["loss"]["gain"]["value"]) < told["floor"]


def test_neither_where_nothing_is_left_to_be_known():
    assert least_squares(columns=3, noise=0.05, rows=2000, seed=2)["answer"] == "neither"


def test_the_interval_of_what_doubling_buys_holds_the_truth():
    """Over fresh problems: the gain is known, and so is how often an interval of 95 % may miss it."""
    true, held = bought(20, 1.0, 500), []
    for seed in range(40):
        gain = least_squares(columns=20, noise=1.0, rows=500, seed=seed, judged=1000)["figures"]["loss"]["gain"]
        held.append(gain["low"] <= true <= gain["high"])
    assert np.mean(held) >= 0.85  # 0.925 with these seeds


def test_which_rows_were_drawn_to_learn_from_widens_the_interval():
    """Draws that differ only by luck of a known size: `luck_of_the_draw` finds it, and the band is no narrower."""
    random = np.random.default_rng(3)
    size = 0.05  # of the figure with all rows
    many = [1.0 + size * np.sqrt((1 - n / 1000) * 1000 / n) * random.standard_normal((200, 1)) * np.ones(4) for n in N]
    many[-1] = np.ones((1, 4))
    found = grown(N, Measured(many, np.ones(4)), HOW)
    width = found.points[-1].high - found.points[-1].low  # of one model on all rows
    assert width == pytest.approx(2 * 1.96 * size, rel=0.15)


def test_a_figure_that_is_better_the_higher_it_is_mirrors_its_error():
    random = np.random.default_rng(4)
    error = [np.clip(0.3 + 4 / n + 0.1 * random.random((2, 50)), 0, 1) for n in N]
    loss = grown(N, Measured(error, np.ones(50)), HOW)
    ndcg = grown(N, Measured([1 - one for one in error], np.ones(50), best=1.0), HOW)
    assert ndcg.gain.value == pytest.approx(loss.gain.value)
    assert (ndcg.gain.low, ndcg.gain.high) == pytest.approx((loss.gain.low, loss.gain.high), abs=2e-3)
    assert ndcg.points[0].value == pytest.approx(1 - loss.points[0].value)
    assert ndcg.behind[0].value == pytest.approx(loss.behind[0].value)
    assert ndcg.behind[0].value > 0


@pytest.mark.parametrize(
    ("gain", "now", "own", "word"),
    [
        ((0.03, 0.01, 0.05), 0.5, 0.48, "rows"),
        ((0.03, -0.01, 0.07), 0.5, 0.48, "unclear"),
        ((0.004, 0.001, 0.008), 0.5, 0.48, "features"),
        ((0.004, -0.004, 0.013), 0.5, 0.48, "features"),
        ((0.004, -0.004, 0.04), 0.5, 0.48, "unclear"),
        ((0.004, np.nan, np.nan), 0.5, 0.48, "unclear"),
        ((0.004, 0.001, 0.008), 0.05, 0.04, "neither"),
    ],
)
def test_the_answer_in_a_word(gain, now, own, word):
    """A guess has a loss of 0.7, so a gain matters from a twentieth of 0.2 on."""
    assert verdict(Interval(*gain), now, 0.7, 0.0, own).answer == word


def test_the_rows_learnt_from_are_told_apart_from_new_ones():
    gain = Interval(0.001, 0.0, 0.002)
    assert verdict(gain, 0.5, 0.7, 0.0, 0.3).apart
    assert not verdict(gain, 0.5, 0.7, 0.0, 0.45).apart
    assert not verdict(gain, 0.5, 0.7, 0.0, None).apart


@given(st.integers(40, 300), st.integers(0, 5))
def test_shares_are_nested_and_hold_whole_units(rows, seed):
    random = np.random.default_rng(seed)
    unit, event = random.integers(0, 30, rows), random.random(rows) < 0.3
    found = [set(kept(unit, event, share, (seed,)).tolist()) for share in SHARES]
    assert all(small <= large for small, large in itertools.pairwise(found))
    assert found[-1] == set(range(rows))
    for share in found:
        inside = set(unit[list(share)])
        assert all((row in share) == (unit[row] in inside) for row in range(rows))


def test_a_share_holds_its_share_of_the_events():
    event = np.arange(1000) < 50
    for share in SHARES:
        assert event[kept(np.arange(1000), event, share, (1,))].sum() == pytest.approx(50 * share, abs=0.51)


def applicants(rows=4000, seed=0):
    random = np.random.default_rng(seed)
    a, b = random.normal(size=(2, rows))
    default = random.random(rows) < 1 / (1 + np.exp(1.2 - 1.2 * a - 0.8 * b))
    customer = random.integers(0, rows // 2, rows)
    return pd.DataFrame({"a": a, "b": b, "customer": customer, "default": np.where(default, "bad", "good")})


def study(tmp_path, frame, **over) -> Work:
    base = {
        "study": "credit",
        "data": {"target": "default", "positive": "bad"},
        "cost": {"fn": 1000, "fp": 200, "currency": "EUR"},
        "model": {"candidates": ["logistic"]},
        "split": {"folds": 3},
        "interval": {"rounds": 200},
    }
    settings = CreditSettings.model_validate(base | over)
    frame.to_csv(tmp_path / "loans.csv", index=False)
    loaded = load(STUDY, settings, tmp_path / "loans.csv", incumbent=None, leaks_allowed=False)
    split, sample = split_of(loaded, settings), sample_of(loaded)
    plan = Plan(rule_of(settings), settings.model.calibrate, settings.split.folds, settings.seed)
    recipes = recipes_of(settings, {name: loaded.checked.kinds[name] for name in loaded.checked.features})
    comparison = compare(recipes, sample, split, plan, lambda *_: None)
    saved = comparison.trained[comparison.choice.champion]
    return Work(loaded, split, sample, comparison, None, saved, None, settings, STUDY.words)


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Work:
    return study(tmp_path_factory.mktemp("loans"), applicants())


@pytest.fixture(scope="module")
def told(work) -> dict:
    return learning_told(work)


def test_the_last_point_is_the_runs_own_figure(work, told):
    held, judged = work.sample.take(work.comparison.rows), work.comparison.judged["logistic"]
    loss = -np.mean(np.log(np.where(held.y > 0, judged.p, 1 - judged.p)))
    cost = np.mean(np.where(held.y > 0, np.where(judged.act, 0, 1000), np.where(judged.act, 200, 0)))
    assert told["figures"]["log_loss"]["points"][-1]["value"] == pytest.approx(loss)
    assert told["figures"]["cost"]["points"][-1]["value"] == pytest.approx(cost)
    assert told["judged"] == len(held.y)
    assert [point["share"] for point in told["points"]] == list(SHARES)


def test_two_columns_and_thousands_of_rows_ask_for_features(told):
    assert told["answer"] == "features"
    assert told["points"][-1]["own"] == pytest.approx(told["figures"]["log_loss"]["points"][-1]["value"], abs=0.03)


def test_the_same_seed_gives_the_same_bytes(work, told):
    assert to_json(learning_told(work)) == to_json(told)


def test_whole_groups_are_drawn(tmp_path):
    work = study(tmp_path, applicants(), data={"target": "default", "positive": "bad", "group": "customer"})
    found = learning_told(work)
    assert found["by"] == "customer"
    assert found["points"][0]["rows"] == pytest.approx(0.1 * found["points"][-1]["rows"], rel=0.2)


def test_few_events_give_no_curve(tmp_path):
    work = study(tmp_path, applicants(rows=400, seed=1))
    found = learning_told(work)
    assert found["none"].startswith("too few to say")
    _heading, text = learning_blocks(found, reading())
    assert isinstance(text, Text)
    assert text.text.startswith("Too few to say")


def test_a_share_keeps_the_penalty_that_all_rows_chose(work):
    settings = work.settings
    recipe = recipes_of(settings, {name: work.kinds[name] for name in work.loaded.checked.features})[0]
    found = settled(recipe, work.comparison.trained)
    kind, path = next(iter(work.comparison.trained["logistic"].fit.paths.items()))
    assert found.penalties == (kind,)
    assert path.Cs[int(np.argmin(path.mean))] == found.C


def reading(**over) -> Reading:
    figures = {
        "log_loss": Printed("log loss", "Log loss", 4),
        "cost": Printed("cost per loan", "Cost per loan", 0, "EUR"),
    }
    return dataclasses.replace(
        Reading("loans", "loans", "Logistic regression", "95 %", figures, "Drawn at random."), **over
    )


def test_the_report_says_one_sentence_a_picture_and_a_table(told):
    heading, sentence, figure, table, how = learning_blocks(told, reading())
    assert isinstance(figure, Figure)
    assert isinstance(table, Table)
    assert sentence.text.startswith("More features or another model, not more rows: with all ")
    gain = told["figures"]["log_loss"]["gain"]
    assert f"{gain['value']:.4f} ({gain['low']:.4f} to {gain['high']:.4f})" in sentence.text
    assert len(table.rows) == len(SHARES)
    assert table.rows[-1][0].endswith("(100 %)")
    report = Report(
        "Loans",
        "",
        "0" * 12,
        "",
        "1",
        (Section("performance", "Performance", (heading, sentence, figure, table, how)),),
    )
    assert "More features or another model" in to_html(report)


@pytest.mark.parametrize(
    ("word", "start"),
    [("rows", "More rows: "), ("neither", "Neither more rows nor more features: "), ("unclear", "Not to be said")],
)
def test_every_answer_has_its_sentence(told, word, start):
    assert answer({**told, "answer": word}, reading()).startswith(start)


def test_what_was_not_asked_is_not_told():
    assert learning_blocks(None, reading()) == ()
