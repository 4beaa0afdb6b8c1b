"""Hostile texts through every place that a file can put them, and saved models that somebody has changed."""

from __future__ import annotations

import io
import json
import pickle
import re
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest

import casestudies
from casestudies import cli
from casestudies.errors import CaseError, ExitCode, RunError
from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.recommendation.listing import LIST

HOSTILE = [
    "=cmd|'/c calc'!A1", "+1+1", "-2", "@SUM(A1)", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{7*7}}",
    "${7*7} #{7*7}", '#let x = "y"', "$x^2$ \\frac{1}{2}", "*b* _i_ `c` [a](javascript:alert(1))", "\u202eright to left",
    "a\x1b[31mred", "日本語 é 🧨", "'; DROP TABLE x", "../../etc/passwd", "a" * 20_000, "http://evil.example/x", "a\u2028b\u200bc",
    "#image(\"/etc/passwd\")",
]  # fmt: skip
FORMULA = tuple("=+-@\t\r")


def hostile_shop():
    random = np.random.default_rng(0)
    users, each, items = 40, 8, len(HOSTILE)
    table = pd.DataFrame(
        {
            "customer": np.repeat([f"{HOSTILE[n % items]}{n}" for n in range(users)], each),
            "product": np.concatenate([[HOSTILE[n] for n in random.permutation(items)[:each]] for _ in range(users)]),
            "stars": random.integers(1, 6, users * each),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 10**7, users * each), "s"),
        }
    )
    known = {"product": HOSTILE, "title": HOSTILE[::-1], "category": [text[:200] for text in HOSTILE]}
    return table, pd.DataFrame(
        {**known, "price": random.gamma(2, 9, items), "=1+1": random.choice(["<b>", "=2"], items)}
    )


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A run of interactions in which every text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    table, items = hostile_shop()
    items.to_csv(folder / "items.csv", index=False)
    settings = {
        "data": {"user": "customer", "item": "product", "files": {"items": str(folder / "items.csv")}},
        "model": {"features": ["category", "=1+1"]},
        "ranking": {"currency": "<b>$1</b>", "kind": "category"},
        "frame": {"goal": "<script>alert(1)</script> {{7*7}} #let x"},
        "interval": {"rounds": 100},
    }
    return casestudies.run("recommendation", table, settings, runs=folder / "runs")


def test_hostile_texts_are_data_in_the_report(attacked):
    html = (attacked.path / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert not re.search(r'href="(http://evil|javascript:)', html)
    assert (attacked.path / "report.pdf").stat().st_size > 20_000


def test_no_cell_of_a_list_can_run_in_a_spreadsheet(attacked, tmp_path):
    who = tmp_path / "who.csv"
    pd.DataFrame({"customer": ["=1+1", "@x", "plain"]}).to_csv(who, index=False)
    attacked.predict_file(who, tmp_path / "lists.csv")
    attacked.predict_file(who, tmp_path / "wide.csv", overrides=["ranking.form=wide"])
    numbers = re.compile(r"[+-]?[\d.]+(e[+-]?\d+)?")
    for file in (attacked.path / LIST, tmp_path / "lists.csv", tmp_path / "wide.csv"):
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        assert len(table)
        for cell in (*table.columns, *table.to_numpy().ravel()):
            assert not cell.startswith(FORMULA) or numbers.fullmatch(cell), cell


def test_hostile_ids_can_be_asked_for_and_are_shown_as_they_are_in_python(attacked):
    table, _ = hostile_shop()
    names = table["customer"].unique()[:5].tolist()
    rows = attacked.predict(pd.DataFrame({"customer": names})).rows
    assert rows["user"].unique().tolist() == names
    assert set(rows["item"]) <= set(HOSTILE)


def test_nothing_hostile_reaches_the_terminal(attacked, capsys):
    for words in (["runs", "show", attacked.id], ["runs", "list"]):
        assert cli.main([*words, "--runs", str(attacked.path.parents[1])]) == 0
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert "\u202e" not in out


class Loud:
    """What a hostile pickle would do."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


def npz(**arrays) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def changed(content: bytes, name: str, array: np.ndarray) -> bytes:
    """The same archive with another array under that name."""
    out, member = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array(member, array, allow_pickle=False)
    with zipfile.ZipFile(io.BytesIO(content)) as stored, zipfile.ZipFile(out, "w") as archive:
        for one in stored.namelist():
            archive.writestr(one, member.getvalue() if one == f"{name}.npy" else stored.read(one))
    return out.getvalue()


def with_pickle(content: bytes) -> bytes:
    """The same archive with an array of objects among its members."""
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        member = io.BytesIO()
        np.lib.format.write_array(member, np.array([Loud()], dtype=object), allow_pickle=True)
        archive.writestr("users.npy", member.getvalue())
    return out.getvalue()


def told(content: bytes, **over) -> bytes:
    return json.dumps(json.loads(content) | over).encode()


DAMAGE = {
    "no vectors": ("factors.npz", lambda _: None),
    "no bytes": ("factors.npz", lambda _: b""),
    "half of the vectors": ("factors.npz", lambda content: content[: len(content) // 2]),
    "a picture": ("factors.npz", lambda _: b"\x89PNG\r\n\x1a\n" + bytes(99)),
    "a pickle": ("factors.npz", lambda _: pickle.dumps(Loud())),
    "a pickle in the archive": ("factors.npz", with_pickle),
    "an archive of something else": ("factors.npz", lambda _: npz(a=np.ones(3))),
    "no names": ("ids.json", lambda _: None),
    "names that are no JSON": ("ids.json", lambda _: b"{"),
    "a list for names": ("ids.json", lambda _: b"[]"),
    "too few names": ("ids.json", lambda content: told(content, users={"dtype": "str", "ids": ["a"]})),
    "names of a strange kind": (
        "ids.json",
        lambda content: told(content, users={"dtype": "datetime64[ns]", "ids": []}),
    ),
    "names twice": ("ids.json", lambda content: content.replace(b'"C00002"', b'"C00001"')),
    "no settings": ("settings.json", lambda _: None),
    "settings of tomorrow": ("settings.json", lambda content: told(content, format=99)),
    "settings of nothing": ("settings.json", lambda _: b"{}"),
    "a penalty of words": ("settings.json", lambda content: told(content, penalties={"ridge": "x"})),
    "deep settings": ("settings.json", lambda _: b"[" * 100_000),
    "another half-life": ("settings.json", lambda content: told(content, half_life=-1e400)),
    "a damaged table": ("items.parquet", lambda content: content[:40]),
    "a table of others": ("items.parquet", lambda _: pd.DataFrame({"title": ["x"]}).to_parquet(None)),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_model_is_refused_in_one_line_and_nothing_in_it_is_run(name, shop_run, tmp_path):
    file, damage = DAMAGE[name]
    model = tmp_path / "model"
    shutil.copytree(shop_run.path / "model", model)
    content = damage((model / file).read_bytes())
    (model / file).unlink()
    if content is not None:
        (model / file).write_bytes(content)
    with pytest.raises(CaseError) as refused:
        MatrixFactorization.load(model)
    assert isinstance(refused.value, RunError)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


def test_numbers_that_are_none_are_refused(shop_run, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(shop_run.path / "model", model)
    with np.load(model / "factors.npz", allow_pickle=False) as stored:
        name = next(name for name in stored.files if name != "state.json" and stored[name].ndim == 2)
        bad = stored[name].copy()
    same = changed((model / "factors.npz").read_bytes(), name, bad)
    (model / "factors.npz").write_bytes(same)
    MatrixFactorization.load(model)  # the archive itself is whole
    bad[0, 0] = np.nan
    (model / "factors.npz").write_bytes(changed((model / "factors.npz").read_bytes(), name, bad))
    with pytest.raises(RunError, match="finite numbers"):
        MatrixFactorization.load(model)


@pytest.mark.parametrize("file", ["model/factors.npz", "model/ids.json", "made/pays.json", "analysis/lists.json", LIST])
@pytest.mark.parametrize("verb", ["report", "predict", "show"])
def test_a_changed_run_is_not_spoken_of_as_if_it_were_whole(file, verb, shop_run, tmp_path, capsys):
    run = tmp_path / "runs" / "recommendation" / shop_run.id
    shutil.copytree(shop_run.path, run)
    (run / file).write_bytes((run / file).read_bytes() + b" ")
    data, out, where = tmp_path / "who.csv", tmp_path / "out", ["--runs", str(tmp_path / "runs")]
    data.write_text("customer\nC00001\n")
    arguments = {
        "report": ["report", run.name, "--format", "html", "--out", str(out), *where],
        "predict": ["predict", run.name, "--data", str(data), "--out", str(tmp_path / "out.csv"), *where],
        "show": ["runs", "show", run.name, *where],
    }
    assert cli.main(arguments[verb]) == ExitCode.BUSY
    line = capsys.readouterr().err.strip()
    assert file in line
    assert "\n" not in line
    assert not out.exists()
    assert not (tmp_path / "out.csv").exists()


def test_the_model_of_one_run_does_not_serve_in_the_folder_of_another(shop_run, attacked, tmp_path, capsys):
    run = tmp_path / "runs" / "recommendation" / shop_run.id
    shutil.copytree(shop_run.path, run)
    shutil.rmtree(run / "model")
    shutil.copytree(attacked.path / "model", run / "model")
    (tmp_path / "who.csv").write_text("customer\nC00001\n")
    words = ["--data", str(tmp_path / "who.csv"), "--out", str(tmp_path / "out.csv"), "--runs", str(tmp_path / "runs")]
    assert cli.main(["predict", run.name, *words]) == ExitCode.BUSY
    assert "model/" in capsys.readouterr().err
