"""New customers: whom to contact with which offer, the limits shared out over the whole file, and the control group."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from casestudies.churn.campaign import UPLIFT
from casestudies.churn.economics import Offered, as_learnt, columns_read, offered
from casestudies.churn.listing import Limits
from casestudies.churn.offers import HeldBack, held_back
from casestudies.churn.sharing import Shared, chosen, scouted
from casestudies.churn.snapshot import snapshot_known, snapshot_now, today
from casestudies.churn.transactions import FILE as EVENTS
from casestudies.churn.value import FILE, value_again
from casestudies.decisions import Decider
from casestudies.decisions.campaign import NONE
from casestudies.decisions.deciders import SHARED
from casestudies.errors import UsageError
from casestudies.models.engine import Engine
from casestudies.rows import Array, Mask
from casestudies.runs import RunFolder
from casestudies.tabular.checked import Checked
from casestudies.tabular.derive import CellColumns
from casestudies.tabular.read import Table
from casestudies.tabular.totals import COUNTED
from casestudies.workflow.predictor import Predictions, TablePredictor
from casestudies.workflow.reasons import Worded
from casestudies.workflow.scoring import Batch, in_parts
from casestudies.workflow.studies import Words
from casestudies.workflow.table_settings import TableSettings

if TYPE_CHECKING:
    from casestudies.models.uplift import LearntEffect

_OURS = ("list", "offer", "value", "expected_gain", "spend", "rank")  # of the output, beside those of every table study
_CONTACT, _CONTROL, _LEAVE, _ASKED, _CAPPED = "contact", "control", "leave", "do not disturb", "contacted enough"


@dataclass(frozen=True, eq=False)
class ChurnPredictor(TablePredictor):
    """The saved model with its campaign.

    Scoring a file takes two passes: the first finds each customer's money, the second writes the rows. Between them stand
    42 bytes of a customer, and 24 more for each offer.

    Parameters
    ----------
    limits: money and contacts for a whole file. made: how customers are valued, where the study values them.
    learnt: what a past campaign has shown that contacting changes; None: the acceptance of the settings counts.
    files: further tables of the new customers, by name. shared: what has been shared out; None before the first pass.
    from_events: whether customers are made from a file of events, as in the run. as_of: the date that they are made for;
        None: the day after the last event.
    """

    limits: Limits = field(default_factory=Limits)
    made: Mapping[str, Any] | None = None
    learnt: LearntEffect | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    shared: Shared | None = None
    scouting: bool = False
    from_events: bool = False
    as_of: str | None = None

    @classmethod
    def open(cls, run: RunFolder, settings: type[TableSettings], words: Words, worded: Worded | None = None) -> Self:
        """As `TablePredictor.open`, with the campaign's own columns, the customers' value and what the run had measured."""
        found = super().open(run, settings, words, worded)
        request = run.request()
        found = replace(found, from_events=request["data"] is None and bool(request.get("files")))
        asked: Any = found.settings
        value = run.path / "made" / FILE
        made = json.loads(value.read_bytes()) if value.exists() else None
        if asked.cost.offer is None:
            return replace(found, made=made)
        file = run.path / "made" / UPLIFT
        found = replace(found, made=made, learnt=_learnt(file) if file.exists() else None)
        needed = found.needs - set(run.read_json("data/schema.json")["made"])
        columns = tuple(
            replace(column, required=True) if needed & {column.name, *column.synonyms} else column
            for column in found.contract.columns
        )
        return replace(
            found,
            contract=replace(found.contract, columns=columns),
            # a limit is for all customers of a file and shared out here; who is worth a contact is said by the costs alone
            decider=Decider("bmr", priced=True) if found.decider.kind in SHARED else found.decider,
            limits=Limits.of(found.decider),
        )

    @property
    def needs(self) -> set[str]:
        """As `TablePredictor.needs`, with the columns of the campaign."""
        settings: Any = self.settings
        learnt = () if self.learnt is None else self.learnt.columns
        own = columns_read(settings.campaign, settings.cost) if settings.cost.offer is not None else set()
        return super().needs | own | set(learnt)

    def predict(self, path: Path) -> Predictions:
        """As `TablePredictor.predict`, with `list`, `offer`, `value`, `expected_gain`, `spend` and `rank` of each customer.

        list: contact; control (on the list, and left alone by chance); leave; do not disturb; contacted enough.
        expected_gain: of the offer on the list, or of the best one for those who are not on it. spend: expected, 0 where
        nobody is contacted.
        """
        found = TablePredictor.predict(self._reading(path)._sharing(path, Engine()), path)
        return replace(found, notes=[*found.notes, *self._said()])

    def predict_into(self, path: Path, out: Path, engine: Engine) -> tuple[int, list[str]]:
        """As `TablePredictor.predict_into`, with the columns of `predict`."""
        rows, notes = TablePredictor.predict_into(self._reading(path)._sharing(path, engine), path, out, engine)
        return rows, [*notes, *self._said()]

    def given(self, files: Mapping[str, Path], changes: Mapping[str, Any]) -> Self:
        """With the further tables of new customers, and another date of those that are made from events.

        Parameters
        ----------
        changes: {"snapshot": {"date": one date}}, or nothing.

        Raises
        ------
        UsageError: the run needs no such table, or another setting is to change.
        """
        for name in files:
            if self.from_events or not self._by_purchases:
                what = "the run is made of events, and --data is the file of them" if self.from_events else (
                    f"the run reads no {name} of new customers"
                )  # fmt: skip
                raise UsageError(what, where=f"--files {name}", advice="leave it out")
        date = changes.get("snapshot", {}).get("date") if set(changes) == {"snapshot"} else None
        if changes and not (self.from_events and isinstance(date, str) and len(changes["snapshot"]) == 1):
            what = "for new customers only snapshot.date can be set, one date, where the run is made of events"
            raise UsageError(what, where="--set", advice="leave it out, or run the study again")
        return replace(self, files=dict(files), as_of=date)

    def labelled(self, path: Path) -> tuple[Self, Table, list[str]]:
        """As `TablePredictor.labelled`; of a file of events, the customers of a past date and who of them left since.

        The date is the last of `snapshot.date`.
        """
        if not self.from_events:
            return TablePredictor.labelled(self._reading(path), path)
        columns = [column.name for column in self.contract.columns]
        date, table = snapshot_known(self.settings, {EVENTS: path}, columns)
        return replace(self, files={EVENTS: path}, as_of=date), table, []

    @property
    def _by_purchases(self) -> bool:
        return self.made is not None and self.made["way"] == "transactions"

    def _reading(self, path: Path) -> Self:
        """The predictor with all that it reads of a file of new customers, or events of them."""
        if self.from_events:
            files = {EVENTS: path}
            return replace(self, files=files, as_of=today(self.settings, files, self.as_of))
        if self._by_purchases and EVENTS not in self.files:
            what = "the run values customers by their purchases, and those of the new ones are not given"
            raise UsageError(what, where=f"--files {EVENTS}", advice=f"write --files {EVENTS}=FILE")
        return self

    def table(self, path: Path) -> Table | None:
        """The customers of the day, made from a file of events as those of the run were."""
        if not self.from_events:
            return None
        columns = [column.name for column in self.contract.columns]
        return snapshot_now(self.settings, self.files, columns, str(self.as_of))

    def checked(self, table: Table) -> Checked:
        """As `TablePredictor.checked`, with each customer's value where the study makes it."""
        found = super().checked(table)
        if self.made is None or any(problem.code not in COUNTED for problem in found.problems.errors):
            return found  # what is wrong is said by `scored`, in its own words
        return value_again(found, self.settings, self.files, self.made, self.as_of)

    def scores(self, checked: Checked) -> tuple[np.ndarray, pd.DataFrame]:
        """(rows,) the probability of checked rows, and what is said of each; in the first pass, what a list is made by."""
        settings: Any = self.settings
        if settings.cost.offer is None:
            return super().scores(checked)
        score, _ = self.priced(checked)
        p, offers = self._offers(checked, score)
        held = held_back(settings.campaign, checked)
        allowed = ~held.rows if self.decider.threshold is None else ~held.rows & self.decider.act(score)
        shared = self.shared
        if shared is None:
            seen = scouted(checked, p, offers, allowed, settings.seed)
            if self.scouting:
                return score, seen
            shared = Shared.of(seen, self.limits, settings.campaign.control)
        here = shared.at(checked.places.rows)
        contact = (here.offer > NONE) & ~here.control
        base = replace(self, chosen=checked.places.rows[contact])
        _, rows = TablePredictor.scores(base, checked)
        for name in checked.in_role("group"):  # who to call, where no column names the row
            rows.insert(2, _free(checked.sources[name], rows), checked.frame[name].to_numpy())
        return score, self._told(rows.assign(probability=p), p, offers, held, here, contact)

    def _said(self) -> list[str]:
        if self.learnt is None:
            return []
        measured = "" if self.settings.campaign.offers else ", and so is how many of them the offer keeps"  # type: ignore[attr-defined]
        return [
            "probability is that of leaving if left alone, learnt from the past campaign of the run for each customer"
            f"{measured}; reasons are those of the model"
        ]

    def _own_threshold(self, values: Mapping[str, float | str | None]) -> float | None:
        return super()._own_threshold(values) if self.limits == Limits() else None  # a limit is no threshold of one row

    def _offers(self, checked: Checked, score: Array) -> tuple[Array, tuple[Offered, ...]]:
        """(rows,) the chance of leaving if left alone, and the offers; as the past campaign taught, where there was one."""
        settings: Any = self.settings
        columns = CellColumns.of_checked(checked)
        found = offered(settings.campaign, settings.cost, columns, len(checked.frame), new=True)
        if self.learnt is None:
            return score, found
        effect, _, risk = self.learnt.at(checked.frame)
        return as_learnt(effect, risk, found)

    def _sharing(self, path: Path, engine: Engine) -> Self:
        """The predictor that knows the list of the whole file."""
        settings: Any = self.settings
        if settings.cost.offer is None:
            return self
        scout = replace(self, scouting=True, reference=None)  # the drift of the file is told in the second pass
        parts = list(in_parts(scout, path, engine, Batch(scout)))
        whole = pd.concat(parts, ignore_index=True)
        return replace(self, shared=Shared.of(whole, self.limits, settings.campaign.control))

    def _told(
        self,
        rows: pd.DataFrame,
        p: Array,
        offers: tuple[Offered, ...],
        held: HeldBack,
        here: Shared,
        contact: Mask,
    ) -> pd.DataFrame:
        """The rows of every table study with what the campaign says of each customer, reasons last."""
        gain, spend = (np.stack([getattr(one.costs, name)(p) for one in offers], axis=1) for name in ("gain", "spend"))
        best = np.where(here.offer > NONE, here.offer, np.argmax(gain, axis=1))
        clv, expected = offers[0].parts["clv"], chosen(gain, best)
        names = np.array([*(one.name for one in offers), ""], dtype=object)  # the last is that of offer -1
        rank = pd.array(here.rank, dtype="Int64")
        rank[here.rank == 0] = pd.NA
        status = [held.do_not_disturb, held.capped, here.control, contact]
        words = np.select(status, [_ASKED, _CAPPED, _CONTROL, _CONTACT], default=_LEAVE)
        taken = {name: f"{name} (file)" for name in _OURS if name in rows}  # the analyst's own names of identifiers
        reasons = rows["reasons"]
        rows = rows.drop(columns="reasons").rename(columns=taken)
        rows["expected_cost"] = p * clv - np.where(contact, expected, 0.0)
        return rows.assign(
            list=words,
            offer=names[here.offer],
            value=clv,
            expected_gain=expected,
            spend=np.where(contact, chosen(spend, best), 0.0),
            rank=rank,
            reasons=reasons,
        )


def _learnt(file: Path) -> LearntEffect:
    """Raises RunError where the file is not as it was made."""
    from casestudies.models.uplift import LearntEffect

    try:
        told = json.loads(file.read_bytes())
    except ValueError:
        told = None
    return LearntEffect.from_dict(told)


def _free(name: str, rows: pd.DataFrame) -> str:
    """A name for a column of the file beside our own."""
    return f"{name} (file)" if name in rows or name in _OURS else name
