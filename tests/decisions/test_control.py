"""Control groups: their size against a search and a simulation, their draw against its laws."""

from statistics import NormalDist

import numpy as np
import pytest

from casestudies.decisions import ControlSize, control_size, draw_control
from casestudies.errors import ConfigError


def smallest(listed: int, rate: float, effect: float, z: float) -> int | None:
    low = rate - effect
    for rows in range(1, listed // 2 + 1):
        if z**2 * (rate * (1 - rate) / rows + low * (1 - low) / (listed - rows)) <= effect**2:
            return rows
    return None


@pytest.mark.parametrize("listed", [50, 400, 3000])
@pytest.mark.parametrize(("rate", "effect"), [(0.3, 0.05), (0.3, 0.3), (0.8, 0.2), (0.05, 0.03)])
def test_the_size_is_the_smallest_that_shows_the_effect(listed: int, rate: float, effect: float) -> None:
    found = control_size(listed, rate, effect)
    wanted = smallest(listed, rate, effect, NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8))
    assert found.rows == (listed // 2 if wanted is None else wanted)
    assert found.enough == (wanted is not None)
    assert (found.shown > effect) == (wanted is None)


def test_the_power_is_what_a_simulation_finds() -> None:
    size = control_size(5000, rate=0.3, effect=0.05)
    rng = np.random.default_rng(0)
    alone = rng.binomial(size.rows, 0.3, 20_000) / size.rows
    offered = rng.binomial(5000 - size.rows, 0.25, 20_000) / (5000 - size.rows)
    error = np.sqrt(alone * (1 - alone) / size.rows + offered * (1 - offered) / (5000 - size.rows))
    assert np.mean(np.abs(alone - offered) > 1.96 * error) == pytest.approx(0.8, abs=0.02)
    half = control_size(5000, 0.3, 0.05, power=0.5)  # the effect as the half-width of the interval
    assert half.rows < size.rows
    width = 1.96 * np.sqrt(0.3 * 0.7 / half.rows + 0.25 * 0.75 / (5000 - half.rows))
    assert width == pytest.approx(0.05, rel=0.01)


def test_a_list_too_short_says_what_it_can_show() -> None:
    size = control_size(300, rate=0.3, effect=0.05)
    assert not size.enough
    z = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)
    low = 0.3 - size.shown
    assert size.shown == pytest.approx(z * np.sqrt(0.21 / 150 + low * (1 - low) / 150))
    assert "the list is too short to show the 5 points wanted" in size.sentence
    assert "even an offer that keeps everybody" in control_size(8, 0.3, 0.1).sentence
    assert control_size(1, 0.3, 0.1) == ControlSize(1, 0, 0.3, 0.1, np.inf, 0.95, 0.8)
    assert "too short for a control group" in control_size(1, 0.3, 0.1).sentence


def test_the_sentence_names_rates_effect_and_power() -> None:
    said = control_size(5000, 0.3, 0.05).sentence
    for part in ("766 of the 5,000", "30.0% leave", "5 points fewer", "95% interval", "80% of campaigns"):
        assert part in said


@pytest.mark.parametrize("rows", [0, 1, 7, 18, 37])
def test_every_row_has_the_same_chance_and_the_number_is_kept(rows: int) -> None:
    gain = np.random.default_rng(0).normal(size=37)
    drawn = np.array([draw_control(gain, rows, seed) for seed in range(3000)])
    assert (drawn.sum(axis=1) == rows).all()
    share = rows / 37
    assert drawn.mean(axis=0) == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / 3000) + 1e-12)


def test_one_seed_draws_one_group() -> None:
    gain = np.arange(100.0)
    assert (draw_control(gain, 20, 4) == draw_control(gain, 20, 4)).all()
    assert (draw_control(gain, 20, 4) != draw_control(gain, 20, 5)).any()


def test_strata_make_the_groups_more_alike_than_a_plain_draw() -> None:
    rng = np.random.default_rng(1)
    gain = rng.lognormal(3, 1, 1000)
    drawn = [gain[draw_control(gain, 100, seed)].mean() for seed in range(300)]
    plain = [gain[rng.choice(1000, 100, replace=False)].mean() for _ in range(300)]
    assert np.mean(drawn) == pytest.approx(gain.mean(), rel=0.02)
    assert np.std(drawn) < 0.6 * np.std(plain)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((100, 1.0, 0.1), "control: rate 1.0 is not a share"),
        ((100, 0.3, 0.4), "control: an effect of 0.4 on a rate of 0.3"),
        ((100, 0.3, 0.0), "control: an effect of 0.0"),
        ((100, 0.3, 0.1, 1.5), "control: level 1.5"),
    ],
)
def test_what_cannot_be_shown_is_refused(given: tuple, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        control_size(*given)
    assert said in str(error.value)
    with pytest.raises(ConfigError, match="5 of 3 rows cannot be left alone"):
        draw_control([1.0, 2.0, 3.0], 5, 0)
