"""The same model in plain torch: dense tables, mini-batches cut from one permutation, torch's own Adam, a cosine rate.

`settings`: factors, ridge, epochs, rate, batches; histories (bool) with history_ridge. Ridges are counted for each rating.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import Parameter

from benchmarks.peers.rating import Predict, Ratings, main

_BIAS_RIDGE, _SPREAD, _BETAS = 0.02, 0.03, (0.9, 0.99)


def given(train: Ratings, settings: Mapping[str, Any]) -> Any:
    torch.set_num_threads(1)
    columns = (torch.from_numpy(held.astype(np.int64)) for held in (train.user, train.item))
    return (*columns, torch.from_numpy(train.rating.astype(np.float32)), train.shape)


def fit(own: Any, settings: Mapping[str, Any]) -> Predict:
    torch.manual_seed(0)
    user, item, rating, (users, items) = own
    factors, epochs, batches = settings["factors"], settings["epochs"], settings["batches"]
    P, Q, Y, X = (Parameter(_SPREAD * torch.randn(rows, factors)) for rows in (users, items, items, users))
    bu, bi, mean = Parameter(torch.zeros(users)), Parameter(torch.zeros(items)), rating.mean()
    nu, ni = (torch.bincount(codes, minlength=rows).float() for codes, rows in ((user, users), (item, items)))
    both = settings.get("histories", False)
    of_user = _history(user, item, (users, items)) if both else None
    of_item = _history(item, user, (items, users)) if both else None

    def vectors() -> tuple[Tensor, Tensor]:
        return (P, Q) if of_user is None else (P + of_user @ Y, Q + of_item @ X)

    adam = torch.optim.Adam([P, Q, bu, bi, *((Y, X) if both else ())], lr=settings["rate"], betas=_BETAS)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(adam, epochs * batches)
    for _ in range(epochs):
        for part in torch.randperm(len(rating)).chunk(batches):
            a, b = user[part], item[part]
            p, q = vectors()
            error = rating[part] - (mean + bu[a] + bi[b] + (p[a] * q[b]).sum(1))
            held = settings["ridge"] * ((nu[:, None] * P**2).sum() + (ni[:, None] * Q**2).sum())
            held = held + _BIAS_RIDGE * ((nu * bu**2).sum() + (ni * bi**2).sum())
            if both:
                held = held + settings["history_ridge"] * ((ni[:, None] * Y**2).sum() + (nu[:, None] * X**2).sum())
            adam.zero_grad()
            ((error**2).mean() + held / len(rating)).backward()
            adam.step()
            plan.step()

    def predict(u: np.ndarray, i: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            p, q = vectors()
            a, b = torch.from_numpy(u.astype(np.int64)), torch.from_numpy(i.astype(np.int64))
            return (mean + bu[a] + bi[b] + (p[a] * q[b]).sum(1)).numpy()

    return predict


def _history(rows: Tensor, columns: Tensor, shape: tuple[int, int]) -> Tensor:
    """Sparse (rows, columns) with each row's entries scaled by its count to the power -1/2."""
    count = torch.bincount(rows, minlength=shape[0]).float().clamp_min(1)
    return torch.sparse_coo_tensor(torch.stack([rows, columns]), count[rows] ** -0.5, shape).coalesce().to_sparse_csr()


if __name__ == "__main__":
    main(given, fit, ("torch",))
