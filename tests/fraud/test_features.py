"""Features of a transaction's past: against a count row by row, the handbook's own definitions, and what must not be seen."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from casestudies.errors import ConfigError, DataError
from casestudies.fraud.config import FraudSettings
from casestudies.fraud.contract import CONTRACT
from casestudies.fraud.features import events_of, extend, with_past
from casestudies.fraud.rolling import Asked, Rolling
from casestudies.fraud.state import State
from casestudies.tabular import Roles
from casestudies.tabular.checked import check
from casestudies.tabular.read import Source, Table

DAY = np.timedelta64(1, "D")
ASKED = Asked((1, 3), 2, (0, 7), (5, 6), True, True, True)

# half days on a short line, so that instants are shared and windows end upon them
times = st.integers(0, 24).map(lambda halves: np.datetime64("2024-03-01T06:00:00") + halves * np.timedelta64(12, "h"))
rows = st.lists(
    st.tuples(
        times,
        st.sampled_from(["a", "b", None]),
        st.sampled_from(["x", "y", None]),
        st.sampled_from([0.0, 1.5, 20.0, 333.33, None]),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
)


def frame_of(cells) -> pd.DataFrame:
    when, card, terminal, amount, fraud = zip(*cells, strict=True)
    return pd.DataFrame(
        {
            "time": pd.Series(np.array(when, dtype="datetime64[us]")).dt.tz_localize("UTC"),
            "card": pd.Series(card, dtype="str"),
            "terminal": pd.Series(terminal, dtype="str"),
            "amount": np.array([np.nan if value is None else value for value in amount]),
            "fraud": np.array(fraud, dtype=np.int8),
        }
    )


def made(frame: pd.DataFrame, asked: Asked = ASKED, state: State | None = None):
    return with_past(events_of(frame, asked, frame["fraud"].to_numpy(np.int8)), asked, state)


def by_hand(frame: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """Every feature of every row by looking at all the others."""
    out = []
    time = frame["time"].to_numpy("datetime64[us]")
    for i in range(len(frame)):
        me, told = frame.iloc[i], {}
        earlier = frame[time < time[i]]
        when = earlier["time"].to_numpy("datetime64[us]")
        mine, there = earlier["card"] == me["card"], earlier["terminal"] == me["terminal"]
        has_card, has_terminal = isinstance(me["card"], str), isinstance(me["terminal"], str)
        for days in asked.windows:
            window = earlier[mine & (when > time[i] - days * DAY)]
            amounts = [*window["amount"].dropna(), *([me["amount"]] if not math.isnan(me["amount"]) else [])]
            told[f"card_payments_{days}d"] = len(window) + 1.0
            told[f"card_spent_{days}d"] = math.fsum(amounts)
            told[f"card_mean_{days}d"] = math.fsum(amounts) / len(amounts) if amounts else math.nan
        longest = earlier[mine & (when > time[i] - asked.windows[-1] * DAY)]
        usual = longest["amount"].mean() if longest["amount"].notna().any() else math.nan
        told["card_amount_ratio"] = me["amount"] / usual if usual > 0 else math.nan
        since = (time[i] - longest["time"].to_numpy("datetime64[us]").max()) if len(longest) else None
        told["card_seconds_since_last"] = math.nan if since is None else since / np.timedelta64(1, "s")
        told["card_new_terminal"] = float(not (longest["terminal"] == me["terminal"]).any())
        if not has_card:
            told = dict.fromkeys(told, math.nan)
        if not has_terminal:
            told["card_new_terminal"] = math.nan
        of_terminal = {}
        for days in asked.windows:
            end = time[i] - asked.delay * DAY
            window = earlier[there & (when <= end) & (when > end - days * DAY)]
            of_terminal[f"terminal_known_{days}d"] = float(len(window))
            of_terminal[f"terminal_frauds_{days}d"] = float(window["fraud"].sum())
            of_terminal[f"terminal_risk_{days}d"] = window["fraud"].mean() if len(window) else 0.0
        told |= of_terminal if has_terminal else dict.fromkeys(of_terminal, math.nan)
        stamp = pd.Timestamp(time[i])
        told["hour"] = float(stamp.hour)
        start, stop = asked.night
        told["night"] = float(start <= stamp.hour < stop if start <= stop else not stop <= stamp.hour < start)
        told["weekend"] = float(stamp.weekday() in asked.weekend)
        out.append(told)
    return pd.DataFrame(out)


@pytest.mark.parametrize(
    "asked", [ASKED, replace(ASKED, windows=(2,), delay=0, night=(22, 7)), replace(ASKED, windows=(1, 2, 7), delay=3)]
)
@given(cells=rows)
@settings(max_examples=60)
def test_features_are_those_of_a_count_row_by_row(asked, cells):
    frame = frame_of(cells)
    found, _ = made(frame, asked)
    pd.testing.assert_frame_equal(found, by_hand(frame, asked)[list(found)], rtol=1e-12)


@given(cells=rows, seed=st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing_to_the_last_bit(cells, seed):
    frame = frame_of(cells)
    order = np.random.default_rng(seed).permutation(len(frame))
    found, _ = made(frame)
    shuffled, _ = made(frame.iloc[order].reset_index(drop=True))
    pd.testing.assert_frame_equal(shuffled, found.iloc[order].reset_index(drop=True), check_exact=True)


@given(cells=rows, other=rows, at=st.integers(0, 24))
def test_what_comes_later_or_at_the_same_instant_changes_nothing(cells, other, at):
    """Rows of an instant and before stay, everything after is replaced, and labels within the delay are turned over."""
    now = np.datetime64("2024-03-01T06:00:00") + at * np.timedelta64(12, "h")
    frame = frame_of([cell for cell in cells if cell[0] <= now] or cells[:1])
    later = frame_of([cell for cell in other if cell[0] >= now] or [(now, "a", "x", 1.0, True)])
    unknown = frame["time"].to_numpy("datetime64[us]") > now - ASKED.delay * DAY
    changed = frame.assign(fraud=np.where(unknown, 1 - frame["fraud"], frame["fraud"]).astype(np.int8))
    before, _ = made(frame)
    after, _ = made(pd.concat([changed, later], ignore_index=True))
    same = frame["time"].to_numpy("datetime64[us]") <= now
    pd.testing.assert_frame_equal(after.iloc[: len(frame)][same], before[same], check_exact=True)


@given(cells=rows, share=st.floats(0, 1))
def test_a_file_in_two_parts_gives_what_it_gives_in_one(cells, share):
    frame = frame_of(cells).sort_values("time", kind="stable", ignore_index=True)
    at = round(share * len(frame))
    known = frame.drop(columns="fraud")
    assume(known.iloc[:at].merge(known.iloc[at:]).empty)  # equal payments of one instant cannot be told apart
    whole, end = made(frame)
    first, state = made(frame.iloc[:at].reset_index(drop=True))
    second, after = made(frame.iloc[at:].reset_index(drop=True), state=state)
    pd.testing.assert_frame_equal(pd.concat([first, second], ignore_index=True), whole, check_exact=True)
    assert after.to_bytes() == end.to_bytes()


def test_two_parts_within_one_instant_are_told_apart_by_their_numbers():
    frame = frame_of([(np.datetime64("2024-03-01"), "a", "x", 5.0, False)] * 2).assign(transaction=["t1", "t2"])
    whole, end = with_past(events_of(frame, ASKED, frame["fraud"].to_numpy(), "transaction"), ASKED, None)
    state, parts = None, []
    for i in range(2):
        events = events_of(frame.iloc[[i]], ASKED, frame["fraud"].to_numpy()[[i]], "transaction")
        found, state = with_past(events, ASKED, state)
        parts.append(found)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole, check_exact=True)
    assert state is not None
    assert len(state.events) == len(end.events) == 2


def test_a_row_without_a_time_has_no_features_and_is_nobodys_past():
    frame = frame_of([(np.datetime64("2024-03-01"), "a", "x", 5.0, False)] * 3)
    frame.loc[1, "time"] = pd.NaT
    found, state = made(frame)
    assert found.iloc[1].isna().all()
    assert len(state.events) == 2


def test_no_rows_make_no_features():
    found, state = made(frame_of([(np.datetime64("2024-03-01"), "a", "x", 5.0, False)]).iloc[:0])
    assert found.shape == (0, len(list(ASKED.columns())))
    assert len(state.events) == 0


def test_amounts_that_cannot_be_added_are_refused_in_one_line():
    frame = frame_of([(np.datetime64("2024-03-01") + i * DAY, "a", "x", 9e11, False) for i in range(12)])
    with pytest.raises(DataError, match="add up to more than 9e12; give them in thousands"):
        made(frame)
    apart = frame.assign(card=[str(i) for i in range(12)])  # of different cards they are not added
    assert np.isfinite(made(apart)[0]["card_spent_3d"]).all()


# the handbook's definitions


def handbook_card(part: pd.DataFrame, windows) -> pd.DataFrame:
    part = part.sort_values("time", kind="stable")
    amount = part.set_index("time")["amount"]
    out = {}
    for days in windows:
        window = amount.rolling(f"{days}D")
        out[f"card_payments_{days}d"] = window.count().to_numpy()
        out[f"card_mean_{days}d"] = (window.sum() / window.count()).to_numpy()
    return pd.DataFrame(out, index=part.index)


def handbook_terminal(part: pd.DataFrame, windows, delay: int) -> pd.DataFrame:
    part = part.sort_values("time", kind="stable")
    fraud = part.set_index("time")["fraud"]
    late = fraud.rolling(f"{delay}D")
    out = {}
    for days in windows:
        both = fraud.rolling(f"{delay + days}D")
        count, found = both.count() - late.count(), both.sum() - late.sum()
        out[f"terminal_known_{days}d"] = count.to_numpy()
        out[f"terminal_frauds_{days}d"] = found.to_numpy()
        out[f"terminal_risk_{days}d"] = (found / count).fillna(0).to_numpy()
    return pd.DataFrame(out, index=part.index)


@pytest.fixture(scope="module")
def handbook(real_data) -> pd.DataFrame:
    path = real_data / "fraud_handbook_sim" / "transactions_2018-06-15_2018-08-21.csv.gz"
    if not path.exists():
        pytest.skip("the handbook's transactions are not here")
    names = {"TX_DATETIME": "time", "CUSTOMER_ID": "card", "TERMINAL_ID": "terminal", "TX_AMOUNT": "amount"}
    kinds = {"CUSTOMER_ID": "str", "TERMINAL_ID": "str"}
    frame = pd.read_csv(path, usecols=[*names, "TX_FRAUD"], dtype=kinds, parse_dates=["TX_DATETIME"])
    frame = frame.rename(columns={**names, "TX_FRAUD": "fraud"})
    return frame.assign(time=frame["time"].dt.as_unit("us").dt.tz_localize("UTC"), fraud=frame["fraud"].astype(np.int8))


def test_the_handbooks_features_come_out_on_its_own_transactions(handbook):
    """651,520 rows; every feature of one in a hundred cards and one in two hundred terminals."""
    asked = Asked((1, 7, 30), 7, (0, 7), (5, 6), True, True, True)
    found, _ = made(handbook, asked)
    cards, terminals = handbook["card"].unique()[::100], handbook["terminal"].unique()[::200]
    of_cards = handbook[handbook["card"].isin(cards)]
    theirs = pd.concat([handbook_card(part, asked.windows) for _, part in of_cards.groupby("card")])
    apart = ~of_cards.duplicated(["card", "time"], keep=False).loc[
        theirs.index
    ]  # they count ties, in order of the file
    pd.testing.assert_frame_equal(
        found.loc[theirs.index[apart], list(theirs)], theirs[apart], check_exact=False, rtol=1e-9
    )
    of_terminals = handbook[handbook["terminal"].isin(terminals)]
    theirs = pd.concat([handbook_terminal(part, asked.windows, 7) for _, part in of_terminals.groupby("terminal")])
    pd.testing.assert_frame_equal(found.loc[theirs.index, list(theirs)], theirs, check_exact=False, rtol=1e-9)
    local = handbook["time"].dt
    assert (found["night"] == (local.hour <= 6)).all()
    assert (found["weekend"] == (local.day_of_week >= 5)).all()


# the hook of the study


def checked(frame: pd.DataFrame, **roles):
    source = Source("payments.csv", "", 0, "csv", "utf-8", ",", ".", 1, len(frame), frame.shape[1])
    text = frame.astype("str")
    return check(Table(text, source, np.arange(len(frame)) + 2), CONTRACT, Roles(positive="1", **roles))


def payments(rows: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(0)
    start = pd.Timestamp("2024-01-01")
    return pd.DataFrame(
        {
            "time": [start + pd.Timedelta(hours=int(hour)) for hour in np.sort(random.integers(0, 2000, rows))],
            "card": random.integers(0, 6, rows),
            "terminal": random.integers(0, 5, rows),
            "amount": random.integers(1, 90, rows),
            "channel": random.choice(["chip", "online"], rows),
            "fraud": (random.random(rows) < 0.2).astype(int),
        }
    )


def config(**changes) -> FraudSettings:
    return FraudSettings.model_validate({"data": {"target": "fraud", "positive": "1"}, **changes})


def test_the_table_gets_the_columns_and_their_meaning_and_no_names():
    table = checked(payments(), target="fraud")
    extended = extend(table, config(), {})
    assert extended is not None
    made_columns = [name for name in extended.checked.columns if name not in table.columns]
    assert set(made_columns) == set(extended.checked.made)
    assert "terminal_frauds_7d" in made_columns
    assert all(extended.checked.columns[name].sentence for name in made_columns)
    assert all(str(extended.checked.frame[name].dtype) == "float64" for name in made_columns)
    assert set(extended.checked.features) == {"amount", "channel", *made_columns}  # card and terminal never are
    assert len(extended.notes) == 2
    assert list(extended.files) == ["history.npz", "outcomes.json"]


@pytest.mark.parametrize(
    ("gone", "lacking"),
    [
        (["card"], "card_"),
        (["terminal"], "terminal"),
        (["amount"], "spent"),
        (["card", "terminal"], "_7d"),
    ],
)
def test_each_of_card_terminal_and_amount_may_be_absent(gone, lacking):
    extended = extend(checked(payments().drop(columns=gone), target="fraud"), config(), {})
    assert extended is not None
    assert not any(lacking in name for name in extended.checked.made)
    assert {"hour", "night", "weekend"} <= extended.checked.made


def test_a_table_without_time_is_left_as_it_is():
    assert extend(checked(payments().drop(columns="time"), target="fraud"), config(), {}) is None


def test_no_windows_make_no_columns():
    assert extend(checked(payments(), target="fraud"), config(rolling={"windows": []}), {}) is None


@pytest.mark.parametrize("drop", ["terminal", "shop"])
def test_a_column_left_out_by_the_analyst_has_no_past(drop):
    """By the contract's name or by the file's; and new rows, which know both, agree."""
    table = checked(payments().rename(columns={"terminal": "shop"}), target="fraud", map={"terminal": "shop"})
    settings = config(data={"target": "fraud", "drop": [drop], "map": {"terminal": "shop"}})
    extended = extend(table, settings, {})
    assert extended is not None
    assert not any(name.startswith("terminal") for name in extended.checked.made)
    later = Asked.of({column.name: column for column in extended.checked.frozen().columns}, settings)
    assert later == extended.made


def test_the_delay_is_that_of_the_split():
    for delay, days in ((None, 7), (0, 0), (12, 12)):
        asked = Asked.of(checked(payments(), target="fraud").columns, config(split={"delay": delay}))
        assert asked is not None
        assert asked.delay == days


def test_a_sample_of_a_large_file_is_refused():
    class Totals:
        rows = 9_000_000

    table = replace(checked(payments(), target="fraud"), totals=Totals())
    with pytest.raises(
        ConfigError, match=r"run.memory_mb: the past of a payment lies in all rows, and of 9,000,000 rows"
    ):
        extend(table, config(), {})


def test_a_file_that_has_such_a_column_is_refused():
    table = checked(payments().assign(terminal_risk_7d=0.5), target="fraud")
    with pytest.raises(DataError, match="terminal_risk_7d"):
        extend(table, config(), {})


@pytest.mark.parametrize(
    "wrong", [{"windows": [0]}, {"windows": [7, 7]}, {"windows": [401]}, {"night": [3, 25]}, {"weekend": ["fry"]}]
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=r"windows|night|weekend"):
        Rolling.model_validate(wrong)


def test_windows_are_put_in_order():
    assert Rolling(windows=[30, 1, 7]).windows == [1, 7, 30]
