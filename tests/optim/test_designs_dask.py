import os
import signal
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from casestudies.errors import ConfigError, DataError, MissingExtra, RunError
from casestudies.optim import L2, Logistic, NewtonCG, Objective, minimise
from casestudies.optim.designs import Dense, Parquet

distributed = pytest.importorskip("distributed", reason="dask is not installed: pip install 'casestudies[dask]'")

from casestudies.optim.designs import Dask  # noqa: E402
from casestudies.optim.designs import dask as module  # noqa: E402

ROWS, FEATURES, GROUP, TILE = 9000, 5, 1000, 300
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, FEATURES))
Y = (RNG.random(ROWS) < 1 / (1 + np.exp(-X[:, 0]))).astype(np.float64)
QUIET = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
PENALTY = L2(np.array([0.1, 10.0]), np.arange(FEATURES + 1) == FEATURES)


@pytest.fixture(scope="module")
def client():
    with module.local(workers=2) as client:
        yield client


@pytest.fixture(scope="module")
def recipes(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    table = {f"x{column}": values for column, values in enumerate(X.T)} | {"y": Y}
    pq.write_table(pa.table(table), path, row_group_size=GROUP)
    return Parquet(path, "y", tile=TILE).recipes


@pytest.fixture(scope="module")
def here():
    design = Dense(X, tile=TILE, cuts=tuple(range(0, ROWS, GROUP)))
    return minimise(Objective(design, Y, Logistic(), PENALTY, np.ones(ROWS)), NewtonCG())


def solve(design):
    return minimise(Objective(design, None, Logistic(), PENALTY), NewtonCG())


def same_bits(one, other):
    return one.x.tobytes() == other.x.tobytes() and one.state.value.tobytes() == other.state.value.tobytes()


def test_no_bit_differs_from_one_process(client, recipes, here):
    assert same_bits(solve(Dask(recipes, client)), here)


def test_a_pass_is_one_call_to_each_worker(client, recipes, monkeypatch):
    processes(client)
    design, calls = Dask(recipes, client), []
    design.sum(lambda tile: (tile.X.sum(axis=0),))
    reach = client.rpc
    monkeypatch.setattr(client, "rpc", lambda address: calls.append(address) or reach(address))
    design.sum(lambda tile: (tile.X.sum(axis=0),))
    assert sorted(calls) == sorted(client.scheduler_info()["workers"])


def processes(client):
    """Of both workers, once those that an earlier test has killed are back."""
    found = []
    while len(found) < 2:
        time.sleep(0.1)
        found = [pid for pid in client.run(os.getpid, on_error="return").values() if isinstance(pid, int)]
    return found


@pytest.mark.parametrize("moment", [0.0, 0.02, 0.1])
@pytest.mark.parametrize("settled", [True, False])
def test_a_killed_worker_changes_no_bit(client, recipes, here, moment, settled):
    victim, _ = processes(client)
    design = Dask(recipes, client)
    if settled:  # both workers have their blocks; otherwise one is killed while it is given them
        solve(design)
    threading.Timer(moment, os.kill, (victim, signal.SIGKILL)).start()
    ends = time.monotonic() + max(0.3, 2 * moment)
    solutions = [solve(design)]
    while time.monotonic() < ends:
        solutions.append(solve(design))
    assert all(same_bits(solution, here) for solution in solutions)


def test_what_recipes_complain_of_is_heard_here(client, recipes, tmp_path):
    pq.write_table(pa.table({"x": [1.0, np.nan], "y": [0.0, 1.0]}), tmp_path / "bad.parquet")
    with pytest.raises(DataError, match="row 2 .* column x"):
        Dask(Parquet(tmp_path / "bad.parquet", "y").recipes, client).sum(lambda tile: (tile.y,))


def test_what_goes_wrong_in_a_part_is_heard_here(client, recipes):
    with pytest.raises(ZeroDivisionError):
        Dask(recipes, client).sum(lambda tile: (1 / 0,))


def test_a_part_that_workers_cannot_load_is_heard_here(client, recipes):
    class Mine:
        def __reduce__(self):
            return __import__, ("no_such_module",)

    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        Dask(recipes, client).sum(Mine())


def test_workers_that_are_lost_again_and_again(client, recipes, monkeypatch):
    asked = []

    async def lost(self, part, blocks):
        asked.append(blocks)
        return {}

    monkeypatch.setattr(Dask, "_ask", lost)
    with pytest.raises(RunError, match="workers were lost 5 times in a row before any of 9 blocks was done"):
        Dask(recipes, client).sum(lambda tile: (tile.y,))
    assert len(asked) == 5


def test_rows_that_fit_are_read_once_and_others_on_every_pass():
    reads = []

    def recipe(name):
        return SimpleNamespace(shape=(10, 3), tiles=lambda first: reads.append((name, first)) or iter([first]))

    part = module.dumps(lambda tile: (np.array([tile]),))
    shelf = module.Shelf([recipe("fits"), recipe("too much")], [0, 10], room=8 * 10 * 3)
    for _ in range(2):
        assert shelf.sums(part, [0, 1]) == [(0,), (10,)]
    assert reads == [("fits", 0), ("too much", 10), ("too much", 10)]


def test_our_own_cluster_cannot_be_reached_from_elsewhere(client):
    psutil = pytest.importorskip("psutil")
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    listening = [c.laddr.ip for p in processes for c in p.net_connections() if c.status == psutil.CONN_LISTEN]
    assert listening
    assert set(listening) == {"127.0.0.1"}


def reached_at(address):
    return SimpleNamespace(scheduler_info=lambda: {"address": address})


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.5:8786", "tcp://192.168.1.7:8786", "ws://example.org:80", "tcp://[fe80::1]:1"]
)
def test_a_cluster_that_others_can_reach_without_tls(recipes, address):
    with pytest.raises(ConfigError, match="without TLS: whoever reaches it can run any code"):
        Dask(recipes, reached_at(address))


@pytest.mark.parametrize(
    "address", ["tls://10.0.0.5:8786", "tcp://127.0.0.1:8786", "tcp://[::1]:8786", "inproc://10.0.0.5/1/1"]
)
def test_a_cluster_behind_tls_or_on_this_machine(recipes, address):
    assert Dask(recipes, reached_at(address)).shape == (ROWS, FEATURES + 1)


def test_no_bit_differs_over_tls(recipes, here):
    pytest.importorskip("cryptography")
    secure = distributed.Security.temporary()
    options = {"n_workers": 1, "processes": False, "protocol": "tls://", "scheduler_kwargs": QUIET}
    with distributed.LocalCluster(security=secure, **options) as cluster, distributed.Client(cluster) as client:
        assert client.scheduler.address.startswith("tls://")
        assert same_bits(solve(Dask(recipes, client)), here)


def test_a_cluster_without_workers(recipes, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, scheduler_kwargs=QUIET) as cluster,
        distributed.Client(cluster) as client,
        pytest.raises(RunError, match="the cluster has no workers"),
    ):
        Dask(recipes, client).sum(lambda tile: (tile.y,))


def test_recipes_that_do_not_belong_together(client, recipes, tmp_path):
    pq.write_table(pa.table({"x": [1.0], "y": [0.0]}), tmp_path / "narrow.parquet")
    with pytest.raises(DataError, match=r"10 recipes of \[2, 6\] columns"):
        Dask([*recipes, *Parquet(tmp_path / "narrow.parquet", "y").recipes], client)
    with pytest.raises(DataError, match="0 recipes"):
        Dask([], client)


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "casestudies.optim.designs.dask")
    from casestudies.optim import designs

    with pytest.raises(MissingExtra, match=r"pip install 'casestudies\[dask\]'"):
        designs.Dask  # noqa: B018
