"""The inner loops of alternating least squares, row by row; any number of threads may work on different rows at once.

Each function reads what it needs for a row into a block of its own, padded with rows of weight 0 to a multiple of four,
so that four dot products run side by side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from casestudies.optim.factors.tables import Floats
from casestudies.optim.factors.team import compiled

_ZERO = np.float32(0.0)
_SPENT = np.float32(1e-13)  # squared residual, relative to the squared target: what single precision can still tell


@compiled
def gram(rows: Floats, first: int, last: int, out: NDArray[np.float64]) -> None:
    """out: (factors, factors) += rows[first:last]' @ rows[first:last]; sums in single precision over 64 rows at a time."""
    factors = rows.shape[1]
    part = np.empty((factors, factors), np.float32)
    for begin in range(first, last, 64):
        part[:] = _ZERO
        for row in range(begin, min(begin + 64, last)):
            for a in range(factors):
                entry = rows[row, a]
                for b in range(factors):
                    part[a, b] += entry * rows[row, b]
        for a in range(factors):
            for b in range(factors):
                out[a, b] += part[a, b]


@compiled
def _applied(
    block: Floats, weights: Floats, count: int, common: Floats, ridge: np.float32, p: Floats, out: Floats
) -> None:
    """out = (block' diag(weights) block + common + ridge) p."""
    factors = p.size
    for a in range(factors):
        out[a] = ridge * p[a]
    for b in range(factors):
        entry = p[b]
        for a in range(factors):
            out[a] += entry * common[b, a]
    for j in range(0, count, 4):
        s0 = s1 = s2 = s3 = _ZERO
        for a in range(factors):
            entry = p[a]
            s0 += block[j, a] * entry
            s1 += block[j + 1, a] * entry
            s2 += block[j + 2, a] * entry
            s3 += block[j + 3, a] * entry
        s0, s1, s2, s3 = s0 * weights[j], s1 * weights[j + 1], s2 * weights[j + 2], s3 * weights[j + 3]
        for a in range(factors):
            out[a] += s0 * block[j, a] + s1 * block[j + 1, a] + s2 * block[j + 2, a] + s3 * block[j + 3, a]


@compiled
def _dot(a: Floats, b: Floats) -> np.float32:
    total = _ZERO
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@compiled
def descend(
    starts: NDArray[np.int64],
    others: NDArray[np.int32],
    weights: Floats,
    fixed: Floats,
    common: Floats,
    ridges: Floats,
    rows: Floats,
    residuals: Floats,
    losses: NDArray[np.float64],
    products: int,
    first: int,
    last: int,
) -> None:
    """Steps of conjugate gradient on rows first..last of one side, the other side fixed, all in place.

    A row that nothing draws, one without cells say, becomes 0. Row r with vector x minimises  sum of weights · (1 - x · y)² over its cells + x' common x + ridges[r] |x|².

    starts, others, weights: the cells as CSR, `others` numbers into `fixed` (others, factors). common: (factors, factors)
    weight of the unobserved times the Gram matrix of `fixed`. residuals: (rows, factors) becomes minus half the slope at
    the new vectors. losses: (rows,) the row's share of the loss at the new vectors. products: of the matrix at most.
    """
    factors = fixed.shape[1]
    longest = 0
    for row in range(first, last):
        longest = max(longest, starts[row + 1] - starts[row])
    block = np.empty((longest + 3, factors), np.float32)
    weighted = np.empty(longest + 3, np.float32)
    target, p, image = np.empty(factors, np.float32), np.empty(factors, np.float32), np.empty(factors, np.float32)
    for row in range(first, last):
        count = starts[row + 1] - starts[row]
        padded = (count + 3) // 4 * 4
        target[:] = _ZERO
        total = 0.0
        for j in range(count):
            cell = starts[row] + j
            weight, y = weights[cell], fixed[others[cell]]
            weighted[j] = weight
            total += weight
            for a in range(factors):
                block[j, a] = y[a]
                target[a] += weight * y[a]
        block[count:padded] = _ZERO
        weighted[count:padded] = _ZERO
        x, residual, ridge = rows[row], residuals[row], ridges[row]
        drawn = _dot(target, target)
        if drawn == _ZERO and products:  # steps towards 0 would end in 0 / 0
            x[:] = _ZERO
        _applied(block, weighted, padded, common, ridge, x, image)
        for a in range(factors):
            residual[a] = target[a] - image[a]
            p[a] = residual[a]
        squared = _dot(residual, residual)
        for _ in range(products):
            if squared <= _SPENT * drawn:
                break
            _applied(block, weighted, padded, common, ridge, p, image)
            curvature = _dot(p, image)
            if not curvature > _ZERO:  # where the ridge has shrunk all to next to nothing it is lost to rounding
                break
            length = squared / curvature
            for a in range(factors):
                x[a] += length * p[a]
                residual[a] -= length * image[a]
            before, squared = squared, _dot(residual, residual)
            for a in range(factors):
                p[a] = residual[a] + squared / before * p[a]
        # sum of w (1 - x·y)² + x'(common + ridge) x = total - 2 x·target + x'A x, and A x = target - residual
        losses[row] = total - _dot(x, target) - _dot(x, residual)
