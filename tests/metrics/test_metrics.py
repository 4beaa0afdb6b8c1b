"""Every metric against scikit-learn or SciPy where they have it, a loop where they do not, and the laws all share."""

import numpy as np
import pytest
from scipy.stats import ks_2samp
from sklearn import metrics as peer

from casestudies import metrics
from casestudies.decisions import Costs
from casestudies.errors import DataError
from casestudies.metrics import METRICS, Confusion

NAMES = sorted(METRICS)
Sample = tuple[np.ndarray, np.ndarray, np.ndarray, Costs, np.ndarray]


def drawn(rows: int = 400, seed: int = 0, ties: bool = True) -> Sample:
    """(y, p, act, costs, whole-number weights with zeros)."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 4, rows)
    y = (rng.random(rows) < p).astype(float)
    p = np.round(p, 2) if ties else p
    fn = rng.lognormal(3, 1, rows)
    costs = Costs(fn, 0.2 * fn + 1, np.full(rows, 0.5), np.zeros(rows))
    return y, p, costs.act(p), costs, rng.integers(0, 4, rows).astype(float)


def value(name: str, y, p, act, costs, weight=None) -> float:
    """Any metric of the registry by its plain function."""
    metric = METRICS[name]
    given = [{"p": p, "act": act, "costs": costs}[need] for need in ("p", "act", "costs") if need in metric.needs]
    return metric.function(y, *given, weight)


PEERS = {
    "auc": lambda y, p, act, w: peer.roc_auc_score(y, p, sample_weight=w),
    "gini": lambda y, p, act, w: 2 * peer.roc_auc_score(y, p, sample_weight=w) - 1,
    "ap": lambda y, p, act, w: peer.average_precision_score(y, p, sample_weight=w),
    "brier": lambda y, p, act, w: peer.brier_score_loss(y, p, sample_weight=w),
    "log_loss": lambda y, p, act, w: peer.log_loss(y, p, sample_weight=w),
    "accuracy": lambda y, p, act, w: peer.accuracy_score(y, act, sample_weight=w),
    "f1": lambda y, p, act, w: peer.f1_score(y, act, sample_weight=w),
    "precision": lambda y, p, act, w: peer.precision_score(y, act, sample_weight=w),
    "sensitivity": lambda y, p, act, w: peer.recall_score(y, act, sample_weight=w),
    "specificity": lambda y, p, act, w: peer.recall_score(y, act, sample_weight=w, pos_label=0),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("name", sorted(PEERS))
def test_agrees_with_scikit_learn(name: str, ties: bool, weighted: bool) -> None:
    for seed in range(5):
        y, p, act, costs, weight = drawn(seed=seed, ties=ties)
        w = weight * np.pi if weighted else None
        assert value(name, y, p, act, costs, w) == pytest.approx(PEERS[name](y, p, act, w), rel=1e-12)


def test_log_loss_of_a_wrong_certainty_is_finite_as_in_scikit_learn() -> None:
    assert metrics.log_loss([1, 0, 1], [0.0, 0.0, 1.0]) == pytest.approx(peer.log_loss([1, 0, 1], [0.0, 0.0, 1.0]))


@pytest.mark.parametrize("ties", [False, True])
def test_ks_is_the_one_sided_statistic_of_scipy(ties: bool) -> None:
    for seed in range(5):
        y, p, *_ = drawn(seed=seed, ties=ties)
        assert metrics.ks(y, p) == pytest.approx(ks_2samp(p[y == 1], p[y == 0], alternative="less").statistic)
        assert metrics.ks(y, -p) == pytest.approx(ks_2samp(-p[y == 1], -p[y == 0], alternative="less").statistic)


def test_weighted_ks_is_the_widest_gap_over_all_cuts() -> None:
    y, p, _, _, w = drawn()
    gaps = [w[(p > t) & (y == 1)].sum() / w[y == 1].sum() - w[(p > t) & (y == 0)].sum() / w[y == 0].sum() for t in p]
    assert metrics.ks(y, p, w) == pytest.approx(max(gaps))


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    y, p, *_ = drawn(rows=120)
    events, others = p[y == 1], p[y == 0]
    pairs = [(a > b) + 0.5 * (a == b) for a in events for b in others]
    assert metrics.auc(y, p) == pytest.approx(np.mean(pairs), rel=1e-12)


def test_lift_counts_the_events_of_the_best_tenth_averaged_over_the_order_of_ties() -> None:
    y, p, *_ = drawn(rows=200)
    rng = np.random.default_rng(1)
    shuffled = []
    for _ in range(4000):
        order = np.lexsort((rng.random(200), -p))
        shuffled.append(y[order[:20]].mean() / y.mean())
    assert np.std(shuffled) > 0
    assert metrics.lift_top_decile(y, p) == pytest.approx(np.mean(shuffled), abs=4 * np.std(shuffled) / np.sqrt(4000))


def test_lift_without_ties_is_a_plain_count() -> None:
    y, p, *_ = drawn(rows=200, ties=False)
    assert metrics.lift_top_decile(y, p) == pytest.approx(y[np.argsort(-p)[:20]].mean() / y.mean())
    assert metrics.lift_top_decile(y, y) == pytest.approx(min(10.0, 1 / y.mean()))


def ece_by_loop(y: np.ndarray, p: np.ndarray, w: np.ndarray) -> float:
    """A block of equal scores goes to the bin in which its first unit of weight lies; whole-number weights only."""
    bins: dict[int, list[float]] = {}
    above, whole = 0, int(w.sum())
    for score in sorted(set(p), reverse=True):
        block = p == score
        if w[block].sum():
            hits, promised = bins.setdefault(10 * above // whole, [0.0, 0.0]), w[block].sum() * score
            hits[0] += (w * y)[block].sum()
            hits[1] += promised
        above += int(w[block].sum())
    return sum(abs(hit - promised) for hit, promised in bins.values()) / whole


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_ece_is_the_mean_gap_over_ten_bins_of_equal_weight(ties: bool, weighted: bool) -> None:
    for seed in range(8):
        y, p, _, _, weight = drawn(rows=137, seed=seed, ties=ties)
        w = weight if weighted else np.ones(137)
        assert metrics.ece(y, p, w) == pytest.approx(ece_by_loop(y, p, w), rel=1e-9)


def test_ece_of_true_rates_is_zero_and_of_a_constant_lie_is_the_lie() -> None:
    y = np.tile([1.0, 0.0, 0.0, 0.0], 50)
    assert metrics.ece(y, np.full(200, 0.25)) == pytest.approx(0.0, abs=1e-12)
    assert metrics.ece(y, np.full(200, 0.65)) == pytest.approx(0.4)


def test_counts_of_the_confusion_are_those_of_scikit_learn() -> None:
    y, _, act, _, w = drawn()
    tn, fp, fn, tp = peer.confusion_matrix(y, act, sample_weight=w).ravel()
    assert metrics.confusion(y, act, w) == Confusion(tp=tp, fp=fp, fn=fn, tn=tn)


@pytest.mark.parametrize("weighted", [False, True])
def test_money_metrics_agree_with_the_costs_they_are_made_of(weighted: bool) -> None:
    y, _, act, costs, weight = drawn()
    w = weight if weighted else np.ones(len(y))
    nobody, _ = costs.constant(y, w)
    assert metrics.savings(y, act, costs, w) == pytest.approx(costs.savings(y, act, w), rel=1e-12)
    assert metrics.expected_cost(y, act, costs, w) == pytest.approx(costs.total(y, act, w) / w.sum(), rel=1e-12)
    assert metrics.profit(y, act, costs, w) == pytest.approx((nobody - costs.total(y, act, w)) / w.sum(), rel=1e-12)


def test_the_better_constant_decision_saves_nothing() -> None:
    y, _, _, costs, w = drawn()
    everybody = np.ones(len(y), dtype=bool)
    found = [metrics.savings(y, everybody, costs, w), metrics.savings(y, ~everybody, costs, w)]
    assert max(found) == pytest.approx(0.0, abs=1e-12)
    assert min(found) < 0


@pytest.mark.parametrize("name", NAMES)
def test_weight_two_equals_the_row_twice_and_weight_zero_no_row(name: str) -> None:
    y, p, act, costs, w = drawn()
    twice = np.repeat(np.arange(len(y)), w.astype(int))
    repeated = value(name, y[twice], p[twice], act[twice], costs.take(twice))
    assert value(name, y, p, act, costs, w) == pytest.approx(repeated, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_neither_the_order_of_rows_nor_the_scale_of_weights_matters(name: str) -> None:
    y, p, act, costs, w = drawn()
    mixed = np.random.default_rng(3).permutation(len(y))
    other = value(name, y[mixed], p[mixed], act[mixed], costs.take(mixed), 4 * w[mixed])
    assert value(name, y, p, act, costs, w) == pytest.approx(other, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_many_weightings_at_once_give_what_each_gives_alone(name: str) -> None:
    from casestudies.metrics.cases import Case
    from casestudies.metrics.weighed import Weighed

    y, p, act, costs, _ = drawn(rows=60)
    weights = np.random.default_rng(7).multinomial(60, np.full(60, 1 / 60), size=25).astype(float)
    weights[3] = np.where(y == 1, 0.0, 1.0)  # no event left
    weights[4] = 0.0
    together = METRICS[name].over(Weighed(Case.of(y, p, act, costs), weights))
    alone = [value(name, y, p, act, costs, w) for w in weights]
    np.testing.assert_allclose(together, alone, rtol=1e-9)
    assert np.isfinite(np.delete(together, [3, 4])).all()


UNDEFINED = {
    "no event": {"auc", "gini", "ks", "ap", "lift_top_decile", "sensitivity", "savings"},  # leaving all alone is free
    "all events": {"auc", "gini", "ks", "specificity"},
    "nothing acted on": {"precision"},
    "no rows": set(METRICS),
}


@pytest.mark.parametrize("situation", list(UNDEFINED))
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("error")
def test_a_figure_without_a_meaning_is_nan_and_every_other_is_a_number(name: str, situation: str) -> None:
    y, p, act, costs, _ = drawn(rows=0 if situation == "no rows" else 50)
    y = {"no event": np.zeros_like(y), "all events": np.ones_like(y)}.get(situation, y)
    act = np.zeros_like(act) if situation == "nothing acted on" else act
    assert np.isnan(value(name, y, p, act, costs)) == (name in UNDEFINED[situation])
    assert METRICS[name].undefined


def test_f1_and_savings_know_when_they_mean_nothing() -> None:
    assert np.isnan(metrics.f1([0, 0], [0, 0]))
    earning = Costs(np.full(2, 5.0), np.full(2, 1.0), np.zeros(2), np.full(2, -9.0))
    assert np.isnan(metrics.savings([0, 1], [0, 1], earning))
    assert metrics.expected_cost([0, 1], [0, 1], earning) == -4.5


@pytest.mark.parametrize("name", ["brier", "log_loss", "ece"])
def test_scores_that_are_no_probabilities_are_refused_where_it_matters(name: str) -> None:
    with pytest.raises(DataError, match="p: 1 of 2 values are outside 0 to 1, first in row 2"):
        METRICS[name].function([0, 1], [0.5, 600.0])
    assert metrics.auc([0, 1], [0.5, 600.0]) == 1.0


def test_values_that_cannot_be_used_are_refused_with_their_place() -> None:
    for y, p, weight, said in (
        ([0, 2, 1], [0, 0, 0], None, "y: 1 of 3 values are neither 0 nor 1, first in row 2"),
        (["a", "b"], [0, 0], None, "y: holds values that are not numbers"),
        ([0, 1], [0, np.nan], None, "p: 1 of 2 values are not finite, first in row 2"),
        ([0, 1], [0, 1, 2], None, "p: has shape (3,); give 2 values, one per row"),
        ([0, 1], [0, 1], [1, -1], "weight: 1 of 2 values are negative or not finite, first in row 2"),
    ):
        with pytest.raises(DataError) as error:
            metrics.auc(y, p, weight)
        assert said in str(error.value)
    with pytest.raises(DataError, match="act: 1 of 2 values are neither 0 nor 1"):
        metrics.accuracy([0, 1], [0, 0.5])


def test_the_registry_tells_how_to_read_every_figure() -> None:
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.meaning.endswith(".")
        assert metric.function.__name__ == name
        assert metric.needs <= {"p", "act", "costs"}
    worse = {name for name, metric in METRICS.items() if not metric.higher_is_better}
    assert worse == {"log_loss", "brier", "ece", "expected_cost"}
