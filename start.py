#!/usr/bin/env python3
"""Set up and run the suite with nothing but Python 3.11+: `python3 start.py demo | test | setup [--without torch]`.

Makes a virtual environment in .venv, installs the package with the exact versions of constraints.txt, and then runs
every study on its embedded synthetic data (demo) or the checks and tests (test). Safe to repeat: what is done is not
done again.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# measured on Linux x86-64 with constraints.txt: what is left on disk after the install, in MB
SIZES = {"with": 1800, "without": 1050}
THREADS = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}


def make_environment():
    if PYTHON.exists():
        return
    print(f"making a virtual environment in {VENV.name}", flush=True)
    try:
        import ensurepip  # noqa: F401 - Debian splits it from Python
        import venv
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(f"Python's venv module is missing; run this once:  sudo apt-get install python{version}-venv")
    venv.create(VENV, with_pip=True)


def install(extras, torch):
    """Install once for each state of the pins; a stamp in .venv remembers which."""
    sources = (HERE / "constraints.txt").read_bytes() + (HERE / "pyproject.toml").read_bytes()
    stamp = VENV / "installed"
    wanted = hashlib.sha256(sources + repr((sorted(extras), torch)).encode()).hexdigest()
    done = stamp.read_text().split() if stamp.exists() else []
    if wanted in done:
        return
    size = SIZES["with" if torch else "without"]
    print(f"installing {', '.join(extras)}: about {size} MB on disk, a few minutes on a slow line", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["-c", str(HERE / "constraints.txt"), "-e", f"{HERE}[{','.join(extras)}]"]
    if subprocess.call(command) != 0:
        sys.exit("pip could not install the packages; its message is above. Running this again goes on from here.")
    stamp.write_text("\n".join([*done, wanted]))


def demo():
    """Every study on its demo data, two at a time; reports go to reports/."""
    listed = subprocess.run(
        [str(PYTHON), "-m", "casestudies", "list", "--json"], capture_output=True, text=True, check=True
    )
    told = json.loads(listed.stdout)
    studies = [study["name"] for study in told if not study["missing"]]
    reports = HERE / "reports"
    reports.mkdir(exist_ok=True)

    def run(study):
        command = [str(PYTHON), "-m", "casestudies", "run", study, "--no-progress", "--reports", str(reports)]
        done = subprocess.run(command, cwd=HERE, env={**os.environ, **THREADS}, capture_output=True, text=True)
        return study, done

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, studies))
    for study, done in results:
        if done.returncode == 0:
            print(f"{study}: reports/{study}.html and reports/{study}.pdf")
        else:
            print(f"{study}: failed, exit code {done.returncode}: {done.stderr.strip()}")
    for study in told:
        if study["missing"]:
            print(f"{study['name']}: left out; it needs {study['library']} (run without --without)")
    print("\nOpen a report in a browser, or the pages with:  " + str(PYTHON.relative_to(HERE)) + " -m casestudies app")
    print("Your own data:  " + str(PYTHON.relative_to(HERE)) + " -m casestudies check credit --data FILE")
    return max(done.returncode for _, done in results)


def ready():
    """What can be done now."""
    print(f"Ready. Activate it with  . {VENV.relative_to(HERE)}/bin/activate  and try  casestudies run credit")
    return 0


def test(arguments):
    """Formatting, types, layers, then the tests."""
    checks = ["ruff check .", "ruff format --check .", "mypy", "lint-imports", "pytest -n 2 --dist loadfile"]
    for check in checks:
        tool, *options = check.split()
        print("==", check, flush=True)
        command = [str(PYTHON.with_name(tool)), *options, *(arguments if tool == "pytest" else [])]
        code = subprocess.call(command, cwd=HERE, env={**os.environ, **THREADS})
        if code != 0:
            return code
    return 0


def main():
    if sys.version_info < (3, 11):  # noqa: UP036 - this line is what an older Python gets to read
        sys.exit(f"Python 3.11 or newer is needed (this is {sys.version.split()[0]}); try  python3.11 start.py")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["demo", "test", "setup"])
    parser.add_argument("--without", choices=["torch"], help="install what four of the five studies need")
    options, rest = parser.parse_known_args()
    torch = options.without != "torch"
    extras = ["all" if torch else "app"] + (["dev"] if options.what == "test" else [])
    make_environment()
    install(extras, torch)
    return {"demo": demo, "setup": ready, "test": lambda: test(rest)}[options.what]()


if __name__ == "__main__":
    sys.exit(main())
