"""What happens inside a network: gradients that do not reach every layer, units that never speak."""

from __future__ import annotations

import numpy as np

from casestudies.optim.diagnosis.finding import Course, Finding, number

_APART = 1e4  # one rate cannot serve two layers whose gradients differ by more: float32 has seven digits to share
_DEAD = 0.5  # of a layer's units; healthy layers have some


def uneven_gradients(run: Course) -> Finding | None:
    """Vanishing or exploding on the way from the last layer to the first."""
    measured = {layer: column[np.isfinite(column)] for layer, column in run.layers("gradient_norm").items()}
    norms = {layer: np.median(column) for layer, column in measured.items() if len(column)}
    if len(norms) < 2:
        return None
    names, sizes = list(norms), np.array(list(norms.values()))
    small, large = int(sizes.argmin()), int(sizes.argmax())
    if not sizes[large] > _APART * sizes[small]:
        return None
    evidence = (
        f"the gradient's entries are {number(sizes[small])} in layer {names[small]} and {number(sizes[large])} in layer "
        f"{names[large]} (root mean square over the batches)"
    )
    if small < large:
        return Finding(
            "vanishing_gradients",
            "Gradients vanish on their way back through the layers, so the first layers hardly learn.",
            evidence,
            "Use rectifiers instead of sigmoids, batch normalisation, connections that skip layers, or fewer layers.",
        )
    return Finding(
        "exploding_gradients",
        "Gradients grow on their way back through the layers, so the first layers are thrown about.",
        evidence,
        "Start from smaller weights, use batch normalisation, and limit the gradient's length (`clip`).",
    )


def dead_units(run: Course) -> Finding | None:
    dead = {layer: column[-1] for layer, column in run.layers("dead").items() if column[-1] > _DEAD}
    if not dead:
        return None
    worst = max(dead, key=lambda layer: dead[layer])
    return Finding(
        "dead_units",
        "Many units are off for every row, so nothing they could say is used and no gradient brings them back.",
        f"{dead[worst]:.0%} of the units of layer {worst} were 0 on all rows looked at at the end"
        + (f", and more than half in {len(dead) - 1} more" if len(dead) > 1 else ""),
        "Take a smaller rate, begin with small weights and biases at 0, scale the inputs, or use leaky rectifiers.",
    )
