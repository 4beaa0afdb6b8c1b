"""New transactions by a saved model: in one file, in two, or line by line, they get the same scores."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import casestudies
from casestudies.cli import Environment, main
from casestudies.errors import CaseError, DataError, ExitCode, RunError, UsageError
from casestudies.fraud.config import FraudSettings
from casestudies.fraud.demo import DEFAULTS, demo
from casestudies.fraud.features import events_of, with_past
from casestudies.fraud.lines import cell, typed
from casestudies.fraud.predictor import FraudPredictor
from casestudies.fraud.state import State
from casestudies.fraud.study import WORDS
from casestudies.models.engine import Engine

QUICK = {
    "interval": {"rounds": 100},
    "explain": {"rows": 60, "lime": {"samples": 200, "seeds": 2}},
    "analyse": [],
    "report": {"formats": ["html"]},
    "model": {"candidates": ["lightgbm"], "trees": {"trees": 25}},
}
LAST = pd.Timestamp("2024-05-08")  # of the payments that train


@pytest.fixture(scope="module")
def payments() -> pd.DataFrame:
    """Ninety days, as text."""
    frame = demo(3000, 0).frame.astype("str").replace({"nan": "", "None": ""})
    return frame.iloc[np.argsort(pd.to_datetime(frame["time"]), kind="stable")].reset_index(drop=True)


@pytest.fixture(scope="module")
def run(payments, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fraud")
    payments[pd.to_datetime(payments["time"]) < LAST].to_csv(folder / "train.csv", index=False)
    return casestudies.run("fraud", folder / "train.csv", {**DEFAULTS, **QUICK}, runs=folder / "runs", variables={})


@pytest.fixture(scope="module")
def model(run) -> FraudPredictor:
    return FraudPredictor.open(run.folder, FraudSettings, WORDS)


@pytest.fixture(scope="module")
def new(payments) -> pd.DataFrame:
    return payments[pd.to_datetime(payments["time"]) >= LAST].reset_index(drop=True)


@pytest.fixture
def file(tmp_path):
    def write(frame: pd.DataFrame, name: str = "new.csv") -> Path:
        path = tmp_path / name
        frame.to_csv(path, index=False)
        return path

    return write


@pytest.fixture(scope="module")
def expected(model, new, tmp_path_factory) -> pd.DataFrame:
    """The scores of all new transactions in one file, without their outcomes."""
    path = tmp_path_factory.mktemp("new") / "new.csv"
    new.drop(columns="fraud").to_csv(path, index=False)
    return model.predict(path).rows


def test_new_transactions_go_on_from_the_past_of_those_that_trained(model, payments, new, file, expected):
    """Their features are those that one pass over old and new ones gives."""
    kept = model.remembered
    frame = pd.DataFrame(
        {
            "time": pd.to_datetime(payments["time"]).dt.as_unit("us").dt.tz_localize("UTC"),
            "card": payments["card"],
            "terminal": payments["terminal"],
            "amount": pd.to_numeric(payments["amount"], errors="coerce"),
        }
    )
    for name in ("card", "terminal"):
        frame[name] = frame[name].where(frame[name] != "").astype("str")
    told = np.where(pd.to_datetime(payments["time"]) < LAST, payments["fraud"] == "yes", -1).astype(np.int8)
    whole, _ = with_past(events_of(frame, kept.asked, told), kept.asked, None)
    ready, _, _ = model._ready(file(new.drop(columns="fraud")), None, None)
    pd.testing.assert_frame_equal(
        ready.remembered.past, whole.iloc[-len(new) :].reset_index(drop=True), check_exact=True
    )
    assert len(expected) == len(new)


def test_a_score_says_the_money_that_is_expected_to_be_lost(expected, new):
    amount = pd.to_numeric(new["amount"], errors="coerce")
    np.testing.assert_allclose(expected["expected_loss"], expected["probability"] * amount)
    assert list(expected.columns)[-2:] == ["expected_loss", "reasons"]


def test_two_files_with_a_state_score_as_one(model, new, file, expected, tmp_path):
    state, out = tmp_path / "state.npz", tmp_path / "out.csv"
    plain = new.drop(columns="fraud")
    half = len(plain) // 2
    found = []
    for part in (plain.iloc[:half], plain.iloc[half:]):
        count, _ = model.predict_into(file(part), out, Engine(), state)
        assert count == len(part)
        found.append(pd.read_csv(out))
    both = pd.concat(found, ignore_index=True)
    np.testing.assert_array_equal(both["probability"], expected["probability"])
    assert (both["reasons"] == expected["reasons"]).all()


def test_the_same_file_again_changes_nothing_that_is_remembered(model, new, file, tmp_path):
    state, out, path = tmp_path / "state.npz", tmp_path / "out.csv", file(new.drop(columns="fraud"))
    model.predict_into(path, out, Engine(), state)
    before = state.read_bytes()
    _, notes = model.predict_into(path, out, Engine(), state)
    assert state.read_bytes() == before
    assert f"{len(new)} payments are remembered already: they are scored, and not counted twice" in notes


def test_an_unsorted_file_comes_back_in_its_own_order(model, new, file, expected):
    order = np.random.default_rng(1).permutation(len(new))
    rows = model.predict(file(new.drop(columns="fraud").iloc[order])).rows
    np.testing.assert_array_equal(rows["probability"], expected["probability"].to_numpy()[order])


def test_a_parquet_file_of_several_groups_scores_as_text_does(model, new, tmp_path, expected):
    path = tmp_path / "new.parquet"
    new.drop(columns="fraud").to_parquet(path, row_group_size=70, index=False)
    np.testing.assert_array_equal(model.predict(path).rows["probability"], expected["probability"])


def test_outcomes_reach_the_state_by_a_column_by_their_numbers_or_by_what_is_known(model, new, file, tmp_path):
    """Three ways to tell the same outcomes leave the same state behind."""
    plain, out = new.drop(columns="fraud"), tmp_path / "out.csv"
    later = plain.tail(5)
    ways = []
    for number, first in enumerate((new, plain, plain)):
        state = tmp_path / f"state{number}.npz"
        model.predict_into(file(first.iloc[:-5]), out, Engine(), state)
        labels = None
        if number == 1:
            labels = file(new.iloc[:-5][["transaction", "fraud"]], "labels.csv")
        if number == 2:
            names = ["time", "card", "terminal", "amount", "transaction", "fraud"]
            labels = file(new.iloc[:-5][names], "labels.csv")
        _, notes = model.predict_into(file(later), out, Engine(), state, labels)
        ways.append(State.read(state, model.remembered.asked.days).events.told)
        if labels is not None:
            assert notes[0].startswith(f"{len(new) - 5} of {len(new) - 5} outcomes belong to payments")
    assert (ways[0] == ways[1]).all()
    assert (ways[0] == ways[2]).all()
    assert (ways[0] == 1).any()


def test_labels_without_outcomes_are_refused(model, new, file):
    with pytest.raises(DataError, match="there is no column 'fraud' with the outcomes"):
        model.predict(file(new), labels=file(new[["transaction"]], "labels.csv"))


@pytest.mark.parametrize("labels", [False, True])
def test_outcomes_in_other_words_are_not_taken_for_no_fraud(labels, model, new, file):
    told = new.assign(fraud=new["fraud"].replace({"yes": "Y", "no": "N"}))
    outcomes = file(told[["transaction", "fraud"]], "labels.csv") if labels else None
    scored = file(new if labels else told)
    with pytest.raises(DataError, match="is no outcome: the run knows 'yes' and 'no'"):
        model.predict(scored, labels=outcomes)


def test_an_outcome_that_is_not_known_yet_may_be_left_blank(model, new, file, tmp_path):
    state = tmp_path / "state.npz"
    told = new["fraud"].where(new.index % 2 == 0, "")
    model.predict_into(file(new.assign(fraud=told)), tmp_path / "out.csv", Engine(), state)
    held = State.read(state, model.remembered.asked.days).events
    assert (held.told[-len(new) :] == -1).sum() == (told == "").sum()


def test_numbers_that_repeat_in_a_file_are_said(model, new, file):
    twice = pd.concat([new, new.head(3)]).drop(columns="fraud")
    notes = model.predict(file(twice)).notes
    assert any(note.startswith("3 payments have the number of another one in the file") for note in notes)


def test_what_the_past_lacks_is_said(model, new, file):
    late = new.drop(columns="fraud").assign(time=(pd.to_datetime(new["time"]) + pd.Timedelta(days=40)).astype("str"))
    notes = model.predict(file(late)).notes
    assert any("what lies between is missing from their features" in note for note in notes)
    assert any(
        note.startswith("outcomes are known up to 2024-05-07; frauds after that count as none") for note in notes
    )


def test_a_column_that_the_past_is_made_of_must_be_there(model, new, file):
    with pytest.raises(DataError, match="`terminal` is needed and is not in the file"):
        model.predict(file(new.drop(columns="terminal")))


def test_a_state_is_written_only_with_the_scores(model, new, file, tmp_path):
    state = tmp_path / "state.npz"
    with pytest.raises(DataError):
        model.predict_into(file(new.assign(amount="a lot")), tmp_path / "out.csv", Engine(), state)
    future = new.assign(time=["2190-01-01 00:00:00", *new["time"].iloc[1:]])
    with pytest.raises(DataError, match="dated in the future"):
        model.predict_into(file(future), tmp_path / "out.csv", Engine(), state)
    assert not state.exists()
    state.write_bytes(b"not a state")
    with pytest.raises(RunError):
        model.predict_into(file(new), tmp_path / "out.csv", Engine(), state)
    assert state.read_bytes() == b"not a state"


def test_a_run_without_a_past_has_no_state(model, new, file, tmp_path):
    bare = replace(model, remembered=None)
    with pytest.raises(UsageError, match="--state: this run makes nothing of the past"):
        bare.predict(file(new), state=tmp_path / "s.npz")


# one line at a time


def lines_of(frame: pd.DataFrame) -> list[str]:
    """As a payment system would write them: numbers as numbers, nothing for what is missing."""
    out = []
    for row in frame.to_dict("records"):
        cells = {name: value for name, value in row.items() if value != ""}
        with contextlib.suppress(KeyError, ValueError):
            cells["amount"] = float(cells["amount"])
        out.append(json.dumps(cells))
    return out


def test_line_by_line_the_scores_are_those_of_the_file(model, new, expected, file, tmp_path):
    stream = model.stream()
    found = [json.loads(line) for line in stream.lines(lines_of(new.drop(columns="fraud")))]
    assert [told["line"] for told in found] == list(range(1, len(new) + 1))
    np.testing.assert_allclose([told["probability"] for told in found], expected["probability"], rtol=1e-12)
    for name in ("decision", "reasons"):
        assert [told[name] for told in found] == expected[name].tolist()
    assert set(found[0]) == set(expected.columns) - {"row"}
    stream.keep(tmp_path / "lines.npz")
    model.predict_into(file(new.drop(columns="fraud")), tmp_path / "out.csv", Engine(), tmp_path / "file.npz")
    assert (tmp_path / "lines.npz").read_bytes() == (tmp_path / "file.npz").read_bytes()


def test_a_line_that_cannot_be_read_is_told_and_the_next_one_is_scored(model, new):
    good = lines_of(new.drop(columns="fraud"))[0]
    bad = {
        "{": "is no JSON",
        "[1, 2]": "is no JSON object",
        '"text"': "is no JSON object",
        '{"amount": NaN}': "NaN is no number of JSON",
        json.dumps(json.loads(good) | {"amount": "twelve"}): "amount: 'twelve' is not a number",
        json.dumps(json.loads(good) | {"amount": True}): "is not a number",
        json.dumps(json.loads(good) | {"amount": 10**400}): "is not a number",
        json.dumps(json.loads(good) | {"time": "soon"}): "time: 'soon' is not a time, e.g. 2024-05-31T14:05:00",
        json.dumps(json.loads(good) | {"time": "9999-12-31T23:59:59-12:00"}): "is not a time that clocks can show",
        json.dumps(json.loads(good) | {"time": "2190-01-01"}): "dated in the future",
        json.dumps(json.loads(good) | {"card": {"number": 3}}): "is not a single value",
        json.dumps(json.loads(good) | {"fraud": "maybe"}): "fraud: 'maybe' is no outcome: the run knows 'yes' and 'no'",
        json.dumps(json.loads(good) | {"fraud": True}): "fraud: 'True' is no outcome",
        json.dumps(json.loads(good) | {"fraud": ["yes"]}): "is no outcome",
        good.replace('"card"', '"Card"'): "there is no column 'Card'; write it 'card'",
        good.replace('"amount"', '"amount_"'): "there is no column 'amount_'; write it 'amount'",
        json.dumps({name: v for name, v in json.loads(good).items() if name != "time"}): "there is no time",
        "[" * 100_000: "nested too deep",
        '{"amount": ' + "1" * 1_100_000 + "}": "longer than 1,000,000 characters",
    }
    stream = model.stream()
    for line, words in bad.items():
        told = json.loads(next(iter(stream.lines([line]))))
        assert told["line"] == 1
        assert words in told["error"]
        assert "\n" not in told["error"]
    found = [json.loads(line) for line in stream.lines(["{", "", good])]
    assert [one["line"] for one in found] == [1, 3]
    fresh = json.loads(next(iter(model.stream().lines([good]))))
    assert found[1]["probability"] == fresh["probability"]  # nothing of the bad ones is remembered


def test_the_mark_that_begins_some_files_is_no_text(model, new):
    good = lines_of(new.drop(columns="fraud"))[0]
    assert next(iter(model.stream().lines(["\ufeff" + good]))) == next(iter(model.stream().lines([good])))


def test_odd_texts_do_not_stop_the_stream(model, new):
    cells = json.loads(lines_of(new.drop(columns="fraud"))[0])
    odd = cells | {"channel": "\ud800", "card": "=cmd()\u2028\x00", "terminal": "x" * 10_000, "more": [1]}
    told = [json.loads(line) for line in model.stream().lines([json.dumps(odd), json.dumps(cells)])]
    assert all("probability" in one for one in told)


def test_columns_by_formula_are_made_of_each_line(model, new):
    """As they are of a file: the amount of a line in cents is its amount."""
    cells = json.loads(lines_of(new.drop(columns="fraud"))[0])
    data = model.settings.data.model_copy(update={"derive": {"amount": "cents / 100"}})
    derived = replace(model, settings=model.settings.model_copy(update={"data": data}))
    given = {**cells, "cents": round(100 * cells.pop("amount"))}
    told = derived.stream().score({name: value for name, value in given.items() if name != "amount"})
    plain = model.stream().score({**cells, "amount": given["cents"] / 100})
    assert told == plain
    with pytest.raises(CaseError, match="cents"):
        derived.stream().score(cells)


def test_a_transaction_that_comes_again_is_counted_once_and_its_outcome_learnt(model, new):
    stream = model.stream()
    first, second = new.drop(columns="fraud").iloc[0].to_dict(), new.drop(columns="fraud").iloc[1].to_dict()
    a = stream.score(first)
    again = stream.score(first | {"fraud": "yes"}, 2)
    assert a["probability"] == again["probability"]
    stream.score(second)
    other = model.stream()
    other.score(first)
    state, plain = stream._memory.state, other._memory.state.add(state_of(stream, second))
    assert len(state.events) == len(plain.events)
    assert (state.events.told == 1).sum() == (plain.events.told == 1).sum() + 1


def state_of(stream, cells):
    return stream._event({name: _value(stream, name, cells) for name in stream._read}, cells)


def _value(stream, name, cells):
    return typed(stream._read[name], cell(cells, stream._read[name]), frozenset())


def test_a_memory_that_is_made_anew_forgets_nothing(model, new, monkeypatch):
    monkeypatch.setattr("casestudies.fraud.memory._NEW", 7)
    lines = lines_of(new.drop(columns="fraud").head(60))
    short = [json.loads(line) for line in model.stream().lines(lines)]
    monkeypatch.undo()
    assert short == [json.loads(line) for line in model.stream().lines(lines)]


# the command


def test_the_command_scores_standard_input_and_keeps_the_state(run, new, expected, tmp_path):
    source = io.StringIO("\n".join([*lines_of(new.drop(columns="fraud").head(3)), "{"]) + "\n")
    shell = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={}, stdin=source)
    state = tmp_path / "state.npz"
    assert main(["predict", str(run.path), "--data", "-", "--state", str(state)], shell) == ExitCode.DONE
    told = [json.loads(line) for line in shell.stdout.getvalue().splitlines()]
    np.testing.assert_allclose([one["probability"] for one in told[:3]], expected["probability"].head(3), rtol=1e-12)
    assert told[3]["error"].startswith("is no JSON")
    assert state.exists()


def test_the_command_scores_a_file_with_state_and_labels(run, new, file, tmp_path):
    plain, state, out = new.drop(columns="fraud"), tmp_path / "state.npz", tmp_path / "out.csv"
    shell = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
    labels = file(new[["transaction", "fraud"]].head(50), "labels.csv")
    base = ["predict", str(run.path), "--out", str(out), "--state", str(state)]
    assert main([*base, "--data", str(file(plain.head(50)))], shell) == ExitCode.DONE
    assert main([*base, "--data", str(file(plain.tail(20))), "--labels", str(labels)], shell) == ExitCode.DONE
    assert "50 of 50 outcomes belong to payments that are remembered" in shell.stderr.getvalue()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "new.csv"], "--out: is needed"),
        (["--data", "-", "--out", "x.csv"], "--out: is for files"),
        (["--data", "-", "--state", "/no/such/folder/s.npz"], "there is no such folder"),
    ],
)
def test_the_command_says_what_does_not_fit(run, words, said):
    shell = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={}, stdin=io.StringIO(""))
    assert main(["predict", str(run.path), *words], shell) == ExitCode.USAGE
    assert said in shell.stderr.getvalue()


def test_other_studies_remember_nothing(small_run, tmp_path):
    with pytest.raises(UsageError, match="credit remembers nothing from one file to the next"):
        list(small_run.score_lines([], state=tmp_path / "s.npz"))
    with pytest.raises(UsageError, match="credit scores files, not single rows"):
        list(small_run.score_lines([]))
