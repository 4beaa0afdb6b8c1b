"""Interactions from files of every kind: what each column is, what rows count, and that nothing else changes them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import DataError
from casestudies.tabular.interactions import Options, SideTable, read_interactions
from casestudies.tabular.read import ReadOptions

ORDERS = pd.DataFrame(
    {
        "CustomerID": ["17850.0", "17850.0", "", "13047.0", "13047.0", "12583.0", "12583.0"],
        "StockCode": ["85123A", "71053", "22633", "84879", "84879", "22728", "085123"],
        "Quantity": ["6", "8", "2", "32", "-32", "24", "3"],
        "InvoiceDate": [f"2010-12-0{n} 08:26" for n in range(1, 8)],
    }
)


def known(data):
    """{(user, item): (rating or weight, time)} of rows that are all of different pairs."""
    times = [None] * len(data) if data.time is None else data.time.tolist()
    names = zip(data.user_ids[data.user], data.item_ids[data.item], strict=True)
    out = dict(zip(names, zip(data.value.tolist(), times, strict=True), strict=True))
    assert len(out) == len(data)
    return out


def test_order_lines_keep_their_codes_lose_their_guests_and_cancel_returns(tmp_path):
    file = tmp_path / "online_retail.csv"
    ORDERS.to_csv(file, index=False)
    found = read_interactions(file, options=Options(logarithm=False))
    assert {role: told.column for role, told in found.columns.items()} == {
        "user": "CustomerID",
        "item": "StockCode",
        "time": "InvoiceDate",
        "quantity": "Quantity",
    }
    rows = known(found.data)
    assert {pair: value for pair, (value, _) in rows.items()} == {
        ("17850", "85123A"): 6,
        ("17850", "71053"): 8,
        ("12583", "22728"): 24,
        ("12583", "085123"): 3,
    }
    assert rows["17850", "85123A"][1] == pd.Timestamp("2010-12-01 08:26").timestamp()
    assert not found.data.explicit
    assert found.data.scale is None


def test_quantities_count_by_their_logarithm_unless_asked(tmp_path):
    ORDERS.to_csv(tmp_path / "orders.csv", index=False)
    data = read_interactions(tmp_path / "orders.csv").data
    assert known(data)["12583", "085123"][0] == pytest.approx(2)
    assert known(data)["17850", "85123A"][0] == pytest.approx(np.log2(7))


def test_events_weigh_what_their_names_mean_or_what_is_stated(tmp_path):
    file = tmp_path / "events.csv"
    file.write_text("visitorid,itemid,event\n1,10,view\n1,11,addtocart\n2,10,transaction\n2,12,newsletter\n")
    usual = {pair: value for pair, (value, _) in known(read_interactions(file).data).items()}
    assert usual == {("1", "10"): 1, ("1", "11"): 3, ("2", "10"): 5, ("2", "12"): 1}
    stated = read_interactions(file, options=Options(event_weights={"VIEW": 2, "transaction": 7}))
    assert {pair: value for pair, (value, _) in known(stated.data).items()} == {("1", "10"): 2, ("2", "10"): 7}


MOVIELENS = [(n % 9 + 1, n * 7 % 13 + 1, n % 5 + 1, 881250949 + 977 * n) for n in range(100)]


@pytest.mark.parametrize("separator", ["\t", "::", ";", ",", "|", " "])
def test_files_without_a_header_are_read_whatever_separates_them(tmp_path, separator):
    file = tmp_path / "ratings.dat"
    file.write_text("".join(separator.join(map(str, row)) + "\n" for row in MOVIELENS))
    found = read_interactions(file, options=Options(repeats="keep"))
    data = found.data
    assert [data.user_ids[user] for user in data.user] == [str(row[0]) for row in MOVIELENS]
    assert [data.item_ids[item] for item in data.item] == [str(row[1]) for row in MOVIELENS]
    assert data.rating.tolist() == [row[2] for row in MOVIELENS]
    assert data.time.tolist() == [row[3] for row in MOVIELENS]
    assert all(told.guessed and told.reason for told in found.columns.values())


def test_days_written_as_one_number_are_times_and_no_items(tmp_path):
    file = tmp_path / "bought.txt"
    file.write_text("".join(f"{n % 9:05d} 2024{n % 12 + 1:02d}{n % 28 + 1:02d} {n * 7 % 13 + 1}\n" for n in range(100)))
    found = read_interactions(file)
    assert [found.columns[role].column for role in ("user", "item", "time")] == ["column 1", "column 3", "column 2"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "user_id,session_id,product_id,sku,event_time,event_type",
            ("user_id", "product_id", "event_time", "event_type"),
        ),
        (
            "event_time,event_type,product_id,category_code,brand,price,user_id,user_session",
            ("user_id", "product_id", "event_time", "event_type"),
        ),
        ("reviewerID,asin,overall,unixReviewTime", ("reviewerID", "asin", "unixReviewTime", "overall")),
        (
            "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
            ("Customer ID", "StockCode", "InvoiceDate", "Quantity"),
        ),
        ("userID,artistID,weight", ("userID", "artistID", "weight")),
        ("userId,movieId,rating,timestamp", ("userId", "movieId", "timestamp", "rating")),
        ("User-ID;ISBN;Book-Rating", ("User-ID", "ISBN", "Book-Rating")),
        ("Kundennummer;Artikelnummer;Menge;Datum", ("Kundennummer", "Artikelnummer", "Menge", "Datum")),
    ],
)
def test_columns_of_well_known_files_are_found_by_their_names(tmp_path, header, expected):
    kinds = {
        "time": lambda n: 1_400_000_000 + 4000 * n,
        "rating": lambda n: n % 5 + 1,
        "event": lambda n: ("view", "buy")[n % 2],
    }
    separator = ";" if ";" in header else ","
    names = header.split(separator)

    def cell(name, n):
        plain = name.lower()
        if "time" in plain or "date" in plain or "datum" in plain:
            return kinds["time"](n)
        if any(sign in plain for sign in ("rating", "overall", "quantity", "menge", "weight", "price")):
            return kinds["rating"](n)
        return kinds["event"](n) if "type" in plain else f"{name[:2]}{n % 9}"

    rows = [separator.join(str(cell(name, n)) for name in names) for n in range(60)]
    (tmp_path / "known.csv").write_text("\n".join([header, *rows]) + "\n")
    found = read_interactions(tmp_path / "known.csv")
    assert {told.column for told in found.columns.values()} == set(expected)
    assert (found.columns["user"].column, found.columns["item"].column) == expected[:2]


def test_a_guess_can_be_overruled(tmp_path):
    file = tmp_path / "ratings.csv"
    file.write_text(
        "user,buyer,item,score,stars\n" + "".join(f"a{n % 3},b{n % 4},i{n},{n % 3},{n % 5}\n" for n in range(40))
    )
    assert set(read_interactions(file).data.user_ids) == {"a0", "a1", "a2"}
    found = read_interactions(file, user="buyer", rating="stars", options=Options(scale=(0, 4)))
    assert set(found.data.user_ids) == {"b0", "b1", "b2", "b3"}
    assert not found.columns["user"].guessed
    assert found.columns["user"].reason == "data.user"
    dropped = read_interactions(file, options=Options(drop=("user", "score")))
    assert dropped.columns["user"].column == "buyer"
    assert dropped.columns["rating"].column == "stars"


def test_ids_are_in_order_of_size_where_all_are_numbers_and_keep_their_zeros(tmp_path):
    file = tmp_path / "shop.csv"
    file.write_text("user,item\n10,b\n9,a\n007,B\n10,a\n")
    data = read_interactions(file).data
    assert data.user_ids.tolist() == ["007", "9", "10"]
    assert data.item_ids.tolist() == ["B", "a", "b"]
    assert data.codes_of(["10", "7"]).tolist() == [2, -1]


def test_values_of_a_table_in_memory_stay_as_they_are():
    frame = pd.DataFrame({"user": [3, 1, 1], "item": [("a", 1), ("b", 2), ("a", 1)], "rating": [5.0, 4.0, 1.0]})
    data = read_interactions(frame).data
    assert data.user_ids.tolist() == [1, 3]
    assert set(data.item_ids) == {("a", 1), ("b", 2)}
    with_gaps = frame.assign(user=[3, 1, None], item=[" x", "x", "x"])
    data = read_interactions(with_gaps).data
    assert data.user_ids.tolist() == [1, 3]
    assert data.item_ids.tolist() == [" x", "x"]


@pytest.mark.parametrize("kind", ["category", "str", "object", "string"])
def test_the_type_of_text_in_memory_makes_no_difference(kind):
    frame = pd.DataFrame({"user": ["b", "a", "b"], "item": ["x", "x", "y"], "rating": [1, 2, 3]})
    data = read_interactions(frame.astype({"user": kind, "item": kind})).data
    assert data.user_ids.tolist() == ["a", "b"]
    assert known(data) == known(read_interactions(frame).data)


@pytest.mark.parametrize("kind", ["int32", "Int64", "float", "category"])
def test_the_type_of_numbers_in_memory_makes_no_difference(kind):
    frame = pd.DataFrame({"user": [10, 9, 10], "item": ["x", "x", "y"]})
    assert read_interactions(frame.astype({"user": kind})).data.user_ids.tolist() == [9, 10]


def test_parquet_and_excel_give_what_csv_gives(tmp_path):
    frame = pd.DataFrame(MOVIELENS, columns=["user", "item", "rating", "timestamp"])
    frame.to_csv(tmp_path / "r.csv", index=False)
    frame.to_parquet(tmp_path / "r.parquet")
    frame.to_excel(tmp_path / "r.xlsx", index=False)
    first, *others = (known(read_interactions(tmp_path / f"r.{end}").data) for end in ("csv", "parquet", "xlsx"))
    assert all(other == first for other in others)


def test_the_order_of_the_rows_does_not_matter_where_times_differ():
    frame = pd.DataFrame(MOVIELENS, columns=["user", "item", "rating", "time"])
    mixed = frame.sample(frac=1, random_state=3)
    assert known(read_interactions(frame).data) == known(read_interactions(mixed).data)


@pytest.mark.parametrize(
    ("ratings", "scale"),
    [
        ([1, 3, 5], (1, 5)),
        ([2, 4, 5, 3], (1, 5)),
        ([7, 8, 10, 9], (1, 10)),
        ([0.5, 3.5, 4], (0.5, 4)),
        ([0, 1, 1, 0], (0, 1)),
        ([-1, 1, 1], (-1, 1)),
        ([-2, 0, 1, 2], (-2, 2)),
        ([0, 2.5, 5], (0, 5)),
    ],
)
def test_the_scale_is_found(ratings, scale):
    frame = pd.DataFrame(
        {
            "user": range(len(ratings)),
            "item": ["a", "b"] * 2 if len(ratings) == 4 else ["a", "b", "a"],
            "rating": ratings,
        }
    )
    data = read_interactions(frame).data
    assert data.scale == scale
    assert len(data) == len(ratings)


def test_zero_is_a_rating_where_it_is_said_to_be():
    frame = pd.DataFrame({"user": range(4), "item": [1, 2, 1, 2], "rating": [0, 1, 3, 5]})
    assert len(read_interactions(frame).data) == 3
    kept = read_interactions(frame, options=Options(zero_is_missing=False)).data
    assert kept.rating.tolist() == [0, 1, 3, 5]
    assert kept.scale == (0, 5)


def test_liked_ratings_are_acts():
    frame = pd.DataFrame({"user": range(4), "item": [1, 2, 1, 2], "rating": [2, 4, 3, 5]})
    data = read_interactions(frame, options=Options(feedback="implicit", liked=4)).data
    assert data.user_ids.tolist() == [1, 3]
    assert data.rating is None
    assert data.value.tolist() == [1, 1]


def test_rows_and_columns_can_be_chosen_by_formula(tmp_path):
    file = tmp_path / "shop.csv"
    file.write_text(
        "user,item,verdict\n" + "".join(f"u{n % 3},i{n % 4},{'good' if n % 2 else 'bad'}\n" for n in range(12))
    )
    options = Options(where="user != 'u0'", derive={"stars": "where(verdict == 'good', 5, 1)"})
    data = read_interactions(file, rating="stars", options=options).data
    assert data.user_ids.tolist() == ["u1", "u2"]
    assert set(data.rating.tolist()) == {1, 5}


def test_places_are_those_of_the_file_after_rows_were_left_out(tmp_path):
    file = tmp_path / "shop.csv"
    file.write_text(
        "user,item,rating\n" + "".join(f"u{n % 3},i{n % 4},{n % 5 + 1 if n != 9 else ''}\n" for n in range(12))
    )
    found = read_interactions(file, options=Options(where="user != 'u1'", repeats="keep"))
    lost = next(problem for problem in found.problems if problem.severity == "warning")
    assert (lost.row, lost.line, lost.count) == (10, 11, 1)
    assert len(found.data) == 7


names = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="\"'"), min_size=1, max_size=8
)
rows = st.lists(
    st.tuples(names, names, st.integers(1, 5), st.integers(631_152_000, 1_893_456_000)),
    min_size=5,
    max_size=30,
    unique_by=lambda row: row[:2],
).filter(lambda rows: len({row[2] for row in rows}) > 1 and len({row[3] for row in rows}) > 1)


@given(
    rows=rows,
    separator=st.sampled_from([",", ";", "\t", "|", "::"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
    order=st.permutations(["user", "item", "rating", "time"]),
    unit=st.sampled_from(["s", "ms", "iso"]),
)
def test_whatever_is_written_in_any_dialect_is_read_again(
    tmp_path_factory, rows, separator, encoding, end, order, unit
):
    written = {
        "s": str,
        "ms": lambda second: str(second * 1000),
        "iso": lambda second: pd.Timestamp(second, unit="s").isoformat(),
    }[unit]
    marks = {"na", "n/a", "nan", "null", "none", "nil", "missing", "unknown", "-", "--", ".", "?", "(null)", "#n/a"}
    rows = [row for row in rows if row[0].lower() not in marks and row[1].lower() not in marks]
    lines = [separator.join(order)]
    for user, item, rating, time in rows:
        cells = {"user": f'"{user}"', "item": f'"{item}"', "rating": str(rating), "time": written(time)}
        lines.append(separator.join(cells[name] for name in order))
    file = tmp_path_factory.mktemp("dialect") / "table.csv"
    file.write_bytes((end.join(lines) + end).encode(encoding))
    read = ReadOptions(separator=separator)
    kinds = {row[2] for row in rows}, {row[3] for row in rows}
    if min(map(len, kinds)) < 2:
        return  # all ratings or times are one, and do not count
    found = read_interactions(file, user="user", item="item", rating="rating", time="time", read=read)
    plain = {name: str(int(float(name))) for column in (0, 1) for name in _numbers({row[column] for row in rows})}
    expected = {
        (plain.get(user, user), plain.get(item, item)): (float(rating), time) for user, item, rating, time in rows
    }
    assert known(found.data) == expected


def _numbers(ids):
    """Ids that lose a fraction of zeros: those of a column in which all are whole numbers, some with one."""
    import re

    return (
        {name for name in ids if re.fullmatch(r"[0-9]+\.0+", name)}
        if all(re.fullmatch(r"[0-9]+(\.0+)?", name) for name in ids)
        else set()
    )


def test_sides_follow_the_numbers_of_the_interactions(tmp_path):
    shop = pd.DataFrame({"user": ["b", "a", "b"], "sku": ["3", "1", "1"], "stars": [5, 3, 4]})
    items = pd.DataFrame(
        {
            "sku": ["1", "2", "3", "10"],
            "name": ["One", "Two", "Three", "Ten"],
            "department": ["x", "y", "x", "x"],
            "unit price": ["1.50", "2", "", "4"],
            "colour": ["red", "red", "blue", "red"],
            "inventory": [1, 0, 4, 2],
            "marge": ["0.1", "0.2", "0.3", "0.4"],
        }
    )
    users = pd.DataFrame({"id": ["a", "b", "c"], "region": ["north", "south", "south"]})
    items.to_csv(tmp_path / "items.csv", index=False)
    users.to_csv(tmp_path / "users.csv", index=False, sep=";")
    shop.to_csv(tmp_path / "shop.csv", index=False)
    found = read_interactions(tmp_path / "shop.csv", items=tmp_path / "items.csv", users=tmp_path / "users.csv")
    data = found.data
    assert data.item_ids.tolist() == ["1", "2", "3", "10"]
    assert data.items.index.equals(data.item_ids)
    assert data.users.index.equals(data.user_ids)
    assert data.items["title"].tolist() == ["One", "Two", "Three", "Ten"]
    assert data.items["price"].tolist() == pytest.approx([1.5, 2, np.nan, 4], nan_ok=True)
    assert data.items["stock"].tolist() == [1, 0, 4, 2]
    assert found.items.features == ("category", "price", "colour")  # margin and stock are no taste
    assert found.users.features == ("region",)
    assert [data.item_ids[item] for item in data.item] == ["3", "1", "1"]
    assert data.by_item.counts.tolist() == [2, 0, 1, 0]


def test_of_two_rows_of_an_item_the_last_counts():
    shop = pd.DataFrame({"user": [1, 2, 2], "item": ["a", "a", "b"]})
    items = pd.DataFrame({"item": ["a", "b", "a"], "title": ["Old", "B", "New"]})
    assert read_interactions(shop, items=items).data.items["title"].tolist() == ["New", "B"]


def test_of_two_columns_of_times_without_names_the_first_is_taken(tmp_path):
    file = tmp_path / "loans.csv"
    file.write_text(
        "".join(f"u{n % 5},b{n % 7},{n % 5 + 1},2024-01-{n % 28 + 1:02d},2025-02-{n % 28 + 1:02d}\n" for n in range(40))
    )
    assert read_interactions(file).columns["time"].column == "column 4"


def test_items_of_a_table_in_memory_may_have_their_ids_as_index():
    shop = pd.DataFrame({"user": [1, 2, 2], "item": [7, 7, 8]})
    items = pd.DataFrame({"title": ["Seven", "Eight"]}, index=pd.Index([7, 8], name="item"))
    data = read_interactions(shop, items=items).data
    assert data.items["title"].to_dict() == {7: "Seven", 8: "Eight"}


def test_numbers_in_memory_meet_texts_of_a_file(tmp_path):
    (tmp_path / "shop.csv").write_text("user,item\n1,7\n2,7\n2,8\n")
    items = pd.DataFrame({"item": [7, 8], "title": ["Seven", "Eight"]})
    data = read_interactions(tmp_path / "shop.csv", items=items).data
    assert data.items["title"].to_dict() == {"7": "Seven", "8": "Eight"}


def test_the_columns_of_the_item_table_can_be_stated(tmp_path):
    (tmp_path / "shop.csv").write_text("user,item\n1,7\n2,7\n2,8\n")
    (tmp_path / "items.csv").write_text("code;a;b\n7;Seven;x\n8;Eight;y\n")
    side = SideTable(id="code", columns={"title": "b", "category": "a"})
    data = read_interactions(tmp_path / "shop.csv", items=tmp_path / "items.csv", options=Options(items=side)).data
    assert data.items["title"].tolist() == ["x", "y"]
    assert data.items["category"].tolist() == ["Seven", "Eight"]


def test_titles_beside_the_rows_are_the_last_of_each_item_and_reviews_are_no_titles(tmp_path):
    rows = [
        (f"u{n % 5}", f"{n % 4}.0", f"Thing {n % 4}" if n != 19 else "Thing, renamed", f"review {n}") for n in range(20)
    ]
    frame = pd.DataFrame(rows, columns=["customer", "product", "description", "category"])
    frame.to_csv(tmp_path / "shop.csv", index=False)
    found = read_interactions(tmp_path / "shop.csv")
    assert found.data.items.columns.tolist() == ["title"]
    assert found.data.items["title"].to_dict() == {
        "0": "Thing 0",
        "1": "Thing 1",
        "2": "Thing 2",
        "3": "Thing, renamed",
    }
    assert any("what the rows say last in `description`" in note for note in found.notes)
    assert read_interactions(tmp_path / "shop.csv", options=Options(drop=("description",))).data.items.shape == (4, 0)


def test_ids_that_a_filter_removes_are_gone_and_cold_ones_stay(tmp_path):
    shop = pd.DataFrame([(user, item) for user in "abc" for item in "xyz"] + [("d", "w")], columns=["user", "item"])
    items = pd.DataFrame({"item": list("wxyzc"), "title": list("WXYZC")})
    data = read_interactions(shop, items=items, options=Options(user_core=2, item_core=2)).data
    assert data.user_ids.tolist() == ["a", "b", "c"]
    assert data.item_ids.tolist() == ["c", "x", "y", "z"]
    assert data.items["title"].tolist() == ["C", "X", "Y", "Z"]


def test_movielens_100k_needs_no_word(real_data):
    folder = real_data / "ml-100k"
    found = read_interactions(folder / "u.data", items=folder / "u.item", users=folder / "u.user")
    data = found.data
    raw = np.loadtxt(folder / "u.data", dtype=np.int64)
    assert data.shape == (943, 1682)
    assert data.user_ids[:3].tolist() == ["1", "2", "3"]
    assert (data.user == raw[:, 0] - 1).all()
    assert (data.item == raw[:, 1] - 1).all()
    assert (data.rating == raw[:, 2]).all()
    assert (data.time == raw[:, 3]).all()
    assert data.scale == (1, 5)
    assert data.items["title"].iloc[542] == "Misérables, Les (1995)"
    assert len(found.items.features) == 19  # one for each genre; the addresses all differ and are none


def test_movielens_1m_is_parted_by_two_colons(real_data):
    folder = real_data / "ml-1m-users1-2999"
    found = read_interactions(folder / "ratings.dat.gz", items=folder / "movies.dat")
    assert len(found.data) == 487_650
    assert found.data.shape == (2999, 3883)
    assert np.bincount(found.data.rating.astype(int)).tolist() == [0, 27_472, 53_838, 127_216, 170_579, 108_545]
    assert found.data.items["title"].iloc[0] == "Toy Story (1995)"


def test_where_something_must_be_mended_there_is_no_data(tmp_path):
    (tmp_path / "shop.csv").write_text("a,b\n1.5,2.5\n3.5,4.5\n")
    found = read_interactions(tmp_path / "shop.csv")
    assert found.interactions is None
    with pytest.raises(DataError, match="data.user: <your column> and data.item: <your column>"):
        _ = found.data
