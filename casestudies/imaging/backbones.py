"""Weights learnt elsewhere, in place of training: what makes the features that the head, the decision and the report stand on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from casestudies.errors import CaseError, ConfigError, DataError, shown
from casestudies.imaging.network import parameters
from casestudies.imaging.resnet import ResNet18, ResNetSpec
from casestudies.imaging.trained import NetworkSpec, Trained

_WHERE = "data.files.features"
_HEAD = ("fc.weight", "fc.bias")  # of ResNet-18: its own last layer, for other classes than ours
_COUNTED = "num_batches_tracked"  # of batch normalisation: older files do not have it, and nothing needs it


def backbone(path: Path, channels: int, side: int, threads: int = 1) -> Trained:
    """The network whose weights a `.safetensors` file holds.

    Either a network of an earlier run (model/network0.safetensors, with its .json beside it), or a ResNet-18 under its
    usual names (conv1.weight, layer1.0.conv1.weight, ...), whose last layer is not used.

    Parameters
    ----------
    channels, side: of the films that it is to see.

    Raises
    ------
    ConfigError: the weights are of another network, or of one for other films; the message names the first tensor that
        is too many, missing or of another shape. DataError: no such file, or not in that format.
    """
    if path.with_suffix(".json").is_file():
        return _ours(path, channels, side, threads)
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        said = f"not a file of weights in the format safetensors ({shown(error, 80)})"
        raise DataError(said, where=path.name, advice="give the .safetensors file of a network") from None
    module = ResNet18(ResNetSpec(channels, side))
    wanted = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    _refuse(weights, wanted, path.name)
    module.load_state_dict({name: weights.get(name, value) for name, value in module.state_dict().items()})
    note = (
        f"ResNet-18 with {parameters(module):,} parameters, trained elsewhere ({path.name}); its last layer is not used"
    )
    return Trained(module.eval(), module.spec, notes=(note,), threads=threads)


def _ours(path: Path, channels: int, side: int, threads: int) -> Trained:
    try:
        found = Trained.open(path.parent, path.stem, threads)
    except CaseError as error:
        raise DataError(error.what, where=path.name, advice="keep the .json file of the same run beside it") from None
    spec = found.spec
    if spec.channels != channels:
        said = f"{path.name} was trained on films of {spec.channels} channels, these have {channels}"
        raise ConfigError(said, where=_WHERE, advice=f"write model.channels: {spec.channels}")
    if spec.side != side:
        said = f"{path.name} was trained on films of {spec.side} pixels a side, these have {side}"
        raise ConfigError(said, where=_WHERE, advice=f"write reading.side: {spec.side}")
    kind = "ResNet-18" if isinstance(spec, ResNetSpec) else _described(spec)
    return replace(found, findings=(), notes=(f"{kind}, trained in an earlier run ({path.name})",))


def _described(spec: NetworkSpec) -> str:
    return f"network of {len(spec.widths)} blocks"


def _refuse(weights: Mapping[str, Tensor], wanted: Mapping[str, tuple[int, ...]], file: str) -> None:
    """Raises ConfigError unless the tensors are those of a ResNet-18."""
    advice = "give a network of an earlier run with its .json beside it, or a ResNet-18 under its usual names"
    strange = next((name for name in weights if name not in wanted and name not in _HEAD), None)
    missing = next((name for name in wanted if name not in weights and not name.endswith(_COUNTED)), None)
    if strange is not None or missing is not None:
        said = f"has a tensor {shown(strange)}" if strange is not None else f"has no tensor {shown(missing)}"
        if strange is not None and re.fullmatch(
            r"layer[1-4]\.([2-9]|\d\d)\..*|layer[1-4]\.\d+\.(conv3|bn3)\..*", strange
        ):
            said += ", so it is of a deeper ResNet"
        raise ConfigError(f"{file} {said}, unlike a ResNet-18", where=_WHERE, advice=advice)
    other = next((n for n, shape in wanted.items() if n in weights and tuple(weights[n].shape) != shape), None)
    if other is not None:
        shape = tuple(weights[other].shape)
        said = f"{file} has {other} of shape {shape}, and a ResNet-18 {wanted[other]}"
        raise ConfigError(said, where=_WHERE, advice=advice)
