"""The core is not gone around, holds nothing idle, and stays cheap to import."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "casestudies" / "optim"
PUBLIC = ("casestudies.optim", *(f"casestudies.optim.{room}" for room in ("losses", "penalties", "designs", "methods")))
# a library that only some modules of the core may import -> those modules; whoever needs none of them never loads it
GUESTS = {
    "torch": {
        "designs/torch.py",
        "functions.py",
        "heads.py",
        "least_squares.py",
        "methods/epoch.py",
        "methods/first_order.py",
        "methods/optimizers.py",
        "methods/schedules.py",
        "methods/switching.py",
        "batches.py",
        "factors/network.py",
        "networks.py",
    },
    "numba": {"factors/kernels.py", "factors/memory.py", "factors/registers.py", "factors/team.py"},
    "llvmlite": {"factors/memory.py", "factors/registers.py", "factors/team.py"},
    "pyarrow": {"designs/parquet.py"},
    "dask": {"designs/dask.py"},
    "distributed": {"designs/dask.py"},
}
STRANGERS = {"pandas", "sklearn", "lightgbm", "streamlit"}


def modules(*folders):
    """Each module below the folders, by its path from the root, parsed."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return {path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def of_the_core(path):
    return (ROOT / path).is_relative_to(CORE)


def dotted(node):
    """`a.b.c` of nested attributes; "" where they do not begin with a name."""
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return inner and f"{inner}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imports(tree):
    """What a module imports, at its top or inside functions: dotted names, `from a import b` as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and dotted(node.func).endswith(("import_module", "__import__")):
            yield from (one.value for one in node.args if isinstance(one, ast.Constant))


def detours(tree):
    """The lines that train or minimise something by other means than the core."""
    for name in imports(tree):
        if f"{name}.".startswith(("scipy.optimize.", "torch.optim.")):
            yield f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and dotted(node) in ("scipy.optimize", "torch.optim"):
            yield f"line {node.lineno}: {dotted(node)}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value).lower()
            if node.func.attr == "backward" or (node.func.attr == "step" and "optim" in owner):
                yield f"line {node.lineno}: {ast.unparse(node.func)}()"


def test_the_core_is_not_gone_around():
    found = {
        path: list(detours(tree)) for path, tree in modules("casestudies", "apps").items() if not of_the_core(path)
    }
    assert {str(path): lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "code",
    [
        "loss.backward()",
        "model(x).sum().backward(retain_graph=True)",
        "optimizer.step()",
        "self.optim.step(closure)",
        "torch.optim.SGD(w)",
        "import scipy.optimize",
        "import scipy.optimize as so",
        "from scipy import optimize",
        "from scipy.optimize import minimize",
        "from scipy.optimize._optimize import fmin",
        "import scipy; scipy.optimize.minimize(f, x)",
        "def f():\n    importlib.import_module('scipy.optimize')",
        "from torch.optim.lr_scheduler import StepLR",
    ],
)
def test_a_detour_is_seen(code):
    assert list(detours(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["method.step(objective, state)", "from casestudies import optim", "import scipy.special"]
)
def test_other_code_is_not_taken_for_a_detour(code):
    assert not list(detours(ast.parse(code)))


# --- every public name has a caller ---------------------------------------------------------------------------------


def by_name(trees):
    """The same modules by their dotted names."""
    names = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): tree for path, tree in trees.items()}
    return {name: tree for name, tree in names.items() if name.startswith(("casestudies", "benchmarks"))}


def home(trees, module, name):
    """Where something imported from a module is made: `casestudies.optim.losses.robust.Huber`."""
    for node in ast.walk(trees.get(module, ast.Module([], []))):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("casestudies."):
            for alias in node.names:
                if (alias.asname or alias.name) == name and (node.module, alias.name) != (module, name):
                    return home(trees, node.module, alias.name)
    return f"{module}.{name}"


def public(trees):
    """The home of each public name of the core; its modules are not counted."""
    homes = set()
    for module in map(importlib.import_module, PUBLIC):
        names = getattr(module, "__all__", None) or [name for name in defined(trees[module.__name__]) if name[0] != "_"]
        homes |= {home(trees, module.__name__, name) for name in names if f"{module.__name__}.{name}" not in PUBLIC}
    return homes


def defined(tree):
    """The names that a module's top level makes, other than by importing them."""
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            yield node.name
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def used(trees, module):
    """The homes of what a module imports and then uses, by whatever name; an import alone is no use."""
    known = {}
    for node in ast.walk(trees[module]):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("casestudies."):
            known |= {alias.asname or alias.name: home(trees, node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            mine = [alias for alias in node.names if f"{alias.name}.".startswith("casestudies.")]
            known |= {alias.asname or "casestudies": alias.name if alias.asname else "casestudies" for alias in mine}
    for node in ast.walk(trees[module]):
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            first, *rest = dotted(node).split(".")
            place = known.get(first)
            for name in rest:
                place = home(trees, place, name) if place in trees else None
            if place:
                yield place


def registries(trees, module):
    """The tuples called ALL_... that a module makes, by their homes, and the homes of what stands in each."""
    for node in trees[module].body:
        target = node.target if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [None])[0]
        if isinstance(target, ast.Name) and target.id.startswith("ALL_"):
            inside = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
            yield f"{module}.{target.id}", {home(trees, module, name) for name in inside}


def without_caller(homes, trees):
    """Those that nothing outside their own module uses.

    Standing in a registry is a use only where the registry itself has one.
    """
    uses, listed = set(), {}
    for module in trees:
        mine = dict(registries(trees, module))
        listed |= mine
        uses |= set(used(trees, module)) - {name for inside in mine.values() for name in inside}
    for registry, inside in listed.items():
        if registry in uses:
            uses |= inside
    return sorted(set(homes) - uses)


def test_every_public_name_of_the_core_has_a_caller():
    trees = by_name(modules("casestudies", "benchmarks"))
    assert without_caller(public(trees), trees) == []


@pytest.mark.parametrize(
    ("code", "idle"),
    [
        ("from casestudies.optim import Huber\nHuber(1.0)", False),
        ("from casestudies.optim import Huber as H\ndef f(x: H): ...", False),
        ("from casestudies import optim\noptim.losses.Huber(1.0)", False),
        ("from casestudies.optim import losses as all\nall.Huber(1.0)", False),
        ("import casestudies.optim\ncasestudies.optim.Huber(1.0)", False),
        ("import casestudies.optim as core\nprint(core.losses.robust.Huber)", False),
        ("from casestudies.optim import ALL_LOSSES\nprint(ALL_LOSSES)", False),
        ("from casestudies.optim import Huber\n__all__ = ['Huber']", True),
        ("from casestudies.optim.losses.robust import Huber\nALL_LOSSES = (Huber(),)", True),
        ("from casestudies.other import Huber\nHuber()", True),
        ("from sklearn.linear_model import Huber\nHuber()", True),
        ("class Huber: ...\nHuber()", True),
        ("import os\nos.Huber()", True),
        ("from casestudies import optim\noptim.other.Huber()", True),
    ],
)
def test_a_caller_is_told_from_a_mention(code, idle):
    listed = "from casestudies.optim.losses.robust import Huber\nALL_LOSSES: tuple = (Huber(),)"
    texts = {
        "casestudies": "",
        "casestudies.optim": "from casestudies.optim.losses import ALL_LOSSES, Huber",
        "casestudies.optim.losses": listed,
        "casestudies.optim.losses.robust": "class Huber: ...\nHuber()",
        "casestudies.caller": code,
    }
    trees = {name: ast.parse(text) for name, text in texts.items()}
    huber = "casestudies.optim.losses.robust.Huber"
    assert home(trees, "casestudies.optim", "Huber") == huber
    assert without_caller({huber}, trees) == ([huber] if idle else [])


# --- what it brings in ----------------------------------------------------------------------------------------------


def test_the_core_imports_no_table_and_other_libraries_only_where_they_are_at_home():
    found = []
    for path, tree in modules("casestudies/optim").items():
        inside = (ROOT / path).relative_to(CORE).as_posix()
        for library in {name.split(".")[0] for name in imports(tree)}:
            if library in STRANGERS or inside not in GUESTS.get(library, {inside}):
                found.append(f"{inside} imports {library}")
    assert found == []
    assert {module for homes in GUESTS.values() for module in homes} <= {
        (ROOT / path).relative_to(CORE).as_posix() for path in modules("casestudies/optim")
    }


def test_a_dense_fit_brings_in_no_library_that_it_does_not_need():
    code = (
        "import sys, numpy as np\n"
        "from casestudies.optim import L2, Dense, Logistic, NewtonCG, Objective, diagnose, minimise\n"
        "X = np.random.default_rng(0).normal(size=(60, 3))\n"
        "y = (X[:, 0] > 0.3).astype(float)\n"
        "solution = minimise(Objective(Dense(X), y, Logistic(), L2(np.ones(2), np.arange(4) == 3), np.ones(60)), NewtonCG())\n"
        "diagnose(solution.trace, solution)\n"
        "print({name.partition('.')[0] for name in sys.modules} & set(sys.argv[1:]))"
    )
    heavy = sorted({*GUESTS, *STRANGERS, "matplotlib"})
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
