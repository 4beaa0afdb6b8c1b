"""A trained network as the study uses it: features, log-odds, and its files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from casestudies.errors import ConfigError, RunError, shown
from casestudies.imaging.network import NetworkSpec, SmallNet
from casestudies.imaging.resnet import ResNet18, ResNetSpec
from casestudies.optim.networks import mode

Floats = NDArray[np.float64]
Pixels = NDArray[np.float32]
Spec = NetworkSpec | ResNetSpec

KINDS: Mapping[str, tuple[type[Any], type[Any]]] = {
    "small": (SmallNet, NetworkSpec),
    "resnet18": (ResNet18, ResNetSpec),
}
_BATCH = 64  # films at once: their maps stay in the processor's cache (256: 1.2 times the time)
_ADVICE = "take a whole copy of the run, or run again"


@dataclass(frozen=True, eq=False)
class Trained:
    """A network in evaluation mode, and how it came to be.

    Parameters
    ----------
    module: `maps`, `pooled` and `features`; a `SmallNet` also says log-odds. spec: its shape.
    trace: columns of the training's steps, one row an epoch, row 0 before the first; {} where it was trained elsewhere.
    findings: what the core's diagnosis found, in sentences. notes: what was kept and how it was trained, in sentences.
    threads: of the processor, for what it computes.
    """

    module: SmallNet | ResNet18
    spec: Spec
    trace: Mapping[str, Floats] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    threads: int = 1

    def features(self, pixels: Pixels, *, batch: int = _BATCH, draft: bool = False) -> Floats:
        """(rows, F) what the last block says of each film, pooled.

        Parameters
        ----------
        pixels: (rows, channels, side, side) in 0..1.
        draft: right to two or three digits and in half the time, where the processor has bfloat16.
        """
        device = next(self.module.parameters()).device
        rows = torch.from_numpy(np.ascontiguousarray(pixels, dtype=np.float32))
        half = self.module.half_precision or (draft and has_half(device))
        with steady(self.threads), halved(self.module, half), mode(self.module, training=False), torch.no_grad():
            parts = [self.module.features(some.to(device)).double().cpu() for some in rows.split(batch)]
        found: Floats = torch.cat(parts).numpy()
        return found

    def logits(self, pixels: Pixels, *, batch: int = _BATCH, draft: bool = False) -> Floats:
        """(rows,) the network's own log-odds; see `features`."""
        return self.read(self.features(pixels, batch=batch, draft=draft))

    def read(self, features: Floats) -> Floats:
        """(rows,) the log-odds that the network's own last layer makes of `features` (rows, F).

        Raises
        ------
        ConfigError: it has no last layer, since its weights come from elsewhere.
        """
        if not isinstance(self.module, SmallNet):
            raise ConfigError("the network has no last layer of its own", advice="let the head read its features")
        weight, bias = (one.detach().double().cpu().numpy() for one in self.module.last.parameters())
        found: Floats = features @ weight[0] + bias[0]
        return found

    def files(self, name: str) -> dict[str, bytes]:
        """NAME.safetensors, the weights; NAME.json, all else but the trace. The same network gives the same bytes."""
        weights = {key: value.detach().cpu().contiguous() for key, value in self.module.state_dict().items()}
        kind = next(kind for kind, (module, _) in KINDS.items() if isinstance(self.module, module))
        told = {"kind": kind, "spec": self.spec.to_dict(), "findings": self.findings, "notes": self.notes}
        text = json.dumps(told, indent=2, ensure_ascii=False, sort_keys=True)
        return {f"{name}.safetensors": save(weights), f"{name}.json": f"{text}\n".encode()}

    @classmethod
    def open(cls, folder: Path, name: str, threads: int = 1) -> Self:
        """What `files` wrote under that name.

        Raises
        ------
        RunError: a file is missing, damaged, or does not belong to the other.
        """
        try:
            told = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            module_of, spec_of = KINDS[told["kind"]]
            spec = spec_of.from_dict(told["spec"])
            weights = load_file(folder / f"{name}.safetensors")
            with torch.device("meta"):  # shapes without memory: a spec from elsewhere may ask for any size
                module_of(spec).load_state_dict({key: value.to("meta") for key, value in weights.items()})
            module = module_of(spec)
            module.load_state_dict(weights)
            findings, notes = (tuple(str(said) for said in told[key]) for key in ("findings", "notes"))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, ConfigError, SafetensorError) as error:
            raise RunError(
                f"not a network as this suite writes one ({shown(error, 120)})",
                where=f"{folder.name}/{name}",
                advice=_ADVICE,
            ) from None
        return cls(module.eval(), spec, {}, findings, notes, threads)


def features_of(
    networks: Sequence[Trained], pixels: Pixels, *, batch: int = _BATCH, draft: bool = False
) -> list[Floats]:
    """What `features` of each gives, bit for bit; networks of the study standardise a film alike, and here once for all."""
    alike = {(one.module.standardise.speckles if isinstance(one.module, SmallNet) else None) for one in networks}
    if len(networks) < 2 or len(alike) > 1 or None in alike:
        return [one.features(pixels, batch=batch, draft=draft) for one in networks]
    modules: Any = [one.module for one in networks]
    device = next(modules[0].parameters()).device
    rows = torch.from_numpy(np.ascontiguousarray(pixels, dtype=np.float32))
    found: list[list[torch.Tensor]] = [[] for _ in modules]
    with ExitStack() as stack:
        stack.enter_context(steady(networks[0].threads))
        stack.enter_context(torch.no_grad())
        for module in modules:
            stack.enter_context(halved(module, module.half_precision or (draft and has_half(device))))
            stack.enter_context(mode(module, training=False))
        for some in rows.split(batch):
            standard = modules[0].standardise(some.to(device))
            for parts, module in zip(found, modules, strict=True):
                parts.append(module.pooled(module.seen(standard)).double().cpu())
    return [torch.cat(parts).numpy() for parts in found]


def has_half(device: torch.device) -> bool:
    """Whether bfloat16 pays there: the processor or the graphics card computes in it (2.0 times as fast on a Zen 4)."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    known = (
        torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    )  # torch before 2.10 cannot say
    return bool(known.get("avx512_bf16") or known.get("amx_bf16"))


@contextmanager
def halved(module: SmallNet | ResNet18, half: bool) -> Iterator[None]:
    """Its convolutions in bfloat16, as long as this lasts."""
    before, module.half_precision = module.half_precision, half
    try:
        yield
    finally:
        module.half_precision = before


@contextmanager
def steady(threads: int) -> Iterator[None]:
    """So many threads, and on a graphics card only kernels that give the same bits each time; then as it was."""
    before, card = torch.get_num_threads(), (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark)
    torch.set_num_threads(threads)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = card
