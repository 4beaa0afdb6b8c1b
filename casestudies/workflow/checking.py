"""What `casestudies check` and the Data page are told of a table, whatever the study does with it later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casestudies.tabular.problems import Problems
from casestudies.tabular.read import Source
from casestudies.workflow.studies import Study


@dataclass(frozen=True, eq=False)
class CheckedTable:
    """A table that was read and checked, and of which nothing was learnt yet.

    Parameters
    ----------
    rows: that are used. reads: {column: its kind or its part in the study} of those that the model reads.
    what: what they are ("feature", "column"), for one. own: the study's own value of the table.
    """

    source: Source
    rows: int
    problems: Problems
    notes: tuple[str, ...]
    reads: Mapping[str, str]
    what: str
    own: Any


def check_table(study: Study, settings: Any, path: Path | None, files: Mapping[str, Path]) -> CheckedTable:
    """Read and check the table of a study that compares table models, as its run would."""
    from casestudies.workflow.load import load

    incumbent = settings.model.incumbent
    loaded = load(study, settings, path, incumbent=incumbent, leaks_allowed=False, files=files)
    checked = loaded.checked
    if study.ahead is not None and not checked.problems.errors:
        study.ahead(checked, settings)
    reads = {name: checked.kinds[name] for name in checked.features}
    return CheckedTable(checked.source, len(checked.frame), checked.problems, loaded.notes, reads, "feature", loaded)
