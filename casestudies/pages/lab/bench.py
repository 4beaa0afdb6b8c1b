"""What every page of the lab has: widgets that live in the address, fits that are kept, and the lines that make a picture again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from casestudies.errors import MissingExtra
from casestudies.pages import address
from casestudies.pages.blocks import show_block
from casestudies.pages.complaints import said
from casestudies.pages.plain import plain, say
from casestudies.report import Block, Code, Heading, Report, Section, numbered
from casestudies.runs import RunStore

KEPT = 64  # results of one kind that the server remembers, for all visitors together
SEED = (0, 999)
_BUSY = "Fitting ..."
T = TypeVar("T")


@contextmanager
def one_thread() -> Iterator[None]:
    """A small fit is quicker on one thread, and does not hold up those of other visitors.

    Raises
    ------
    MissingExtra: torch is not installed.
    """
    if find_spec("torch") is None:
        raise MissingExtra("torch", "torch", where="the optimiser lab")
    import torch

    torch.set_num_threads(1)
    yield


def kept(compute: Callable[..., T]) -> Callable[..., T]:
    """`compute`, its last results remembered by their arguments."""
    cached: Callable[..., T] = st.cache_resource(max_entries=KEPT, show_spinner=_BUSY)(compute)
    return cached


def few(compute: Callable[..., T]) -> Callable[..., T]:
    """`compute`, its last two results remembered: tables are large."""
    cached: Callable[..., T] = st.cache_resource(max_entries=2, show_spinner=_BUSY)(compute)
    return cached


def choice(label: str, key: str, options: Mapping[str, str], start: str, *, help: str | None = None) -> str:
    """One of several, by name; the address has `?KEY=` of the name."""
    names = list(options)
    titles = [options[name] for name in names]
    found = st.selectbox(plain(label), titles, names.index(start), key=key, bind="query-params", help=help)
    return names[titles.index(found)] if found in titles else start


def number(label: str, key: str, ends: tuple[float, float], start: float, step: float, *, form: str = "%g") -> float:
    """A number on a slider; the address has `?KEY=`."""
    low, high = ends
    held = min(max(start, low), high)
    return float(st.slider(plain(label), low, high, held, step, format=form, key=key, bind="query-params"))


def whole(label: str, key: str, ends: tuple[int, int], start: int, step: int = 1) -> int:
    """A whole number on a slider; the address has `?KEY=`."""
    return int(st.slider(plain(label), *ends, start, step, key=key, bind="query-params"))


def part(key: str, parts: Mapping[str, str]) -> str:
    """Which part of a page is open; the address has `?KEY=` of its title."""
    titles = list(parts.values())
    found = st.radio(
        "Part of this page", titles, horizontal=True, key=key, bind="query-params", label_visibility="collapsed"
    )
    return next((name for name, title in parts.items() if title == found), next(iter(parts)))


def handed_in(label: str, types: Sequence[str], key: str) -> Path | None:
    """The visitor's file as it lies on the disk, named in the address by its hash (`?data=`); None = none was handed in."""
    limit, turn = int(st.get_option("server.maxUploadSize")), st.session_state.get(f"{key}:turn", 0)
    words = f"{label} ({', '.join(types)}; at most {limit} MB)"
    file = st.file_uploader(plain(words), type=list(types), max_upload_size=limit, key=f"{key}:{turn}")
    if file is not None:
        st.query_params["data"] = RunStore.default().keep_upload(file, file.name).parent.name
        st.session_state[f"{key}:turn"] = turn + 1  # another widget next time: this one would hold the file in memory
        st.rerun()
    path = address.upload()
    if path is not None:
        say(f"{path.name} is here, {path.stat().st_size:,} bytes. Hand in another file to replace it.")
    elif "data" in st.query_params:
        st.info("The file of this address is gone: it waited for more than a day. Made-up data are shown.")
    return path


def abreast(count: int) -> Sequence[Any]:
    """Columns for widgets; one below the other on a narrow screen."""
    return st.columns(count, vertical_alignment="bottom")


def shown(blocks: Sequence[Block], code: Code) -> None:
    """The blocks, numbered as in a report, and behind a fold the lines that make the first picture again."""
    with said():
        page = Report("Lab", "", "", "", "", (Section("lab", "Lab", tuple(blocks)),))
        for block in numbered(page).sections[0].blocks:
            if isinstance(block, Heading):
                st.header(plain(block.text), anchor=False)  # below the page's title there is no other level between
            else:
                show_block(block)
        with st.expander("The five lines of Python that make the first picture", type="compact"):
            st.code(code.text, language="python", wrap_lines=True)
