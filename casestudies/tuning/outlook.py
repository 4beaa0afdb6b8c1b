"""What more trials would buy, read off those there are."""

from __future__ import annotations

import numpy as np

from casestudies.tuning.tried import Floats


def expected_best(values: Floats, count: int) -> float:
    """The least that `count` of these values, drawn without replacement, have on average.

    The i-th least of n is the least of those drawn with chance C(n - i, count - 1) / C(n, count). For trials of a guided
    search, which are better the later they come, it is a cautious reading: half of them, drawn at random, hold late ones.

    Parameters
    ----------
    values: (trials,) less is better. count: 1 to all of them.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    if not 1 <= count <= n:
        raise ValueError(f"cannot draw {count} of {n}")
    chance = np.zeros(n)
    chance[0] = count / n
    for i in range(1, n - count + 1):
        chance[i] = chance[i - 1] * (n - i - count + 1) / (n - i)
    return float(chance @ ordered)
