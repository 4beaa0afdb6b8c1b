"""Run folders: the one interface between the engine that trains and every face that shows.

A run is a folder. One process writes it (`RunWriter`), everyone else only reads it (`RunFolder`), and its state is read
from the disk each time, never held: so a run survives a page reload, a second browser and the death of the server.

>>> import tempfile
>>> from casestudies.runs import RunStore, RunWriter
>>> run = RunStore(tempfile.mkdtemp()).create("credit", {"config": {"seed": 0}})
>>> with RunWriter(run) as writer:
...     writer.write_json("metrics.json", {"models": {"card": {"auc": {"value": 0.75}}}})
...     writer.finish({"seed": 0})
>>> str(run.state), run.verify()
('done', [])

Only the standard library is imported here. Linux and macOS: the limits, the lock and the signals are POSIX.
"""

from casestudies.runs.comparison import compare
from casestudies.runs.events import Event
from casestudies.runs.folder import RunFolder, State
from casestudies.runs.job import execute
from casestudies.runs.limits import Limits
from casestudies.runs.manifest import versions
from casestudies.runs.store import RunStore
from casestudies.runs.studies import Study, studies
from casestudies.runs.writer import RunWriter

__all__ = [
    "Event",
    "Limits",
    "RunFolder",
    "RunStore",
    "RunWriter",
    "State",
    "Study",
    "compare",
    "execute",
    "studies",
    "versions",
]
