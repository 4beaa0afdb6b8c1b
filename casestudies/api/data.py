"""Public data sets, and text tables of any size as Parquet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from casestudies.api.files import elsewhere
from casestudies.errors import DataError, UsageError, shown
from casestudies.runs import Event
from casestudies.runs.disk import whole_file
from casestudies.workflow.resolve import resolve
from casestudies.workflow.settings import Settings

if TYPE_CHECKING:
    from casestudies.datasets import Fetched
    from casestudies.tabular.read.conversion import Converted


def fetch_data(
    name: str,
    source: str | Path | None = None,
    *,
    out: str | Path | None = None,
    force: bool = False,
    on_event: Callable[[Event], None] | None = None,
    variables: Mapping[str, str] = os.environ,
) -> Fetched:
    """A public data set, from its publisher or from a file you bring, where its config in `examples/` reads it.

    Parameters
    ----------
    name: see `casestudies data list`.
    source: the publisher's archive, its one file, or a folder with its files; None downloads.
    out: the folder of data: here, else $CASESTUDIES_DATA, else ./data.
    force: replace another file of the same name.

    Raises
    ------
    UsageError: a login or a connection is needed, another file is in the place, or the disk refuses.
    DataError: the bytes are not the publisher's, or cannot be had.
    """
    from casestudies.datasets import data_set, fetch

    return fetch(
        data_set(name),
        Path(out or variables.get("CASESTUDIES_DATA") or "data"),
        source=None if source is None else Path(source),
        force=force,
        offline=variables.get("CASESTUDIES_OFFLINE", "") not in ("", "0"),
        on_event=on_event or (lambda event: None),
    )


def convert(
    data: str | Path,
    out: str | Path,
    *,
    overrides: Iterable[str] = (),
    on_part: Callable[[float], None] | None = None,
) -> Converted:
    """A text table of any size as Parquet, in row groups of 100,000 rows, a part of it in memory at a time.

    Parameters
    ----------
    overrides: "data.read.encoding=cp1252", ...: how the text is read, where that is not found from it.
    on_part: called with the share that is done.

    Raises
    ------
    DataError: the text is no table, or a row of it cannot be read; nothing is written then.
    UsageError: the output cannot be written, or is not called .parquet.
    """
    from casestudies.tabular.read.conversion import to_parquet
    from casestudies.workflow.load import read_options

    source, target = Path(data), Path(out)
    if target.suffix != ".parquet":
        raise UsageError(f"{shown(target.name)} is not called .parquet", where="OUT", advice="rename it")
    if not source.is_file():
        raise DataError(f"there is no file {shown(data, 200)}", where="FILE", advice="check the path")
    if target.exists() and target.samefile(source):
        raise UsageError("is the file that is read", where="OUT", advice="choose another name")
    settings = resolve(Settings, values={"study": "any"}, overrides=overrides).config
    with elsewhere(target), whole_file(target) as temporary:
        return to_parquet(source, temporary, read_options(settings), on_part)
