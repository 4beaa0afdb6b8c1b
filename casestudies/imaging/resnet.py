"""ResNet-18, so that weights learnt elsewhere can make the features: its usual names of layers, and nothing to train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

_WIDTHS = (64, 128, 256, 512)
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, which public weights expect


@dataclass(frozen=True)
class ResNetSpec:
    """channels: of a film; a grey one is given three times. side: its pixels a side."""

    channels: int = 1
    side: int = 64

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        return cls(**told)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class ResNet18(nn.Module):
    """Films (n, channels, side, side) in 0..1 to features (n, 512); it has no last layer, so it says no log-odds.

    Source: He, Zhang, Ren and Sun 2016, "Deep residual learning for image recognition", table 1, 18 layers.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, spec: ResNetSpec) -> None:
        super().__init__()
        self.spec, self.half_precision = spec, False
        self.conv1 = nn.Conv2d(3, _WIDTHS[0], 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(_WIDTHS[0])
        before = _WIDTHS[0]
        for number, width in enumerate(_WIDTHS, 1):
            first = _Residual(before, width, stride=1 if number == 1 else 2)
            self.add_module(f"layer{number}", nn.Sequential(first, _Residual(width, width)))
            before = width
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("spread", torch.tensor(_SPREAD).view(1, 3, 1, 1), persistent=False)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def maps(self, x: Tensor) -> Tensor:
        """(n, 512, h, w) what the last block sees where, never negative."""
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.half_precision):
            x = ((x.expand(-1, 3, -1, -1) - self.mean) / self.spread).contiguous(memory_format=torch.channels_last)
            x = max_pool2d(relu(self.bn1(self.conv1(x))), 3, stride=2, padding=1)
            for number in range(1, len(_WIDTHS) + 1):
                x = self.get_submodule(f"layer{number}")(x)
        return x.float()

    def pooled(self, maps: Tensor) -> Tensor:
        """(n, 512) the mean of each map."""
        return maps.mean((2, 3))

    def features(self, x: Tensor) -> Tensor:
        """(n, 512)"""
        return self.pooled(self.maps(x))


class _Residual(nn.Module):
    """Two convolutions whose result is added to what came in."""

    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1 or before != after:
            self.downsample = nn.Sequential(
                nn.Conv2d(before, after, 1, stride=stride, bias=False), nn.BatchNorm2d(after)
            )

    def forward(self, x: Tensor) -> Tensor:
        inner = self.bn2(self.conv2(relu(self.bn1(self.conv1(x)))))
        return relu(inner + self.downsample(x))
