"""Start the pages: on loopback, with the host name checked, no telemetry and no error details, from any folder.

The same options stand in `apps/.streamlit/config.toml` for `streamlit run apps/credit.py`. Whoever starts the server in
another way still meets `guard`, which shows nothing on an address other than loopback without sign-in.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from casestudies.errors import MissingExtra, UsageError, shown

HOSTS = ("localhost", "127.0.0.1")
PROXY_HEADER = "CASESTUDIES_PROXY_USER_HEADER"  # names the header in which a trusted proxy puts the signed-in user
OPTIONS: Mapping[str, str] = {
    "server.enableXsrfProtection": "true",
    "server.enableCORS": "true",
    "server.maxUploadSize": "50",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "browser.serverAddress": "localhost",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "theme.light.primaryColor": "#0072B2",
    "theme.dark.primaryColor": "#4DA3DB",
    "theme.headingFontSizes": "2.1rem,1.5rem,1.2rem",
}


def is_loopback(address: str | None) -> bool:
    """Whether only this computer can reach `address`; an empty one means every interface, so it is not."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address((address or "").strip("[]")).is_loopback
    except ValueError:
        return False


def sign_in(folder: Path, variables: Mapping[str, str]) -> str | None:
    """How people sign in: "login" (Streamlit's secrets name a provider), "proxy" (a trusted header) or None."""
    if variables.get(PROXY_HEADER):
        return "proxy"
    secrets = folder / ".streamlit" / "secrets.toml"
    return "login" if secrets.is_file() and "[auth" in secrets.read_text(encoding="utf-8", errors="replace") else None


def command(study: str | None, *, port: int, address: str, host: str | None, browser: bool) -> list[str]:
    """The Streamlit command line with every safe option spelled out."""
    script = Path(__file__).with_name("script.py")
    options = {
        "server.address": address,
        "server.port": str(port),
        "server.headless": "false" if browser else "true",
        **OPTIONS,
    }
    words = [sys.executable, "-m", "streamlit", "run", str(script)]
    words += [f"--{key}={value}" for key, value in options.items()]
    words += [f"--server.allowedHosts={name}" for name in (*HOSTS, *([host] if host else []))]
    return [*words, "--", *([study] if study else [])]


def serve(
    study: str | None, *, port: int, address: str, runs: Path | None, browser: bool, host: str | None = None
) -> int:
    """Run the server until it is stopped; returns its exit code.

    Raises
    ------
    UsageError: an address or host name that others can reach, without sign-in; an unknown study.
    MissingExtra: Streamlit is not installed.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise MissingExtra("streamlit", "app", where="casestudies app")
    reached = [name for name in (address, host) if name is not None and not is_loopback(name)]
    if reached and sign_in(Path.cwd(), os.environ) is None:
        raise UsageError(
            f"{shown(reached[0])} can be reached from other computers and nobody would have to sign in",
            where="--address" if reached[0] == address else "--host",
            advice=f"leave it out, or set up sign-in: [auth] in .streamlit/secrets.toml, or {PROXY_HEADER} for a trusted proxy",
        )
    if study is not None:
        from casestudies.workflow.studies import get_study

        get_study(study)
    variables = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    if runs is not None:
        variables["CASESTUDIES_RUNS"] = str(runs)
    try:
        return subprocess.call(command(study, port=port, address=address, host=host, browser=browser), env=variables)
    except KeyboardInterrupt:
        return 0
