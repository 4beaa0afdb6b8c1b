"""The runs of a folder: listed, compared, verified, made again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casestudies.api.files import threads
from casestudies.api.finished import Run, open_run
from casestudies.errors import DataError, RunError, shown
from casestudies.runs import Event, RunFolder, RunStore, State, execute
from casestudies.runs.folder import RUN
from casestudies.workflow.studies import headline_of

if TYPE_CHECKING:
    from casestudies.runs.reproduction import Reproduction


def list_runs(study: str | None = None, *, runs: str | Path | None = None) -> list[dict[str, Any]]:
    """Every run with its state and headline, newest first."""
    return [_row(folder) for folder in RunStore.default(runs).all(study)]


def _row(folder: RunFolder) -> dict[str, Any]:
    row = {
        "run": folder.id,
        "study": folder.study,
        "state": str(folder.state),
        "data": "demo",
        "champion": "",
        "headline": "",
        "size": f"{folder.size() / 1e6:.1f} MB",
    }
    try:
        files = folder.sources()
        row["data"] = files[0].name if files else "demo (synthetic)"
        if folder.state == State.DONE:
            metrics = folder.read_json("metrics.json")
            row["champion"] = metrics["champion"]
            row["headline"] = headline_of(folder)
        elif (error := folder.error()) is not None:
            row["headline"] = error["message"][:80]
    except (RunError, KeyError, TypeError) as error:
        row["headline"] = f"damaged: {error}"[:80]
    return row


def compare_runs(first: str, second: str, *, runs: str | Path | None = None) -> dict[str, Any]:
    """What differs between two finished runs of one study: settings, figures, and each figure's difference with its interval.

    Returns
    -------
    {"runs": [ids], "config": {key: {id: value}}, "metrics": {key: {id: value}}, "pairs": [{"runs", "paired": whether the
    same rows judged both, "rows", "sentences", "differences": {figure: {"first", "second", "difference", "verdict"}}}]}.
    """
    from casestudies.workflow.compared import compared

    return compared([open_run(name, runs=runs).folder for name in (first, second)]).to_dict()


def reproduce(
    name: str | Path, *, runs: str | Path | None = None, on_event: Callable[[Event], None] | None = None
) -> Reproduction:
    """Run a run's request again into a new folder, and compare every result file by its SHA-256.

    Raises
    ------
    DataError: the data file is gone or changed. RunError: there is no such run, or it is not done or was changed.
    """
    from casestudies.runs.reproduction import Reproduction

    first = open_run(name, runs=runs)
    first.refuse_changed()
    request = first.folder.request()
    _same_data(first)
    folder = RunStore(first.path.parent.parent).create(first.folder.study, request)
    with threads(request["config"]["run"]["threads"]):
        execute(folder.request(), folder, on_event)
    return Reproduction.of(first.folder, folder)


def _same_data(run_: Run) -> None:
    """Raises DataError: a file that the run was made from is gone, or is another one now."""
    for path in run_.folder.sources():
        if not path.exists():
            advice = "put it back; what was handed in by a browser is erased when its job ends"
            raise DataError("the file that the run was made from is gone", where=shown(path, 200), advice=advice)
    request, known = run_.folder.request(), run_.folder.manifest()["data_sha256"]
    if not run_.folder.sources() or run_.folder.verb != RUN:
        return
    table = None if request["data"] is None else Path(request["data"])
    files = {name: Path(file) for name, file in request.get("files", {}).items()}
    found = run_.study.check(run_.study, run_.config, table, files).source.sha256
    if found != known:
        where = shown(table or next(iter(files.values())), 200)
        what = f"the data have changed since: SHA-256 is {found}, and was {known} at the run"
        raise DataError(what, where=where, advice="bring the file back as it was, or start a new run")


def verify_run(name: str, *, runs: str | Path | None = None) -> str:
    """A sentence when every file is as it was made.

    Raises
    ------
    RunError: one is not; the first is named.
    """
    run_ = open_run(name, runs=runs)
    if wrong := run_.folder.verify():
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise RunError(f"{wrong[0]}{more}", where=run_.id, advice="the folder was changed after the run")
    return f"{run_.id}: {len(run_.folder.manifest()['files'])} files are as they were made"
