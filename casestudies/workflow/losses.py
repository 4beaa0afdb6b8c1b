"""What the loss is worth: each model taught log loss beside the same model taught money, on the same judged rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from casestudies.metrics import Answers, Bootstrap, bootstrap, paired
from casestudies.models.costsensitive.names import by_name
from casestudies.workflow.compare import Comparison, Sample
from casestudies.workflow.table_settings import TableSettings

if TYPE_CHECKING:
    from casestudies.workflow.analyses import Work

MEASURES = ("expected_cost", "savings")


def losses_told(work: Work) -> dict[str, Any] | None:
    """analysis/losses.json: see `compared`."""
    return compared(work.comparison, work.sample, work.settings)


def compared(comparison: Comparison, sample: Sample, settings: TableSettings) -> dict[str, Any] | None:
    """Cost per row and savings of each loss with intervals, and the paired difference to log loss.

    Parameters
    ----------
    sample: all rows of the table; only `comparison.rows` are judged.

    Returns
    -------
    {"rows": judged, "kinds": {kind of model: [entry]}}, log loss first; an entry is {"name", "train", MEASURE: figure,
    "apart": {MEASURE: paired difference to log loss, None for log loss itself}}. None where no model is taught log loss
    and another one besides, or there is no money.
    """
    families = _families(comparison)
    if not families or sample.costs is None:
        return None
    held = sample.take(comparison.rows)
    boot = bootstrap(
        held.y,
        {name: Answers(act=comparison.judged[name].act) for names in families.values() for name in names.values()},
        costs=held.costs,
        weight=held.weight,
        groups=None if held.group is None else held.group.astype(str).to_numpy(),
        metrics=MEASURES,
        rounds=settings.interval.rounds,
        level=settings.interval.level,
        seed=settings.seed,
    )
    kinds = {
        kind: [_entry(boot, name, train, names["log"]) for train, name in names.items()]
        for kind, names in families.items()
    }
    return {"rows": len(held.y), "kinds": kinds}


def _families(comparison: Comparison) -> dict[str, dict[str, str]]:
    """{kind of model: {loss: candidate}} of those taught log loss and another one."""
    found: dict[str, dict[str, str]] = {}
    for name in comparison.choice.loss:
        kind, train = by_name(name)
        found.setdefault(kind, {})[str(train)] = name
    return {kind: names for kind, names in found.items() if "log" in names and len(names) > 1}


def _entry(boot: Bootstrap, name: str, train: str, plain: str) -> dict[str, Any]:
    figures: Mapping[str, Any] = boot.intervals[name]
    apart = None
    if name != plain:
        tests = {measure: asdict(paired(boot, measure, name, plain)) for measure in MEASURES}
        apart = {m: {key: test[key] for key in ("difference", "low", "high")} for m, test in tests.items()}
    return {"name": name, "train": train, **{m: _ends(figures[m]) for m in MEASURES}, "apart": apart}


def _ends(interval: Any) -> dict[str, float]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}
