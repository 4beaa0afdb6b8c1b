"""The two labels of an estimator's training rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from casestudies.errors import shown


def two_classes(y: NDArray[Any]) -> NDArray[Any]:
    """The two labels, sorted; scikit-learn's tests ask for these words."""
    check_classification_targets(y)
    kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind != "binary":
        raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
    classes = np.unique(y)
    if len(classes) != 2:
        raise ValueError(f"y holds one class only, {shown(classes[0])}: two classes are wanted")
    return classes
