"""A method's state as a file, so that a solve can go on another day, in another process, bit for bit.

The file is an `.npz`: one member for each array, and `state.json`, the tree of plain values that they hang from. There
is no pickle in it, and classes are found by name among those that the reader expects, never imported. Members are not
compressed, so none of them can be larger than the file that was received.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import CaseError, DataError, RunError, shown
from casestudies.optim.declared import admits, classes, hints

_VERSION = 1
_TREE = "state.json"
_LONGEST_TREE = 4_000_000  # bytes; a state with ten thousand arrays takes a tenth of it
# of a member, as NumPy has written it since version 1.9; its own reader falls back on Python's tokenizer
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([<>|][biuf][1248])', 'fortran_order': False, 'shape': \(([0-9, ]{0,200})\), \} *\n",
    re.DOTALL,
)
_LARGEST_ITEM = 8  # bytes; longer floats differ from machine to machine
# what the zip, JSON and array readers raise at damaged files; RuntimeError: encrypted, or nested too deeply
_DAMAGED = (zipfile.BadZipFile, ValueError, TypeError, KeyError, EOFError, RuntimeError, MemoryError, struct.error)

T = TypeVar("T")
AnyArray = NDArray[Any]


def save(path: Path | str, state: object) -> None:
    """Writes the state of any method; the file is whole or, whatever happens, as it was before.

    Parameters
    ----------
    state: a dataclass of arrays of numbers, plain values (None, bool, int, float, str), lists, tuples, dictionaries with
        text keys and further dataclasses. Number types and the memory order of arrays, on which the last bits of sums
        depend, are kept.

    Raises
    ------
    TypeError: something else is in it, or not what its field is declared to be; the message names the field.
    RunError: the disk is full or not ours.

    Examples
    --------
    >>> import tempfile
    >>> from casestudies.optim.stopping import Steps
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(f"{folder}/rule.npz", Steps(7))
    ...     load(f"{folder}/rule.npz", Steps)
    Steps(most=7)
    """
    writer = _Writer(classes(type(state)))
    tree = writer.node(state, type(state).__name__)
    text = json.dumps({"version": _VERSION, "state": tree}, allow_nan=False)
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr(zipfile.ZipInfo(_TREE), text)  # a ZipInfo has no clock: same state, same bytes
                for number, array in enumerate(writer.arrays):
                    with archive.open(zipfile.ZipInfo(_member(number)), "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise RunError(f"cannot be written: {error.strerror or error}", where=str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def load(path: Path | str, kind: type[T]) -> T:
    """The state that `save` wrote. Files of strangers are safe: nothing in them is run, nor larger than they are.

    Parameters
    ----------
    kind: the class of the state. The classes inside it are those that the types of its fields name.

    Raises
    ------
    DataError: the file is missing, damaged, of another kind or version, or holds what the fields do not allow; the
        message names the file.
    """
    path = Path(path)
    table = classes(kind)
    try:
        if not path.is_file():
            raise DataError("there is no such file")
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            reader = _Reader(archive, _members(archive, os.fstat(file.fileno()).st_size), table)
            state = reader.state()
        if type(state) is not kind:
            raise DataError(f"holds {_named(state)} instead of {kind.__name__}")
        return state
    except CaseError as error:
        raise DataError(error.what, where=str(path), advice="start the solve anew") from None
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    except _DAMAGED:
        raise DataError("is damaged, or was not written by `save`", where=str(path), advice="start anew") from None


class _Writer:
    """Makes the tree, and gathers the arrays that hang in it.

    table: the classes that the reader will know.
    """

    def __init__(self, table: Mapping[str, type]) -> None:
        self.arrays: list[AnyArray] = []
        self._table = table

    def node(self, value: object, where: str) -> object:
        """`value` as JSON: plain values as they are, all else as a list that begins with what it is."""
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if isinstance(value, float) and kind is float:
            return value if math.isfinite(value) else ["float", struct.pack(">d", value).hex()]
        if isinstance(value, np.generic) and _is_number(value.dtype):
            return ["scalar", self._number(np.asarray(value))]
        if isinstance(value, np.ndarray) and kind is np.ndarray and _is_number(value.dtype):
            order = sorted(range(value.ndim), key=lambda axis: -abs(value.strides[axis]))
            return ["array", self._number(value.transpose(order)), order]
        if isinstance(value, (list, tuple)) and kind in (list, tuple):
            return [kind.__name__, [self.node(item, f"{where}[{i}]") for i, item in enumerate(value)]]
        if isinstance(value, dict) and all(type(key) is str for key in value):
            return ["dict", {key: self.node(item, f"{where}[{key!r}]") for key, item in value.items()}]
        if self._table.get(kind.__name__) is kind:
            return [kind.__name__, self._content(value, where)]
        raise TypeError(f"{where} is {_named(value)}, which a saved state cannot hold")

    def _content(self, value: object, where: str) -> dict[str, object]:
        content = {}
        for name, hint in hints(type(value)).items():
            item = getattr(value, name)
            if not admits(hint, item):
                raise TypeError(f"{where}.{name} is declared otherwise than {_named(item)}")
            content[name] = self.node(item, f"{where}.{name}")
        return content

    def _number(self, array: AnyArray) -> int:
        self.arrays.append(array)
        return len(self.arrays) - 1


class _Reader:
    """The way back from the tree; each array may hang in it once."""

    def __init__(
        self, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], table: Mapping[str, type]
    ) -> None:
        self._archive = archive
        self._members = members
        self._table = table

    def state(self) -> Any:
        tree = self._members.pop(_TREE, None)
        if tree is None or tree.file_size > _LONGEST_TREE:
            raise DataError("is not a saved state")
        document = json.loads(self._archive.read(tree))
        if not isinstance(document, dict) or document.get("version") != _VERSION:
            raise DataError("was saved by another version")
        state = self._value(document["state"])
        if self._members:
            raise DataError(f"holds {shown(min(self._members))}, which is no part of the state")
        return state

    def _value(self, node: object) -> Any:
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        match node:
            case ["float", str(bits)]:
                return struct.unpack(">d", bytes.fromhex(bits))[0]
            case ["scalar", int(number)]:
                return self._array(number, [])[()]
            case ["array", int(number), list(order)]:
                return self._array(number, order)
            case ["list", list(items)]:
                return [self._value(item) for item in items]
            case ["tuple", list(items)]:
                return tuple(self._value(item) for item in items)
            case ["dict", dict(items)]:
                return {key: self._value(item) for key, item in items.items()}
            case [str(name), dict(content)]:
                return self._dataclass(name, content)
        raise DataError("holds something that no saved state has")

    def _dataclass(self, name: str, content: dict[str, object]) -> Any:
        kind = self._table.get(name)
        if kind is None:
            raise DataError(f"holds {shown(name)}; expected: {', '.join(sorted(self._table))}")
        declared = hints(kind)
        if differing := sorted(content.keys() ^ declared.keys()):
            raise DataError(f"holds another version of {name}: {shown(differing[0])} is missing or unknown")
        values = {field: self._value(node) for field, node in content.items()}
        for field, value in values.items():
            if not admits(declared[field], value):
                raise DataError(f"holds {_named(value)} as `{field}` of {name}")
        return kind(**values)

    def _array(self, number: int, order: list[int]) -> AnyArray:
        name = _member(number)
        data = self._archive.read(self._members.pop(name))
        header = _HEADER.match(data)
        if header is None:
            raise DataError(f"{shown(name)} in it is no array of numbers")
        dtype, shape = np.dtype(header[1].decode()), [int(side) for side in header[2].split(b",") if side.strip()]
        size = len(data) - header.end()
        if math.prod(shape) * dtype.itemsize != size or sorted(order) != list(range(len(shape))):
            raise DataError(f"{shown(name)} in it has another shape than it says")
        flat = np.empty(math.prod(shape), dtype)
        flat.view(np.uint8)[:] = np.frombuffer(data, np.uint8, offset=header.end())
        return flat.reshape(shape).transpose(np.argsort(order).tolist())


def _members(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """The archive's members by name, once it is sure that none claims more bytes than there are, alone or together."""
    members = archive.infolist()
    stored = all(member.compress_type == zipfile.ZIP_STORED for member in members)
    by_name = {member.filename: member for member in members}
    if not stored or len(by_name) < len(members) or sum(member.file_size for member in members) > size:
        raise DataError("is not a saved state")
    return by_name


def _member(number: int) -> str:
    return f"{number}.npy"


def _is_number(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "biuf" and dtype.itemsize <= _LARGEST_ITEM


def _named(value: object) -> str:
    """What a value is, for messages."""
    return f"{value.dtype} numbers" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"


def _sync(folder: Path) -> None:
    """Makes a new name in a folder survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
