"""How the rows are held.

`Torch`, `Parquet` and `Dask` are imported when they are first asked for, with the library that each of them needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from casestudies.optim.designs.base import Design, Tile
from casestudies.optim.designs.codes import Codes
from casestudies.optim.designs.dense import Dense
from casestudies.optim.designs.sparse import Sparse

if TYPE_CHECKING:
    from casestudies.optim.designs.dask import Dask
    from casestudies.optim.designs.parquet import Parquet
    from casestudies.optim.designs.torch import Torch

__all__ = ["Codes", "Dask", "Dense", "Design", "Parquet", "Sparse", "Tile", "Torch"]

_LATE = {"Dask": "dask", "Parquet": "parquet", "Torch": "torch"}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
