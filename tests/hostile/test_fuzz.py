"""A few of the mutated files of `python -m benchmarks.robustness --row fuzz`, and what the judge of their answers sees."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.robustness.fuzz import fault_of, tried
from benchmarks.robustness.mutations import mutated
from benchmarks.robustness.seeds import KINDS

FEW, SEED = 25, 20_260  # another seed than the benchmark's


@pytest.mark.parametrize("kind", KINDS)
def test_no_mutated_file_is_answered_by_more_than_a_line(kind):
    seeds = KINDS[kind]()
    outcomes = [tried(kind, number, SEED, seeds) for number in range(FEW)]
    assert [one for one in outcomes if one.fault] == []
    assert any(one.line or one.code for one in outcomes), "nothing was harmed"


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_sound_before_they_are_mutated(kind, monkeypatch):
    monkeypatch.setattr("benchmarks.robustness.fuzz.mutated", lambda seed, random, kind: seed.files[seed.target])
    seeds = KINDS[kind]()
    for number in range(len(seeds)):
        one = tried(kind, number, SEED, seeds)
        assert (one.code, one.line) == (0, ""), one


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_makes_the_same_file(kind):
    seeds = KINDS[kind]()
    for number in range(10):
        first, again = (mutated(seeds[number % len(seeds)], np.random.default_rng([1, number]), kind) for _ in range(2))
        assert first == again


@pytest.mark.parametrize(
    ("code", "said", "told", "fault"),
    [
        (0, "", "40 rows", ""),
        (3, "a.csv: is empty; export it again", "", ""),
        (3, "", "error: one value\n1 error", ""),
        (1, "unexpected KeyError: this is our fault", "", "exit 1, our fault"),
        (-9, "", "", "exit -9, no line"),
        (4, "", "", "no line"),
        (3, "one\ntwo", "", "more than one line"),
        (3, "Traceback (most recent call last)", "", "a traceback"),
        (3, "x" * 700, "", "a long line"),
        (0, "", "a\x1b[31mb", "control characters"),
        (0, "", "a\u202eb", "control characters"),
    ],
)
def test_the_judge_sees_what_is_wrong_with_an_answer(code, said, told, fault):
    assert fault_of(code, said, told) == fault
