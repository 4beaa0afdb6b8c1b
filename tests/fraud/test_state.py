"""What is remembered from one file to the next: bounded, recognised again, and not believed where it cannot be true."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import numpy as np
import pytest

from casestudies.errors import DataError, RunError
from casestudies.fraud.state import Events, State, no_events, refuse_future
from casestudies.tabular.history import DAY

NOW = 1_700_000_000_000_000


def events(days, *, told=-1, name=0, card=7) -> Events:
    """A transaction on each of some days after NOW."""
    time = np.array([NOW + int(day * DAY) for day in days], dtype=np.int64)
    key = np.full(len(time), card, dtype=np.uint64)
    names = np.zeros(len(time), np.uint64) if not name else np.arange(name, name + len(time)).astype(np.uint64)
    return Events(time, key, key, np.full(len(time), 5_000_000), np.full(len(time), told, np.int8), names)


def test_only_what_later_windows_can_reach_is_kept():
    state = State.of(events(range(100)), days=10)
    assert len(state.events) == 10
    assert state.until == NOW + 99 * DAY
    assert state.events.time.min() > state.until - 10 * DAY
    many = state
    for day in range(100, 400):
        many = many.add(events([day]))
    assert len(many.events) == 10


def test_a_file_of_the_same_transactions_is_recognised():
    state = State.of(events([1, 2, 3]), days=10)
    assert (state.place(events([2, 3, 4])) == [1, 2, -1]).all()
    assert (state.place(events([2], card=8)) == [-1]).all()


def test_equal_transactions_are_counted():
    state = State.of(events([1, 1, 2]), days=10)
    place = state.place(events([1, 1, 1]))
    assert sorted(place[:2]) == [0, 1]
    assert place[2] == -1


def test_a_number_of_their_own_says_which_transactions_are_the_same():
    state = State.of(events([1, 1], name=40), days=10)
    assert (state.place(events([1], name=41)) == [1]).all()
    assert (state.place(events([1], name=99)) == [-1]).all()
    twice = events([1, 1], name=40).take(np.array([0, 0]))
    assert (state.place(twice) == [0, 0]).all()  # a number that stands twice in a file is still one transaction's


def test_outcomes_are_learnt_and_the_state_before_stays_as_it_was():
    state = State.of(events([1, 2, 3]), days=10)
    learnt = state.told(np.array([2, -1, 0]), np.array([1, 1, -1], dtype=np.int8))
    assert learnt.events.told.tolist() == [-1, -1, 1]
    assert learnt.known == NOW + 3 * DAY
    assert state.events.told.tolist() == [-1, -1, -1]


def test_a_state_comes_back_from_its_file(tmp_path):
    state = State.of(events([1, 2, 3], told=0), days=10)
    path = tmp_path / "state.npz"
    path.write_bytes(state.to_bytes())
    again = State.read(path, 10)
    assert again.to_bytes() == state.to_bytes()
    assert again.events.time.tolist() == state.events.time.tolist()
    with zipfile.ZipFile(path) as archive:  # an open format, without names of anybody
        assert all(name.endswith((".npy", ".json")) for name in archive.namelist())


def test_an_empty_state_goes_on():
    state = State.of(no_events(), days=10)
    assert (state.place(events([1])) == [-1]).all()
    assert len(state.add(events([1])).events) == 1


STRANGE = {
    "not by time": lambda s: replace(s, events=s.events.take(np.array([2, 1, 0]))),
    "too old": lambda s: replace(s, until=s.until + 100 * DAY),
    "outcome": lambda s: replace(s, events=replace(s.events, told=np.full(3, 7, np.int8))),
    "lengths": lambda s: replace(s, events=replace(s.events, card=s.events.card[:2])),
    "kinds": lambda s: replace(s, events=replace(s.events, time=s.events.time.astype(np.int32))),
    "version": lambda s: replace(s, format=2),
    "names": lambda s: replace(s, probe=3),
}


@pytest.mark.parametrize("change", STRANGE.values(), ids=STRANGE)
def test_a_state_that_cannot_be_one_is_refused_in_one_line(change, tmp_path):
    path = tmp_path / "state.npz"
    path.write_bytes(change(State.of(events([1, 2, 3]), days=10)).to_bytes())
    with pytest.raises(RunError, match="--state") as caught:
        State.read(path, 10)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nonsense", b"time,card\n1,2\n"])
def test_a_file_that_is_no_state_is_refused(content, tmp_path):
    path = tmp_path / "state.npz"
    path.write_bytes(content)
    with pytest.raises(RunError, match="name another file to start from the run's own state"):
        State.read(path, 10)


def test_a_state_for_other_windows_is_refused(tmp_path):
    path = tmp_path / "state.npz"
    path.write_bytes(State.of(events([1]), days=10).to_bytes())
    with pytest.raises(RunError, match="remembers 10 days, and this run's windows and delay need 37"):
        State.read(path, 37)


def test_a_payment_of_the_future_would_push_out_all_others():
    refuse_future(events([0]).time, "new.csv")
    with pytest.raises(DataError, match="1 payments are dated in the future, first 2"):
        refuse_future(events([20 * 365]).time, "new.csv")
