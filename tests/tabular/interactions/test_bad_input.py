"""What strangers' files get wrong: each is one line that says what, where and what to do."""

import gzip

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import CaseError
from casestudies.tabular.interactions import Options, SideTable, read_interactions
from casestudies.tabular.read import Limits, ReadOptions

GOOD = [(f"u{n % 7}", f"i{n % 11}", n % 5 + 1, f"2024-01-{n % 28 + 1:02d}") for n in range(60)]
HEAD = "user,item,rating,time"


def table(rows=GOOD, head=HEAD):
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n"


def with_cells(column, cells):
    """The good table with some cells of one column, from the third row on."""
    rows = [list(row) for row in GOOD]
    for place, cell in enumerate(cells, 2):
        rows[place][column] = cell
    return table(rows)


def read(tmp_path, text, name="shop.csv", **asked):
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    for key in ("items", "users"):
        if isinstance(asked.get(key), str):
            (tmp_path / f"{key}.csv").write_text(asked[key])
            asked[key] = tmp_path / f"{key}.csv"
    return read_interactions(file, **asked)


REFUSED = {
    "an empty file": ("", {}, "the file is empty"),
    "a header alone": (HEAD + "\n", {}, "a header but no rows"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), {}, "this is an image"),
    "a damaged archive": (gzip.compress(table().encode())[:60], {}, "damaged or cut short"),
    "many rows with too many fields": (
        table([row if n % 3 else (*row, "x", "y") for n, row in enumerate(GOOD)]),
        {},
        "6 cells, the table 4 columns (and 19 lines, 5, 8, 11, 14, 17, ...)",
    ),
    "a column that is not there": (table(), {"user": "custommer"}, "data.user: the file has no column 'custommer'"),
    "a column named twice": (table(), {"user": "item", "item": "item"}, "'item' is named by data.user already"),
    "no column of items": (table([(r[0], r[2] + 0.5) for r in GOOD], "user,rating"), {}, "hold the items"),
    "no column of users": (
        table([(n * 1.5, r[1], "x") for n, r in enumerate(GOOD)], "amount,item,remark"),
        {},
        "no column could be told to hold the users",
    ),
    "no user in any row": (table([("", *r[1:]) for r in GOOD]), {}, "no row is left with a user"),
    "signs for missing as items": (table([(r[0], "NULL", *r[2:]) for r in GOOD]), {}, "no row is left with an item"),
    "words for ratings": (
        table([(*r[:2], ("good", "bad")[r[2] % 2], r[3]) for r in GOOD]),
        {"rating": "rating"},
        "where(rating == 'bad', 5, 1)",
    ),
    "ratings with many other signs": (with_cells(2, ["4/5"] * 5), {}, "5 of 60 cells that are not numbers"),
    "ratings far off the scale": (table(), {"options": Options(scale=(1, 3))}, "lie outside the scale 1 to 3"),
    "a scale that ends where it begins": (table(), {"options": Options(scale=(5, 5))}, "write for example [1, 5]"),
    "ratings that are all zero": (
        table([(*r[:2], 0, r[3]) for r in GOOD]),
        {"options": Options(zero_is_missing=True)},
        "no row is left with a rating: all are 0",
    ),
    "ratings that are all empty": (table([(*r[:2], "", r[3]) for r in GOOD]), {}, "no row is left with a rating"),
    "explicit without ratings": (
        table([r[:2] for r in GOOD], "user,item"),
        {"options": Options(feedback="explicit")},
        "there is no column of ratings",
    ),
    "nobody likes anything that much": (
        table(),
        {"options": Options(feedback="implicit", liked=6)},
        "no row is left with a rating of 6 or more",
    ),
    "day and month that cannot be told apart": (
        table([(*r[:3], f"0{n % 9 + 1}/0{n % 7 + 1}/2024") for n, r in enumerate(GOOD)]),
        {},
        "does not tell day from month",
    ),
    "times that are no times": (
        table([(*r[:3], f"soon {n}") for n, r in enumerate(GOOD)]),
        {"time": "time"},
        "is not a column of dates",
    ),
    "times that are small numbers": (
        table([(*r[:3], n) for n, r in enumerate(GOOD)]),
        {"time": "time"},
        "which are no seconds since 1970; write data.dates: {time: seconds}",
    ),
    "seconds among milliseconds": (
        table([(*r[:3], 1_700_000_000 * (1000 if n % 9 else 1) + n) for n, r in enumerate(GOOD)]),
        {"time": "time"},
        "mixes milliseconds with numbers of another unit",
    ),
    "times that are mostly missing": (
        table([(*r[:3], r[3] if n % 3 == 0 else "") for n, r in enumerate(GOOD)]),
        {},
        "has no time in 40 of 60 rows",
    ),
    "a date format that is none": (
        table(),
        {"options": Options(dates={"time": "day first"})},
        "'day first' is not a date format",
    ),
    "quantities in words": (
        table([(*r[:2], "two") for r in GOOD], "user,item,quantity"),
        {"quantity": "quantity"},
        "numbers are needed",
    ),
    "only returns": (table([(*r[:2], -1) for r in GOOD], "user,item,quantity"), {}, "no row is left with a quantity"),
    "everything sent back": (
        table([(*r[:2], q) for r in GOOD for q in (1, -1)], "user,item,quantity"),
        {},
        "no row is left after returns",
    ),
    "a kind of event that is not there": (
        table([(*r[:2], "view") for r in GOOD], "user,item,event"),
        {"options": Options(event_weights={"viewed": 1})},
        "no event is of the kind 'viewed'; did you mean 'view'?",
    ),
    "weights of events without events": (
        table([r[:2] for r in GOOD], "user,item"),
        {"options": Options(event_weights={"view": 1})},
        "there is no column of events; write data.event",
    ),
    "no kind of event counts": (
        table([(*r[:2], "view") for r in GOOD], "user,item,event"),
        {"options": Options(event_weights={"view": 0})},
        "no row is left of a kind that counts",
    ),
    "events that are no kinds": (
        table([(*r[:2], f"e{n}") for n, r in enumerate(GOOD)], "user,item,event"),
        {},
        "has 60 values, too many for kinds of events",
    ),
    "weights below zero": (table([(*r[:2], -3) for r in GOOD], "user,item,weight"), {}, "with a weight above 0"),
    "a filter that leaves nothing": (
        table(),
        {"options": Options(user_core=50, item_core=50)},
        "the most that keeps 90 % of the 60 rows",
    ),
    "items of another shop": (table(), {"items": "item,title\nx1,One\nx2,Two\n"}, "no item of the interactions is in"),
    "items without their leading zeros": (
        table([(r[0], f"00{r[1][1:]}", *r[2:]) for r in GOOD]),
        {"items": "item,title\n" + "".join(f"{n},T{n}\n" for n in range(11))},
        "write the ids with the same leading zeros in both",
    ),
    "a column of items that is not there": (
        table(),
        {"items": "item,title\ni1,One\ni2,Two\n", "options": Options(items=SideTable(columns={"price": "cost"}))},
        "reading.items.price: the file items.csv has no column 'cost'",
    ),
    "ratings to be added up": (table(), {"options": Options(repeats="sum")}, "ratings cannot be added up; write last"),
    "a day that is none": (
        table(),
        {"options": Options(today="2024-02-31")},
        "reading.today: '2024-02-31' is not a date",
    ),
    "a column of dates that is not in the item table": (
        table(),
        {"items": "item,title\ni1,One\n", "options": Options(items=SideTable(dates={"since": "%Y"}))},
        "reading.items.dates: the file items.csv has no column 'since'",
    ),
    "a formula that keeps nothing": (table(), {"options": Options(where="user == 'nobody'")}, "data.where"),
    "too many rows": (table(), {"limits": Limits(rows=10)}, "has 60 rows; the limit is 10"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_in_one_line(tmp_path, case):
    text, asked, expected = REFUSED[case]
    with pytest.raises(CaseError) as refused:
        _ = read(tmp_path, text, **asked).data
    line = str(refused.value)
    assert expected in line
    assert "\n" not in line
    assert len(line) < 400


MENDED = {
    "a row with too many fields": (
        table().replace("u2,i2,3,2024-01-03\n", "u2,i2,3,2024-01-03,x,y\n", 1),
        {},
        "left out line 4: 6 cells, 4 expected",
        59,
    ),
    "guest orders": (with_cells(0, ["", "nan", " "]), {}, "3 of 60 cells that name no customer (guest orders?)", 57),
    "ids that were numbers once": (
        table([(f"{n % 7 + 17850}.0", *r[1:]) for n, r in enumerate(GOOD)]),
        {},
        "7 whole numbers written with a fraction",
        60,
    ),
    "zeros for not rated": (with_cells(2, [0] * 4), {}, "4 of 60 cells that are 0, which stands for not rated", 56),
    "one rating off the scale": (
        table([*GOOD * 2, ("u9", "i9", 55, "2024-01-01")]),
        {"options": Options(scale=(1, 5), repeats="keep")},
        "1 of 121 cells that lie outside the scale 1 to 5",
        120,
    ),
    "one rating below the scale": (
        table([*GOOD * 2, ("u9", "i9", -3, "2024-01-01")]),
        {"options": Options(scale=(1, 5), repeats="keep")},
        "1 of 121 cells that lie outside the scale 1 to 5",
        120,
    ),
    "one rating that is no number": (
        table([*GOOD * 2, ("u9", "i9", "five", "2024-01-01")]),
        {"options": Options(repeats="keep")},
        "1 of 121 cells that are not numbers",
        120,
    ),
    "empty ratings": (with_cells(2, ["", "NA"]), {}, "2 of 60 cells that are without a rating", 58),
    "a constant rating": (
        table([(*r[:2], 1, r[3]) for r in GOOD]),
        {},
        "this looks like implicit feedback",
        60,
    ),
    "money that was taken for ratings": (
        table([(*r[:2], n * 1.37, r[3]) for n, r in enumerate(GOOD * 3)]),
        {"options": Options(repeats="keep")},
        "if these are counts or money",
        180,
    ),
    "no times": (table([r[:3] for r in GOOD], "user,item,rating"), {}, "there are no times", 60),
    "one time for all": (table([(*r[:3], "2024-01-01") for r in GOOD]), {}, "that tells no order", 60),
    "a date format for a column that is not there": (
        table(),
        {"options": Options(dates={"tiem": "%Y-%m-%d"})},
        "data.dates names 'tiem', and there is no such column; did you mean",
        60,
    ),
    "times in the future": (table(), {"options": Options(today="2024-01-20")}, "dates after 2024-01-20", 60),
    "a few missing times": (with_cells(3, ["", ""]), {}, "2 of 60 cells that are without a time", 58),
    "a program among the users": (
        table([(f"u{n}" if n >= 40 else "bot", f"i{n}", n % 5 + 1, "2024-01-01") for n in range(400)]),
        {},
        "programs, or a code for guests?",
        400,
    ),
    "users and items exchanged": (
        table([(r[1], r[0], *r[2:]) for r in GOOD]),
        {"items": "item,title\n" + "".join(f"i{n},Title {n}\n" for n in range(11)) + "u0,Odd\n"},
        "write data.user: item and data.item: user",
        60,
    ),
    "columns of the other's name": (
        table(GOOD, "product_id,customer_id,stars,date"),
        {"user": "product_id", "item": "customer_id"},
        "its name is one of items",
        60,
    ),
    "a filter that removes most": (
        table([*GOOD, *((f"x{n}", f"y{n}", 3, "2024-01-01") for n in range(200))]),
        {"options": Options(user_core=3)},
        "200 of 207 users, 200 of 211 items and 200 of 260 rows",
        60,
    ),
    "an item that stands twice": (
        table(),
        {"items": "item,title\n" + "".join(f"i{n % 11},T{n}\n" for n in range(12))},
        "stands again further down in 1 rows",
        60,
    ),
    "items without a row": (
        table(),
        {"items": "item,title\n" + "".join(f"i{n},T{n}\n" for n in range(9))},
        "2 of 11 items have no row in items.csv",
        60,
    ),
    "cold items": (
        table(),
        {"items": "item,title\n" + "".join(f"i{n},T{n}\n" for n in range(15))},
        "4 of 15 items have no interactions; they stay",
        60,
    ),
    "ratings and quantities": (
        table([(*r, 2) for r in GOOD], f"{HEAD},quantity"),
        {},
        "there are ratings, and `quantity` does not count",
        60,
    ),
    "quantities that are missing": (
        table([(*r[:2], r[3], n % 4 or "") for n, r in enumerate(GOOD)], "user,item,time,quantity"),
        {},
        "is missing in 15 rows, which count as 1",
        60,
    ),
    "a kind of event that is missing": (
        table([(*r[:2], "buy" if n else "") for n, r in enumerate(GOOD)], "user,item,event"),
        {},
        "1 of 60 cells that do not say what kind of event it was",
        59,
    ),
}


@pytest.mark.parametrize("case", MENDED)
def test_what_can_be_mended_is_said_and_counted(tmp_path, case):
    text, asked, expected, rows = MENDED[case]
    asked = {"options": Options(repeats="keep"), **asked}
    if "options" in MENDED[case][1]:
        asked["options"] = MENDED[case][1]["options"]
        if asked["options"].repeats == "auto":
            asked["options"] = Options(**{**vars(asked["options"]), "repeats": "keep"})
    found = read(tmp_path, text, **asked)
    said = [*found.notes, *map(str, found.problems.first())]
    assert any(expected in line for line in said), said
    assert all("\n" not in line for line in said)
    assert len(found.data) == rows


def test_many_errors_are_told_together(tmp_path):
    rows = [(*r[:2], "good" if n % 3 else "bad", f"soon {n}") for n, r in enumerate(GOOD)]
    found = read(tmp_path, table(rows), rating="rating", time="time")
    assert {problem.column for problem in found.problems.errors} == {"rating", "time"}
    with pytest.raises(CaseError, match="1 more error"):
        _ = found.data


def test_hostile_ids_and_titles_are_data(tmp_path):
    nasty = ["=cmd|'/c calc'!A1", "<script>alert(1)</script>", "Robert'); DROP TABLE", "日本語", "a" * 500, "{{7*7}}"]
    frame = pd.DataFrame({"user": nasty * 2, "item": nasty[::-1] * 2, "rating": np.arange(12) % 5 + 1})
    frame.to_csv(tmp_path / "shop.csv", index=False)
    items = pd.DataFrame({"item": nasty, "title": nasty[::-1]})
    items.to_csv(tmp_path / "items.csv", index=False)
    found = read_interactions(tmp_path / "shop.csv", items=tmp_path / "items.csv")
    assert set(found.data.user_ids) == set(nasty)
    assert found.data.items["title"].to_dict() == dict(zip(nasty, nasty[::-1], strict=True))
    assert all(line.isprintable() for line in (*found.notes, *map(str, found.problems)))


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CaseError, match="there is no such file"):
        read_interactions(tmp_path / "none.csv")
    with pytest.raises(CaseError, match="there is no such file"):
        read(tmp_path, table(), items=tmp_path / "none.csv")


def test_lists_are_no_ids():
    with pytest.raises(CaseError, match="lists"):
        read_interactions(pd.DataFrame({"user": [[1], [2]], "item": ["a", "b"]}))


def test_a_header_that_is_asked_for_is_not_dropped(tmp_path):
    file = tmp_path / "u.data"
    file.write_text("".join(f"{n % 7 + 1}\t{n % 11 + 1}\t{n % 5 + 1}\t{881250949 + n}\n" for n in range(60)))
    with pytest.raises(CaseError, match="no column could be told"):
        _ = read_interactions(file, read=ReadOptions(header=1)).data
