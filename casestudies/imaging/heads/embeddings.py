"""Features of images that were made elsewhere, found by the images' file names."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError, shown

NAMES = ("file", "name", "names", "filename", "filenames", "image")
_LARGEST = 4 * 2**30  # bytes once unpacked: a million images of a thousand features
_SHOWN = 3


def embeddings(path: Path, names: Sequence[str] | NDArray[np.generic]) -> NDArray[np.float64]:
    """(rows, features) of the images `names`, in their order; the file may hold others too.

    Parameters
    ----------
    path: an .npz file with an array of file names (`names`, `filenames`, ...) as text and one array (rows, features) of numbers;
        or a .parquet file with a column of file names and the features as the columns beside it, or as one column of lists.
    names: of the images, as the labels' table or the folder writes them.

    Raises
    ------
    DataError: no such file, another form, images without features, a name twice, a feature that is not a finite number;
        the message names the first.
    """
    if not path.is_file():
        raise DataError("there is no such file", where=str(path), advice="give an .npz or .parquet file of features")
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise DataError(
            f"embeddings are read from .npz and .parquet files, not from {shown(suffix or 'a file without an ending')}",
            where=path.name,
        )
    held, features = _READERS[suffix](path)
    if features.ndim != 2 or len(features) != len(held) or not features.shape[1]:
        raise DataError(
            f"{len(held):,} names for features of shape {features.shape}",
            where=path.name,
            advice="give one row of features for each name",
        )
    place = {name: row for row, name in reversed(list(enumerate(held)))}
    if len(place) < len(held):
        first = next(row for row, name in enumerate(held) if place[name] != row)
        what = f"{len(held) - len(place)} names stand there twice, first {shown(held[first])}"
        raise DataError(what, where=f"{path.name}, row {first + 1}", advice="keep one row an image")
    wanted = [str(name) for name in names]
    lacking = [name for name in wanted if name not in place]
    if lacking:
        some = ", ".join(shown(name) for name in lacking[:_SHOWN]) + (", ..." if len(lacking) > _SHOWN else "")
        raise DataError(
            f"{len(lacking):,} of {len(wanted):,} images have no features: {some}",
            where=path.name,
            advice=f"its names are like {shown(held[0])}" if held else "it holds no rows",
        )
    found = features[[place[name] for name in wanted]].astype(np.float64)
    if not (finite := np.isfinite(found)).all():
        row, column = np.argwhere(~finite)[0]
        what = f"{int((~finite).sum()):,} features are not finite, first feature {column + 1} of {shown(wanted[row])}"
        raise DataError(what, where=path.name, advice="make the features anew")
    return found


def _npz(path: Path) -> tuple[list[str], NDArray[np.generic]]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _LARGEST:
            raise DataError(f"holds {size / 2**30:.1f} GB once unpacked", where=path.name, advice="4 GB at most")
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        objects = "allow_pickle" in str(error)
        what = "holds Python objects" if objects else f"is not readable as .npz ({shown(error, 80)})"
        advice = "save names as text: names=np.array(names, dtype=str)" if objects else "write it by numpy.savez"
        raise DataError(what, where=path.name, advice=advice) from None
    texts = [name for name, array in arrays.items() if array.dtype.kind in "US" and array.ndim == 1]
    tables = [name for name, array in arrays.items() if array.dtype.kind in "fiu" and array.ndim == 2]
    name = _named(texts, path)
    if len(tables) != 1:
        what = f"holds {len(tables)} tables of numbers ({', '.join(sorted(arrays)) or 'nothing'})"
        raise DataError(what, where=path.name, advice="give one array (rows, features) beside the names")
    held = arrays[name]
    text = np.char.decode(held, "utf-8") if held.dtype.kind == "S" else held
    return [str(one) for one in text.tolist()], arrays[tables[0]]


def _parquet(path: Path) -> tuple[list[str], NDArray[np.generic]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            size = sum(file.metadata.row_group(group).total_byte_size for group in range(file.metadata.num_row_groups))
            if size > _LARGEST:
                raise DataError(f"holds {size / 2**30:.1f} GB once unpacked", where=path.name, advice="4 GB at most")
            table = file.read()
    except (pa.ArrowException, OSError) as error:
        what = f"is not readable as Parquet ({shown(error, 80)})"
        raise DataError(what, where=path.name, advice="write it anew") from None
    texts = [f.name for f in table.schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
    name = _named(texts, path)
    column = table.column(name)
    if column.null_count:
        raise DataError(f"{column.null_count} names are missing", where=path.name, advice="name every row")
    rest = [field for field in table.schema if field.name != name]
    lists = [field for field in rest if _is_list(field.type)]
    if len(rest) == 1 and lists:
        return column.to_pylist(), _stacked(table.column(lists[0].name).combine_chunks(), path)
    odd = [f.name for f in rest if not (pa.types.is_floating(f.type) or pa.types.is_integer(f.type))]
    if odd or not rest:
        what = f"the column {shown(odd[0])} holds no numbers" if odd else "there are no features beside the names"
        raise DataError(what, where=path.name, advice="keep the names and the features only")
    columns = [table.column(field.name).to_numpy().astype(np.float64) for field in rest]
    return column.to_pylist(), np.column_stack(columns)


def _is_list(kind: object) -> bool:
    import pyarrow as pa

    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def _stacked(column: object, path: Path) -> NDArray[np.generic]:
    """(rows, features) of an Arrow column of lists, which must be of one length."""
    import pyarrow.compute as pc

    lengths = pc.unique(pc.list_value_length(column)).to_pylist()
    if len(lengths) > 1 or lengths == [None]:
        told = ", ".join("none" if one is None else str(one) for one in lengths[:_SHOWN])
        raise DataError(f"lists of {told} features", where=path.name, advice="give each image as many")
    try:
        flat = pc.list_flatten(column).to_numpy(zero_copy_only=False).astype(np.float64)
    except (TypeError, ValueError):
        raise DataError("the lists hold no numbers", where=path.name) from None
    return np.asarray(flat.reshape(-1, lengths[0] if lengths else 1))


def _named(texts: Sequence[str], path: Path) -> str:
    """The array or column that holds the file names."""
    known = [name for name in texts if name.lower() in NAMES] or list(texts)
    if len(known) != 1:
        what = "no file names stand in it" if not known else f"{', '.join(known)} may all be file names"
        raise DataError(what, where=path.name, advice="call the one with the file names `names`, and store it as text")
    return known[0]


_READERS = {".npz": _npz, ".parquet": _parquet}
