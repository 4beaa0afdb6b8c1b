"""New images: hand some in, see the decision on each, and where in an image the model looks.

The address names each by its hash, and everything is drawn from it: a link, a reload and the browser's way back show the same.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import streamlit as st

from casestudies.pages import reading
from casestudies.pages.blocks import show_blocks
from casestudies.pages.memory import settle
from casestudies.pages.plain import plain, say
from casestudies.pages.tables import printable
from casestudies.report import csv_safe, visible
from casestudies.runs import RunFolder, RunStore
from casestudies.workflow.studies import Viewed, Viewing

MOST = 20  # images at once; an address holds their names
_SHA256 = re.compile(r"[0-9a-f]{64}")
_IMAGES, _ONE = "images", "image"  # in the address
_TURN = "upload:images"
_REMEMBERED = 64


def images(run: RunFolder) -> None:
    """Images handed in, the decision on each as a table, and one of them at a time."""
    viewer = reading.viewing(run)
    if viewer is None:
        say("This study answers no images.")
        return
    st.header("New images", anchor=False)
    paths = _handed_in(viewer)
    if not paths:
        say(
            "Hand in one image or several. Each is read as those of the run were, and taken as another patient's; none is kept "
            "for more than a day."
        )
        return
    known = ",".join(path.parent.name for path in paths)
    answers, notes = _answered(reading.key(run), known, viewer, paths)
    with st.container(gap="xsmall"):
        for note in notes:
            say(f"• {note}")
    st.dataframe(printable(answers.round(4)), hide_index=True, alt="The decision on each image")
    st.download_button(
        "Download as CSV",
        lambda: csv_safe(answers).to_csv(index=False, lineterminator="\n").encode("utf-8"),
        "images.csv",
        "text/csv",
        on_click="ignore",
    )
    path = _one_of(paths)
    viewed = _viewed(reading.key(run), path.parent.name, viewer, path)
    st.subheader(plain(viewed.name), anchor=False)
    say(viewed.words)
    show_blocks(viewed.blocks)


def _handed_in(viewer: Viewing) -> tuple[Path, ...]:
    turn = st.session_state.get(_TURN, 0)
    files = st.file_uploader(
        f"Images: {', '.join(viewer.types)}; at most {MOST}",
        type=list(viewer.types),
        accept_multiple_files=True,
        key=f"{_TURN}:{turn}",
    )
    if files:
        kept = [RunStore.default().keep_upload(file, file.name).parent.name for file in files[:MOST]]
        st.query_params[_IMAGES] = ",".join(dict.fromkeys(kept))
        st.query_params.pop(_ONE, None)
        st.session_state[_TURN] = turn + 1  # another widget next time: this one would hold the files in memory
        st.rerun()
    named = st.query_params.get(_IMAGES, "").split(",")[:MOST]
    folder = RunStore.default().root / ".uploads"
    found = [
        sorted((folder / name).iterdir())[-1].absolute()
        for name in named
        if _SHA256.fullmatch(name) and (folder / name).is_dir() and any((folder / name).iterdir())
    ]
    if len(found) < len([name for name in named if name]):
        st.info("Some images of this address are gone: they waited for more than a day.")
    return tuple(found)


def _one_of(paths: tuple[Path, ...]) -> Path:
    """The image to look at; the address says which."""
    by_hash = {path.parent.name: path for path in paths}
    key = "image:look"
    wanted = st.query_params.get(_ONE, "")
    st.session_state[key] = wanted if wanted in by_hash else next(iter(by_hash))
    st.selectbox(
        "Look at",
        list(by_hash),
        key=key,
        format_func=lambda name: visible(by_hash[str(name)].name),
        on_change=lambda: st.query_params.update({_ONE: st.session_state[key]}),
    )
    return by_hash[str(st.session_state[key])]


@st.cache_resource(max_entries=_REMEMBERED, show_spinner="Reading the images ...")
def _answered(run: str, known: str, _viewer: Viewing, _paths: tuple[Path, ...]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    answered = _viewer.answered(_paths)
    settle("images")
    return answered


@st.cache_resource(max_entries=_REMEMBERED, show_spinner="Looking where the model looks ...")
def _viewed(run: str, known: str, _viewer: Viewing, _path: Path) -> Viewed:
    viewed = _viewer.viewed(_path)
    settle("image")
    return viewed
