"""What has changed since the last run of a study on the same data.

A run's own report never says it, since a report depends on its folder alone and not on what else lies beside it; it is said
where it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from casestudies.errors import RunError, UsageError, shown
from casestudies.runs import RunFolder, RunStore, State
from casestudies.workflow.compared import Compared, compared

LAST = "last"


def since(run: RunFolder, text: str, store: RunStore) -> Compared:
    """A run beside an earlier one, which comes first.

    Parameters
    ----------
    text: "last", or what names a run on the command line: an id, or its folder.

    Raises
    ------
    UsageError: there is no last run, or the named one is this run itself, or one of another study.
    RunError: there is no such run, it is not finished, or a file of it is not as it was made.
    """
    if text != LAST:
        before = store.get(text)
    elif (found := last_before(run, store.all(run.study))) is None:
        what = f"there is no earlier finished run of {run.study} on the same data"
        raise UsageError(what, where="--since last", advice="name a run, or list them with: casestudies runs list")
    else:
        before = found
    if before.path.resolve() == run.path.resolve():
        raise UsageError(f"{shown(text)} is the run itself", where="--since", advice="name an earlier run")
    if before.state == State.DONE and (wrong := before.verify()):
        raise RunError(wrong[0], where=before.id, advice="a changed folder is not reported; name another run")
    return compared([before, run])


def last_before(run: RunFolder, runs: Sequence[RunFolder]) -> RunFolder | None:
    """The newest of the runs that ended before this one began and read the same data: the same bytes, or a file of its name.

    Parameters
    ----------
    runs: of the same study, newest first.
    """
    names = [one.id for one in runs]
    older = runs[names.index(run.id) + 1 :] if run.id in names else []
    done = (one for one in older if one.state == State.DONE and one.verb == run.verb)
    return next((one for one in done if same_data(one, run)), None)


def same_data(one: RunFolder, other: RunFolder) -> bool:
    """Whether two finished runs read the same bytes, or files of one name; of the demo, both did."""
    if one.manifest()["data_sha256"] == other.manifest()["data_sha256"]:
        return True
    paths = [run.request().get("data") for run in (one, other)]
    if None in paths:
        return paths == [None, None] and one.manifest()["synthetic"] and other.manifest()["synthetic"]
    return Path(str(paths[0])).name == Path(str(paths[1])).name
