"""The saved model: networks with their heads, how films become pixels, and the decision; nothing of it is pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError, RunError, shown
from casestudies.imaging.audit.quality import QualityReference
from casestudies.imaging.decision import Decision
from casestudies.imaging.films import Films
from casestudies.imaging.heads.fitted import Head
from casestudies.imaging.preparation import Preparation

if TYPE_CHECKING:
    from casestudies.imaging.trained import Trained

FILE = "model.json"


@dataclass(frozen=True, eq=False)
class Member:
    """One network and the head that reads its features; without a network, of embeddings made elsewhere."""

    trained: Trained | None
    head: Head

    def features(self, films: Films) -> NDArray[np.float64]:
        """(rows, features) of images.

        Raises
        ------
        DataError: the model reads embeddings, and there are none.
        """
        if self.trained is not None:
            return self.trained.features(films.pixels)
        if films.embeddings is None:
            raise DataError(
                "the model reads embeddings, and none were given for these images",
                where="data.files.features",
                advice="make them as those of the run were made, and name their file by --files features=FILE",
            )
        return films.embeddings

    def logits(self, films: Films) -> NDArray[np.float64]:
        """(rows,) before the temperature."""
        return self.head.logits(self.features(films), films.table)


@dataclass(frozen=True, eq=False)
class ImageModel:
    """Everything that new images need.

    classes: names of class 0 and of the disease. history: columns that the heads read beside the image; () = none.
    """

    preparation: Preparation
    members: tuple[Member, ...]
    decision: Decision
    quality: QualityReference | None
    classes: tuple[str, str]
    history: tuple[str, ...] = ()

    def logits(self, films: Films) -> NDArray[np.float64]:
        """(rows,) the mean over the networks, before the temperature; see `drafted`."""
        return self._mean(films, draft=False)

    def drafted(self, films: Films) -> NDArray[np.float64]:
        """The same, its features in half precision where that is quicker: right to two or three digits."""
        return self._mean(films, draft=True)

    def _mean(self, films: Films, *, draft: bool) -> NDArray[np.float64]:
        networks = [member.trained for member in self.members if member.trained is not None]
        if len(networks) < len(self.members):
            return np.mean([member.logits(films) for member in self.members], axis=0)
        from casestudies.imaging.trained import features_of

        seen = features_of(networks, films.pixels, draft=draft)
        one = [member.head.logits(own, films.table) for member, own in zip(self.members, seen, strict=True)]
        return np.asarray(np.mean(one, axis=0))

    @property
    def sees(self) -> bool:
        """Whether it looks at pixels itself, and can be shown corrupted ones or explained."""
        return all(member.trained is not None for member in self.members)

    def files(self) -> dict[str, bytes]:
        """{name: content}: weights as safetensors and npz, everything else as JSON."""
        told: dict[str, Any] = {
            "preparation": self.preparation.to_dict(),
            "members": [member.trained is not None for member in self.members],
            "decision": self.decision.to_dict(),
            "quality": None if self.quality is None else self.quality.to_dict(),
            "classes": list(self.classes),
            "history": list(self.history),
        }
        files = {FILE: json.dumps(told, indent=1, sort_keys=True).encode()}
        for number, member in enumerate(self.members):
            files |= member.head.files(f"head{number}")
            if member.trained is not None:
                files |= member.trained.files(f"network{number}")
        return files

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Of the folder that `files` were written to; its hashes have been compared before.

        Raises
        ------
        RunError: a file is missing, damaged, or does not fit the others, as in a folder that was made up.
        """
        from casestudies.imaging.trained import Trained

        try:
            told: Mapping[str, Any] = json.loads((folder / FILE).read_bytes())
            members = tuple(
                Member(Trained.open(folder, f"network{number}") if sees else None, Head.open(folder, f"head{number}"))
                for number, sees in enumerate(told["members"])
            )
            if not members:
                raise DataError("it has no network and no head")
            return cls(
                Preparation.from_dict(told["preparation"]),
                members,
                Decision.from_dict(told["decision"]),
                None if told["quality"] is None else QualityReference.from_dict(told["quality"]),
                (str(told["classes"][0]), str(told["classes"][1])),
                tuple(str(name) for name in told["history"]),
            )
        except (OSError, LookupError, ValueError, TypeError, AttributeError, RecursionError, DataError) as error:
            said = error.what if isinstance(error, DataError) else shown(error, 120)
            advice = "take a whole copy of the run, or run again"
            raise RunError(f"the model cannot be used: {said}", where=f"{folder.name}/{FILE}", advice=advice) from None
