"""A factorisation as files of open formats, and back: arrays without pickle, names and settings as JSON.

factors.npz    vectors, biases, embeddings, the history and the trace
ids.json       the names of users and items, in the order of their numbers
settings.json  what was asked, what was chosen and found, levels and scales of side features, versions
items.parquet, users.parquet   what is known of them, where there is a table

Nothing in a stranger's files is run, no array is larger than its file, and numbers are checked against each other
before they serve. The same model gives the same bytes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies import __version__
from casestudies.errors import CaseError, DataError, RunError, shown
from casestudies.models.factorisation.fitted import Embedded, Fitted, Penalties
from casestudies.models.factorisation.sidefeatures import SideFeatures
from casestudies.models.factorisation.timed import BINS, Timed
from casestudies.models.factorisation.vectors import Vectors
from casestudies.optim.saving import load, save
from casestudies.tabular.interactions import Interactions

_FORMAT = 1
_ARRAYS, _IDS, _SETTINGS, _ITEMS, _USERS = "factors.npz", "ids.json", "settings.json", "items.parquet", "users.parquet"
_CLOCK = "seconds"  # of a trace: differs from run to run
_ADVICE = "take a whole copy of it, or fit and save again"

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Arrays:
    """All that is numbers; see `Vectors`, `Interactions`, `Embedded` and `Fitted`."""

    users: Floats
    items: Floats
    user_bias: Floats
    item_bias: Floats
    mean: float
    recent: tuple[Floats, Floats] | None
    user: NDArray[np.int32]
    item: NDArray[np.int32]
    rating: Floats | None
    weight: Floats | None
    time: NDArray[np.int64] | None
    tables: tuple[Floats, ...]
    table_bias: tuple[Floats, ...]
    trace: dict[str, NDArray[np.float64]]
    timed: Timed | None


def written(fitted: Fitted, asked: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of a fitted model by name. asked: the parameters of the estimator.

    Raises
    ------
    DataError: ids, or cells of the tables, of a kind that the files cannot hold.
    """
    data, vectors = fitted.data, fitted.vectors
    arrays = _Arrays(
        vectors.users,
        vectors.items,
        vectors.user_bias,
        vectors.item_bias,
        float(vectors.mean),
        fitted.recent,
        *(data.user, data.item, data.rating, data.weight, data.time),
        tuple(one.table for one in fitted.embedded),
        tuple(one.bias for one in fitted.embedded),
        {name: column for name, column in fitted.trace.items() if name != _CLOCK},
        fitted.timed,
    )
    ids = {"users": _names(data.user_ids, "users"), "items": _names(data.item_ids, "items")}
    told = {
        "format": _FORMAT,
        "versions": {"casestudies": __version__, "numpy": np.__version__},
        "asked": dict(asked),
        "feedback": fitted.feedback,
        "penalties": vars(fitted.penalties),
        "half_life": fitted.half_life,
        "settings": dict(fitted.settings),
        "scale": data.scale,
        "zone": data.zone,
        "steps": fitted.steps,
        "certificate": fitted.certificate,
        "notes": fitted.notes,
        "findings": fitted.findings,
        "features": [one.features.to_dict() for one in fitted.embedded],
    }
    files = {_ARRAYS: _npz(arrays), _IDS: _json(ids), _SETTINGS: _json(told, indent=1)}
    for name, table in ((_ITEMS, data.items), (_USERS, data.users)):
        if len(table.columns):
            files[name] = _parquet(table, name)
    return files


def read(files: Mapping[str, bytes]) -> tuple[Fitted, dict[str, Any]]:
    """What `written` wrote: the fitted model, and the parameters of the estimator.

    Raises
    ------
    RunError: a file is missing, damaged, of another format, or does not fit the others.
    """
    try:
        for name in (_SETTINGS, _IDS, _ARRAYS):
            if name not in files:
                raise DataError(f"{name} is missing")
        told = json.loads(files[_SETTINGS])
        if told["format"] != _FORMAT:
            raise DataError(f"its format {shown(told['format'])} is not {_FORMAT}: another version made it")
        arrays, ids = _arrays(files[_ARRAYS]), json.loads(files[_IDS])
        data = _history(arrays, ids, told, files)
        vectors = Vectors(arrays.users, arrays.items, arrays.user_bias, arrays.item_bias, arrays.mean)
        features = [SideFeatures.from_dict(one) for one in told["features"]]
        joined = zip(features, arrays.tables, arrays.table_bias, strict=True)
        fitted = Fitted(
            vectors,
            data,
            told["feedback"],
            _penalties(told["penalties"]),
            tuple(Embedded(*one) for one in joined),
            told["half_life"],
            arrays.recent,
            told["settings"],
            tuple(told["notes"]),
            tuple(told["findings"]),
            arrays.trace,
            told["steps"],
            told["certificate"],
            arrays.timed,
        )
        _refuse_unfitting(fitted)
        return fitted, dict(told["asked"])
    except CaseError as error:
        raise RunError(f"the saved model cannot be used: {error.what}", advice=_ADVICE) from None
    except (LookupError, ValueError, TypeError, AttributeError, OSError, RecursionError) as error:
        raise RunError(f"the saved model is damaged ({shown(error)})", advice=_ADVICE) from None


def from_folder(folder: Path | str) -> dict[str, bytes]:
    """The files of a saved model that lie in a folder."""
    folder = Path(folder)
    if not folder.is_dir():
        raise RunError("there is no such folder", where=str(folder), advice="give the folder that `save` wrote")
    try:
        return {
            name: (folder / name).read_bytes()
            for name in (_ARRAYS, _IDS, _SETTINGS, _ITEMS, _USERS)
            if (folder / name).is_file()
        }
    except OSError as error:
        raise RunError(f"cannot be read: {error.strerror or error}", where=str(folder)) from None


def to_folder(folder: Path | str, files: Mapping[str, bytes]) -> None:
    """Writes the files; each is whole or as it was before, and the settings, without which no model is read, are last."""
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (_ITEMS, _USERS):
            if name not in files:
                (folder / name).unlink(missing_ok=True)
        for name in sorted(files, key=lambda name: name == _SETTINGS):
            temporary = folder / f".{name}.tmp"
            temporary.write_bytes(files[name])
            temporary.replace(folder / name)
    except OSError as error:
        raise RunError(f"cannot be written: {error.strerror or error}", where=str(folder)) from None


def _penalties(told: Mapping[str, Any]) -> Penalties:
    """Files from before ridges grew otherwise than with each rating do not say what is usual."""
    one = Penalties(**told)
    return replace(one, usual=(float(one.usual[0]), float(one.usual[1])))


def _npz(arrays: _Arrays) -> bytes:
    """By the writer of the core, which wants a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder, _ARRAYS)
        save(path, arrays)
        return path.read_bytes()


def _arrays(content: bytes) -> _Arrays:
    with TemporaryDirectory() as folder:
        path = Path(folder, _ARRAYS)
        path.write_bytes(content)
        try:
            return load(path, _Arrays)
        except DataError as error:
            raise DataError(f"{_ARRAYS} {error.what}") from None


def _json(told: Mapping[str, Any], indent: int | None = None) -> bytes:
    return (json.dumps(told, indent=indent, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _names(ids: pd.Index, what: str) -> dict[str, Any]:
    names = ids.tolist()
    for name in names:
        if type(name) not in (str, int, bool) and not (type(name) is float and np.isfinite(name)):
            raise DataError(
                f"the id {shown(name)} is neither text nor a number", where=what, advice="make ids text before the fit"
            )
    return {"dtype": str(ids.dtype), "ids": names}


def _index(told: Mapping[str, Any]) -> pd.Index:
    """Ids as they were: of the dtypes that `_names` lets through."""
    dtype = str(told["dtype"])
    if dtype not in ("str", "string", "object", "bool") and np.dtype(dtype).kind not in "iuf":
        raise DataError(f"{_IDS} holds ids of kind {shown(dtype)}")
    return pd.Index(told["ids"], dtype=dtype)


def _parquet(table: pd.DataFrame, name: str) -> bytes:
    plain = table.reset_index(drop=True)
    try:
        return bytes(plain.to_parquet(None))
    except (ValueError, TypeError) as error:  # pyarrow's errors are ValueErrors
        raise DataError(
            f"a column holds cells of several kinds ({shown(error, 80)})", where=name, advice="make the column text"
        ) from None


def _table(files: Mapping[str, bytes], name: str, ids: pd.Index) -> pd.DataFrame:
    if name not in files:
        return pd.DataFrame()
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(files[name]))
    if file.metadata.num_rows != len(ids):
        raise DataError(f"{name} has {file.metadata.num_rows:,} rows for {len(ids):,} ids")
    return file.read().to_pandas().set_axis(ids, axis=0)


def _history(
    arrays: _Arrays, ids: Mapping[str, Any], told: Mapping[str, Any], files: Mapping[str, bytes]
) -> Interactions:
    users, items = _index(ids["users"]), _index(ids["items"])
    scale = told["scale"]
    return Interactions(
        arrays.user,
        arrays.item,
        users,
        items,
        arrays.rating,
        arrays.weight,
        arrays.time,
        None if scale is None else (float(scale[0]), float(scale[1])),
        _table(files, _ITEMS, items),
        _table(files, _USERS, users),
        str(told["zone"]),
    )


def _refuse_unfitting(fitted: Fitted) -> None:
    """Numbers that contradict each other would only show as wrong lists, or as an IndexError, later."""
    vectors, data = fitted.vectors, fitted.data
    users, items = data.shape
    factors = vectors.users.shape[-1]
    wanted: dict[str, tuple[NDArray[Any], tuple[int, ...]]] = {
        "users": (vectors.users, (users, factors)),
        "items": (vectors.items, (items, factors)),
        "user_bias": (vectors.user_bias, (users,)),
        "item_bias": (vectors.item_bias, (items,)),
    }
    if fitted.recent is not None:
        wanted |= {"recent[0]": (fitted.recent[0], (users, factors)), "recent[1]": (fitted.recent[1], (users,))}
    if (timed := fitted.timed) is not None:
        wanted |= {"timed.items": (timed.items, (len(timed.items), BINS)), "timed.common": (timed.common, (BINS,))}
        of_users: dict[str, NDArray[Any]] = {"users": timed.users, "centre": timed.centre, "newest": timed.newest}
        wanted |= {f"timed.{name}": (array, (len(timed.users),)) for name, array in of_users.items()}
        wanted["timed.edges"] = timed.edges, (BINS - 1,)
    for number, one in enumerate(fitted.embedded):
        columns = len(one.features.names)
        wanted[f"tables[{number}]"] = one.table, (columns, factors)
        wanted[f"table_bias[{number}]"] = one.bias, (columns,)
    for name, (array, shape) in wanted.items():
        if array.shape != shape or not np.isfinite(array).all():
            raise DataError(f"{name} of {_ARRAYS} are not {' x '.join(map(str, shape))} finite numbers")
    for name, codes, count in (("user", data.user, users), ("item", data.item, items)):
        if codes.ndim != 1 or len(codes) != len(data) or not ((codes >= 0) & (codes < count)).all():
            raise DataError(f"{name} of {_ARRAYS} are not {len(data):,} numbers below {count:,}")
    for name, values in (("rating", data.rating), ("weight", data.weight), ("time", data.time)):
        if values is not None and (values.shape != (len(data),) or not np.isfinite(values).all()):
            raise DataError(f"{name} of {_ARRAYS} are not {len(data):,} finite numbers")
    if not (data.user_ids.is_unique and data.item_ids.is_unique):
        raise DataError(f"{_IDS} names somebody twice")
    if (fitted.half_life is None) != (fitted.recent is None):
        raise DataError(f"{_SETTINGS} and {_ARRAYS} do not agree on a half-life")
    if fitted.feedback not in ("explicit", "implicit") or (fitted.explicit and data.rating is None):
        raise DataError(f"{_SETTINGS} takes for explicit what holds no ratings")
