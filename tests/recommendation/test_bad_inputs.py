"""Interactions, tables and settings that a real person could bring: one line, the right exit code, no run, no training."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from casestudies import cli
from casestudies.errors import ExitCode

USERS, ITEMS, EACH = 40, 20, 8
ROWS = USERS * EACH
ROW = np.arange(ROWS)
CONFIG, DATA = ExitCode.CONFIG, ExitCode.DATA


def shop(**columns) -> pd.DataFrame:
    """Ratings of forty users in half a year."""
    random = np.random.default_rng(0)
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 180 * 86_400, ROWS), "s")
    table = {
        "user": [f"u{row // EACH}" for row in ROW],
        "item": np.concatenate([[f"i{n}" for n in random.permutation(ITEMS)[:EACH]] for _ in range(USERS)]),
        "rating": random.integers(1, 6, ROWS),
        "time": at.strftime("%Y-%m-%d %H:%M:%S"),
    }
    return pd.DataFrame({**table, **columns})


def items(**columns) -> pd.DataFrame:
    random = np.random.default_rng(1)
    table = {
        "item": [f"i{n}" for n in range(ITEMS)],
        "title": [f"Thing {n}" for n in range(ITEMS)],
        "category": list("abcd") * (ITEMS // 4),
        "price": random.gamma(2, 10, ITEMS).round(2),
        "stock": random.integers(1, 9, ITEMS),
        "since": "2024-01-05",
        "nothing": None,
    }
    return pd.DataFrame({**table, **columns})


def test_of(**columns) -> pd.DataFrame:
    """A test of two lists on 400 units."""
    random = np.random.default_rng(2)
    arm = random.choice(["A", "B"], 400)
    table = {"unit": [f"v{n}" for n in range(400)], "list": arm, "bought": (random.random(400) < 0.2) * 1}
    return pd.DataFrame({**table, **columns})


test_of.__test__ = False
S, G, T = shop(), items(), test_of()
ORDERS = S.drop(columns="rating")
TEST = ("experiments.unit=unit", "experiments.arms=[list]", "experiments.outcome=bought")

# name: (interactions, {further table}, --set, exit code, words that the line must hold)
STOPS = {
    "one user": (S[S["user"] == "u1"], {}, (), DATA, ("one user, 'u1'",)),
    "one item": (S.assign(item="i1"), {}, (), DATA, ("one item, 'i1'",)),
    "one row": (S.head(1), {}, (), DATA, ("no customer has 3 rows", "use more rows")),
    "two rows of two": (S.iloc[[0, 9]].drop(columns="time"), {}, (), DATA, ("no customer has 3 rows", "use more rows")),
    "no row": (S.head(0), {}, (), DATA, ("no rows",)),
    "ratings beyond all": (S.assign(rating=1e300 * S["rating"]), {}, (), DATA, ("`rating`", "320 of 320", "1e+12", "row 1")),
    "amounts beyond all": (ORDERS.assign(quantity=1e20), {}, ("reading.logarithm=false",), DATA, ("`quantity`", "1e+12")),
    "weights of nothing": (ORDERS.assign(weight=1e-300), {}, (), DATA, ("no row is left with a weight above 0",)),
    "a scale beyond all": (S, {}, ("reading.scale=[-1e300, 1e300]",), CONFIG, ("reading.scale", "1000000000000")),
    "a scale turned round": (S, {}, ("reading.scale=[5, 1]",), CONFIG, ("reading.scale", "[1, 5]")),
    "a scale too short": (S, {}, ("reading.scale=[1, 2]",), DATA, ("`rating`", "outside the scale 1 to 2")),
    "ratings in words": (S.assign(rating="good"), {}, (), DATA, ("`rating`", "'good'", "data.derive")),
    "a date format of others": (S, {}, ("data.dates={time: '%d.%m.%Y'}",), DATA, ("`time`", "%d.%m.%Y", "row 1")),
    "no date format": (S, {}, ("data.dates={time: soon}",), CONFIG, ("data.dates", "'soon'")),
    "a misspelt column": (S, {}, ("data.user=usr",), CONFIG, ("data.user", "'usr'", "'user'")),
    "no column of users": (S, {}, ("data.drop=[user]",), DATA, ("hold the users", "data.user")),
    "no items left": (S, {}, ("reading.item_core=99",), DATA, ("reading.item_core", "90 %")),
    "a formula keeps nothing": (S, {}, ("data.where=rating > 9",), DATA, ("data.where",)),
    "weights of no events": (S, {}, ("reading.event_weights={view: 1}", "reading.feedback=implicit"), CONFIG, ("reading.event_weights", "data.event")),
    "everything sent back": (ORDERS.assign(quantity=-1), {}, (), DATA, ("data.quantity",)),
    "a split without its column": (S, {}, ("judging.split=given",), CONFIG, ("judging.split", "judging.column")),
    "a split by another column": (S, {}, ("judging.split=given", "judging.column=tim"), CONFIG, ("judging.column", "'tim'", "'time'")),
    "a split in other words": (S.assign(part=["a", "b"] * (ROWS // 2)), {}, ("judging.split=given", "judging.column=part"), DATA, ("judging.column", "'a'", "train, valid or test")),
    "a split without a test": (S.assign(part="train"), {}, ("judging.split=given", "judging.column=part"), DATA, ("no row is left to judge",)),
    "a split by time without it": (S.drop(columns="time"), {}, ("judging.split=time",), CONFIG, ("judging.split", "random")),
    "days without times": (S.drop(columns="time"), {}, ("ranking.exclude_seen=days",), CONFIG, ("ranking.exclude_seen", "all")),
    "nobody likes it so much": (S, {}, ("judging.liked=9",), DATA, ("judging.liked",)),
    "yardsticks alone": (S, {}, ("model.candidates=[popularity, ease]",), CONFIG, ("model.candidates", "implicit")),
    "no penalty": (S, {}, ("model.ridge=0",), CONFIG, ("model.ridge", "greater than 0")),
    "a half-life of nothing": (S, {}, ("model.half_life=0",), CONFIG, ("model.half_life", "greater than 0")),
    "features without a table": (S, {}, ("model.features=[category]",), CONFIG, ("'category'", "bring a table")),
    "a misspelt feature": (S, {"items": G}, ("model.features=[categry]",), CONFIG, ("'categry'", "'category'")),
    "a feature twice": (S, {"items": G}, ("model.features=[price, price]",), CONFIG, ("'price'", "twice")),
    "a date for a feature": (S, {"items": G}, ("model.features=[price, since]",), CONFIG, ("'since'", "dates")),
    "a feature without a value": (S, {"items": G}, ("model.features=[nothing, price]",), CONFIG, ("'nothing'", "no value")),
    "lists of none": (S, {}, ("ranking.k=0",), CONFIG, ("ranking.k", "1")),
    "a filter of nothing": (S, {"items": G}, ("ranking.where=price > 1e9",), CONFIG, ("ranking.where", "none of 20 items")),
    "a misspelt filter": (S, {"items": G}, ("ranking.where=prise > 1",), CONFIG, ("ranking.where", "'prise'", "'price'")),
    "a filter that is none": (S, {"items": G}, ("ranking.where=price + 1",), CONFIG, ("ranking.where", "not a condition")),
    "code in a filter": (S, {"items": G}, ("ranking.where=__import__('os').system('x')",), CONFIG, ("ranking.where", "not allowed")),
    "kinds of no column": (S, {"items": G}, ("ranking.kind=kind",), CONFIG, ("ranking.kind", "'kind'")),
    "nothing in stock": (S, {"items": G.assign(stock=0)}, (), CONFIG, ("stock > 0", "none of 20 items")),
    "stock in other words": (S, {"items": G.assign(stock="sold out")}, (), DATA, ("items.csv: `stock`", "20 of 20", "'sold out'", "yes or no")),
    "a misspelt margin": (S, {"items": G}, ("ranking.margin=prise",), CONFIG, ("ranking.margin", "'prise'", "'price'")),
    "a margin of titles": (S, {"items": G}, ("ranking.margin=title",), DATA, ("ranking.margin", "'Thing 0'")),
    "a margin by zero": (S, {"items": G}, ("ranking.margin=1 / (stock - stock)",), DATA, ("ranking.margin", "20 of 20", "row 1")),
    "takes without a margin": (S, {}, ("ranking.keep_takes=0.9",), CONFIG, ("ranking.keep_takes", "ranking.margin")),
    "prices in words": (S, {"items": G.assign(price="12 EUR")}, (), DATA, ("items.csv: `price`", "'12 EUR'", "row 1")),
    "an empty table of items": (S, {"items": ""}, (), DATA, ("items.csv", "empty")),
    "items without ids": (S, {"items": G.drop(columns="item")}, (), DATA, ("items.csv", "reading.items.id")),
    "items of another shop": (S, {"items": G.assign(item=[f"x{n}" for n in range(ITEMS)])}, (), DATA, ("items.csv", "'x0'", "'i0'")),
    "a picture of items": (S, {"items": b"\x89PNG\r\n\x1a\n" + bytes(50)}, (), DATA, ("items.csv", "image")),
    "users of another shop": (S, {"users": pd.DataFrame({"user": ["x", "y"], "age": [1, 2]})}, (), DATA, ("users.csv", "reading.users.id")),
    "a table of no use": (S, {"itms": G}, (), CONFIG, ("data.files", "'itms'", "'items'")),
    "a test of unsaid columns": (S, {"experiment": T}, (), CONFIG, ("data.files.experiment", "experiments.unit")),
    "a test of a misspelt column": (S, {"experiment": T}, (*TEST, "experiments.outcome=bougt"), CONFIG, ("experiments.outcome", "'bought'")),
    "a test of one arm": (S, {"experiment": T.assign(list="A")}, TEST, DATA, ("experiment.csv", "two arms")),
    "a test of units without end": (S, {"experiment": T.assign(bought=1e200 * T.index)}, TEST, DATA, ("column bought", "399 of 400", "1e+50", "row 2")),
    "a test of nothing bought": (S, {"experiment": T.assign(bought=0)}, TEST, DATA, ("column bought", "nothing to compare")),
    "an empty test": (S, {"experiment": ""}, TEST, DATA, ("experiment.csv", "empty")),
    "shares beyond one": (S, {"experiment": T}, (*TEST, "experiments.planned={list: {A: 0.5, B: 0.9}}"), CONFIG, ("experiments.planned.list", "1.4")),
    "a gate of no figure": (S, {}, ("gates.ndcg.min=0.1",), CONFIG, ("gates", "'ndcg_at_10'")),
    "a question of no study": (S, {}, ("analyse=[list]",), CONFIG, ("analyse", "'lists'")),
    "another study": (S, {}, ("study=credit",), CONFIG, ("study", "'recommendation'")),
}  # fmt: skip


def words_of(verb, table, further, settings, tmp_path):
    table.to_csv(tmp_path / "shop.csv", index=False)
    given = []
    for name, content in further.items():
        file = tmp_path / f"{name}.csv"
        content = content.to_csv(index=False) if isinstance(content, pd.DataFrame) else content
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        given.append(f"data.files.{name}={file}")
    where = ["--no-progress", "--out", str(tmp_path / "runs")] if verb == "run" else []
    sets = [f"--set={text}" for text in (*given, *settings)]
    return [verb, "recommendation", "--data", str(tmp_path / "shop.csv"), *where, *sets]


@pytest.mark.parametrize("name", STOPS)
def test_what_cannot_be_studied_gets_one_line_and_leaves_no_run(name, tmp_path, capfd):
    table, further, settings, wanted, words = STOPS[name]
    code = cli.main(words_of("run", table, further, settings, tmp_path))
    said = capfd.readouterr()
    line = said.err.strip()
    assert code == wanted, line
    assert "\n" not in line, line
    assert len(line) < 400
    for word in words:
        assert word in line, line
    assert not list(tmp_path.glob("runs/*/*/manifest.json"))
    assert not said.out


AHEAD = [name for name, stop in STOPS.items() if any(key.startswith(("ranking.", "model.f")) for key in stop[2])]


@pytest.mark.parametrize("name", AHEAD)
def test_what_lists_cannot_be_is_said_before_anything_is_fitted_and_by_check(name, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("casestudies.recommendation.conduct.compare", lambda *_: pytest.fail("the fit has begun"))
    table, further, settings, wanted, _ = STOPS[name]
    lines = []
    for verb in ("run", "check"):
        assert cli.main(words_of(verb, table, further, settings, tmp_path)) == wanted
        lines.append(capfd.readouterr().err)
    assert lines[0] == lines[1]


# name: (interactions, {further table}, --set, what `check` tells)
TOLD = {
    "ratings to 100": (S.assign(rating=ROW % 101), {}, (), "runs from 1 to 100 in 100 values"),
    "money for ratings": (S.assign(rating=(1.37 * ROW).round(2)), {}, (), "if these are counts or money"),
    "one rating for all": (S.assign(rating=3), {}, (), "this looks like implicit feedback"),
    "one time for all": (S.assign(time="2024-01-01"), {}, (), "tells no order"),
    "times to come": (S.assign(time=S["time"].where(ROW != 7, "2190-01-01 00:00:00")), {}, (), "1 dates after"),
    "numbers with a fraction": (S.assign(user=[f"{row // EACH}.0" for row in ROW]), {}, (), "written with a fraction"),
    "guests": (S.assign(user=S["user"].where(ROW % 9 > 0)), {}, (), "36 of 320 cells that name no customer"),
    "two columns of one name": (S.assign(more=1).rename(columns={"more": "rating"}), {}, (), "rating (2)"),
    "items that stand twice": (S, {"items": pd.concat([G, G])}, (), "stands again further down in 20 rows"),
    "items that nobody chose": (S, {"items": pd.concat([G, G.assign(item=[f"n{n}" for n in range(ITEMS)])])}, (), "20 of 40 items have no interactions"),
    "stock in yes and no": (S, {"items": G.assign(stock=["yes", "no"] * (ITEMS // 2))}, (), "0 errors"),
    "no times": (S.drop(columns="time"), {}, (), "there are no times"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_what_can_be_studied_is_told_before_it_is(name, tmp_path, capfd):
    table, further, settings, words = TOLD[name]
    code = cli.main(words_of("check", table, further, settings, tmp_path))
    told = capfd.readouterr()
    assert code == ExitCode.DONE, told.out
    assert words in told.out
    assert not told.err


LEAN = ("interval.rounds=100", "report.formats=[html]")
SMALL = S[S["user"].isin([f"u{n}" for n in range(5)]) & S["item"].isin([f"i{n}" for n in range(12)])]
SQUARE = pd.DataFrame({"user": np.repeat(list("abcde"), 5), "item": list("vwxyz") * 5, "rating": ROW[:25] % 5 + 1})
# name: (interactions, {further table}, --set): odd, and a whole run all the same
ODD = {
    "no ratings": (ORDERS, {}, ()),
    "no ratings and no times": (S[["user", "item"]], {}, ()),
    "orders with returns": (pd.concat([ORDERS.assign(quantity=2), ORDERS.head(40).assign(quantity=-2, time="2024-12-01")]), {"items": G}, ()),
    "events": (ORDERS.assign(event=np.where(ROW % 3, "view", "buy")), {}, ("reading.event_weights={view: 1, buy: 5}",)),
    "five users": (SMALL, {}, ()),
    "everybody has had everything": (SQUARE, {}, ()),
    "no score is good enough": (S, {}, ("ranking.least=99",)),
    "lists longer than the shop": (S, {"items": G}, ("ranking.k=300", "judging.k=300")),
    "wide lists of kinds": (S, {"items": G}, ("ranking.form=wide", "ranking.kind=category", "ranking.most=1")),
    "ids of other kinds": (S.assign(user=ROW // EACH + 0.5, item=S["item"].str[1:].astype(int)), {}, ()),
    "two instants": (S.assign(time=np.where(ROW % 2, "2024-01-01", "2024-01-02")), {}, ()),
    "features of both sides": (S, {"items": G, "users": pd.DataFrame({"user": [f"u{n}" for n in range(60)], "age": range(60)})}, ("model.features=[category, price, age]",)),
    "a margin below nothing": (S, {"items": G}, ("ranking.margin=price - 500", "ranking.keep_takes=0.8")),
    "what was had may come again": (S, {}, ("ranking.exclude_seen=days", "ranking.days=9", "judging.repeats=true")),
    "a split as the file says": (S.assign(part=np.where(ROW % 9, "train", "test")), {}, ("judging.split=given", "judging.column=part")),
    "a test of hostile arms": (S, {"experiment": T.assign(list=np.where(T["list"] == "A", "=1+1", "<script>alert(1)</script>"))}, TEST),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_studied_all_the_same(name, tmp_path, capfd):
    table, further, settings = ODD[name]
    code = cli.main(words_of("run", table, further, (*LEAN, *settings), tmp_path))
    told = capfd.readouterr()
    assert code == ExitCode.DONE, told.err
    assert not told.err
    run = next(tmp_path.glob("runs/*/*/manifest.json")).parent
    html = (run / "report.html").read_text(encoding="utf-8")
    assert not re.search(
        r"\b(nan|None|inf)\b", re.sub(r"(?s)<script.*?</script>|<style.*?</style>|<svg.*?</svg>", "", html)
    )
    assert "<script>alert(1)" not in html


def test_the_list_is_long_enough():
    assert len(STOPS) >= 60
