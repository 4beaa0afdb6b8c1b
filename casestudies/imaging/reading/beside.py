"""What stands beside the pixels: codes of headers, facts of each film, where it all came from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from casestudies.imaging.reading.labels import Labels
from casestudies.imaging.reading.planned import Planned
from casestudies.imaging.reading.sources import Found, digest_of
from casestudies.imaging.reading.taking import Taken
from casestudies.tabular.read import Source

_HEADER = ("view", "laterality", "modality")  # what DICOM says of a film


def view_words(plan: Planned, labels: Labels | None) -> list[str]:
    """(images,) the view of each, as the table says; empty where it says none."""
    column = labels.columns.get("view") if labels else None
    if column is None or column not in plan.beside:
        return []
    return [str(word).strip() for word in plan.beside[column].fillna("")]


def with_header(table: pd.DataFrame, labels: Labels | None, got: Taken) -> pd.DataFrame:
    """With view, laterality and modality of the headers, where they say any and the table does not."""
    if labels is not None:  # under the names of the contract, whatever the file calls them
        names = {labels.columns[role]: role for role in ("view", "laterality") if role in labels.columns}
        table = table.rename(
            columns={name: role for name, role in names.items() if name not in (*labels.history, *labels.groups)}
        )
    for name in _HEADER:
        words = [getattr(facts, name) for facts in got.facts]
        if name not in table and any(words):
            table[name] = pd.Series(words, dtype="str").replace("", np.nan)
    return table


def facts_of(got: Taken) -> pd.DataFrame:
    """The facts of each film, as `Films` has them."""
    prepared = got.preparation
    return pd.DataFrame(
        {
            "height": got.sizes[:, 0],
            "width": got.sizes[:, 1],
            "bits": np.array([prepared.bits if told.assumed else told.bits for told in got.facts], dtype=np.int64),
            "inverted": np.array([told.inverted for told in got.facts], dtype=bool),
            "format": pd.Series([told.format for told in got.facts], dtype="str"),
            "spacing": np.array(
                [prepared.spacing(h, w, told) for (h, w), told in zip(got.sizes.tolist(), got.facts, strict=True)],
                dtype=float,
            ),
        },
        index=range(len(got.rows)),
    )


def source_of(path: Path, found: Found, got: Taken, images: int) -> Source:
    """Name, hash and size of all that was read. images: how many there are, also where none was read for errors of the labels."""
    table = found.labels.table.source if found.labels else None
    read = (got.sha256,) if got.bytes else ()
    return Source(
        name=path.name,
        sha256=digest_of((*read, *found.sha256)) if read or found.sha256 else "",
        bytes=found.bytes + got.bytes,
        format=found.form,
        encoding=table.encoding if table else None,
        separator=table.separator if table else None,
        decimal=table.decimal if table else None,
        header_line=table.header_line if table else None,
        rows=images,
        columns=table.columns if table else 0,
        notes=table.notes if table else (),
    )
