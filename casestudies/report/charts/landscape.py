"""A function of two variables from above, and ways down on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    Array,
    figure,
    inline,
    number,
    reading,
    records,
    series_scale,
    table,
    thin,
    unlike,
)
from casestudies.report.charts.lines import series_legend
from casestudies.report.theme import GREY, INK

_LEVELS = 12, 9, 7, 5, 4, 3  # of height: the first that leaves no more corners than there is room for
_CORNERS, _POINTS = (
    1_000,
    240,
)  # marks of the contours, and points of all ways: on its line each is one mark, by itself another
_ROUND = 9  # corners that a line keeps at least
_BENT = 0.35  # power of the height: low ground, where ways end, gets most of the levels
_PALE, _DARK = 0.15, 0.95  # opacity of the highest and of the lowest contour


@reading(
    "A map from above: each line joins points of equal height, the darker the lower, and a cross marks the lowest places that are known. A way that crosses lines at right angles goes straight downhill; one that swings to and fro takes steps that are too large for the valley."
)
def landscape(
    x: Array,
    y: Array,
    height: Array,
    ways: Mapping[str, Array],
    *,
    goals: Sequence[Sequence[float]] = (),
    titles: tuple[str, str] = ("x", "y"),
    caption: str,
    alt_text: str,
) -> Figure:
    """Lines of equal height, the lowest the strongest, with a line for each way and a cross at each goal.

    Parameters
    ----------
    x, y: (cells,) rising, evenly spaced. height: (cells, cells), a row for each y.
    ways: by name, (points, 2); what lies outside the picture is cut off. goals: places worth reaching.
    """
    import altair as alt

    ends = [_ends(side) for side in (x, y)]
    across, up = (
        alt.X("x:Q", title=titles[0], scale=alt.Scale(domain=ends[0], nice=False), axis=alt.Axis(grid=False)),
        alt.Y("y:Q", title=titles[1], scale=alt.Scale(domain=ends[1], nice=False), axis=alt.Axis(grid=False)),
    )
    names = unlike(ways)
    marks = [
        row for name, way in zip(names, ways.values(), strict=True) for row in _way(name, way, _POINTS // len(names))
    ]
    legend = series_legend(names) if len(names) > 1 else None
    color = alt.Color("series:N", scale=alt.Scale(**series_scale(names, "color")), legend=legend)
    dash = alt.StrokeDash("series:N", scale=alt.Scale(**series_scale(names, "strokeDash")), legend=legend)
    walked = alt.Chart(inline(marks))
    steps = [alt.Tooltip("series:N", title="way"), alt.Tooltip("order:Q", title="step")]
    shade = alt.Opacity("low:Q", scale=alt.Scale(domain=[0, 1], range=[_DARK, _PALE]), legend=None)
    layers: list[Any] = [
        alt.Chart(inline(_contours(np.asarray(x), np.asarray(y), np.asarray(height))))
        .mark_line(color=GREY, strokeWidth=1.1, interpolate="cardinal", clip=True)
        .encode(x=across, y=up, detail=alt.Detail("kind:N"), order=alt.Order("order:Q"), opacity=shade),
        alt.Chart(inline(records(x=[goal[0] for goal in goals], y=[goal[1] for goal in goals])))
        .mark_point(shape="cross", size=130, color=INK, filled=True, opacity=1)
        .encode(x=across, y=up),
        walked.mark_line(clip=True, strokeWidth=1.8).encode(
            x=across, y=up, color=color, strokeDash=dash, order=alt.Order("order:Q")
        ),
        walked.mark_point(clip=True, filled=True, size=22, opacity=0.9).encode(
            x=across, y=up, color=color, tooltip=steps
        ),
    ]
    rows = [
        (name, f"{step:,}", number(float(way[step][0]), 4), number(float(way[step][1]), 4))
        for name, way in ways.items()
        for step in np.unique(np.linspace(0, len(way) - 1, min(len(way), 8)).astype(int))
    ]
    return figure(
        alt.layer(*layers),
        caption=caption,
        alt_text=alt_text,
        table=table(caption, ("Way", "step", *titles), rows),
        height=430,
    )


def _contours(x: Array, y: Array, height: Array) -> list[dict[str, Any]]:
    """The lines of equal height, as many levels as there is room for, each line by some of its corners."""
    from contourpy import contour_generator  # comes with matplotlib

    rise = ((height - height.min()) / (np.ptp(height) or 1.0)) ** _BENT  # nearly straight on the floor of a valley
    lines = contour_generator(x, y, rise).lines
    for levels in _LEVELS:
        found = [(level, np.asarray(line, dtype=float)) for level in range(1, levels) for line in lines(level / levels)]
        kept = [_corners(len(line), _CORNERS / sum(len(line) for _, line in found)) for _, line in found]
        if sum(map(len, kept)) <= _CORNERS:
            break
    room, shown = _CORNERS, []
    for (level, line), at in sorted(zip(found, kept, strict=True), key=lambda one: -len(one[1])):
        if len(at) <= room:  # the longest lines first, where there is no room for all
            shown.append((level, line, at))
            room -= len(at)
    rows = []
    for place, (level, line, at) in enumerate(shown):
        rows += records(
            x=line[at, 0], y=line[at, 1], low=np.full(len(at), level / levels), kind=[str(place)] * len(at), order=at
        )
    return rows


def _corners(length: int, share: float) -> Array:
    """Which corners of a line are drawn: a share of them, yet enough for it to stay round."""
    count = min(length, max(int(share * length), _ROUND))
    return np.unique(np.linspace(0, length - 1, count).astype(int))


def _way(name: str, way: Array, most: int) -> list[dict[str, Any]]:
    at = thin(way[:, 0], way[:, 1], most)
    return records(x=way[at, 0], y=way[at, 1], series=[name] * len(at), order=at)


def _ends(side: Array) -> list[float]:
    half = (side[1] - side[0]) / 2
    return [float(side[0] - half), float(side[-1] + half)]
