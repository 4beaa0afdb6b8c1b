"""From a loaded table to the rows and the split of a comparison."""

from __future__ import annotations

from casestudies.tabular.folds import drawing_order
from casestudies.tabular.quality import against_time, repeats_across
from casestudies.tabular.split import Split
from casestudies.tabular.split import make as make_split
from casestudies.workflow.compare import Sample
from casestudies.workflow.load import Loaded
from casestudies.workflow.table_settings import TableSettings


def sample_of(loaded: Loaded) -> Sample:
    """Features, label, weights, costs and groups of all rows."""
    group = loaded.column("group")
    frame = loaded.checked.frame
    return Sample(
        frame[loaded.checked.features],
        loaded.y,
        loaded.weight,
        loaded.costs,
        None if group is None else frame[group],
    )


def split_of(loaded: Loaded, settings: TableSettings) -> Split:
    """The split the settings ask for; rows repeated across it are added to the problems.

    Raises
    ------
    ConfigError, DataError: as `tabular.make_split`; and the table's own errors first, since a split without a label
    would only repeat them.
    """
    loaded.checked.problems.raise_if_errors(loaded.checked.source.name)
    frame, split = loaded.checked.frame, settings.split
    time, group = loaded.column("time"), loaded.column("group")
    made = make_split(
        split.kind,
        loaded.y,
        time=None if time is None else frame[time],
        group=None if group is None else frame[group],
        given=None if split.column is None else frame[split.column],
        test=split.test,
        folds=split.folds,
        seed=settings.seed,
        delay=split.delay,
        window=split.window,
        across=split.across,
        order=drawing_order(frame[loaded.checked.features]),
    )
    loaded.checked.problems.extend(repeats_across(loaded.checked, made))
    loaded.checked.problems.extend(against_time(loaded.checked, made, asked=split.kind != "auto"))
    return made
