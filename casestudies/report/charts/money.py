"""Decisions in money: what each cut earns, and where the money of one decision goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    Array,
    amount,
    figure,
    inline,
    number,
    percent,
    reading,
    records,
    row_axis,
    table,
    unlike,
)
from casestudies.report.charts.lines import Axis, Guide, Line, Mark, line_chart
from casestudies.report.theme import BLUE, INK, VERMILLION

ON_TINT = "#16202a"  # text on the tints, which are light on every background


@reading(
    "Across: the share of rows that are acted on, the most worthwhile first. Up: the money that saves. The top of a line is its best share; where it falls off slowly, the exact cut hardly matters. The marks are the cuts and the decision itself."
)
def profit_curve(
    curves: Mapping[str, tuple[Array, Array]],
    *,
    cut: float,
    saved: float | None = None,
    flat: tuple[float, float] | None = None,
    currency: str = "cost units",
    x_title: str = "Share of rows acted on",
    x_percent: bool = True,
    caption: str = "Money by cut",
) -> Figure:
    """Money against the share acted on (or the threshold), with what was chosen and the stretch that does as well.

    Parameters
    ----------
    curves: by model, (points,) share or threshold and (points,) money in `currency`; the cut is marked on the first.
    cut: on the x axis. saved: the money of the decision as taken, where it is no point of the curve, as with a threshold
    of each row's own; it is then marked where it is. flat: the range of x whose money cannot be told from the best, shaded.
    """

    def place(at: float) -> str:
        return percent(at) if x_percent else f"{at:.3g}"

    sorted_curves = {name: _by_x(*curve) for name, curve in curves.items()}
    across = np.concatenate([x for x, _ in sorted_curves.values()])
    low, high = float(across.min()), float(across.max())
    first = next(iter(sorted_curves))
    earned = float(np.interp(cut, *sorted_curves[first])) if saved is None else saved
    chosen, name = f"{amount(earned)} {currency}", "chosen" if saved is None else "the rule"
    rows = [
        (place(x), *(amount(float(np.interp(x, *curve))) for curve in sorted_curves.values()))
        for x in np.linspace(low, high, 11)
    ]
    stretch = ""
    if flat:
        stretch = f" Between {place(flat[0])} and {place(flat[1])} the money cannot be told from the best."
    return line_chart(
        [Line(name, *curve) for name, curve in sorted_curves.items()],
        Axis(x_title, "~%" if x_percent else None),
        Axis(f"Money ({currency})"),
        guides=[Guide((low, high), (0.0, 0.0))],
        mark=Mark(cut, (f"{name}: {place(cut)}", chosen), flat, saved),
        caption=caption,
        alt_text=f"Money against {x_title.lower()}. {f'{first} at the chosen' if saved is None else 'The rule, at'} "
        f"{place(cut)}: {chosen}.{stretch}",
        table=table(caption, (x_title, *curves), rows, words=0),
    )


@reading(
    "Rows are what came true, columns what was decided. Blue cells earn and orange ones cost, the deeper the colour the more. The number of rows stands beside the money."
)
def money_table(
    count: Array,
    money: Array,
    *,
    outcomes: Sequence[str],
    decisions: Sequence[str],
    currency: str = "cost units",
    caption: str = "The decision in money",
) -> Figure:
    """The confusion matrix in rows and money: blue earns, orange-red costs, the depth is the amount.

    Parameters
    ----------
    count, money: (outcomes, decisions) rows and `currency`; a cost is negative. outcomes, decisions: their names.
    """
    import altair as alt

    count, money = np.asarray(count, dtype=float), np.asarray(money, dtype=float)
    depth = np.abs(money) / (np.nanmax(np.abs(money)) or 1.0)
    across, down = unlike(decisions), unlike(outcomes)
    cells = [(i, j) for i in range(len(down)) for j in range(len(across))]
    data = records(
        x=[across[j] for _, j in cells],
        y=[down[i] for i, _ in cells],
        money=[f"{amount(money[c])} {currency}" for c in cells],
        rows=[f"{number(count[c], 0)} rows" for c in cells],
        fill=[_tint(VERMILLION if money[c] < 0 else BLUE, float(depth[c])) for c in cells],
    )
    axis = alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False)
    base = alt.Chart(inline(data)).encode(
        x=alt.X("x:N", title="Decision", scale=alt.Scale(domain=across), axis=axis), y=row_axis(down, "Outcome")
    )
    chart = alt.layer(
        base.mark_rect(stroke=INK, strokeOpacity=0.25).encode(color=alt.Color("fill:N", scale=None)),
        base.mark_text(dy=-9, fontSize=14, fontWeight="bold", color=ON_TINT).encode(text=alt.Text("money:N")),
        base.mark_text(dy=12, color=ON_TINT).encode(text=alt.Text("rows:N")),
    )
    rows = [(outcomes[i], decisions[j], number(count[i, j], 0), amount(money[i, j])) for i, j in cells]
    said = "; ".join(f"{outcome}, {decision}: {n} rows, {m} {currency}" for outcome, decision, n, m in rows)
    return figure(
        chart,
        caption=caption,
        alt_text=f"Rows and money by outcome and decision. {said}.",
        table=table(caption, ("Outcome", "Decision", "rows", f"money ({currency})"), rows, words=2),
        height=240,
    )


def _by_x(x: Array, y: Array) -> tuple[Array, Array]:
    order = np.argsort(x, kind="stable")
    return np.asarray(x, dtype=float)[order], np.asarray(y, dtype=float)[order]


def _tint(color: str, depth: float) -> str:
    """`color` over white, from 12 % at nothing to 62 % at the largest amount: dark text keeps a contrast of 6 to 1."""
    share = 0.12 + 0.5 * (depth if np.isfinite(depth) else 0.0)
    mixed = (round(255 + share * (int(color[i : i + 2], 16) - 255)) for i in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in mixed)
