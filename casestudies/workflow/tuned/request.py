"""The request of a search: what request.json holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from casestudies.errors import MissingExtra, RunError, UsageError, shown
from casestudies.runs import RunFolder
from casestudies.tuning.journal import EXTRA, LIBRARY
from casestudies.workflow.studies import Study
from casestudies.workflow.tuned.asked import RESUME, TUNE, Asked
from casestudies.workflow.tuned.record import JOURNAL
from casestudies.workflow.tuned.tunable import Tunable
from casestudies.workflow.tuned.verb import Tuning


def tunable_of(study: Study) -> Tunable:
    """What a study offers to a search.

    Raises
    ------
    UsageError: it offers nothing. MissingExtra: a library of it is not installed.
    """
    verb = study.verbs.get(TUNE)
    if not isinstance(verb, Tuning):
        study.at(TUNE)
        raise UsageError(f"{study.name} cannot be tuned", where=TUNE)
    if find_spec(LIBRARY) is None:
        raise MissingExtra(LIBRARY, EXTRA, where=TUNE)
    if study.card.missing:
        raise MissingExtra(study.card.library, study.card.extra, where=study.name)
    return verb.tunable()


def request_of(study: Study, request: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """The request of a run as that of a search.

    Parameters
    ----------
    asked: budget, method, goals, nested, search.

    Raises
    ------
    As `Asked.checked` and `tunable_of`.
    """
    whole = Asked.of(asked).checked(tunable_of(study), study.settings.model_validate(request["config"]))
    return {**request, "verb": TUNE, TUNE: whole.told}


def resumed(study: Study, earlier: RunFolder, asked: Mapping[str, Any], given: Sequence[str]) -> dict[str, Any]:
    """The request of a search that goes on from an earlier one: its data, settings, goals and space.

    Parameters
    ----------
    asked: only its budget and its nested folds can differ; "" and 0 keep those of the earlier one.
    given: names of further arguments, none of which has a meaning here.

    Raises
    ------
    RunError: it is no search, has no journal, or is still at work. UsageError: something else is given.
    """
    if earlier.state.active:
        raise RunError("is still at work", where=earlier.id, advice="cancel it first, or wait for it")
    request = earlier.request()
    if earlier.verb != TUNE or not (earlier.path / JOURNAL).is_file():
        raise RunError("is no search that could go on", where=earlier.id, advice="name one made by: casestudies tune")
    if earlier.study != study.name:
        raise UsageError(f"is a search of {shown(earlier.study)}", where=earlier.id, advice=f"tune {earlier.study}")
    own = Asked.of(asked)
    wrong = [*given, *(name for name in ("goals", "search") if getattr(own, name))]
    wrong += ["method"] if own.method != "auto" else []
    if wrong:
        what = f"a search goes on with its own data and settings, and {', '.join(wrong)} is given"
        raise UsageError(what, where="resume", advice="leave it out, or start a new search")
    more = {"budget": own.budget or request[TUNE]["budget"], "nested": own.nested or request[TUNE]["nested"]}
    there = {key: value for key, value in request.items() if key != RESUME}
    return {**request_of(study, there, {**request[TUNE], **more}), RESUME: str(earlier.path.absolute())}
