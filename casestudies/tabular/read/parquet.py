"""Parquet files: typed columns kept as they are, within limits that the metadata and the dictionaries are held to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as kinds

from casestudies.errors import DataError, shown
from casestudies.tabular.read.names import chosen_names
from casestudies.tabular.read.table import Limits, Reading, ReadOptions, as_text, framed

_SMALLER = "keep only the columns and rows that are needed"
_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype(), pa.bool_(): pd.BooleanDtype()}
_NO_COLUMN = (kinds.is_nested, kinds.is_binary, kinds.is_large_binary, kinds.is_fixed_size_binary, kinds.is_duration)
_SPELLED = (kinds.is_decimal, kinds.is_time, kinds.is_null)  # read as text: pandas has no type that loses nothing


def read_parquet(content: bytes, options: ReadOptions, limits: Limits, where: str) -> Reading:
    """The whole table. Whole numbers and booleans with missing values become pandas' `Int64` and `boolean`.

    Texts (empty = missing), decimals and times of day become text, days become dates at midnight, dictionary columns
    of text become categories. Nested, binary and duration columns are refused by name.

    Raises
    ------
    DataError: damaged, encrypted, too large, no rows, or columns of a type that is no column of a table.
    """
    try:
        schema = pq.read_schema(pa.BufferReader(content))
        # Texts stay dictionaries until their full size is known: a page of a few bytes may stand for a terabyte.
        texts = [field.name for field in schema if is_text(field.type)]
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        _check_size(file.metadata, len(schema), limits, where)
        check_types(schema, where)
        table = file.read()
        check_laid_out(table, limits, where)
        table.validate(full=True)
        columns = [as_series(column, kind) for column, kind in zip(table.columns, schema.types, strict=True)]
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise DataError(
            f"the Parquet file is damaged ({shown(problem, 80)})", where=where, advice="write it again"
        ) from None
    if not table.num_rows:
        raise DataError("the file has no rows", where=where, advice="write it again with its rows")
    names, changes = chosen_names(options.names, schema.names, where)
    return Reading(framed(columns, names), np.arange(1, table.num_rows + 1, dtype=np.int64), notes=changes)


def _check_size(facts: pq.FileMetaData, columns: int, limits: Limits, where: str) -> None:
    beyond = limits.exceeded(facts.num_rows, columns)
    size = sum(facts.row_group(group).total_byte_size for group in range(facts.num_row_groups))
    if not beyond and size > limits.bytes:
        beyond = f"unpacks to {size:,} bytes; the limit is {limits.bytes:,}"
    if beyond:
        raise DataError(f"the table {beyond}", where=where, advice=_SMALLER)


def check_laid_out(table: pa.Table, limits: Limits, where: str) -> None:
    if sum(map(_size, table.columns)) > limits.bytes:
        raise DataError(f"the columns take more than {limits.bytes:,} bytes, the limit", where=where, advice=_SMALLER)


def check_types(schema: pa.Schema, where: str) -> None:
    for field in schema:
        kind = field.type.value_type if kinds.is_dictionary(field.type) else field.type
        if any(unfit(kind) for unfit in _NO_COLUMN):
            raise DataError(
                f"column {shown(field.name)} holds {shown(kind)} values, not one number, date or text a row",
                where=where,
                advice="flatten, convert or drop the column",
            )


def is_text(kind: pa.DataType) -> bool:
    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))


def _size(column: pa.ChunkedArray) -> int:
    """Bytes of the column once every row holds its own value."""
    total = 0
    for chunk in column.chunks:
        total += chunk.nbytes
        if kinds.is_dictionary(chunk.type) and is_text(chunk.type.value_type):
            lengths = pc.fill_null(pc.binary_length(chunk.dictionary), 0)
            total += pc.sum(pc.take(pc.cast(lengths, pa.int64()), chunk.indices)).as_py() or 0
    return total


def as_series(column: pa.ChunkedArray, kind: pa.DataType | None = None) -> pd.Series:
    """`kind` is the column's type in the file, where it differs: what is a dictionary there is a category here."""
    kind = column.type if kind is None else kind
    if is_text(kind) or any(spelled(kind) for spelled in _SPELLED):
        text = column.cast(pa.large_string()).combine_chunks()
        return as_text(pc.if_else(pc.equal(text, ""), None, text))
    if kinds.is_date(kind):
        column = column.cast(pa.timestamp("ms"))
    if column.null_count and kinds.is_integer(kind):
        column = column.cast(pa.uint64() if kinds.is_unsigned_integer(kind) else pa.int64())
    series: pd.Series = column.to_pandas(types_mapper=_NULLABLE.get if column.null_count else None)
    return series
