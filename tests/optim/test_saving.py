import doctest
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import zipfile
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pyarrow import parquet

from casestudies.errors import CaseError, DataError, RunError
from casestudies.optim import (
    L1,
    L2,
    Dense,
    Logistic,
    Multinomial,
    NewtonCG,
    NewtonState,
    Objective,
    Steps,
    Suboptimality,
    designs,
    minimise,
    saving,
)
from casestudies.optim.arrays import Array, Mask
from casestudies.optim.penalties import Box
from casestudies.optim.saving import load, save

# --- states for the tests -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Square:
    side: float


@dataclass(frozen=True)
class Disc:
    radius: Array


@dataclass(frozen=True)
class Parcel:
    content: Any


@dataclass(frozen=True)
class Ring(Square):
    """A class that no field names."""


@dataclass(frozen=True)
class Nested:
    anything: Any
    numbers: Array
    mask: Mask | None
    shape: Square | Disc
    pair: tuple[int, str]
    many: tuple[Array, ...]
    named: dict[str, list[float]]
    word: Literal["up", "down"]


def nested(**changes):
    content = {
        "anything": None,
        "numbers": np.ones(3),
        "mask": None,
        "shape": Square(1.0),
        "pair": (1, "a"),
        "many": (),
        "named": {},
        "word": "up",
    }
    return Nested(**content | changes)


def same(one, other):
    """Equal in every bit, type and memory order."""
    assert type(one) is type(other)
    if is_dataclass(one):
        for field in fields(one):
            same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            same(a, b)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        same(list(one.values()), list(other.values()))
    elif isinstance(one, (np.ndarray, np.generic)):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.tobytes() == other.tobytes()
    elif isinstance(one, float):
        assert struct.pack("d", one) == struct.pack("d", other)
    else:
        assert one == other


def names(folder):
    return [path.name for path in folder.iterdir()]


# --- what comes back ------------------------------------------------------------------------------------------------

numbers = hnp.scalar_dtypes().filter(lambda dtype: dtype.kind in "biuf" and dtype.itemsize <= 8)
arrays = numbers.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0)))
floats = st.floats(allow_nan=True, allow_infinity=True)
leaves = st.none() | st.booleans() | st.integers(-(2**200), 2**200) | floats | st.text() | arrays
trees = st.recursive(
    leaves | arrays.map(lambda array: array.reshape(-1)[0] if array.size else array),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text(), inner)
        | st.builds(Square, floats)
        | st.builds(Disc, hnp.arrays(np.float64, 2))
    ),
    max_leaves=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees)
def test_a_state_comes_back_in_every_bit(tmp_path, tree):
    state = nested(anything=tree)
    save(tmp_path / "state.npz", state)
    same(load(tmp_path / "state.npz", Nested), state)


def test_payloads_of_nans_signed_zeros_and_random_states_come_back(tmp_path):
    odd = np.array([0x7FF8_0000_0000_0123, 0xFFF0_0000_0000_0001, 0x8000_0000_0000_0000], np.uint64).view(np.float64)
    (payload,) = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_DEAD_BEEF))
    random = [np.random.Generator(kind(7)).bit_generator.state for kind in (np.random.PCG64, np.random.MT19937)]
    state = nested(numbers=odd, anything=[payload, -0.0, 5e-324, np.float32(-0.0), 2**127, random])
    save(tmp_path / "state.npz", state)
    again = load(tmp_path / "state.npz", Nested)
    same(again, state)
    rng = np.random.default_rng()
    rng.bit_generator.state = again.anything[-1][0]
    assert rng.random() == np.random.Generator(np.random.PCG64(7)).random()


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 1, 0), (0, 2, 1), (1, 2, 0)])
def test_sums_over_arrays_that_come_back_have_the_same_last_bits(tmp_path, axes):
    array = np.random.default_rng(0).normal(size=(40, 50, 60)).transpose(axes)
    save(tmp_path / "state.npz", nested(numbers=array))
    again = load(tmp_path / "state.npz", Nested).numbers
    assert again.strides == array.strides
    for axis in range(3):
        np.testing.assert_array_equal(again.sum(axis), array.sum(axis))


def test_every_other_entry_of_an_array_and_one_entry_many_times_come_back(tmp_path):
    for array in (
        np.arange(20.0)[::2],
        np.arange(20.0)[::-1],
        np.broadcast_to(np.arange(3.0), (4, 3)),
        np.empty((0, 3)),
    ):
        save(tmp_path / "state.npz", nested(numbers=array))
        np.testing.assert_array_equal(load(tmp_path / "state.npz", Nested).numbers, array)


def test_the_same_state_makes_the_same_bytes(tmp_path):
    for name in "ab":
        save(tmp_path / name, nested(numbers=np.arange(5.0)))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}  # no clock


def test_any_npz_reader_can_look_into_the_file(tmp_path):
    save(tmp_path / "state.npz", nested(numbers=np.arange(5.0)))
    with np.load(tmp_path / "state.npz", allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["0"], np.arange(5.0))
        assert json.loads(archive["state.json"])["version"] == 1


def test_who_reads_while_the_file_is_written_reads_the_old_one_whole(tmp_path):
    save(tmp_path / "state.npz", Square(1.0))
    before = (tmp_path / "state.npz").read_bytes()
    with (tmp_path / "state.npz").open("rb") as reader:
        save(tmp_path / "state.npz", Square(2.0))
        assert reader.read() == before


def test_what_stood_in_the_file_stays_when_writing_fails(tmp_path, monkeypatch):
    path = tmp_path / "state.npz"
    save(path, Square(1.0))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match=r"state\.npz: cannot be written: No space left on device"):
        save(path, Square(2.0))
    monkeypatch.undo()
    with pytest.raises(TypeError):
        save(path, nested(anything=object()))
    assert load(path, Square) == Square(1.0)
    assert names(tmp_path) == ["state.npz"]
    with pytest.raises(RunError, match="No such file or directory"):
        save(tmp_path / "nowhere" / "state.npz", Square(2.0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"anything": {"a": [0, {1, 2}]}}, r"Nested\.anything\['a'\]\[1\] is a set"),
        ({"anything": np.array([None])}, r"Nested\.anything is object numbers"),
        ({"anything": np.ma.masked_array([1.0])}, r"Nested\.anything is float64 numbers"),
        ({"anything": {1: 2}}, r"Nested\.anything is a dict"),
        ({"anything": Square}, r"Nested\.anything is a type"),
        ({"numbers": np.array([None])}, r"Nested\.numbers is declared otherwise than object numbers"),
        ({"numbers": np.arange(3)}, r"Nested\.numbers is declared otherwise than int64 numbers"),
        ({"many": (np.ones(1), None)}, r"Nested\.many is declared otherwise than a tuple"),
        ({"pair": (1, "a", 2)}, r"Nested\.pair"),
        ({"named": {"a": [True]}}, r"Nested\.named"),
        ({"word": "sideways"}, r"Nested\.word"),
        ({"shape": 3}, r"Nested\.shape"),
        ({"shape": Ring(1.0)}, r"Nested\.shape is a Ring"),
        ({"anything": type("Square", (Ring,), {})(1.0)}, r"Nested\.anything is a Square"),
        ({"anything": [Ring(1.0)]}, r"Nested\.anything\[0\] is a Ring"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(tmp_path, changes, message):
    with pytest.raises(TypeError, match=message):
        save(tmp_path / "state.npz", nested(**changes))
    assert names(tmp_path) == []


def test_two_classes_of_one_name_are_refused(tmp_path):
    @dataclass(frozen=True)
    class Pair:
        first: Square
        second: dataclass(frozen=True)(type("Square", (), {}))

    with pytest.raises(TypeError, match="two of the classes are called Square"):
        save(tmp_path / "state.npz", Pair(Square(1.0), None))


def test_the_example_in_the_docstring_holds():
    assert doctest.testmod(saving).failed == 0


# --- files of strangers ---------------------------------------------------------------------------------------------


def written(path, tree, members=(), version=1, compression=zipfile.ZIP_STORED):
    """A file made by hand; `tree` as text or a node, `members` pairs of a name and an array or bytes."""
    text = tree if isinstance(tree, (str, bytes)) else json.dumps({"version": version, "state": tree})
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("state.json", text)
        for name, content in members:
            if isinstance(content, np.ndarray):
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, content, version=(1, 0))
                content = buffer.getvalue()
            archive.writestr(name, content)
    return path


def refused(path, kind=Square):
    with pytest.raises(DataError) as caught:
        load(path, kind)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


def npy(shape, dtype="<f8", data=b"", version=1, fortran=False):
    header = f"{{'descr': {dtype!r}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + len(header).to_bytes(2, "little") + header + data


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


ONE = ["array", 0, [0]]
BAD_ARRAYS = {
    "a pickle": (ONE, npy((1,), "|O", pickle.dumps(Bomb()))),
    "ten gigabytes": (ONE, npy((1_250_000_000,))),
    "more than there is": (ONE, npy((2,), data=bytes(8))),
    "less than there is": (ONE, npy((1,), data=bytes(16))),
    "a product that overflows": (ONE, npy((2**32, 2**32), data=bytes(8))),
    "a negative side": (["array", 0, [0, 1]], npy((-1, -1), data=bytes(8))),
    "no side and an endless one": (["array", 0, [0, 1]], npy((0, 10**30))),
    "text": (ONE, npy((1,), "<U2", bytes(8))),
    "records": (ONE, npy((1,), [("a", "<f8")], bytes(8))),
    "nothing at all": (ONE, b""),
    "an endless header": (ONE, b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535),
    "a header that is code": (ONE, npy("__import__('os').mkdir('exploded')", data=bytes(8))),
    "a header that is none": (ONE, npy("(1,), \x14(", data=bytes(8))),
    "another version": (ONE, npy((1,), data=bytes(8), version=2)),
    "axes that are not there": (["array", 0, [1]], np.ones(1)),
    "an axis twice": (["array", 0, [0, 0]], np.ones((1, 1))),
    "too few axes": (["array", 0, []], np.ones(1)),
    "an order of words": (["array", 0, ["0"]], np.ones(1)),
    "more than a scalar": (["scalar", 0], np.ones(1)),
    "columns first": (ONE, npy((1,), data=bytes(8), fortran=True)),
    "one byte for all": (ONE, npy((1000,), data=b"0")),
}


@pytest.mark.parametrize(("node", "content"), BAD_ARRAYS.values(), ids=BAD_ARRAYS)
def test_an_array_that_is_not_what_it_says_is_refused(tmp_path, monkeypatch, node, content):
    monkeypatch.chdir(tmp_path)
    refused(written(tmp_path / "state.npz", ["Parcel", {"content": node}], [("0.npy", content)]), Parcel)
    assert names(tmp_path) == ["state.npz"]


DEEP = 100_000
BAD_TREES = {
    "not JSON": ("{", "is damaged, or was not written by `save`"),
    "not text": (b"\xff\xfe\xfd", "is damaged"),
    "a list": ("[]", "was saved by another version"),
    "no state": ('{"version": 1}', "is damaged"),
    "lists in lists": ('{"version": 1, "state": ' + "[" * DEEP + "]" * DEEP + "}", "is damaged"),
    "tuples in tuples": ('{"version": 1, "state": ' + '["tuple", [' * 300 + "]]" * 300 + "}", "holds a tuple instead"),
    "a huge number": ('{"version": 1, "state": 1' + "0" * 100_000 + "}", "is damaged"),
    "a huge tree": ('{"version": 1, "state": [' + " " * 5_000_000 + "]}", "is not a saved state"),
}


@pytest.mark.parametrize(("text", "message"), BAD_TREES.values(), ids=BAD_TREES)
def test_a_tree_that_is_none_is_refused(tmp_path, text, message):
    assert refused(written(tmp_path / "state.npz", text)).startswith(message)


BAD_NODES = {
    "a class that was not asked for": (["Disc", {"radius": ONE}], "holds 'Disc'; expected: Square"),
    "a class by its place": (["os.system", {"command": "true"}], "holds 'os.system'; expected: Square"),
    "a plain value": (3.0, "holds a float instead of Square"),
    "an unknown kind of node": (["path", "/etc/passwd"], "holds something that no saved state has"),
    "a node without content": (["list"], "holds something that no saved state has"),
    "a field too few": (["Square", {}], "holds another version of Square: 'side' is missing or unknown"),
    "a field too many": (["Square", {"side": 1.0, "cube": 2}], "holds another version of Square: 'cube' is missing"),
    "a field of the class itself": (["Square", {"side": 1.0, "__class__": 2}], "holds another version of Square"),
    "the wrong kind of value": (["Square", {"side": "long"}], "holds a str as `side` of Square"),
    "a truth value": (["Square", {"side": True}], "holds a bool as `side` of Square"),
    "no value": (["Square", {"side": None}], "holds a NoneType as `side` of Square"),
    "a float of too few bytes": (["Square", {"side": ["float", "7ff8"]}], "is damaged"),
    "a float that is none": (["Square", {"side": ["float", "spam"]}], "is damaged"),
    "an array that is missing": (["Square", {"side": ["scalar", 0]}], "is damaged"),
}


@pytest.mark.parametrize(("node", "message"), BAD_NODES.values(), ids=BAD_NODES)
def test_a_value_that_the_fields_do_not_allow_is_refused(tmp_path, node, message):
    assert refused(written(tmp_path / "state.npz", node)).startswith(message)


def test_an_array_of_another_family_of_numbers_is_refused(tmp_path):
    path = written(tmp_path / "state.npz", ["Disc", {"radius": ONE}], [("0.npy", np.ones(1, np.int64))])
    assert refused(path, Disc).startswith("holds int64 numbers as `radius` of Disc")


def test_one_array_cannot_be_hung_up_a_thousand_times(tmp_path):
    path = written(tmp_path / "state.npz", ["list", [ONE] * 1000], [("0.npy", np.ones(1000))])
    assert refused(path).startswith("is damaged")


def test_what_hangs_nowhere_is_refused(tmp_path):
    path = written(tmp_path / "state.npz", ["Square", {"side": 1.0}], [("0.npy", np.ones(1))])
    assert refused(path).startswith("holds '0.npy', which is no part of the state")


def test_a_name_that_stands_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = written(tmp_path / "state.npz", ["Disc", {"radius": ONE}], [("0.npy", np.ones(1))] * 2)
    assert refused(path, Disc).startswith("is not a saved state")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = npy((20_000_000,), "|b1", bytes(20_000_000))
    path = tmp_path / "state.npz"
    written(path, ["Disc", {"radius": ONE}], [("0.npy", bomb)], compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000
    assert refused(path, Disc).startswith("is not a saved state")
    written(path, ["Square", {"side": 1.0}], compression=zipfile.ZIP_DEFLATED)
    assert refused(path).startswith("is not a saved state")


@pytest.mark.parametrize("fields", [("file_size",), ("file_size", "compress_size")])
def test_a_member_that_claims_ten_gigabytes_is_refused(tmp_path, fields):
    path = written(tmp_path / "state.npz", ["Disc", {"radius": ONE}], [("0.npy", np.ones(1))])
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")  # in the directory: 20 compressed size, 24 size, of four bytes each
    for place, name in ((20, "compress_size"), (24, "file_size")):
        if name in fields:
            data[entry + place : entry + place + 4] = (4_000_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    assert refused(path, Disc).startswith("is not a saved state")


def test_members_that_overlap_are_no_larger_than_the_file_together(tmp_path):
    path = written(tmp_path / "state.npz", ["Square", {"side": 1.0}], [("0.npy", bytes(10_000))])
    with zipfile.ZipFile(path, "a") as archive:
        first = archive.getinfo("0.npy")
        for number in range(1, 50):
            again = zipfile.ZipInfo(f"{number}.npy")
            for name in ("header_offset", "file_size", "compress_size", "CRC"):
                setattr(again, name, getattr(first, name))
            archive.filelist.append(again)
        archive._didModify = True
    assert refused(path).startswith("is not a saved state")


def test_files_of_other_kinds_are_refused(tmp_path):
    path = tmp_path / "state.npz"
    assert refused(path).startswith("there is no such file")
    assert refused(tmp_path).startswith("there is no such file")
    path.write_bytes(b"")
    assert refused(path).startswith("is damaged, or was not written by `save`")
    np.savez(path, x=np.ones(3))
    assert refused(path).startswith("is not a saved state")
    np.savez(path, x=np.array([Bomb()]))
    assert refused(path).startswith("is not a saved state")
    path.write_bytes(pickle.dumps(Square(1.0)))
    assert refused(path).startswith("is damaged")
    assert refused(written(path, ["Square", {"side": 1.0}], version=2)).startswith("was saved by another version")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A state and the bytes of its file."""
    state = nested(anything=[1.5, float("nan"), {"a": (np.ones((2, 3)), "b")}], shape=Disc(np.arange(4.0)))
    path = tmp_path_factory.mktemp("whole") / "state.npz"
    save(path, state)
    return state, path.read_bytes()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_harmless(tmp_path, whole, data):
    state, whole = whole
    path = tmp_path / "state.npz"
    if data.draw(st.booleans(), label="cut"):
        changed = bytearray(whole[: data.draw(st.integers(0, len(whole) - 1))])
    else:
        changed = bytearray(whole)
        for _ in range(data.draw(st.integers(1, 4))):
            changed[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(changed)
    try:
        again = load(path, Nested)
    except CaseError as error:
        assert isinstance(error, DataError)
        assert str(path) in str(error)
    else:
        same(again, state)  # a date, a flag or a name of the archive itself was hit; the contents have a checksum


# --- every method goes on where it was ------------------------------------------------------------------------------


def logistic(penalty=L2, design=Dense):
    """Three problems on 300 rows of 6 columns, hard enough for a few steps."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 6)) * 10.0 ** np.arange(6)
    y = (X[:, 0] + 0.3 * rng.normal(size=300) > 1).astype(float)
    return Objective(design(X), y, Logistic(), penalty(np.array([1e2, 1.0, 1e-3]), np.arange(7) == 6), np.ones(300))


def network():
    """A small network with buffers and dropout; made anew, it is the same."""
    torch = pytest.importorskip("torch")
    from casestudies.optim.batches import TensorRows
    from casestudies.optim.networks import TorchObjective

    with torch.random.fork_rng():
        torch.manual_seed(0)
        inputs = torch.randn(40, 5)
        layers = (
            torch.nn.Linear(5, 4),
            torch.nn.BatchNorm1d(4),
            torch.nn.ReLU(),
            torch.nn.Dropout(),
            torch.nn.Linear(4, 1),
        )
        rows, held_out = (TensorRows(part, (part[:, 0] > 0).float(), batch=8) for part in inputs.split(30))
        return TorchObjective(torch.nn.Sequential(*layers), Logistic(), rows, held_out)


def newton():
    return logistic(), NewtonCG(), NewtonState


def newton_with_many_columns():
    return logistic(), NewtonCG(dense_columns=0), NewtonState


def newton_on_a_tensor():
    pytest.importorskip("torch")
    return logistic(design=partial(designs.Torch, device="cpu")), NewtonCG(), NewtonState


def newton_on_a_file(folder):
    """The labels come with the rows, which are read anew on every pass."""
    whole = logistic()
    table = {f"x{k}": column for k, column in enumerate(whole.design.X.T)} | {"y": whole.y}
    if not (folder / "rows.parquet").exists():
        parquet.write_table(pyarrow.table(table), folder / "rows.parquet", row_group_size=100)
    rows = designs.Parquet(folder / "rows.parquet", "y")
    return replace(whole, design=rows, y=None, weights=None), NewtonCG(), NewtonState


def newton_in_single_precision():
    objective = logistic()
    return replace(objective, draft=objective.design.single()), NewtonCG(), NewtonState


def newton_for_classes():
    objective = logistic()
    codes = objective.y + (objective.design.X[:, 1] > 0)
    start = np.zeros((7, 3, 3))
    return replace(objective, loss=Multinomial(), y=codes), NewtonCG(), NewtonState, start


def prox_newton():
    from casestudies.optim.methods.proximal import ProxNewton, ProxNewtonState

    return logistic(L1), ProxNewton(), ProxNewtonState


def levenberg_marquardt():
    from casestudies.optim.methods.levenberg import LevenbergMarquardt, LevenbergState

    return logistic(), LevenbergMarquardt(), LevenbergState


def levenberg_marquardt_by_products():
    from casestudies.optim.methods.levenberg import LevenbergMarquardt, LevenbergState

    return logistic(), LevenbergMarquardt(direct=0), LevenbergState


def levenberg_marquardt_on_a_head():
    torch = pytest.importorskip("torch")
    from casestudies.optim.heads import Head
    from casestudies.optim.methods.levenberg import LevenbergMarquardt, LevenbergState

    def margins(w, x):
        return torch.tanh(x @ w[:6].reshape(3, 2)) @ w[6:8] + w[8]

    X = np.random.default_rng(0).normal(size=(40, 3))
    penalty = L2(np.array([0.1]), np.zeros(9, bool))
    y = (X[:, 0] > X[:, 1] ** 2).astype(float)
    head = Head(margins, torch.from_numpy(X), y, Logistic(), penalty, np.ones(40), exact=True)
    return head, LevenbergMarquardt(), LevenbergState, np.linspace(-1, 1, 9)[:, None]


def lbfgs():
    from casestudies.optim.methods.lbfgs import LBFGS, LBFGSState

    return logistic(partial(Box, lower=-1.0, upper=0.5)), LBFGS(iterations=2), LBFGSState


def first_order(optimizer, schedule):
    from casestudies.optim.methods import schedules
    from casestudies.optim.methods.first_order import Torch, TorchState

    return network(), Torch(optimizer, 0.05, getattr(schedules, schedule)(), clip=1.0), TorchState


def switching():
    objective = network()
    from casestudies.optim.methods.first_order import Torch
    from casestudies.optim.methods.switching import Switch, SwitchState

    return objective, Switch(Torch("adam", 0.05), agreement=1e9), SwitchState


METHODS: dict[str, Any] = {
    "Newton": newton,
    "Newton, many columns": newton_with_many_columns,
    "Newton, tensor": newton_on_a_tensor,
    "Newton, file": newton_on_a_file,
    "Newton, single precision": newton_in_single_precision,
    "Newton, classes": newton_for_classes,
    "proximal Newton": prox_newton,
    "Levenberg-Marquardt": levenberg_marquardt,
    "Levenberg-Marquardt, products": levenberg_marquardt_by_products,
    "Levenberg-Marquardt, head": levenberg_marquardt_on_a_head,
    "L-BFGS": lbfgs,
    **{
        f"torch {name}": partial(first_order, name, "Constant")
        for name in ("gd", "momentum", "adagrad", "rmsprop", "adamw")
    },
    **{f"torch adam, {name}": partial(first_order, "adam", name) for name in ("Plateau", "Exponential")},
    "switching": switching,
}


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_a_solve_that_is_saved_and_goes_on_is_the_solve_that_never_stopped(tmp_path, name, steps):
    make = partial(METHODS[name], tmp_path) if METHODS[name] is newton_on_a_file else METHODS[name]
    objective, method, kind, *start = make()
    stop = (Suboptimality(), Steps(6))
    whole = minimise(objective, method, *start, stop=stop)
    assert whole.state.step > steps
    first = minimise(make()[0], method, *start, stop=(Steps(steps),))
    save(tmp_path / "state.npz", first.state)
    loaded = load(tmp_path / "state.npz", kind)
    same(loaded, first.state)
    objective, method, *_ = make()
    rest = minimise(objective, method, loaded, stop=stop, trace=first.trace)
    same(rest.state, whole.state)
    assert rest.reasons == whole.reasons
    ours, theirs = rest.trace.columns(), whole.trace.columns()
    assert ours.keys() == theirs.keys()
    for column in ours.keys() - {"seconds"}:
        np.testing.assert_array_equal(ours[column], theirs[column])


def test_another_process_can_go_on(tmp_path):
    whole = minimise(logistic(), NewtonCG())
    save(tmp_path / "state.npz", minimise(logistic(), NewtonCG(), stop=(Steps(2),)).state)
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from test_saving import NewtonCG, NewtonState, load, logistic, minimise, save\n"
        "save('end.npz', minimise(logistic(), NewtonCG(), load('state.npz', NewtonState)).state)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    same(load(tmp_path / "end.npz", NewtonState), whole.state)
