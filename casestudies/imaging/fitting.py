"""From divided images to the models that are compared: networks, heads on their features, the patient's history alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from casestudies.imaging.augment import augment
from casestudies.imaging.backbones import backbone
from casestudies.imaging.films import Films
from casestudies.imaging.heads.head import fit_head, history_only
from casestudies.imaging.model import Member
from casestudies.imaging.splits import Parts
from casestudies.imaging.trained import Trained
from casestudies.imaging.training import train_network

Step = Callable[[float, str], None]
Floats = NDArray[np.float64]
IMAGE, BOTH, HISTORY, NETWORK, INCUMBENT = "image", "both", "history", "network", "incumbent"
_COPIES = 1000  # added to the seed of the copies, so that they are not those that the network saw


@dataclass(frozen=True, eq=False)
class Fitted:
    """Models on training images, and what each says of every image.

    Parameters
    ----------
    members: of the champion. champion: "both" or "image". logits: {model: (rows,)} of all images that were read.
    features: (rows, features) of each network, for further questions to the heads.
    choice: plain values: the validation log loss of each, and a sentence.
    traces, told: {fit: columns of its steps}, {fit: its findings and notes}.
    """

    members: tuple[Member, ...]
    champion: str
    logits: Mapping[str, Floats]
    features: tuple[Floats, ...]
    choice: Mapping[str, Any]
    traces: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)


def fit(films: Films, parts: Parts, settings: Any, weights: Path | None, step: Step) -> Fitted:
    """Train the networks, cache their features, fit heads on them exactly, and choose what the head reads.

    Parameters
    ----------
    films: all that were read. settings: an `ImagingSettings`. weights: of a trained network, in place of training. step: told how far it is.
    """
    networks = _networks(films, parts, settings, weights, step)
    step(0.9, "fitting the heads on cached features")
    features = tuple(_read(films, network) for network in networks)
    varied = [_varied(films, parts, network, settings, number) for number, network in enumerate(networks)]
    readings: dict[str, pd.DataFrame | None] = {IMAGE: None}
    if films.history and settings.head.reads != IMAGE:
        readings[BOTH] = films.table[list(films.history)]
    heads = {
        name: [
            fit_head(
                own,
                history,
                films.label,
                films.patient,
                parts.train,
                parts.validation,
                settings.head,
                settings.seed,
                copies,
            )
            for own, copies in zip(features, varied, strict=True)
        ]
        for name, history in readings.items()
    }
    logits = {
        name: _mean([head.logits(own, films.table) for head, own in zip(some, features, strict=True)])
        for name, some in heads.items()
    }
    logits |= _beside(films, parts, settings)
    if weights is None and films.embeddings is None:
        own = [network.read(rows) for network, rows in zip(networks, features, strict=True) if network is not None]
        logits[NETWORK] = _mean(own)
    champion, choice = _chosen(logits, films, parts, settings.head.reads)
    told: dict[str, Any] = {
        f"network {number}": {"findings": list(network.findings), "notes": list(network.notes)}
        for number, network in enumerate(networks, 1)
        if network is not None
    }
    told |= {f"head {number}": head.told for number, head in enumerate(heads[champion], 1)}
    traces = {f"network {n}": net.trace for n, net in enumerate(networks, 1) if net is not None and net.trace}
    members = tuple(Member(network, head) for network, head in zip(networks, heads[champion], strict=True))
    return Fitted(members, champion, logits, features, choice, traces, told)


def _networks(films: Films, parts: Parts, settings: Any, weights: Path | None, step: Step) -> list[Trained | None]:
    """Trained here, or read from a file, or none where embeddings take their place."""
    model = settings.model
    if films.embeddings is not None:
        return [None]
    if weights is not None:
        return [backbone(weights, films.channels, films.side, settings.run.threads)]
    train, validation = films.take(parts.train), films.take(parts.validation)
    found: list[Trained | None] = []
    for number in range(model.networks):

        def told(fraction: float, message: str, number: int = number) -> None:
            step(0.9 * (number + fraction) / model.networks, f"network {number + 1} of {model.networks}: {message}")

        seed = settings.seed + number
        found.append(train_network(train, validation, model, settings.augment, seed, told, settings.run.threads))
    return found


def _read(films: Films, network: Trained | None) -> Floats:
    """(rows, features) of all images."""
    if network is not None:
        return network.features(films.pixels)
    assert films.embeddings is not None  # else there would be a network
    return films.embeddings


def _varied(films: Films, parts: Parts, network: Trained | None, settings: Any, number: int) -> Floats | None:
    """(copies, training images, features) of varied copies of the training images, where they are asked for."""
    copies = settings.head.copies
    if network is None or not copies:
        return None
    generator = torch.Generator().manual_seed(settings.seed + _COPIES + number)
    own = torch.from_numpy(films.pixels[parts.train])
    return np.stack([network.features(augment(own, settings.augment, generator).numpy()) for _ in range(copies)])


def _beside(films: Films, parts: Parts, settings: Any) -> dict[str, Floats]:
    """What needs no image to be compared with: the history alone, a reader."""
    found: dict[str, Floats] = {}
    if films.history:
        history = films.table[list(films.history)]
        alone = history_only(history, films.label, films.patient, parts.train, parts.validation, settings.head)
        found[HISTORY] = alone.logits(np.empty((len(films), 0)), films.table)
    if settings.model.incumbent is not None:
        found[INCUMBENT] = pd.to_numeric(films.table[settings.model.incumbent], errors="coerce").to_numpy(float)
    return found


def _chosen(logits: Mapping[str, Floats], films: Films, parts: Parts, reads: str) -> tuple[str, dict[str, Any]]:
    """By log loss on validation images, where it is not asked for."""
    label = films.label[parts.validation].astype(float)
    losses = {
        name: float(np.mean(np.logaddexp(0.0, z) - label * z))
        for name, z in ((name, logits[name][parts.validation]) for name in logits if name != INCUMBENT)
    }
    if BOTH not in logits:
        return IMAGE, {"log_loss": losses, "sentence": "The head reads the image alone."}
    best = min((IMAGE, BOTH), key=losses.__getitem__) if reads == "auto" else reads
    other = IMAGE if best == BOTH else BOTH
    words = {IMAGE: "the image alone", BOTH: "the image and the history"}
    how = "as asked" if reads != "auto" else "the lower of the two"
    sentence = f"The head reads {words[best]}: its log loss on validation images is {losses[best]:.4f}, {how}; that of {words[other]} is {losses[other]:.4f}."
    return best, {"log_loss": losses, "sentence": sentence}


def _mean(parts: list[Floats]) -> Floats:
    found: Floats = np.mean(parts, axis=0)
    return found
