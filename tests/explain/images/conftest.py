"""Small networks cut in two, as explanations want them."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")


class Bright:
    """Scores an image by weights of its pixels: every explanation of it is known. maps: the image itself."""

    def __init__(self, weight, intercept=0.0):
        self.weight, self.intercept = torch.as_tensor(weight, dtype=torch.float32), intercept

    def maps(self, x):
        return x

    def score(self, maps):
        return (maps * self.weight).sum((1, 2, 3)) + self.intercept


class Small:
    """Convolutions, a maximum and a mean: nothing about it is a straight line."""

    def __init__(self, seed=0, channels=1):
        torch.manual_seed(seed)
        self.body = torch.nn.Sequential(
            torch.nn.Conv2d(channels, 6, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
            torch.nn.Conv2d(6, 8, 3, padding=1),
            torch.nn.ReLU(),
        ).eval()
        self.head = torch.nn.Linear(16, 1).eval()
        with torch.no_grad():
            for weights in (*self.body.parameters(), *self.head.parameters()):
                weights.mul_(3.0)

    def maps(self, x):
        return self.body(x)

    def score(self, maps):
        return self.head(torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1))[:, 0]


@pytest.fixture(scope="session")
def bright():
    return Bright


@pytest.fixture(scope="session")
def small():
    return Small
