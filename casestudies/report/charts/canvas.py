"""What every chart needs: safe records, few enough points, and a finished figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import numpy as np
import numpy.typing as npt

from casestudies.report.blocks import Figure, Table
from casestudies.report.text import everywhere, visible
from casestudies.report.theme import CONFIG, DASHES, PALETTE, SHAPES

if TYPE_CHECKING:
    import altair as alt

Array = npt.NDArray[Any]
P = ParamSpec("P")
# tick labels of figures of unknown size: 250, 5,000, 20k, 1.2M, 3B
SHORT = "abs(datum.value) >= 10000 ? replace(format(datum.value, '.3~s'), 'G', 'B') : datum.label"
WIDTH = 620  # pixels; the HTML page puts the width of its column in place of it
MARKS = 1_500  # a chart draws at most
LABEL = 48  # characters
BAR = 22  # pixels a horizontal bar takes


def records(**columns: Iterable[Any]) -> list[dict[str, Any]]:
    """One record a mark, under field names of our own, so that a user's name is only ever a value.

    Numbers are rounded to 6 significant digits; a record that holds a number that is not finite is left out.
    """
    names = tuple(columns)
    made = ([_plain(value) for value in row] for row in zip(*columns.values(), strict=True))
    return [dict(zip(names, row, strict=True)) for row in made if None not in row]


def inline(rows: list[dict[str, Any]]) -> alt.InlineData:
    """Records as the data of a chart."""
    import altair as alt

    return alt.InlineData(values=tuple(rows))  # a list would be copied, cell by cell, at every step of making a chart


def thin(x: Array, y: Array, limit: int) -> Array:
    """Indices of at most `limit` points that keep the shape of the line, its ends and its extremes.

    Points are taken at equal steps of the length along the line, each axis scaled to its range, so steep parts get as
    many as flat ones; a jump longer than such a step keeps both of its ends.
    """
    if len(x) <= limit:
        return np.arange(len(x))
    steps = np.hypot(np.diff(x) / (np.ptp(x) or 1), np.diff(y) / (np.ptp(y) or 1))
    length = np.concatenate([[0.0], np.cumsum(steps)])
    always = [0, len(x) - 1, int(np.argmin(y)), int(np.argmax(y))]
    count, at = limit, np.arange(len(x))
    while len(at) > limit:
        count = count * 4 // 5
        jumps = np.flatnonzero(steps > length[-1] / count)
        along = np.searchsorted(length, np.linspace(0, length[-1], count))
        at = np.unique(np.concatenate([always, along, jumps, jumps + 1]).astype(int))
    return at


def unlike(names: Iterable[str]) -> list[str]:
    """Names as an axis shows them: cut to 48 characters, more never fit, and a repeated one with its count.

    Equal names would share one place on an axis. The table behind the chart has the whole names.
    """
    seen: dict[str, int] = {}
    out = []
    for name in map(visible, names):
        name = name if len(name) <= LABEL else name[: LABEL - 1] + "…"
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return out


def series_scale(names: Sequence[str], channel: str) -> dict[str, Any]:
    """Domain and range of the `color`, `strokeDash` or `shape` of named series; the same legend for all of them.

    Raises ValueError for more than six series: nobody tells a seventh apart.
    """
    if len(names) > len(PALETTE):
        raise ValueError(f"a chart shows at most {len(PALETTE)} series, not {len(names)}")
    styles: Mapping[str, Sequence[Any]] = {"color": PALETTE, "strokeDash": DASHES, "shape": SHAPES}
    return {
        "domain": list(names),
        "range": [list(s) if isinstance(s, tuple) else s for s in styles[channel]][: len(names)],
    }


def row_axis(labels: Sequence[str], title: str | None = None) -> alt.Y:
    """The upright axis of named rows: `labels` (unlike) from top to bottom in their order, field `y`."""
    import altair as alt

    return alt.Y("y:N", title=title, scale=alt.Scale(domain=list(labels)), axis=alt.Axis(domain=False, ticks=False))


def line_legend(offset: float = 8) -> alt.Legend:
    """A legend whose symbols are strokes long enough to show a dash, not filled spots; `offset` pixels above the plane."""
    import altair as alt

    return alt.Legend(symbolType="stroke", symbolSize=620, symbolStrokeWidth=2.4, symbolOpacity=1, offset=offset)


def reading(text: str) -> Callable[[Callable[P, Figure]], Callable[P, Figure]]:
    """How a chart of this kind is read, for whoever meets one for the first time."""

    def told(chart: Callable[P, Figure]) -> Callable[P, Figure]:
        @wraps(chart)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
            return replace(chart(*args, **kwargs), reading=text)

        return drawn

    return told


@contextmanager
def trusted() -> Iterator[None]:
    """Charts are made without Altair's own check of every part, which takes longer than all the rest of a report."""
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        yield


def figure(
    chart: alt.LayerChart | alt.FacetChart, *, caption: str, alt_text: str, table: Table, height: int = 300
) -> Figure:
    """`chart` sized, themed and described; `height` in pixels, axes included."""
    import altair as alt

    sized = chart.properties(
        width=WIDTH,
        height=height,
        description=alt_text,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
    )
    spec = sized.to_dict(
        validate=False
    )  # a second for a report; `tests/report/test_specs.py` holds specs to the schema
    spec["config"] = dict(CONFIG)  # whatever theme the process has switched on
    return Figure(everywhere(visible, spec), caption, visible(alt_text), table)


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> Table:
    """The table behind a chart: the first `words` columns are text, the rest figures."""
    flags = tuple(column >= words for column in range(len(head)))
    return Table(caption, tuple(head), tuple(tuple(row) for row in rows), flags)


def number(value: float, digits: int = 3) -> str:
    """A figure for a table: thousands separated, "n/a" when it is not finite."""
    return f"{round(value, digits) + 0.0:,.{digits}f}" if np.isfinite(value) else "n/a"  # + 0.0: no "-0.000"


def percent(value: float, digits: int = 1) -> str:
    """A share for a table, in percent."""
    return f"{100 * value:.{digits}f} %" if np.isfinite(value) else "n/a"


def amount(value: float) -> str:
    """Money or another figure of unknown size: no decimals from 100 on, three below one."""
    return number(value, 0 if abs(value) >= 100 or value == 0 else 2 if abs(value) >= 1 else 3)


def _plain(value: Any) -> str | list[str] | float | None:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list):
        return list(map(str, value))  # lines of one text
    number = float(value)
    return float(f"{number:.6g}") if np.isfinite(number) else None
