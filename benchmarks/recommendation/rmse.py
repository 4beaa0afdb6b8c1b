"""Ratings foretold: MovieLens 90/10."""

from __future__ import annotations

from benchmarks.recommendation.running import Contender

_PEER = "benchmarks.peers."


def _sampler(name: str, rank: int, iterations: int, histories: bool = False) -> Contender:
    return Contender(
        f"myFM, {name}",
        f"{_PEER}myfm",
        {"rank": rank, "iterations": iterations, "histories": histories},
        {"iterations": 10},
    )


def _adam(name: str, **settings: float) -> Contender:
    return Contender(f"torch Adam, {name}", f"{_PEER}torch_mf", settings, {"epochs": 1})


SURPRISE = Contender("Surprise SVD, as it comes (100 factors, 20 epochs)", f"{_PEER}surprise")
_TUNED = {"n_factors": 100, "n_epochs": 40, "lr_all": 0.01, "reg_all": 0.06}
_BLOCKS = {"k": 64, "nr_threads": 1, "nr_iters": 40, "eta": 0.05, "lambda_p1": 0.0, "lambda_q1": 0.0}
_CORNAC = Contender("Cornac MF, as it comes (10 factors, 20 epochs)", f"{_PEER}cornac")
_ALS = Contender("LensKit BiasedMF, as it comes (ALS)", f"{_PEER}lenskit")
LARGE_PEERS = (
    SURPRISE,
    Contender("Surprise SVD, 100 factors, 40 epochs, rate .01, L2 .06", f"{_PEER}surprise", _TUNED),
    _CORNAC,
    Contender(
        "libmf, 64 factors, 40 passes, L2 .05",
        f"{_PEER}libmf",
        {**_BLOCKS, "lambda_p2": 0.05, "lambda_q2": 0.05},
    ),
    _ALS,
    _adam("64 factors", factors=64, ridge=0.05, epochs=15, rate=0.01, batches=55),
    _sampler("rank 16, both histories", 16, 300, histories=True),
    _sampler("rank 16", 16, 300),
    _sampler("rank 32", 32, 300),
    _adam(
        "64 factors, both histories",
        factors=64,
        ridge=0.07,
        epochs=30,
        rate=0.004,
        batches=32,
        histories=True,
        history_ridge=0.5,
    ),
)
SMALL_PEERS = (
    SURPRISE,
    Contender("Surprise SVD, 100 factors, 40 epochs, rate .01, L2 .1", f"{_PEER}surprise", {**_TUNED, "reg_all": 0.1}),
    _CORNAC,
    Contender(
        "libmf, 64 factors, 40 passes, L2 .1",
        f"{_PEER}libmf",
        {**_BLOCKS, "lambda_p2": 0.1, "lambda_q2": 0.1},
    ),
    _ALS,
    _adam(
        "32 factors, both histories",
        factors=32,
        ridge=0.12,
        epochs=60,
        rate=0.005,
        batches=8,
        histories=True,
        history_ridge=0.5,
    ),
    _sampler("rank 32", 32, 200),
    _sampler("rank 16, both histories", 16, 200, histories=True),
)
