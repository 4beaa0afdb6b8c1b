"""A table before anything is trained, what a study asks of it, and a config to begin with."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from casestudies.api.files import as_file, folder_for, write_file
from casestudies.api.requests import further_files, resolve_request
from casestudies.errors import UsageError, one_line, shown
from casestudies.workflow.resolve import resolve
from casestudies.workflow.studies import Example, get_study, terms_of

if TYPE_CHECKING:
    import pandas as pd

    from casestudies.workflow.checking import CheckedTable


@dataclass(frozen=True, eq=False)
class CheckedData:
    """What `casestudies check` found, before anything is trained."""

    table: CheckedTable

    @property
    def loaded(self) -> Any:
        """The study's own value of the table."""
        return self.table.own

    @property
    def failed(self) -> bool:
        return bool(self.table.problems.errors)

    def lines(self) -> list[str]:
        """For people: what was read, then every fact with its first rows, errors first."""
        table, source = self.table, self.table.source
        lines = [f"{source.name}: {source.rows:,} rows, {source.columns} columns, {source.format}"]
        lines += [f"  {note}" for note in table.notes]
        for severity in ("error", "warning", "note"):
            for problem in table.problems.of(severity):
                lines.append(f"{severity}: {problem} [{problem.code}]")
                lines += [f"    row {p.row} (line {p.line}): {shown(p.value)}" for p in self._rows(problem)]
        errors = len(table.problems.errors)
        read = ", ".join(table.reads) or "none"
        lines.append(f"{errors} error{'' if errors == 1 else 's'}; {table.what}s: {read}")
        return [one_line(line) for line in lines]

    def _rows(self, first: Any) -> list[Any]:
        """Up to four further rows of a fact."""
        same = [p for p in self.table.problems if (p.code, p.column) == (first.code, first.column)]
        return [p for p in same[1:5] if p.row is not None and p.value is not None]

    def to_dict(self) -> dict[str, Any]:
        table = self.table
        frame = table.problems.to_frame()
        return {
            "file": table.source.name,
            "rows": table.source.rows,
            "notes": list(table.notes),
            "failed": self.failed,
            f"{table.what}s": list(table.reads),
            "kinds": dict(table.reads),
            "problems": frame.astype(object).where(frame.notna(), None).to_dict("records"),
        }

    def write_problems(self, path: Path) -> None:
        from casestudies.report import csv_safe

        problems = csv_safe(self.table.problems.to_frame())
        write_file(path, problems.to_csv(index=False, lineterminator="\n").encode("utf-8", "replace"))


def check_data(
    study: str,
    data: str | Path | pd.DataFrame | None = None,
    *,
    config: str | Path | Mapping[str, Any] | None = None,
    overrides: Iterable[str] = (),
    files: Mapping[str, Path] = MappingProxyType({}),
    variables: Mapping[str, str] = os.environ,
) -> CheckedData:
    """Read and check a table as a run would, and stop there."""
    told = get_study(study)
    with as_file(data) as file:
        resolved, path = resolve_request(told, file, config, overrides=overrides, files=files, variables=variables)
        further = further_files(told, resolved, variables) | dict(files)
        return CheckedData(told.check(told, resolved.config, path, further))


def describe(study: str) -> dict[str, Any]:
    """The contract and the settings of a study as rows of words."""
    from casestudies.workflow.settings import describe_settings

    settings, contract = terms_of(study)
    return {"study": study, "columns": contract.to_rows(), "settings": describe_settings(settings)}


def write_template(study: str, folder: Path) -> list[Path]:
    """A config with every setting, and the first rows of the demo as an example file.

    Raises
    ------
    UsageError: a file is there already; nothing is overwritten.
    """
    from casestudies.workflow.load import demo_csv

    told = get_study(study)
    demo = told.demo(200, 0)
    if told.example is None:
        example = Example(f"{study}.csv", {f"{study}.csv": demo_csv(demo.frame)})
    else:
        example = told.example()
    data = {**demo.defaults.get("data", {}), **example.settings.get("data", {}), "path": example.path}
    resolved = resolve(told.settings, defaults={**demo.defaults, **example.settings, "data": data})
    files = {folder / f"{study}.yaml": resolved.to_yaml().encode()}
    files |= {folder / name: content for name, content in example.files.items()}
    for path in files:
        if path.exists():
            raise UsageError(
                f"{shown(str(path), 200)} is there already", where="--out", advice="choose an empty folder"
            )
    for path, content in files.items():
        folder_for(path.parent)
        write_file(path, content)
    return list(files)
