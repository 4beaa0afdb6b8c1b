"""`python -m benchmarks.robustness [--row NAME] [--list] [--quick]`: each row is measured and stored as JSON.

All rows take about an hour of one core; none needs data of its own. The row `disk` needs Linux and a C compiler, `texts` Chromium and the
extras app and dev.
"""

from __future__ import annotations

from benchmarks.robustness import faults, fuzz, hostile, kills
from benchmarks.rows import Row, main

ROWS = {
    "fuzz": Row("Robustness: mutated files", fuzz.TEXT, fuzz.measure, lambda: fuzz.measure(200)),
    "kills": Row("Robustness: killed workers", kills.TEXT, kills.measure, lambda: kills.measure(4)),
    "disk": Row("Robustness: failing disks", faults.TEXT, faults.measure, lambda: faults.measure(25)),
    "texts": Row(
        "Robustness: texts that mean harm", hostile.TEXT, hostile.measure, lambda: hostile.measure(("script",))
    ),
}


if __name__ == "__main__":
    main("robustness", ROWS, __doc__, data=False)
