"""Alerts within a capacity against brute force, and what the report says of them."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

from casestudies.fraud.alerts import alerts_told
from casestudies.fraud.judged import Transactions
from casestudies.fraud.sections.alerts import alerts_blocks, alerts_headline


def share_taken(value, count):
    """(rows,) the share of each row among the first so many: rows of equal value at the edge in equal parts."""
    edge = np.sort(value)[::-1][int(count) - 1]
    ahead, equal = value > edge, value == edge
    return ahead + equal * (count - ahead.sum()) / equal.sum()


@pytest.fixture(scope="module")
def answer(work):
    return alerts_told(work)


def test_the_foremost_alerts_stop_what_sorting_says(work, answer):
    held = Transactions.of(work)
    for entry in answer.told["first"]["counts"]:
        for name, value in (("p", held.p), ("gain", held.p * held.costs.fn - 10)):
            first, told = share_taken(value, entry["count"]), entry["orders"][name]
            assert told["money"]["value"] == pytest.approx(first @ (held.y * held.costs.fn))
            assert told["precision"]["value"] == pytest.approx(first @ held.y / entry["count"])
            assert told["money"]["low"] <= told["money"]["value"] <= told["money"]["high"]


def test_ordering_by_money_stops_more_of_it_here(answer):
    entry = answer.told["first"]["counts"][answer.told["first"]["asked"]]
    assert entry["difference"]["value"] > 0
    assert entry["relative"]["value"] == pytest.approx(
        entry["difference"]["value"] / entry["orders"]["p"]["money"]["value"]
    )


def test_ranking_figures_are_those_of_a_peer(work, answer):
    held = Transactions.of(work)
    assert answer.told["ap"]["value"] == pytest.approx(average_precision_score(held.y, held.p))
    cuts = np.unique(held.p)
    best = max(f1_score(held.y, held.p > cut, zero_division=0) for cut in np.append(cuts, -1))
    assert answer.told["f1"]["best"] == pytest.approx(best)
    assert answer.told["f1"]["cut"]["value"] <= best + 1e-12
    assert answer.told["savings"]["value"] == pytest.approx(held.costs.savings(held.y, held.act))


def test_the_list_holds_the_capacity_of_each_day_once_a_card(answer):
    listed = answer.lists["lists/alerts.csv"]
    assert (listed.groupby("day").size() <= 5).all()
    assert not listed.duplicated(["day", "card"]).any()
    assert (listed.groupby("day")["expected_gain"].diff().dropna() <= 0).all()
    assert list(listed.groupby("day")["rank"].min().unique()) == [1]
    caught = listed[listed["was_fraud"] == 1]
    later = listed.merge(caught[["card", "day"]], on="card", suffixes=("", "_caught"))
    assert not (later["day"] > later["day_caught"]).any()  # a card found out is not alerted again


def test_figures_are_as_sure_as_cards_are_many(bench):
    """Every judged payment four times: nothing is learnt by it, though rows resampled alone would halve the interval."""
    frame = bench.payments(1500)
    frame["part"] = np.where(frame["time"] < "2024-01-20", "train", "test")
    four = frame.loc[frame.index.repeat(np.where(frame["part"] == "test", 4, 1))].reset_index(drop=True)
    four["transaction"] = range(len(four))
    given = {"kind": "given", "column": "part"}
    once, often = (alerts_told(bench.work(one, split=given)).told for one in (frame, four))
    for figure in ("ap", "f1", "savings"):
        wide, other = (told[figure] if figure != "f1" else told["f1"]["cut"] for told in (once, often))
        assert other["high"] - other["low"] == pytest.approx(wide["high"] - wide["low"], rel=1e-6)


@pytest.mark.parametrize(
    ("lacking", "over"),
    [
        (["card"], {}),
        (["time", "card"], {"split": {"kind": "stratified"}}),
        ([], {"cost": {"fn": None, "fp": None, "tp": 0, "currency": None}}),
        (["time", "card"], {"split": {"kind": "cv"}, "cost": {"fn": None, "fp": None, "tp": 0, "currency": None}}),
    ],
)
def test_it_works_with_what_there_is(bench, lacking, over):
    small = bench.work(bench.payments(1500).drop(columns=lacking), **over)
    answer = alerts_told(small)
    assert answer.told["unit"] == ("transaction" if "card" in lacking else "card")
    assert (answer.told["daily"] is None) == ("time" in lacking)
    assert ("difference" in answer.told["first"]["counts"][0]) == ("cost" not in over)
    told = bench.findings(small, alerts=answer.told)
    text = bench.printed((*alerts_headline(told), *alerts_blocks(told)))
    assert ("No day is known" in text) == ("time" in lacking)
    assert ("No prices are given" in text) == ("cost" in over)
    assert len(answer.lists["lists/alerts.csv"])


def test_weights_count_like_repeated_rows(bench):
    frame = bench.payments(2500)
    frame["part"] = np.where(frame["time"] < "2024-01-20", "train", "test")
    frame["times"] = np.where(frame["part"] == "test", 1 + frame.index % 3, 1)
    many = frame.loc[frame.index.repeat(frame["times"])].assign(times=1).reset_index(drop=True)
    many["transaction"] = range(len(many))
    given = {"split": {"kind": "given", "column": "part"}, "data": {"weight": "times"}}
    one, other = (alerts_told(bench.work(table.drop(columns="card"), **given)).told for table in (frame, many))
    for a, b in zip(one["first"]["counts"], other["first"]["counts"], strict=True):
        assert a["orders"]["gain"]["money"]["value"] == pytest.approx(b["orders"]["gain"]["money"]["value"])
    assert one["daily"]["orders"]["p"]["money"]["value"] == pytest.approx(
        other["daily"]["orders"]["p"]["money"]["value"]
    )
    assert one["ap"]["value"] == pytest.approx(other["ap"]["value"])


def test_a_day_that_is_judged_in_part_is_no_day(bench):
    """The split falls on an afternoon; the hours that are left of it would be a day on which little happens."""
    frame = bench.payments(2000)
    frame["part"] = np.where(frame["time"] < "2024-01-20 15:00", "train", "test")
    held = Transactions.of(bench.work(frame, split={"kind": "given", "column": "part"}))
    assert held.names[0] == "2024-01-21"
    assert (held.day == -1).sum() == ((frame["part"] == "test") & (frame["time"] < "2024-01-21")).sum()
    assert held.drawn == 1


def test_rows_drawn_at_random_have_their_share_of_the_capacity(bench):
    frame = bench.payments(6000)
    drawn = bench.work(frame, split={"kind": "stratified"}, alerts={"per_day": 10})
    told = alerts_told(drawn).told
    assert told["drawn"] == pytest.approx(0.2, abs=0.01)
    assert told["days"] == 30
    assert told["daily"]["orders"]["p"]["alerts"] == pytest.approx(0.2 * 10 * 30, rel=0.02)
    assert "20 % of the rows are judged" in bench.printed(alerts_blocks(bench.findings(drawn, alerts=told)))


def test_the_report_says_it_in_money(bench, work, answer):
    told = bench.findings(work, alerts=answer.told)
    text = bench.printed((*alerts_headline(told), *alerts_blocks(told)))
    assert "The first 40 alerts of the judged transactions stop" in text
    assert "With 5 cards looked at on each of" in text
    assert "<svg" in text or "vega" in text
    assert alerts_blocks(bench.findings(work)) == alerts_headline(bench.findings(work)) == ()
