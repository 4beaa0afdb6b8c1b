"""The saved model: networks with their heads, how films become pixels, and the decision; nothing of it is pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError
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
        """(rows,) the mean over the networks, before the temperature."""
        return np.mean([member.logits(films) for member in self.members], axis=0)

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
        """Of the folder that `files` were written to; its hashes have been compared before."""
        from casestudies.imaging.trained import Trained

        told: Mapping[str, Any] = json.loads((folder / FILE).read_bytes())
        members = tuple(
            Member(Trained.open(folder, f"network{number}") if sees else None, Head.open(folder, f"head{number}"))
            for number, sees in enumerate(told["members"])
        )
        return cls(
            Preparation.from_dict(told["preparation"]),
            members,
            Decision.from_dict(told["decision"]),
            None if told["quality"] is None else QualityReference.from_dict(told["quality"]),
            (told["classes"][0], told["classes"][1]),
            tuple(told["history"]),
        )
