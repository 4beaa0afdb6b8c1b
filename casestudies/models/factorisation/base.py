"""What every recommender can do; `tests/models/factorisation/contract.py` holds all of them to it."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

from casestudies.models.factorisation.vectors import Codes, Floats, Times
from casestudies.tabular.interactions import Interactions


@runtime_checkable
class Recommender(Protocol):
    """Learns from interactions and scores every item for any of their users.

    name: of the model in tables and figures ("popularity", "bias", "factorisation", "ease").
    rates: its scores are ratings on the scale of the data; else only their order has a meaning.
    """

    @property
    def name(self) -> str: ...

    @property
    def rates(self) -> bool: ...

    def fit(self, data: Interactions) -> Self: ...

    def scores(self, users: Codes) -> Floats:
        """(users, items) float32, larger = better, of users by their numbers in the data it was fitted on.

        Items that the user knows are scored like all others; who recommends leaves them out.
        """
        ...

    def rate(self, users: Codes, items: Codes, time: Times | None = None) -> Floats:
        """(pairs,) float32 the expected rating within the scale; of a model that does not rate, the score.

        time: (pairs,) when; None = now. Only a model that has learnt how ratings move with time tells them apart.
        """
        ...
