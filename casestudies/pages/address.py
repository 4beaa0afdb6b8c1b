"""The address of a page: which study, run, upload and settings it speaks of. What stands there survives a reload.

An address can be sent by anybody, so all of it is checked here, and nothing in it can name a file of this computer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from casestudies.errors import ConfigError, UsageError, shown
from casestudies.runs import RunFolder, RunStore, State, studies

_SHA256 = re.compile(r"[0-9a-f]{64}")
LONGEST = 6_000  # characters of the settings; browsers and servers take addresses of 8,000
# Settings that name files of the computer the pages run on: never taken from a browser.
PATHS = ("data.path", "data.files", "report.logo", "report.notes")
# What this visitor looked at last; navigation by the sidebar drops it from the address.
_LAST, _LAST_STUDY = "run", "study"
_SEVERAL = "runs"
FURTHER = "file-"  # and a name: the parameter of a further table
OWN = "own"  # a visitor comes to the data page for a file of their own
DOOR = "door"  # the one study that the pages were opened for, if any


def known_studies() -> list[str]:
    """The studies these pages show: all there are, or the one they were opened for."""
    return [st.session_state[DOOR]] if st.session_state.get(DOOR) else studies()


def study() -> str:
    """The study this page is about: named in the address, else the one looked at last, else the first there is.

    Raises
    ------
    UsageError: the address names one that these pages do not show.
    """
    known = known_studies()
    last = st.session_state.get(_LAST_STUDY)
    name = st.query_params.get("study") or (last if last in known else known[0])
    if name not in known:
        raise UsageError(f"these pages do not show a study {shown(name)}", where="?study=", advice=f"open {known[0]}")
    st.session_state[_LAST_STUDY] = name
    if len(known) > 1 and st.query_params.get("study") != name:
        st.query_params["study"] = name
    return str(name)


def run() -> RunFolder | None:
    """The run in the address, else the one looked at last, else the newest finished one; None when there is none.

    Raises
    ------
    RunError: the address names a run that is not there.
    """
    name = st.query_params.get("run")
    found = latest() if name is None else RunStore.default().get(name)
    if found is not None:
        look_at(found)
    return found


def latest() -> RunFolder | None:
    """The run this visitor looked at last, else the newest finished one; None when there is none."""
    there = {folder.id: folder for folder in RunStore.default().all(st.session_state.get(DOOR))}
    last = there.get(str(st.session_state.get(_LAST)))
    return last or next((folder for folder in there.values() if folder.state == State.DONE), None)


def runs() -> list[RunFolder]:
    """The runs of `?runs=a,b`, in that order, each once; none where the address names none.

    Raises
    ------
    RunError: one of them is not there.
    """
    names = dict.fromkeys(filter(None, st.query_params.get(_SEVERAL, "").split(",")))
    return [RunStore.default().get(name) for name in names]


def beside(run: RunFolder) -> str:
    """`?runs=` for a run and the finished one of the same study before it, which comes first: what changed since."""
    older = (one for one in RunStore.default().all(run.study) if one.id < run.id and one.state == State.DONE)
    before = next(older, None)
    return run.id if before is None else f"{before.id},{run.id}"


def keep_runs(names: Iterable[str]) -> None:
    """Put runs into this page's address, or take them out of it."""
    if text := ",".join(names):
        st.query_params[_SEVERAL] = text
    elif _SEVERAL in st.query_params:
        del st.query_params[_SEVERAL]


def look_at(folder: RunFolder) -> None:
    """Name the run in the address, so that the page can be reloaded, kept and sent."""
    st.session_state[_LAST] = folder.id
    if st.query_params.get("run") != folder.id:
        st.query_params["run"] = folder.id


def forget(folder: RunFolder) -> None:
    """The run was erased."""
    if st.session_state.get(_LAST) == folder.id:
        del st.session_state[_LAST]


def upload(parameter: str = "data") -> Path | None:
    """The waiting upload that the address names by its hash; None without one, or when it is gone."""
    sha256 = st.query_params.get(parameter, "")
    if not _SHA256.fullmatch(sha256):
        return None
    folder = RunStore.default().root / ".uploads" / sha256
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return files[-1].absolute() if files else None


def files(names: Iterable[str]) -> dict[str, Path]:
    """The waiting uploads of a study's further tables, by name: `?file-NAME=` holds their hashes."""
    found = {name: upload(f"{FURTHER}{name}") for name in names}
    return {name: path for name, path in found.items() if path is not None}


def hashes(files: Mapping[str, Path]) -> dict[str, str]:
    """The other way round: the parameters that name these uploads."""
    return {f"{FURTHER}{name}": path.parent.name for name, path in files.items()}


def settings() -> dict[str, Any]:
    """The settings that the address carries, as nested values.

    Raises
    ------
    ConfigError: they are no such values, or name a file.
    """
    text = st.query_params.get("settings")
    if not text:
        return {}
    try:
        values = json.loads(text[:LONGEST])
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise ConfigError("the settings cannot be read", where="?settings=", advice="open the page without them")
    for key in PATHS:
        if _at(values, key) is not None:
            raise ConfigError(f"{key} cannot be set from a browser", where="?settings=", advice="use the command line")
    return values


def written(values: Mapping[str, Any]) -> str | None:
    """Nested settings as one parameter of an address; None when there is nothing to say.

    Raises
    ------
    ConfigError: they are longer than an address may be.
    """
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    if len(text) > LONGEST:
        advice = "put them into a config file: casestudies run STUDY --data FILE --config YAML"
        raise ConfigError(f"the settings take {len(text):,} characters, more than an address holds", advice=advice)
    return text if values else None


def keep(values: Mapping[str, Any]) -> None:
    """Put the settings into this page's address."""
    text = written(values)
    if text is not None:
        st.query_params["settings"] = text
    elif "settings" in st.query_params:
        del st.query_params["settings"]


def chosen_cut() -> float | None:
    """The reader's own cut that a report is asked for with, 0 to 1; anything else is none.

    It is not called `cut`: that one is bound to the slider of another page, and Streamlit lets no other page see it.
    """
    try:
        value = float(st.query_params.get("chosen", ""))
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """{"cost.fn": 5} as {"cost": {"fn": 5}}."""
    out: dict[str, Any] = {}
    for key, value in flat.items():
        *parents, leaf = key.split(".")
        inner = out
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[leaf] = value
    return out


def _at(values: Mapping[str, Any], key: str) -> Any:
    found: Any = values
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
