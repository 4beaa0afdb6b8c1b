"""What an evaluation is asked for: which run, which new rows, and the few settings that a frozen model leaves open."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from casestudies.errors import ConfigError, RunError, UsageError, nearest, shown
from casestudies.runs import RunFolder, State
from casestudies.runs.folder import RUN
from casestudies.workflow.resolve import parse_overrides, resolve

if TYPE_CHECKING:
    from casestudies.workflow.studies import Study

EVALUATE = "evaluate"
# How the new file is read, how figures are judged and printed; everything else is frozen with the model.
OPEN = (
    *("gates", "interval", "report", "run", "seed", "snapshot.date"),
    *("data.read", "data.map", "data.dates", "data.where", "data.target", "data.positive"),
)


@dataclass(frozen=True)
class Parent:
    """The run that is judged.

    Parameters
    ----------
    folder: done, and as it was made. result_id: of its figures. data_sha256: of the table that it was trained on.
    """

    folder: RunFolder
    result_id: str
    data_sha256: str

    @classmethod
    def of(cls, folder: RunFolder) -> Self:
        """Raises RunError: it is not done, it was changed, or it is no run but something made of one."""
        if folder.state != State.DONE:
            raise RunError(f"is {folder.state}", where=folder.id, advice="evaluate a run that is done")
        if folder.verb != RUN:
            told = folder.request().get("parent", {})
            what = f"comes of {shown(folder.verb)} and has no model of its own"
            run = f"name the run behind it: {told['run']}" if told.get("run") else "name a run"
            raise RunError(what, where=folder.id, advice=run)
        if wrong := folder.verify():
            raise RunError(wrong[0], where=folder.id, advice="a changed run is not evaluated; make it again")
        made = folder.manifest()
        return cls(folder, made["result_id"], made["data_sha256"])

    @classmethod
    def beside(cls, folder: RunFolder, told: Mapping[str, Any]) -> Self:
        """The run that a request names, in the same store as the folder that the request is for.

        Raises
        ------
        RunError: as `of`; or it is not the run that the request meant.
        """
        found = cls.of(RunFolder(folder.path.parent / Path(str(told["run"])).name))
        if found.told() != dict(told):
            what = "is another run than the one that was to be evaluated"
            raise RunError(what, where=found.folder.id, advice="ask for the evaluation again")
        return found

    def told(self) -> dict[str, Any]:
        """As the request and the manifest of the evaluation name it."""
        sealed = hashlib.sha256((self.folder.path / "manifest.json").read_bytes()).hexdigest()
        return {"run": self.folder.id, "result_id": self.result_id, "manifest_sha256": sealed}


def asked(
    study: Study,
    folder: RunFolder,
    data: Path,
    files: Mapping[str, Path],
    overrides: Iterable[str] = (),
) -> dict[str, Any]:
    """The request of an evaluation; what request.json holds.

    Parameters
    ----------
    study: as it is for evaluations. folder: the run. data: rows with their outcomes. files: further tables of them.
    overrides: "key=value" texts; keys of `OPEN` only.

    Raises
    ------
    UsageError: the study has no such table. ConfigError: a setting that is frozen with the model. RunError: see `Parent.of`.
    """
    parent = Parent.of(folder)
    for name in files:
        if name not in study.files:
            what = f"there is no further table {shown(name)}"
            raise UsageError(
                what, where="--files", advice=nearest(name, study.files) if study.files else "leave it out"
            )
    overrides = list(overrides)
    _refuse_frozen(parse_overrides(overrides))
    before = folder.request()
    values = {**before["config"], "data": {**before["config"]["data"], "files": {}}}
    resolved = resolve(study.settings, values=values, overrides=overrides)
    known = dict(before.get("origins", {}))
    origins = {
        key: "flag" if origin == "flag" else known.get(key, "default") for key, origin in resolved.origins.items()
    }
    return {
        "verb": EVALUATE,
        "parent": parent.told(),
        "data": str(data),
        "files": {name: str(file) for name, file in files.items()},
        "config": resolved.config.model_dump(mode="json"),
        "origins": origins,
        "overrides": overrides,
    }


def _refuse_frozen(changes: Mapping[str, Any]) -> None:
    for key in _keys(changes):
        if not any(key == open_ or key.startswith(f"{open_}.") for open_ in OPEN):
            advice = "start a new run for it; an evaluation takes gates, interval, report, run, seed and how the file is read"
            raise ConfigError("is frozen with the model", where=f"--set {shown(key)}", advice=advice)


def _keys(values: Mapping[str, Any], prefix: str = "") -> list[str]:
    out = []
    for name, value in values.items():
        key = f"{prefix}{name}"
        out += _keys(value, f"{key}.") if isinstance(value, Mapping) and value else [key]
    return out
