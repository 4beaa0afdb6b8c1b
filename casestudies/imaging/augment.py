"""Training films varied without changing what they show: whole batches at a time, every number from one generator."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from casestudies.imaging.asked.augmenting import Augmenting
from casestudies.imaging.corruptions import TRAINED


def augment(batch: Tensor, augmenting: Augmenting, generator: Generator) -> Tensor:
    """The films otherwise placed, and a share of them corrupted.

    Gain and offset are not varied: the network takes them out of every film again.

    Parameters
    ----------
    batch: (n, channels, side, side) in 0..1; not changed.
    generator: may live on the CPU while the films do not; one on their device is then seeded from it.

    Returns
    -------
    (n, channels, side, side) in 0..1, on the device of the batch.
    """
    if generator.device != batch.device:
        seed = int(torch.randint(2**62, (1,), generator=generator, device=generator.device))
        generator = Generator(batch.device).manual_seed(seed)
    films = _placed(batch, augmenting, generator)
    return _some_corrupted(films, augmenting.corruptions, generator)


def _placed(films: Tensor, augmenting: Augmenting, generator: Generator) -> Tensor:
    """Each film mirrored, turned and shifted on its own; what comes in at the edge is the film mirrored there.

    A mirror and a shift only say which row and which column goes where, so both cost one look-up.
    """
    count, channels, last = len(films), films.shape[1], films.shape[-1] - 1
    most = round(augmenting.shift * films.shape[-1])
    by = torch.randint(-most, most + 1, (2, count, 1), generator=generator, device=films.device)
    place = last - (last - (torch.arange(last + 1, device=films.device) - by).abs()).abs()  # (2, n, side): from where
    mirrored = torch.rand((2, count, 1), generator=generator, device=films.device) < 0.5
    if augmenting.orientation == "mirrored":
        mirrored[0] = False  # a chest stays upright
    if augmenting.orientation != "upright":
        place = torch.where(mirrored, last - place, place)
    flat = place[0][:, :, None] * (last + 1) + place[1][:, None, :]
    if augmenting.orientation == "any":  # with a transposition the two mirrors make all eight
        flat = torch.where(_uniform(films, generator)[:, 0] < 0.5, flat.transpose(1, 2), flat)
    where = flat.reshape(count, 1, -1).expand(-1, channels, -1)
    return films.reshape(count, channels, -1).gather(2, where).reshape(films.shape)


def _some_corrupted(films: Tensor, share: float, generator: Generator) -> Tensor:
    """About that share of the films, changed in place, with one corruption each; those with the same one share its level."""
    if not share:
        return films
    kind = (_uniform(films, generator).flatten() / share * len(TRAINED)).floor()  # beyond the last: none
    place = 4 * torch.rand(len(TRAINED), generator=generator, device=films.device)
    for number, (one, where) in enumerate(zip(TRAINED, place.tolist(), strict=True)):
        rows = (kind == number).nonzero().flatten()
        if len(rows):
            films[rows] = one.of(films[rows], one.between(where), generator)
    return films


def _uniform(films: Tensor, generator: Generator) -> Tensor:
    return torch.rand((len(films), 1, 1, 1), generator=generator, device=films.device)
