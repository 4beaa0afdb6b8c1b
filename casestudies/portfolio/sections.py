"""A portfolio as report blocks: what to see in a sentence, the pictures, the tables, the lines that make it again."""

from __future__ import annotations

import numpy as np

from casestudies.portfolio.answer import Answer
from casestudies.portfolio.delivered import EQUAL, Delivered
from casestudies.portfolio.frontier import Frontier, Portfolio
from casestudies.portfolio.market import Market
from casestudies.report import Block, Code, Figure, Heading, Note, Table, Text, charts

_MOST = 30  # assets in the table of weights
CHOSEN = "chosen"


def answer_blocks(answer: Answer) -> list[Block]:
    """All that a page or a report shows."""
    blocks: list[Block] = []
    if answer.market.synthetic:
        blocks.append(Note("These prices are made up: a synthetic market, not an investment.", "synthetic"))
    if answer.conflict is not None:
        first, *rest = answer.conflict.sentences()
        blocks += [Note(first, "warning"), *map(Text, rest)]
    elif answer.portfolio is not None:
        blocks.append(Text(answer.sentences()[0]))
    if answer.frontier is not None:
        line = answer.frontier
        blocks += [Heading("The frontier"), Text(_frontier_told(answer, line)), _frontier_figure(answer, line)]
    if answer.portfolio is not None:
        blocks += [Heading("Weights"), weights_table(answer), Text(_certified(answer.portfolio))]
    if answer.delivered is not None:
        blocks += [Heading("Promised and delivered"), *_delivered(answer.delivered, answer)]
    return blocks


def _frontier_told(answer: Answer, line: Frontier) -> str:
    risk, gain = answer.even
    at = int(np.argmin(line.risk))
    said = (
        f"The line is the least risk at each return within the constraints: from {_percent(line.risk[at])} at "
        f"{_percent(line.gain[at])} to {_percent(line.risk[-1])} at {_percent(line.gain[-1])}. "
    )
    if line.gain[at] <= gain <= line.gain[-1]:
        least = float(np.interp(gain, line.gain, line.risk))
        said += f"At the return of {EQUAL}, the line has {_percent(least)} risk and {EQUAL} {_percent(risk)}. "
    return said + "Both axes are estimates; the returns are the weaker of the two by far. Grey dots are single assets."


def _frontier_figure(answer: Answer, line: Frontier) -> Figure:
    points = {EQUAL: answer.even}
    if answer.portfolio is not None:
        points[CHOSEN] = (answer.portfolio.risk, answer.portfolio.gain)
    singles = np.sqrt(np.diag(answer.estimate.covariance)), answer.estimate.mean
    caption = f"Risk and return by the last {answer.window:,} {answer.market.period}s"
    return charts.risk_return((line.risk, line.gain), points, chosen=CHOSEN, singles=singles, caption=caption)


def weights_table(answer: Answer) -> Table:
    """The assets that are held, and those given up."""
    frame = answer.table
    frame = frame[(frame["weight"] > 0) | (frame["present"] > 0)]
    columns = (frame[name].head(_MOST).tolist() for name in ("asset", "weight", "present", "change"))
    rows = tuple(
        (name, _percent(now), _percent(before), f"{100 * change:+.1f}")
        for name, now, before, change in zip(*columns, strict=True)
    )
    left = len(frame) - len(rows)
    caption = "Weights, largest first" + (f"; {left} more are in the file" if left > 0 else "")
    return Table(caption, ("Asset", "weight", "present", "change, points"), rows, (False, True, True, True))


def _certified(chosen: Portfolio) -> str:
    zeros = int((chosen.weights == 0).sum())
    return (
        f"{zeros} weights are exactly 0. The optimality conditions hold to {chosen.residual:.0e} of their terms, so no other "
        "weights within the constraints do better by this estimate."
    )


def _delivered(told: Delivered, answer: Answer) -> list[Block]:
    return [
        *map(Text, told.sentences()),
        _delivered_figure(told, answer.market.period),
        _delivered_table(told, answer.market),
        Text(
            "Intervals are of 95 %, from blocks of time drawn anew. What was delivered is of the past: it is no promise either."
        ),
    ]


def _delivered_figure(told: Delivered, period: str) -> Figure:
    tracks = told.tracks
    return charts.promise(
        [track.name for track in tracks],
        np.array([100 * track.promise for track in tracks]),
        np.array([100 * track.risk.value for track in tracks]),
        np.array([100 * track.risk.low for track in tracks]),
        np.array([100 * track.risk.high for track in tracks]),
        title="Risk of a year, in per cent",
        caption=f"Risk promised by each window of {told.window:,} {period}s, and delivered in the {told.hold:,} after it",
        word="delivered",
        zero=False,
    )


def _delivered_table(told: Delivered, market: Market) -> Table:
    rows = tuple(
        (
            track.name,
            _percent(track.promise),
            _percent(track.risk.value),
            f"{track.ratio.value:.2f} ({track.ratio.low:.2f} to {track.ratio.high:.2f})",
            f"{_percent(track.gain.value)} ({_percent(track.gain.low)} to {_percent(track.gain.high)})",
            _percent(float(track.turnover.mean()) * market.per_year / told.hold),
        )
        for track in told.tracks
    )
    head = (
        "Chosen by",
        "promised risk",
        "delivered risk",
        "delivered / promised",
        "return after costs",
        "turnover a year",
    )
    held = len(told.tracks[0].returns)
    caption = f"What was promised and delivered: {told.windows} choices, {held:,} {market.period}s held, {1e4 * told.cost:g} basis points a trade"
    return Table(caption, head, rows, (False, *[True] * 5))


def answer_lines(answer: Answer, file: str | None, window: int, hold: int, cost: float, mean: str, most: int) -> Code:
    """The lines of Python that make the same answer."""
    wishes = answer.wishes
    given = [f"cap={wishes.cap:g}"]
    given += [
        f"{name}={value:g}"
        for name, value in (("turnover", wishes.turnover), ("target", wishes.target), ("aversion", wishes.aversion))
        if value is not None
    ]
    source = repr(file) if file else "None"
    return Code(
        "from casestudies import portfolio\n"
        f"wishes = portfolio.Wishes({', '.join(given)})\n"
        f"answer = portfolio.study({source}, wishes, window={window}, hold={hold}, cost={cost:g}, mean={mean!r}, most={most})\n"
        "print(answer)\n"
        "print(answer.table.round(4).to_string(index=False))",
    )


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
