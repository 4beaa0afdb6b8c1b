"""A saved factorisation comes back as it was, and a stranger's or damaged one says so in one line."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import CaseError, RunError
from casestudies.models.factorisation.fitted import Embedded, Fitted, Penalties
from casestudies.models.factorisation.saving import from_folder, read, to_folder, written
from casestudies.models.factorisation.sidefeatures import SideFeatures
from casestudies.models.factorisation.vectors import Vectors
from casestudies.tabular.interactions import Interactions

ASKED = {"factors": None, "features": ["genre"], "random_state": 0}


@pytest.fixture
def fitted() -> Fitted:
    rng = np.random.default_rng(0)
    users, items, rows = 7, 5, 20
    names = pd.Index(["a", "ü", "007", "x,y", 'q"'])
    table = pd.DataFrame(
        {"genre": ["Comedy|Drama", "Drama", "War", "War|Comedy", None], "price": [1.0, 2, np.nan, 4, 5]}
    )
    features = SideFeatures.of(table, ["genre", "price"], "item")
    columns = len(features.names)
    data = Interactions(
        rng.integers(0, users, rows).astype(np.int32),
        rng.integers(0, items, rows).astype(np.int32),
        pd.Index(np.arange(10, 80, 10)),
        names,
        rng.uniform(1, 5, rows).astype(np.float32),
        time=rng.integers(0, 1e9, rows),
        scale=(1.0, 5.0),
        items=table.set_axis(names, axis=0),
        zone="Europe/Vienna",
    )
    draw = lambda *shape: rng.standard_normal(shape).astype(np.float32)  # noqa: E731
    return Fitted(
        Vectors(draw(users, 3), draw(items, 3), draw(users), draw(items), 3.5),
        data,
        "explicit",
        Penalties(0.05, 0.01, scale=0.6, usual=(7.5, 9.0)),
        (Embedded(features, draw(columns, 3), draw(columns)),),
        5.0,
        (draw(users, 3), draw(users)),
        {"factors": 3},
        ("said",),
        ("found",),
        {"step": np.arange(3.0), "seconds": rng.uniform(size=3)},
        3,
        "unknown",
    )


def test_a_model_comes_back_as_it_was(fitted, tmp_path):
    to_folder(tmp_path / "model", written(fitted, ASKED))
    back, asked = read(from_folder(tmp_path / "model"))
    assert asked == ASKED
    for name in ("users", "items", "user_bias", "item_bias"):
        np.testing.assert_array_equal(getattr(back.vectors, name), getattr(fitted.vectors, name))
    for name in ("user", "item", "rating", "time"):
        np.testing.assert_array_equal(getattr(back.data, name), getattr(fitted.data, name))
    pd.testing.assert_index_equal(back.data.user_ids, fitted.data.user_ids, exact=True)
    pd.testing.assert_index_equal(back.data.item_ids, fitted.data.item_ids, exact=True)
    pd.testing.assert_frame_equal(back.data.items, fitted.data.items)
    for mine, theirs in zip(
        back.embedded[0].cold(back.data.items), fitted.embedded[0].cold(fitted.data.items), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)
    assert (back.penalties, back.half_life, back.notes, back.data.scale, back.data.zone) == (
        *(fitted.penalties, fitted.half_life, fitted.notes, fitted.data.scale, fitted.data.zone),
    )


def test_the_same_model_is_the_same_bytes_whatever_the_time_it_took(fitted):
    slower = replace(fitted, trace=fitted.trace | {"seconds": np.arange(3.0)})
    assert written(fitted, ASKED) == written(slower, ASKED)
    back, asked = read(written(fitted, ASKED))
    assert written(back, asked) == written(fitted, ASKED)


@pytest.mark.parametrize(
    "ids",
    [pd.Index([3, "three", 3.5, "", True, "3", -1]), pd.Index(np.arange(7) / 4), pd.Index(np.arange(7), dtype="int32")],
)
def test_ids_of_every_plain_kind_come_back(fitted, ids):
    other = replace(fitted, data=replace(fitted.data, user_ids=ids))
    back, _ = read(written(other, ASKED))
    pd.testing.assert_index_equal(back.data.user_ids, ids, exact=True)
    assert [type(name) for name in back.data.user_ids.tolist()] == [type(name) for name in ids.tolist()]


def test_ids_of_other_kinds_are_refused_before_anything_is_written(fitted):
    odd = replace(fitted, data=replace(fitted.data, user_ids=pd.Index([(1, n) for n in range(7)], tupleize_cols=False)))
    with pytest.raises(CaseError, match="neither text nor a number; make ids text"):
        written(odd, ASKED)


def test_a_file_from_before_ridges_grew_with_a_power_folds_in_once_for_each_rating(fitted):
    files = written(fitted, ASKED)
    old = _with(files, "settings.json", lambda told: told.update(penalties={"ridge": 0.05, "bias_ridge": 0.01}))
    back, _ = read(old)
    items, values = np.arange(3), np.array([1.0, 2.0, 5.0])
    A, B = back.fold.system(items, values)
    np.testing.assert_allclose(A - B @ B.T, 3 * np.diag([0.05, 0.05, 0.05, 0.01]), atol=1e-9)


def _with(files: dict[str, bytes], name: str, change) -> dict[str, bytes]:
    told = json.loads(files[name])
    change(told)
    return files | {name: json.dumps(told).encode()}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: {k: v for k, v in f.items() if k != "ids.json"}, "ids.json is missing"),
        (lambda f: f | {"factors.npz": f["factors.npz"][:-100]}, "factors.npz is damaged"),
        (lambda f: f | {"factors.npz": b"not a zip"}, "factors.npz is damaged"),
        (lambda f: f | {"settings.json": b"{"}, "is damaged"),
        (lambda f: f | {"settings.json": b"[" * 100_000}, "is damaged"),
        (lambda f: f | {"items.parquet": b"PAR1"}, "is damaged"),
        (lambda f: _with(f, "settings.json", lambda t: t.update(format=2)), "another version made it"),
        (lambda f: _with(f, "ids.json", lambda t: t["users"]["ids"].pop()), "are not 6 x 3 finite numbers"),
        (lambda f: _with(f, "ids.json", lambda t: t["users"]["ids"].__setitem__(0, 20)), "names somebody twice"),
        (lambda f: _with(f, "ids.json", lambda t: t["items"].update(dtype="datetime64[ns]")), "ids of kind"),
        (lambda f: _with(f, "settings.json", lambda t: t.update(feedback="loud")), "explicit"),
    ],
)
def test_a_strangers_or_damaged_model_gives_one_line(fitted, spoil, words):
    with pytest.raises(RunError, match=words) as told:
        read(spoil(written(fitted, ASKED)))
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 300


def test_numbers_beyond_the_tables_are_refused(fitted):
    data = replace(fitted.data, item=np.full(len(fitted.data), 5, np.int32))
    with pytest.raises(RunError, match="not 20 numbers below 5"):
        read(written(replace(fitted, data=data), ASKED))


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RunError, match="there is no such folder; give the folder that `save` wrote"):
        from_folder(tmp_path / "nowhere")
