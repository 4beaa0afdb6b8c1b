"""What Python's garbage collector has to look at after each run of a page."""

from __future__ import annotations

import gc
from functools import cache


@cache
def settle(after: str) -> None:
    """Take everything that is loaded now out of the collector's sight; once for each word of `after`.

    Streamlit collects all garbage after every run of a script, also of a fragment. With pandas, LightGBM and Altair
    loaded that took 95 of the 109 ms of CPU of one move of the slider; 200,000 objects that live as long as the server
    were looked at each time. Frozen, they take none.
    """
    gc.collect()
    gc.freeze()
