"""`python -m benchmarks.apps [--row NAME] [--list] [--quick]`: each row is measured and stored as JSON.

The rows make their own runs of two demos first (about a minute of one core), and need nothing else; `pages` needs Playwright and a Chromium,
named by CHROMIUM where it is not on the path. Seconds of CPU are the server's alone.
"""

from __future__ import annotations

from benchmarks.apps import opening, sessions
from benchmarks.rows import Row, main

ROWS = {
    "sessions": Row("Apps: fifty visitors on one server", sessions.TEXT, sessions.measure, sessions.quick),
    "pages": Row("Apps: how soon a page stands", opening.TEXT, opening.measure, opening.quick),
}


if __name__ == "__main__":
    main("apps", ROWS, __doc__, data=False)
