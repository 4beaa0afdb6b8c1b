"""A finished run on rows whose outcome is known now: does the frozen model still hold at its frozen cut?

`evaluating` gives a study its verb; `verdict` is the rule behind keep, recalibrate and refit. A study that has no table
brings its own reading and judging (`judge`), and shares the request, the folder, the verdict, its words and its sections.
"""

from casestudies.workflow.evaluated.asked import EVALUATE, asked
from casestudies.workflow.evaluated.verb import evaluating

__all__ = ["EVALUATE", "asked", "evaluating"]
