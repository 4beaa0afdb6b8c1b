"""The blocks of a report on a page: the same values that the HTML file and the PDF print.

Streamlit reads Markdown nearly everywhere, so text goes through `plain` or through an element that reads none. Tables
are the report's own HTML, with caption and row heads; its one escaping function makes them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from casestudies.pages.plain import plain, say
from casestudies.report import (
    Block,
    Code,
    Figure,
    Gallery,
    Heading,
    Metrics,
    Note,
    Picture,
    Section,
    Table,
    Text,
    blended,
    visible,
)
from casestudies.report.gallery import MADE_UP, OPACITY, pictures_of, said
from casestudies.report.html_blocks import TALL, block_element


def show_blocks(blocks: Iterable[Block]) -> None:
    """One block below the other."""
    for block in blocks:
        show_block(block)


def show_block(block: Block) -> None:
    match block:
        case Heading():
            st.subheader(plain(block.text), anchor=False)
        case Text():
            say(block.text)
        case Note(kind="warning"):
            st.warning(plain(block.text))
        case Note():
            st.info(plain(block.text))
        case Metrics():
            show_metrics(block)
        case Table() if len(block.rows) > TALL:
            with st.expander(plain(f"{block.label}. {block.caption}" if block.label else block.caption)):
                st.html(block_element(block))
        case Table():
            st.html(block_element(block))
        case Figure():
            show_figure(block)
        case Picture() | Gallery():
            show_pictures(block)
        case Code():
            st.code("\n".join(map(visible, block.lines())), language=None)


def show_metrics(metrics: Metrics) -> None:
    """Figures side by side, the interval below each; one below the other on a narrow screen."""
    for column, item in zip(st.columns(len(metrics.items)), metrics.items, strict=True):
        with column.container(border=True, height="stretch", gap="xsmall"):
            st.metric(plain(item.label), plain(item.value))
            if item.interval:
                say(item.interval)
            if item.comment:
                st.caption(plain(item.comment))


def show_figure(figure: Figure) -> None:
    """A chart with its caption, a text for those who do not see it, and the table behind it."""
    draw(figure.spec, figure.alt)
    label = f"{figure.label}. " if figure.label else ""
    st.caption(plain(label + figure.caption))
    name = plain(figure.label.lower()) if figure.label else "this chart"
    with st.expander(f"How to read {name}, and the table behind it", type="compact"):
        say(figure.reading)
        if figure.table is not None:
            show_block(figure.table)


@st.fragment
def show_pictures(block: Picture | Gallery) -> None:
    """Pictures in rows, and one slider for how strongly their overlays show; moving it draws nothing else again."""
    pictures = pictures_of(block)
    strength = OPACITY
    key = block.label or hashlib.sha256(pictures[0].png).hexdigest()[:16]
    if any(picture.overlay for picture in pictures):
        words = "How strongly the overlay shows, in per cent"
        strength = st.slider(words, 0, 100, round(100 * OPACITY), key=f"overlay-{key}") / 100
    columns = block.columns if isinstance(block, Gallery) else 2  # one picture alone has half of the page
    with st.container(key=f"pictures-{key}"):  # page.css: two abreast on a narrow screen
        for start in range(0, len(pictures), columns):
            for place, picture in zip(st.columns(columns), pictures[start : start + columns], strict=False):
                with place.container(gap="xxsmall"):
                    st.image(
                        blended(picture.png, picture.overlay, strength),
                        alt=said(picture, block.label),
                        width="stretch",
                        output_format="PNG",  # not a byte of a film is to be smoothed away
                    )
                    if picture is not block and picture.caption:
                        st.caption(plain(picture.caption))
                    if picture.synthetic:
                        st.caption(plain(MADE_UP))
    st.caption(plain((f"{block.label}. " if block.label else "") + block.caption))


def draw(spec: Mapping[str, Any], alt: str) -> None:
    """A chart as wide as its place, in the report's own look, which takes the page's colour of text."""
    datasets = spec.get("datasets", {})
    own = {key: value for key, value in spec.items() if key not in ("datasets", "description")}
    st.vega_lite_chart(_inlined(own, datasets) | {"width": "container"}, theme=None, alt=alt, width="stretch")


def by_heading(section: Section) -> list[Section]:
    """The section in parts: what it says before its first heading, then from each heading to the next, titled by it."""
    parts: list[tuple[str, list[Block]]] = [(section.title, [])]
    for block in section.blocks:
        if isinstance(block, Heading) and block.level == 1:
            parts.append((block.text, []))
        else:
            parts[-1][1].append(block)
    return [Section(section.key, title, tuple(blocks)) for title, blocks in parts]


def _inlined(part: Any, datasets: Mapping[str, Any]) -> Any:
    """The chart with its data in place: Streamlit would turn named data into columns, and a list in a cell into text."""
    if isinstance(part, Mapping):
        if set(part) == {"name"} and part["name"] in datasets:
            return {"values": datasets[part["name"]]}
        return {key: _inlined(value, datasets) for key, value in part.items()}
    return [_inlined(item, datasets) for item in part] if isinstance(part, list) else part
