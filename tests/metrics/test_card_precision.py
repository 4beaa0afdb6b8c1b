"""Card precision at k against a loop over the definition, with stopped cards, ties, weights and intervals."""

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.metrics.card_precision import card_precision

Day = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def drawn(rows: int = 600, seed: int = 0) -> Day:
    """(y, p, day, card) of a week; some cards have fraud on several days."""
    rng = np.random.default_rng(seed)
    card, day = rng.integers(0, 40, rows), rng.integers(0, 7, rows)
    risk = 0.4 * (card % 7 == 0)
    y = (rng.random(rows) < risk).astype(int)
    return y, np.round(0.5 * risk + 0.4 * rng.random(rows), 6), day, card


def by_loop(y: np.ndarray, p: np.ndarray, day: np.ndarray, card: np.ndarray, k: int) -> tuple[list[float], list[int]]:
    """The handbook's words, with a frame: per day the best k cards left, then the found ones are gone."""
    frame = pd.DataFrame({"y": y, "p": p, "day": day, "card": card})
    gone: set[int] = set()
    precision, there = [], []
    for _, one in frame.groupby("day"):
        best = one[~one["card"].isin(gone)].groupby("card").max().sort_values("p", ascending=False)
        there.append(int(best["y"].sum()))
        top = best.head(k)
        precision.append(top["y"].sum() / k)
        gone |= set(top.index[top["y"] == 1])
    return precision, there


@pytest.mark.parametrize("k", [1, 5, 20, 100])
@pytest.mark.parametrize("seed", range(4))
def test_is_the_mean_over_days_of_the_share_found_among_the_best_cards(seed: int, k: int) -> None:
    rows = drawn(seed=seed)
    found = card_precision(*rows, k, rounds=20)
    precision, there = by_loop(*rows, k)
    assert found.precision == pytest.approx(precision)
    assert found.compromised == pytest.approx(there)
    assert found.value.value == pytest.approx(np.mean(precision))
    assert found.days.tolist() == list(range(7))


def test_by_hand_a_card_found_out_is_not_found_again() -> None:
    y = [1, 0, 0, 1, 0, 1]
    p = [0.9, 0.2, 0.5, 0.8, 0.3, 0.6]
    day = ["mon", "mon", "mon", "tue", "tue", "tue"]
    card = ["a", "a", "b", "a", "b", "c"]
    found = card_precision(y, p, day, card, 1, rounds=10)
    assert found.precision.tolist() == [1.0, 1.0]  # a on Monday; on Tuesday a is gone, and c comes first
    assert found.compromised.tolist() == [1.0, 1.0]
    missed = card_precision(y, [0.1, 0.2, 0.5, 0.8, 0.3, 0.6], day, card, 1, rounds=10)
    assert missed.precision.tolist() == [0.0, 1.0]  # not found on Monday, so still there on Tuesday
    assert missed.compromised.tolist() == [1.0, 2.0]


def test_fewer_cards_than_k_still_count_as_k() -> None:
    assert card_precision([1, 0], [0.9, 0.1], [1, 1], [1, 2], 4, rounds=10).value.value == 0.25


def test_dates_are_days_in_their_order() -> None:
    y, p, day, card = drawn()
    dates = pd.Timestamp("2024-01-28") + pd.to_timedelta(day, "D")
    found = card_precision(y, p, dates.to_numpy(), card, 5, rounds=20)
    assert found.precision == pytest.approx(card_precision(y, p, day, card, 5, rounds=20).precision)


def test_the_interval_resamples_cards_and_weight_two_is_the_card_twice() -> None:
    y, p, day, card = drawn()
    found = card_precision(y, p, day, card, 5, rounds=400, seed=2).value
    assert found.low < found.value < found.high
    again = card_precision(y, p, day, card, 5, rounds=400, seed=2).value
    assert found == again
    weight = np.random.default_rng(1).integers(0, 3, 40)[card]
    rows = np.repeat(np.arange(len(y)), weight)
    copy = np.concatenate([np.arange(count) for count in weight]) * 100
    once = card_precision(y, p, day, card, 5, weight, rounds=10)
    twice = card_precision(y[rows], p[rows], day[rows], card[rows] + copy, 5, rounds=10)
    assert once.precision[0] == pytest.approx(twice.precision[0])


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        (([1], [0.5], [1], [1], 0), ConfigError, "k: 0 is not a number of cards"),
        (([], [], [], [], 5), DataError, "there are no rows"),
        (([1, 0], [0.5, 0.4], [1], [1, 2], 5), DataError, "day: has shape (1,)"),
        (([1, 0], [0.5, 0.4], [1, 1], ["a", None], 5), DataError, "card: 1 of 2 rows have no label, first in row 2"),
        (([1, 0], [0.5, np.nan], [1, 1], [1, 2], 5), DataError, "p: 1 of 2 values are not finite"),
    ],
)
def test_what_cannot_be_used_is_refused(given: tuple, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as told:
        card_precision(*given)
    assert said in str(told.value)
