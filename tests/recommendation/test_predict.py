"""Lists by a run's saved model through the command line: for customers, for newcomers, for new interactions, for all."""

from __future__ import annotations

import pandas as pd
import pytest

from casestudies import cli
from casestudies.errors import ExitCode
from casestudies.recommendation.demo import demo
from casestudies.recommendation.listing import LIST

HEAD = "customer,product,stars,rated_at\n"


@pytest.fixture(scope="module")
def known():
    """(customers, products) that the run knows."""
    rows = demo(2000, 0).frame
    rows = rows[(rows["customer"] != "") & (rows["stars"] != "0")]
    return rows["customer"].unique().tolist(), rows["product"].value_counts().index.tolist()


@pytest.fixture
def ask(shop_run, tmp_path, capfd):
    """Ask for lists with a file of this text: (exit code, the lists as text cells, what was said)."""

    def asked(text, *words, name="new.csv"):
        file, out = tmp_path / name, tmp_path / "lists.csv"
        if isinstance(text, pd.DataFrame):
            text.to_parquet(file, index=False)
        else:
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        runs = str(shop_run.path.parents[1])
        words = [word.replace("HERE", str(tmp_path)) for word in words]
        code = cli.main(["predict", shop_run.id, "--data", str(file), "--out", str(out), "--runs", runs, *words])
        lists = pd.read_csv(out, dtype=str, keep_default_na=False) if out.exists() else None
        return code, lists, capfd.readouterr().err.strip()

    return asked


def test_lists_of_a_file_are_those_of_the_run(ask, shop_run, known):
    stored = pd.read_csv(shop_run.path / LIST, dtype=str, keep_default_na=False)
    code, everybody, _ = ask("customer\n")
    assert code == ExitCode.DONE
    pd.testing.assert_frame_equal(everybody, stored)
    customers = known[0][5:1:-1]
    _, some, said = ask("customer\n" + "\n".join(customers))
    assert some["user"].unique().tolist() == customers
    for customer in customers:
        one, other = (table[table["user"] == customer].reset_index(drop=True) for table in (some, stored))
        pd.testing.assert_frame_equal(one, other)
    assert "4 customers" in said


def test_the_same_from_python_and_in_parquet(ask, shop_run, known, tmp_path):
    frame = pd.DataFrame({"customer": known[0][:3]})
    rows = shop_run.predict(frame).rows
    _, lists, _ = ask(frame, name="new.parquet")
    assert lists["item"].tolist() == rows["item"].tolist()
    (tmp_path / "three.csv").write_text(frame.to_csv(index=False))
    assert shop_run.predict_file(tmp_path / "three.csv", tmp_path / "lists.parquet")[0] == len(rows)
    assert pd.read_parquet(tmp_path / "lists.parquet")["because"].tolist() == rows["because"].tolist()


def test_a_wide_row_for_each_customer(ask, known):
    _, tall, _ = ask("customer\n" + "\n".join(known[0][:3]), "--set", "ranking.k=3")
    _, wide, _ = ask("customer\n" + "\n".join(known[0][:3]), "--set", "ranking.k=3", "--set", "ranking.form=wide")
    assert wide["user"].tolist() == known[0][:3]
    assert [name for name in wide if name.startswith("item")] == ["item_1", "item_2", "item_3"]
    assert wide[["item_1", "item_2", "item_3"]].to_numpy().ravel().tolist() == tall["item"].tolist()


def test_a_newcomer_gets_what_is_popular_and_the_share_is_said(ask, known):
    code, lists, said = ask(f"customer\n{known[0][0]}\nnobody\n")
    assert code == ExitCode.DONE
    assert lists.loc[lists["user"] == "nobody", "from"].eq("popularity").all()
    assert lists.loc[lists["user"] == "nobody", "popularity_rank"].astype(int).is_monotonic_increasing
    assert "50.0 % of the places are filled by popularity" in said
    assert "1 of them not known to the run" in said


def test_new_interactions_change_the_lists_of_those_who_have_them(ask, known):
    customers, products = known
    rows = "".join(f"new,{product},5,2025-01-0{n + 1}\n" for n, product in enumerate(products[:4]))
    code, lists, said = ask(f"{HEAD}{customers[0]},{products[9]},5,2025-01-01\n{rows}")
    assert code == ExitCode.DONE
    assert lists["user"].unique().tolist() == [customers[0], "new"]
    assert lists["from"].eq("fold-in").all()
    assert not set(lists.loc[lists["user"] == "new", "item"]) & set(products[:4])
    assert products[9] not in set(lists.loc[lists["user"] == customers[0], "item"])
    assert "5 new rows" in said


def test_what_holds_today_decides_what_is_shown(ask, known, tmp_path):
    (tmp_path / "today.csv").write_text(
        "product,in_stock\n" + "".join(f"{one},no\n" for one in known[1][:30]) + f"{known[1][30]},yes\n"
    )
    code, lists, said = ask(f"customer\n{known[0][0]}\n", "--files", "items=HERE/today.csv")
    assert code == ExitCode.DONE, said
    assert set(lists["item"]) <= {known[1][30]}


CONFIG, DATA, USAGE = ExitCode.CONFIG, ExitCode.DATA, ExitCode.USAGE
# name: (the file, further words, exit code, words that the line must hold)
STOPS = {
    "an empty file": ("", (), DATA, ("new.csv", "empty")),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), (), DATA, ("new.csv", "image")),
    "a header of something else": ("amount\n", (), DATA, ("no rows",)),
    "no customer": ("customer\n \nNA\n", (), DATA, ("'customer'", "names no customer")),
    "items alone": ("product\nP0001\n", (), DATA, ("'product'", "no customer", "'customer'")),
    "items of another shop": (f"{HEAD}C1,XX,5,2025-01-01\n", (), DATA, ("new.csv", "none of its items")),
    "no ratings for a model of ratings or choices": (f"{HEAD}C1,P0001,good,2025-01-01\n", (), DATA, ("`stars`", "'good'")),
    "times that are none": (f"{HEAD}C1,P0001,5,soon\n", (), DATA, ("`rated_at`", "'soon'")),
    "a NUL": ("customer\nC1\0\n", (), DATA, ("line 2", "NUL")),
    "lists of none": ("customer\nC1\n", ("--set", "ranking.k=0"), CONFIG, ("ranking.k", "1")),
    "lists of ten in words": ("customer\nC1\n", ("--set", "ranking.k=ten"), CONFIG, ("ranking.k", "'ten'")),
    "a misspelt setting": ("customer\nC1\n", ("--set", "ranking.kk=3"), CONFIG, ("ranking.kk", "'k'")),
    "a number for a group": ("customer\nC1\n", ("--set", "ranking=3"), CONFIG, ("ranking", "keys and values")),
    "a setting of the fit": ("customer\nC1\n", ("--set", "model.factors=3"), USAGE, ("--set model", "ranking")),
    "a margin that was not learnt": ("customer\nC1\n", ("--set", "ranking.margin=price"), USAGE, ("ranking.margin", "the run itself")),
    "takes that were not learnt": ("customer\nC1\n", ("--set", "ranking.keep_takes=0.9"), CONFIG, ("ranking.keep_takes",)),
    "a filter that none passes": ("customer\nC1\n", ("--set", "ranking.where=price < 0"), CONFIG, ("none of 60 items",)),
    "a table of no use": ("customer\nC1\n", ("--files", "experiment=HERE/new.csv"), USAGE, ("'experiment'", "'items'")),
    "a table that is not there": ("customer\nC1\n", ("--files", "items=HERE/none.csv"), DATA, ("--files items", "none.csv")),
    "a table of other things": ("customer\nC1\n", ("--files", "items=HERE/new.csv"), DATA, ("new.csv", "reading.items.id")),
    "a state": ("customer\nC1\n", ("--state", "HERE/state"), USAGE, ("--state", "remembers nothing")),
    "a cluster": ("customer\nC1\n", ("--engine", "dask", "--scheduler", "tcp://127.0.0.1:1"), CONFIG, ("--engine", "one machine")),
}  # fmt: skip


@pytest.mark.parametrize("name", STOPS)
def test_what_cannot_be_asked_gets_one_line_and_no_file(name, ask):
    text, words, wanted, told = STOPS[name]
    code, lists, line = ask(text, *words)
    assert code == wanted, line
    assert "\n" not in line
    assert lists is None
    for word in told:
        assert word in line, line


def test_single_rows_are_not_for_lists(shop_run, capsys):
    runs = str(shop_run.path.parents[1])
    assert cli.main(["predict", shop_run.id, "--data", "-", "--runs", runs]) == ExitCode.USAGE
    assert "single rows" in capsys.readouterr().err
