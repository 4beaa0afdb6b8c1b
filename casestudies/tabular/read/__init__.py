"""Reading a stranger's file: any CSV, Excel or Parquet table, as it was typed, with every choice said.

Nothing is converted and nothing is lost in silence: "NA", "007" and "1e5" stay texts, missing is the empty cell and
what `data.read.missing` names. What cannot be read for certain is refused, with the line and what to do.
"""

from __future__ import annotations

from pathlib import Path

from casestudies.errors import shown
from casestudies.tabular.read.contents import read_contents
from casestudies.tabular.read.layout import NoHeader
from casestudies.tabular.read.table import Limits, Reading, ReadOptions, Source, Table, framed, without_texts

__all__ = ["Limits", "NoHeader", "ReadOptions", "Source", "Table", "read_table"]


def read_table(path: Path, options: ReadOptions = ReadOptions(), limits: Limits = Limits()) -> Table:  # noqa: B008
    """The table in a file, whatever the file is called: its first bytes decide.

    Text may be packed as gzip; zip archives, old .xls workbooks and all else are refused by name.

    Parameters
    ----------
    path: a plain file.
    options: what is not to be found but known; None = found, and said in `source.notes`.
    limits: what is refused as too large, before or while it is read.

    Returns
    -------
    Table: `frame` of texts (Parquet: typed columns too), `source`, `lines` of the rows.

    Raises
    ------
    DataError: the file cannot be opened, is no table, is damaged, ambiguous or too large; the message says what, on
        which line, and what to do.
    ConfigError: an option that no file could be read with.

    Example
    -------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "loans.csv"
    ...     _ = file.write_text("id;amount\\n007;12,50\\n008;\\n")
    ...     table = read_table(file)
    >>> table.frame["id"].tolist(), table.source.separator, table.source.decimal
    (['007', '008'], ';', ',')
    """
    contents = read_contents(path, limits)
    where = shown(contents.name, 80)
    reading, form = _read(contents.content, contents.packed, options, limits, where)
    notes = (("unpacked from gzip",) if contents.packed else ()) + reading.notes
    frame = reading.frame
    if options.missing:
        texts = {text.strip() for text in options.missing}
        frame = framed(
            [without_texts(frame.iloc[:, place], texts) for place in range(frame.shape[1])], list(frame.columns)
        )
    source = Source(
        name=contents.name,
        sha256=contents.sha256,
        bytes=contents.size,
        format=form,
        encoding=reading.encoding,
        separator=reading.separator,
        decimal=reading.decimal,
        header_line=reading.header_line,
        rows=len(frame),
        columns=frame.shape[1],
        notes=notes,
    )
    return Table(frame, source, reading.lines)


def _read(content: bytes, packed: bool, options: ReadOptions, limits: Limits, where: str) -> tuple[Reading, str]:
    # The readers are imported here: a CSV needs neither calamine nor the Parquet library.
    if not packed and content.startswith(b"PAR1"):
        from casestudies.tabular.read.parquet import read_parquet

        return read_parquet(content, options, limits, where), "parquet"
    if not packed and content.startswith(b"PK\x03\x04"):
        from casestudies.tabular.read.excel import read_excel

        return read_excel(content, options, limits, where), "excel"
    from casestudies.tabular.read.delimited import read_delimited

    return read_delimited(content, options, limits, where), "csv"
