"""The list of public data sets: complete, consistent with the examples, and true of the files at hand."""

import gzip
import json
import shutil
from pathlib import Path

import pytest
import yaml

from casestudies import cli
from casestudies.api import check_data
from casestudies.cli.environment import Environment
from casestudies.datasets import DATA_SETS, data_set
from casestudies.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
SETS = list(DATA_SETS.values())
each = pytest.mark.parametrize("told", SETS, ids=lambda told: told.name)


@each
def test_the_example_reads_what_fetch_writes(told):
    config = yaml.safe_load((ROOT / told.example).read_text(encoding="utf-8"))
    data = config["data"]
    written = {f"{told.folder}/{file.name}" for file in told.files} | {f"{told.folder}/{name}" for name, _ in told.made}
    assert config["study"] == told.study
    assert {data["path"], *data.get("files", {}).values()} <= written
    assert f"casestudies data fetch {told.name}" in (ROOT / told.example).read_text(encoding="utf-8")


@each
def test_it_says_whose_it_is_and_on_which_terms(told):
    assert told.page.startswith("https://")
    assert all((told.licence, told.publisher, told.citation, told.rows))
    assert told.login == (told.address is None)
    assert told.address is None or told.address.startswith("https://")
    for file in (*told.files, *([told.archive] if told.archive else ())):
        for text in (file.checksum,) if isinstance(file.checksum, str) else file.checksum:
            kind, _, digits = text.partition(":")
            assert len(digits) == {"md5": 32, "sha256": 64}[kind]
            assert set(digits) <= set("0123456789abcdef")


def test_a_hyphen_does_and_a_slip_is_helped():
    assert data_set("MovieLens-100k").name == "movielens_100k"
    with pytest.raises(UsageError, match="there is no data set 'germancredit'; did you mean 'german_credit'"):
        data_set("germancredit")


# publisher's file: where a folder of public data has it, byte for byte
PUBLISHED = {
    ("german_credit", "german.data"): "german_credit/german.data",
    ("movielens_100k", "u.data"): "ml-100k/u.data",
    ("movielens_100k", "u.item"): "ml-100k/u.item",
    ("movielens_100k", "README"): "ml-100k/README",
    ("movielens_1m", "movies.dat"): "ml-1m-users1-2999/movies.dat",
    ("movielens_1m", "users.dat"): "ml-1m-users1-2999/users.dat",
    ("telco_churn", "WA_Fn-UseC_-Telco-Customer-Churn.csv"): "telco_churn/WA_Fn-UseC_-Telco-Customer-Churn.csv",
}


@pytest.mark.parametrize("key", PUBLISHED, ids="/".join)
def test_checksums_are_those_of_the_publishers_files(key, real_data, tmp_path):
    path = real_data / PUBLISHED[key]
    file = next(file for file in DATA_SETS[key[0]].files if file.name == key[1])
    assert file.fits(path)
    spoilt = tmp_path / "spoilt"
    spoilt.write_bytes(path.read_bytes()[:-1] + b"?")
    assert not file.fits(spoilt)


def test_both_kinds_of_line_ends_are_the_publishers(real_data, tmp_path):
    file = DATA_SETS["telco_churn"].files[0]
    path = tmp_path / file.name
    path.write_bytes((real_data / "telco_churn" / file.name).read_bytes().replace(b"\n", b"\r\n"))
    assert file.fits(path)


# a file of the same form, where the publisher's own is not at hand
STAND_INS = {
    "taiwan_default": {"credit_card_clients.csv": "taiwan_credit_default/UCI_Credit_Card.csv.gz"},
    "ulb_creditcard": {"creditcard.csv": "ulb_creditcard_sample/creditcard_sample.csv.gz"},
    "breastmnist": {"breastmnist.npz": "busi/breastmnist_style_28.npz"},
    "pneumoniamnist": {"pneumoniamnist.npz": "pneumoniamnist/pneumoniamnist.npz"},
    "movielens_1m": {
        "ratings.dat": "ml-1m-users1-2999/ratings.dat.gz",
        "movies.dat": "ml-1m-users1-2999/movies.dat",
    },
}


@each
def test_the_example_loads_once_the_files_lie_where_fetch_puts_them(told, real_data, tmp_path, monkeypatch):
    (tmp_path / "data" / told.folder).mkdir(parents=True)
    near = {name: place for (owner, name), place in PUBLISHED.items() if owner == told.name}
    for name, place in STAND_INS.get(told.name, near).items():
        opened = gzip.open if place.endswith(".gz") else Path.open
        with opened(real_data / place, "rb") as given, (tmp_path / "data" / told.folder / name).open("wb") as taken:
            shutil.copyfileobj(given, taken)
    monkeypatch.chdir(tmp_path)
    checked = check_data(told.study, config=ROOT / told.example, variables={})  # found in ./data
    assert not checked.failed, checked.lines()


def said(capsys, *words, **variables):
    code = cli.main(words, Environment(variables=variables))
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_list_has_all_of_them(capsys):
    code, out, _ = said(capsys, "data", "list")
    assert code == 0
    assert all(told.name in out and told.page in out for told in SETS)
    told = json.loads(said(capsys, "data", "list", "--json")[1])
    assert [row["name"] for row in told if row["login"]] == ["ulb_creditcard"]


def test_fetch_says_licence_file_and_the_next_step(capsys, real_data, tmp_path):
    words = ("data", "fetch", "german_credit", "--from", str(real_data / "german_credit" / "german.data"))
    code, out, err = said(capsys, *words, CASESTUDIES_DATA=str(tmp_path))
    assert code == 0
    assert "licence: CC BY 4.0" in err
    assert str(tmp_path / "german_credit" / "german.data") in out
    assert "casestudies run credit --config examples/german_credit.yaml" in out
    assert "already here" in said(capsys, *words, CASESTUDIES_DATA=str(tmp_path))[1]


def test_bad_requests_are_one_line_each(capsys, tmp_path):
    for words, variables, code, part in (
        (("data", "fetch", "mnist"), {}, 2, "there is no data set 'mnist'"),
        (("data", "fetch", "ulb_creditcard"), {}, 2, "get creditcard.csv from https://www.kaggle.com/"),
        (("data", "fetch", "breastmnist"), {"CASESTUDIES_OFFLINE": "1"}, 2, "CASESTUDIES_OFFLINE is set"),
        (("data", "fetch", "telco_churn", "--from", "no.csv"), {}, 3, "there is no file 'no.csv'"),
        (("data", "fetch", "telco_churn", "--from", __file__), {}, 3, "another checksum"),
    ):
        got, _, err = said(capsys, *words, "--out", str(tmp_path), "--no-progress", **variables)
        assert got == code, err
        assert part in err.strip().splitlines()[-1]
        assert "Traceback" not in err
