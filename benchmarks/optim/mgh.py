"""The test functions of Moré, Garbow and Hillstrom: sums of squares, some of them as hard as a few variables can be.

Each is given as the vector whose squares are summed, in torch operations, so that derivatives are exact. Numbers, names,
dimensions, starts and least values are the paper's; least values and those of local minima, which it has to six digits,
are given to as many as double precision holds.

Source: Moré, Garbow and Hillstrom 1981, "Testing unconstrained optimization software", section 3. The exponent of
11 is the one of the authors' own programs (MINPACK), not the paper's, which is misprinted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Residuals = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Local:
    """A local minimum that is not the least. value: there, or what it tends to. where: the point, in words."""

    value: float
    where: str


@dataclass(frozen=True)
class Problem:
    """residuals: of (variables,), to (squares,). start: the standard one. least: the smallest sum of squares there is.

    minimised: one of the eighteen that the paper proposes for methods that minimise; the others are made for methods that
    know squares.
    """

    number: int
    name: str
    residuals: Residuals
    start: tuple[float, ...]
    least: float
    others: tuple[Local, ...] = ()
    minimised: bool = False

    def squares(self, x: Tensor) -> Tensor:
        """The sum of squares."""
        return self.residuals(x).square().sum()

    def from_afar(self, times: float) -> tuple[float, ...]:
        """The start so many times further out; a start at 0 becomes `times` in every variable (MINPACK)."""
        if times == 1 or any(self.start):
            return tuple(times * one for one in self.start)
        return (float(times),) * len(self.start)


def _count(first: int, last: int) -> Tensor:
    return torch.arange(first, last + 1, dtype=torch.float64)


def _numbers(text: str) -> Tensor:
    return torch.tensor([float(word) for word in text.split()], dtype=torch.float64)


def rosenbrock(x: Tensor) -> Tensor:
    """1 and, for more than two variables, 21."""
    odd, even = x[::2], x[1::2]
    return torch.cat([10 * (even - odd**2), 1 - odd])


def freudenstein_roth(x: Tensor) -> Tensor:
    a, b = x
    return torch.stack([-13 + a + ((5 - b) * b - 2) * b, -29 + a + ((b + 1) * b - 14) * b])


def powell_badly_scaled(x: Tensor) -> Tensor:
    return torch.stack([1e4 * x[0] * x[1] - 1, torch.exp(-x[0]) + torch.exp(-x[1]) - 1.0001])


def brown_badly_scaled(x: Tensor) -> Tensor:
    return torch.stack([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2])


_BEALE = _numbers("1.5 2.25 2.625")


def beale(x: Tensor) -> Tensor:
    return _BEALE - x[0] * (1 - x[1] ** _count(1, 3))


def jennrich_sampson(x: Tensor) -> Tensor:
    i = _count(1, 10)
    return 2 + 2 * i - (torch.exp(i * x[0]) + torch.exp(i * x[1]))


def helical_valley(x: Tensor) -> Tensor:
    a, b, c = x
    turns = torch.atan(b / a) / (2 * math.pi) + torch.where(a < 0, 0.5, 0.0)
    return torch.stack([10 * (c - 10 * turns), 10 * (torch.sqrt(a**2 + b**2) - 1), c])


_BARD = _numbers("0.14 0.18 0.22 0.25 0.29 0.32 0.35 0.39 0.37 0.58 0.73 0.96 1.34 2.10 4.39")


def bard(x: Tensor) -> Tensor:
    u = _count(1, 15)
    v = 16 - u
    return _BARD - (x[0] + u / (v * x[1] + torch.minimum(u, v) * x[2]))


_GAUSSIAN = _numbers(
    "0.0009 0.0044 0.0175 0.0540 0.1295 0.2420 0.3521 0.3989 0.3521 0.2420 0.1295 0.0540 0.0175 0.0044 0.0009"
)


def gaussian(x: Tensor) -> Tensor:
    t = (8 - _count(1, 15)) / 2
    return x[0] * torch.exp(-x[1] * (t - x[2]) ** 2 / 2) - _GAUSSIAN


_MEYER = _numbers("34780 28610 23650 19630 16370 13720 11540 9744 8261 7030 6005 5147 4427 3820 3307 2872")


def meyer(x: Tensor) -> Tensor:
    t = 45 + 5 * _count(1, 16)
    return x[0] * torch.exp(x[1] / (t + x[2])) - _MEYER


def gulf(x: Tensor) -> Tensor:
    t = _count(1, 99) / 100
    y = 25 + (-50 * torch.log(t)) ** (2 / 3)
    return torch.exp(-(torch.abs(y - x[1]) ** x[2]) / x[0]) - t


def box(x: Tensor) -> Tensor:
    t = _count(1, 10) / 10
    return torch.exp(-t * x[0]) - torch.exp(-t * x[1]) - x[2] * (torch.exp(-t) - torch.exp(-10 * t))


def powell_singular(x: Tensor) -> Tensor:
    """13 and, for more than four variables, 22."""
    a, b, c, d = x.reshape(-1, 4).T
    return torch.cat([a + 10 * b, math.sqrt(5) * (c - d), (b - 2 * c) ** 2, math.sqrt(10) * (a - d) ** 2])


def wood(x: Tensor) -> Tensor:
    a, b, c, d = x
    return torch.stack(
        [
            10 * (b - a**2),
            1 - a,
            math.sqrt(90) * (d - c**2),
            1 - c,
            math.sqrt(10) * (b + d - 2),
            (b - d) / math.sqrt(10),
        ]
    )


_KOWALIK_Y = _numbers("0.1957 0.1947 0.1735 0.1600 0.0844 0.0627 0.0456 0.0342 0.0323 0.0235 0.0246")
_KOWALIK_U = _numbers("4 2 1 0.5 0.25 0.1670 0.1250 0.1 0.0833 0.0714 0.0625")


def kowalik_osborne(x: Tensor) -> Tensor:
    u = _KOWALIK_U
    return _KOWALIK_Y - x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3])


def brown_dennis(x: Tensor) -> Tensor:
    t = _count(1, 20) / 5
    return (x[0] + t * x[1] - torch.exp(t)) ** 2 + (x[2] + x[3] * torch.sin(t) - torch.cos(t)) ** 2


_OSBORNE_1 = _numbers(
    "0.844 0.908 0.932 0.936 0.925 0.908 0.881 0.850 0.818 0.784 0.751 0.718 0.685 0.658 0.628 0.603 0.580 0.558 0.538 "
    "0.522 0.506 0.490 0.478 0.467 0.457 0.448 0.438 0.431 0.424 0.420 0.414 0.411 0.406"
)


def osborne_1(x: Tensor) -> Tensor:
    t = 10 * _count(0, 32)
    return _OSBORNE_1 - (x[0] + x[1] * torch.exp(-t * x[3]) + x[2] * torch.exp(-t * x[4]))


def biggs(x: Tensor) -> Tensor:
    t = _count(1, 13) / 10
    y = torch.exp(-t) - 5 * torch.exp(-10 * t) + 3 * torch.exp(-4 * t)
    return x[2] * torch.exp(-t * x[0]) - x[3] * torch.exp(-t * x[1]) + x[5] * torch.exp(-t * x[4]) - y


_OSBORNE_2 = _numbers(
    "1.366 1.191 1.112 1.013 0.991 0.885 0.831 0.847 0.786 0.725 0.746 0.679 0.608 0.655 0.616 0.606 0.602 0.626 0.651 "
    "0.724 0.649 0.649 0.694 0.644 0.624 0.661 0.612 0.558 0.533 0.495 0.500 0.423 0.395 0.375 0.372 0.391 0.396 0.405 "
    "0.428 0.429 0.523 0.562 0.607 0.653 0.672 0.708 0.633 0.668 0.645 0.632 0.591 0.559 0.597 0.625 0.739 0.710 0.729 "
    "0.720 0.636 0.581 0.428 0.292 0.162 0.098 0.054"
)


def osborne_2(x: Tensor) -> Tensor:
    t = _count(0, 64)[:, None] / 10
    bells = x[1:4] * torch.exp(-((t - x[8:11]) ** 2) * x[5:8])
    return _OSBORNE_2 - (x[0] * torch.exp(-t[:, 0] * x[4]) + bells.sum(1))


def watson(x: Tensor) -> Tensor:
    powers = torch.vander(_count(1, 29) / 29, len(x), increasing=True)
    slopes = (powers[:, :-1] * _count(1, len(x) - 1)) @ x[1:]
    return torch.cat([slopes - (powers @ x) ** 2 - 1, torch.stack([x[0], x[1] - x[0] ** 2 - 1])])


def penalty_1(x: Tensor) -> Tensor:
    return torch.cat([math.sqrt(1e-5) * (x - 1), (x @ x - 0.25)[None]])


def penalty_2(x: Tensor) -> Tensor:
    n, small = len(x), math.sqrt(1e-5)
    grown, y = torch.exp(x / 10), torch.exp(_count(2, n) / 10) + torch.exp(_count(1, n - 1) / 10)
    weighted = (_count(1, n).flip(0) * x**2).sum() - 1
    pairs, single = small * (grown[1:] + grown[:-1] - y), small * (grown[1:] - math.exp(-0.1))
    return torch.cat([(x[0] - 0.2)[None], pairs, single, weighted[None]])


def variably_dimensioned(x: Tensor) -> Tensor:
    total = _count(1, len(x)) @ (x - 1)
    return torch.cat([x - 1, torch.stack([total, total**2])])


def trigonometric(x: Tensor) -> Tensor:
    n, cosines = len(x), torch.cos(x)
    return n - cosines.sum() + _count(1, n) * (1 - cosines) - torch.sin(x)


def brown_almost_linear(x: Tensor) -> Tensor:
    return torch.cat([x[:-1] + x.sum() - (len(x) + 1), (x.prod() - 1)[None]])


def discrete_boundary_value(x: Tensor) -> Tensor:
    n = len(x)
    h, edge = 1 / (n + 1), torch.zeros(1, dtype=x.dtype)
    wide = torch.cat([edge, x, edge])
    return 2 * x - wide[:-2] - wide[2:] + h**2 * (x + h * _count(1, n) + 1) ** 3 / 2


def discrete_integral(x: Tensor) -> Tensor:
    n = len(x)
    h = 1 / (n + 1)
    t = h * _count(1, n)
    cubes = (x + t + 1) ** 3
    below, above = (t * cubes).cumsum(0), ((1 - t) * cubes).flip(0).cumsum(0).flip(0) - (1 - t) * cubes
    return x + h * ((1 - t) * below + t * above) / 2


def broyden_tridiagonal(x: Tensor) -> Tensor:
    edge = torch.zeros(1, dtype=x.dtype)
    wide = torch.cat([edge, x, edge])
    return (3 - 2 * x) * x - wide[:-2] - 2 * wide[2:] + 1


def broyden_banded(x: Tensor) -> Tensor:
    i = torch.arange(len(x))
    apart = i - i[:, None]
    near = ((apart >= -5) & (apart <= 1) & (apart != 0)).to(x.dtype)
    return x * (2 + 5 * x**2) + 1 - near @ (x * (1 + x))


def linear_full_rank(x: Tensor, squares: int = 20) -> Tensor:
    padded = torch.cat([x, torch.zeros(squares - len(x), dtype=x.dtype)])
    return padded - 2 / squares * x.sum() - 1


def linear_rank_1(x: Tensor, squares: int = 20) -> Tensor:
    return _count(1, squares) * (_count(1, len(x)) @ x) - 1


def linear_rank_1_zeros(x: Tensor, squares: int = 20) -> Tensor:
    inner = _count(2, len(x) - 1) @ x[1:-1]
    weights = _count(0, squares - 1)
    weights[-1] = 0
    return weights * inner - 1


def chebyquad(x: Tensor) -> Tensor:
    n, z = len(x), 2 * x - 1
    before, now, means = torch.ones_like(x), z, []
    for i in range(1, n + 1):
        means.append(now.mean() + (1 / (i * i - 1) if i % 2 == 0 else 0.0))
        before, now = now, 2 * z * now - before
    return torch.stack(means)


def _spread(n: int, rule: Callable[[int], float]) -> tuple[float, ...]:
    return tuple(rule(j) for j in range(1, n + 1))


PROBLEMS: Sequence[Problem] = (
    Problem(1, "Rosenbrock", rosenbrock, (-1.2, 1.0), 0.0),
    Problem(
        2,
        "Freudenstein and Roth",
        freudenstein_roth,
        (0.5, -2.0),
        0.0,
        (Local(48.98425367924, "(11.41, -0.897), in the paper"),),
    ),
    Problem(3, "Powell, badly scaled", powell_badly_scaled, (0.0, 1.0), 0.0, minimised=True),
    Problem(4, "Brown, badly scaled", brown_badly_scaled, (1.0, 1.0), 0.0, minimised=True),
    Problem(5, "Beale", beale, (1.0, 1.0), 0.0, (Local(0.4520089285714, "x2 to 1, x1 without end"),), minimised=True),
    Problem(
        6,
        "Jennrich and Sampson",
        jennrich_sampson,
        (0.3, 0.4),
        124.362182355615,
        (
            Local(259.58019013425, "x1 to minus infinity"),
            Local(2020.0, "both to minus infinity"),
        ),
    ),
    Problem(7, "Helical valley", helical_valley, (-1.0, 0.0, 0.0), 0.0, minimised=True),
    Problem(
        8,
        "Bard",
        bard,
        (1.0, 1.0, 1.0),
        8.21487730657897e-3,
        (Local(17.42869333333, "(0.8406, -inf, -inf), in the paper"),),
    ),
    Problem(9, "Gaussian", gaussian, (0.4, 1.0, 0.0), 1.12793276961870e-8, minimised=True),
    Problem(10, "Meyer", meyer, (0.02, 4000.0, 250.0), 87.94585517),
    Problem(11, "Gulf research and development", gulf, (5.0, 2.5, 0.15), 0.0, minimised=True),
    Problem(
        12,
        "Box, three variables",
        box,
        (0.0, 10.0, 20.0),
        0.0,
        (Local(0.0755887407549975, "x1 and x2 without end"),),
        minimised=True,
    ),
    Problem(13, "Powell, singular", powell_singular, (3.0, -1.0, 0.0, 1.0), 0.0),
    Problem(14, "Wood", wood, (-3.0, -1.0, -3.0, -1.0), 0.0, minimised=True),
    Problem(
        15,
        "Kowalik and Osborne",
        kowalik_osborne,
        (0.25, 0.39, 0.415, 0.39),
        3.07505603849237e-4,
        (Local(0.00102734304869546, "(inf, -14.07, -inf, -inf), in the paper"),),
    ),
    Problem(16, "Brown and Dennis", brown_dennis, (25.0, 5.0, -5.0, -1.0), 85822.2016263564, minimised=True),
    Problem(17, "Osborne 1", osborne_1, (0.5, 1.5, -1.0, 0.01, 0.02), 5.46489469748250e-5),
    Problem(
        18,
        "Biggs, six exponentials",
        biggs,
        (1.0, 2.0, 1.0, 1.0, 1.0, 1.0),
        0.0,
        (
            Local(
                0.0056556499253,
                "in the paper: x1 = x5 and x3 = x6, a saddle that a start with that symmetry cannot leave",
            ),
            Local(0.30636677262479, "exponents without end"),
        ),
        minimised=True,
    ),
    Problem(
        19,
        "Osborne 2",
        osborne_2,
        (1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5),
        4.01377362935477e-2,
        (Local(1.78981358688109, "bells too narrow to be seen"),),
    ),
    Problem(20, "Watson, 6 variables", watson, (0.0,) * 6, 2.28767005355242e-3, minimised=True),
    Problem(20, "Watson, 9 variables", watson, (0.0,) * 9, 1.39976013809e-6, minimised=True),
    Problem(21, "Rosenbrock, 10 variables", rosenbrock, (-1.2, 1.0) * 5, 0.0, minimised=True),
    Problem(22, "Powell, singular, 12 variables", powell_singular, (3.0, -1.0, 0.0, 1.0) * 3, 0.0, minimised=True),
    Problem(23, "Penalty I, 4 variables", penalty_1, _spread(4, float), 2.24997750089994e-5, minimised=True),
    Problem(23, "Penalty I, 10 variables", penalty_1, _spread(10, float), 7.08765146709037e-5, minimised=True),
    Problem(24, "Penalty II, 4 variables", penalty_2, (0.5,) * 4, 9.37629300735545e-6, minimised=True),
    Problem(24, "Penalty II, 10 variables", penalty_2, (0.5,) * 10, 2.93660537456746e-4, minimised=True),
    Problem(25, "Variably dimensioned", variably_dimensioned, _spread(10, lambda j: 1 - j / 10), 0.0, minimised=True),
    Problem(
        26,
        "Trigonometric",
        trigonometric,
        (0.1,) * 10,
        0.0,
        (
            Local(2.79505612187875e-05, "x7 = 0.208"),
            Local(4.21863388792164e-05, "x6 = 0.258"),
        ),
        minimised=True,
    ),
    Problem(
        27,
        "Brown, almost linear",
        brown_almost_linear,
        (0.5,) * 10,
        0.0,
        (Local(1.0, "all but the last alike, in the paper"),),
    ),
    Problem(28, "Discrete boundary value", discrete_boundary_value, _spread(10, lambda j: j / 11 * (j / 11 - 1)), 0.0),
    Problem(29, "Discrete integral equation", discrete_integral, _spread(10, lambda j: j / 11 * (j / 11 - 1)), 0.0),
    Problem(30, "Broyden, tridiagonal", broyden_tridiagonal, (-1.0,) * 10, 0.0),
    Problem(
        31,
        "Broyden, banded",
        broyden_banded,
        (-1.0,) * 10,
        0.0,
        (
            Local(3.05727843242582, "x1 = 0.211"),
            Local(2.68021992072614, "x1 = 0.217"),
        ),
    ),
    Problem(32, "Linear, full rank", linear_full_rank, (1.0,) * 10, 10.0),
    Problem(33, "Linear, rank 1", linear_rank_1, (1.0,) * 10, 380 / 82),
    Problem(34, "Linear, rank 1, zeros", linear_rank_1_zeros, (1.0,) * 10, 454 / 74),
    Problem(35, "Chebyquad, 8 variables", chebyquad, _spread(8, lambda j: j / 9), 3.51687372567792e-3, minimised=True),
)
