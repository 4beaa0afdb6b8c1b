"""Public data sets: where their publishers keep them, under which terms, and how they get here whole.

Nothing of them is part of this package. A set is downloaded from its publisher, or brought as a file, checked against the
publisher's bytes, and laid where its config in `examples/` reads it.
"""

from casestudies.datasets.catalogue import DATA_SETS, data_set
from casestudies.datasets.fetching import Fetched, fetch
from casestudies.datasets.record import DataFile, DataSet

__all__ = ["DATA_SETS", "DataFile", "DataSet", "Fetched", "data_set", "fetch"]
