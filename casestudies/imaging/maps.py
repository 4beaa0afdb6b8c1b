"""Where the networks of a model look in one image: three maps, of what is served and not of one network alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from casestudies.errors import DataError
from casestudies.explain.images.cam import grad_cam
from casestudies.explain.images.curves import blurred, smooth
from casestudies.explain.images.likeness import randomised
from casestudies.explain.images.local import lime_image
from casestudies.explain.images.seen import Floats, Pixels
from casestudies.explain.images.shapley import integrated_gradients
from casestudies.imaging.asked.questioning import Explaining
from casestudies.imaging.films import Films
from casestudies.imaging.model import ImageModel, Member
from casestudies.imaging.network import SmallNet
from casestudies.imaging.trained import Trained, halved, has_half


class Seen:
    """One network with its head, cut before its last block: at 64 pixels a side that leaves 8 x 8 places, not 4 x 4.

    history: (1,) table of what the head reads of the patient beside the image; None where it reads none.
    """

    def __init__(self, member: Member, history: object = None) -> None:
        trained = _network(member)
        self.module = trained.module
        self._device = next(trained.module.parameters()).device
        self._head: nn.Module = member.head.module(history).to(self._device)  # type: ignore[arg-type]

    def maps(self, x: Tensor) -> Tensor:
        x = x.to(self._device)
        if not isinstance(self.module, SmallNet):
            return self.module.maps(x)
        with self._precision():
            standard = self.module.standardise(x).contiguous(memory_format=torch.channels_last)
            maps: Tensor = self.module.body[:-2](standard)
        return maps.float()

    def score(self, maps: Tensor) -> Tensor:
        if isinstance(self.module, SmallNet):
            with self._precision():
                maps = self.module.body[-2:](maps)
        found: Tensor = self._head(self.module.pooled(maps.float()))
        return found

    def _precision(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self.module.half_precision)


@dataclass(frozen=True, eq=False)
class Maps:
    """Three maps of one image, each (side, side), larger where more speaks for the disease.

    gradcam: never negative. shap: amounts of log-odds, those of neighbours added up. lime: weights of squares.
    missed: share of the score's difference that the SHAP values do not add up to. r2, overlap: see `LocalLine`.
    """

    gradcam: Floats
    shap: Floats
    lime: Floats
    missed: float
    r2: float
    overlap: float

    def named(self) -> Mapping[str, Floats]:
        return {"gradcam": self.gradcam, "shap": self.shap, "lime": self.lime}


def maps_of_image(members: Sequence[Seen], image: Pixels, asked: Explaining, seed: int) -> Maps:
    """All three maps; image: (channels, side, side) in 0..1."""
    parts = integrated_gradients(members, image, blurred(image), asked.steps)
    line = lime_image(members, image, asked.samples, seed)
    return Maps(grad_cam(members, image), smooth(parts.values), line.values, parts.missed, line.r2, line.overlap)


def seen_by(model: ImageModel, films: Films, row: int) -> tuple[Seen, ...]:
    """The networks of a model, their heads set to what is known of one image's patient."""
    history = films.table.iloc[[row]] if model.history else None
    return tuple(Seen(member, history) for member in model.members)


def shuffled(model: ImageModel, seed: int) -> ImageModel:
    """The model with networks whose weights are shuffled; the heads stay."""
    members = []
    for member in model.members:
        network = _network(member)
        members.append(replace(member, trained=replace(network, module=randomised(network.module, seed))))
    return replace(model, members=tuple(members))


@contextmanager
def drafted(model: ImageModel) -> Iterator[None]:
    """Its networks in bfloat16 where that pays: half the time, and the error of the SHAP values' sum stays as it is."""
    with ExitStack() as stack:
        for module in (_network(member).module for member in model.members):
            stack.enter_context(halved(module, has_half(next(module.parameters()).device)))
        yield


def _network(member: Member) -> Trained:
    if member.trained is None:
        raise DataError("embeddings have no image to point at", advice="train a network")
    return member.trained
