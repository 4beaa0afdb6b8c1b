"""The loop and its methods, on functions whose least value is known."""

import json

import numpy as np
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.tuning import METHODS, SECONDS, Budget, Choice, Goal, Real, Search, Space, Whole

LOSS = Goal("loss", "minimise", "Loss")
SPACE = Space((Real("a", -5, 5, now=4.0), Whole("b", -10, 10, now=9)))


def sphere(settings):
    """Least, 0.002 in the mean, at a = 0.3 and b = 3."""
    for fold in range(3):
        yield {"loss": (settings["a"] - 0.3) ** 2 + (settings["b"] - 3) ** 2 + 0.002 * fold, "reach": settings["a"]}


def made(method="auto", trials=24, seed=1, trial=sphere, space=SPACE, goals=(LOSS,), **more):
    return Search(space, goals, trial, Budget(trials), method, seed, (space.now,), **more)


def points(history):
    return [one.point for one in history.trials]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_something_far_better_than_the_first_trial(tmp_path, method):
    history = made(method).run(tmp_path / "j.jsonl")
    assert history.trials[0].point == {"a": 4.0, "b": 9}
    assert history.defaults.mean("loss") == pytest.approx(13.69 + 36 + 0.002)
    assert history.best().mean("loss") < 10
    assert len(history.trials) == (1 + 24 if method != "grid" else 1 + 9)
    assert all(SPACE.holds(point) for point in points(history))
    assert len({str(point) for point in points(history)}) >= 10  # one seed for all trials would draw one point


@pytest.mark.parametrize("method", ["auto", "random", "sobol", "tpe", "gp", "nsga2", "cmaes"])
def test_the_same_seed_tries_the_same_points(tmp_path, method):
    first, second, other = (made(method, 14, seed).run(tmp_path / f"{k}.jsonl") for k, seed in enumerate((1, 1, 2)))
    assert points(first) == points(second)
    assert points(first)[1:] != points(other)[1:]


@pytest.mark.parametrize("method", ["auto", "random", "sobol", "tpe", "grid", "gp"])
def test_a_search_in_two_parts_tries_what_one_in_a_piece_tries(tmp_path, method):
    whole = made(method, 20 if method != "grid" else 9).run(tmp_path / "whole.jsonl")
    if method == "grid":
        calls = []

        def stop(history):
            calls.append(1)
            if len(calls) == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            made(method, 9).run(tmp_path / "parts.jsonl", stop)
        parts = made(method, 9).run(tmp_path / "parts.jsonl")
    else:
        made(method, 13).run(tmp_path / "parts.jsonl")
        parts = made(method, 20).run(tmp_path / "parts.jsonl")
    assert points(whole) == points(parts)


def test_a_grid_is_every_combination_once(tmp_path):
    space = Space((Choice("kind", {"x": 1, "y": 2}, now="x"), Whole("n", 1, 3, when={"kind": ("y",)}, now=1)))
    tried = []

    def trial(settings):
        tried.append(settings)
        yield {"loss": float(len(tried))}

    made("grid", 4, trial=trial, space=space).run(tmp_path / "j.jsonl")
    wanted = [{"kind": 1}, {"kind": 2, "n": 1}, {"kind": 2, "n": 2}, {"kind": 2, "n": 3}]
    assert sorted(tried, key=str) == sorted(wanted, key=str)  # the defaults are one of them, and are scored once


def test_a_point_is_scored_once(tmp_path):
    calls = []

    def trial(settings):
        calls.append(settings["kind"])
        yield {"loss": float(settings["kind"])}

    space = Space((Choice("kind", {"x": 1, "y": 2, "z": 3}, now="x"),))
    history = made("random", 15, trial=trial, space=space).run(tmp_path / "j.jsonl")
    assert sorted(calls) == [1, 2, 3]
    assert len(history.trials) == 16


def test_settings_that_cannot_be_scored_end_a_trial_and_not_the_search(tmp_path):
    def trial(settings):
        if settings["b"] > 3:
            raise ConfigError("too large", where="b")
        yield {"loss": float("nan") if settings["b"] < -3 else 1.0}

    space = Space((Whole("b", -10, 10, now=0),))
    history = made("random", 30, trial=trial, space=space).run(tmp_path / "j.jsonl")
    states = {one.state for one in history.trials}
    assert states == {"done", "failed"}
    assert len(history.trials) == 31
    assert {one.why.split(";")[0] for one in history.trials if one.why} == {
        "b: too large",
        "loss has no value on a fold",
    }


def test_defaults_that_cannot_be_scored_are_said(tmp_path):
    def trial(settings):
        raise DataError("no rows")

    with pytest.raises(DataError, match="settings as they are cannot be scored \\(no rows\\)"):
        _ = made(trial=trial, trials=1).run(tmp_path / "j.jsonl").defaults


def test_a_time_ends_a_search(tmp_path):
    import time

    def trial(settings):
        time.sleep(0.02)
        yield {"loss": settings["a"]}

    history = Search(SPACE, (LOSS,), trial, Budget(seconds=0.3), "random", first=(SPACE.now,)).run(tmp_path / "j.jsonl")
    assert 2 <= len(history.trials) <= 16


def test_seconds_are_measured_where_they_are_a_goal(tmp_path):
    def trial(settings):
        for _ in range(2):
            np.linalg.svd(np.ones((20 * settings["b"], 200)))
            yield {"loss": -float(settings["b"])}

    space = Space((Whole("b", 1, 40, now=1),))
    history = made("random", 6, trial=trial, space=space, goals=(LOSS, SECONDS)).run(tmp_path / "j.jsonl")
    seconds = {one.point["b"]: one.mean("seconds") for one in history.done}
    assert seconds[max(seconds)] > seconds[min(seconds)] >= 0
    assert all(len(one.scores["seconds"]) == 1 for one in history.done)  # of all folds together


def test_hopeless_trials_are_stopped_before_their_last_fold(tmp_path):
    fitted = []

    def trial(settings):
        rng = np.random.default_rng(round(1e6 * (settings["a"] + 5)))
        for _ in range(5):
            fitted.append(1)
            yield {"loss": settings["a"] ** 2 + 0.05 * rng.standard_normal()}

    plain = made("random", 40, trial=trial).run(tmp_path / "plain.jsonl")
    full = len(fitted)
    fitted.clear()
    early = made("random", 40, trial=trial, early=True).run(tmp_path / "early.jsonl")
    assert full == 5 * 41
    assert len(fitted) < 0.7 * full
    assert {one.state for one in early.trials} == {"done", "stopped early"}
    assert early.best().point == plain.best().point


def test_a_maximised_goal_is_made_large(tmp_path):
    up = Goal("reach", "maximise", "Reach")
    history = made("tpe", 30, goals=(up,)).run(tmp_path / "j.jsonl")
    assert history.best().mean("reach") == max(one.mean("reach") for one in history.done) > 4
    assert np.all(np.diff(history.curve()) >= 0)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"method": "bayes"}, "there is no method 'bayes'"),
        ({"method": "cmaes", "goals": (LOSS, SECONDS)}, "cmaes can only take one goal"),
        ({"method": "hybrid", "goals": (LOSS, SECONDS)}, "hybrid can only take one goal"),
        ({"method": "grid", "trials": 3}, "the grid has 9 points, more than the budget of 3 trials"),
        ({"goals": ()}, "no goal, or one stands twice"),
        ({"goals": (LOSS, LOSS)}, "no goal, or one stands twice"),
    ],
)
def test_what_makes_no_sense_is_said_before_the_first_trial(more, words):
    with pytest.raises(ConfigError, match=words):
        made(**more)


def test_a_journal_is_of_one_space_and_its_goals(tmp_path):
    made(trials=1).run(tmp_path / "j.jsonl")
    with pytest.raises(ConfigError, match="was made for another space or other goals"):
        made(trials=1, space=Space((Real("a", -5, 5, now=0.0), Whole("b", -10, 11, now=9)))).run(tmp_path / "j.jsonl")


def test_every_line_of_a_journal_is_json(tmp_path):
    made(trials=3).run(tmp_path / "j.jsonl")
    lines = (tmp_path / "j.jsonl").read_text().splitlines()
    assert len(lines) > 10
    assert all(isinstance(json.loads(line), dict) for line in lines)
