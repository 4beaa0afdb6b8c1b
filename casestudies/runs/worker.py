"""The process that trains: `python -m casestudies.runs.worker FOLDER`, started by `RunStore.start`."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

from casestudies.errors import Cancelled, CaseError, ExitCode, RunError
from casestudies.runs.folder import RunFolder
from casestudies.runs.job import perform
from casestudies.runs.limits import Limits, explained
from casestudies.runs.store import RunStore
from casestudies.runs.writer import RunWriter

GRACE_SECONDS = 10.0  # for the study to reach its next poll before it is ended where it stands


def main(folder: Path) -> int:
    """Do the work of a run folder under its limits.

    Returns
    -------
    The exit code, the same as in error.json. One line or a traceback goes to standard error, which is worker.log.
    """
    run = RunFolder(folder)
    try:
        with RunWriter(run, worker=True) as writer:
            request = run.request()
            limits = Limits.of(request)
            _guard(writer, {signal.SIGTERM: Cancelled(), signal.SIGINT: Cancelled(), signal.SIGXCPU: limits.too_long()})
            with explained(limits), limits.bound():
                perform(request, writer)
        return ExitCode.DONE
    except Exception as error:
        traceback.print_exc()
        return error.code if isinstance(error, CaseError) else ExitCode.FAULT
    finally:
        _drop_upload(run)


def _guard(writer: RunWriter, reasons: Mapping[int, CaseError]) -> None:
    """End the run when one of the signals comes: at the study's next poll, or after the grace where it stands.

    Python runs a signal handler only between its own instructions, so a long call into C (a LightGBM fit, a
    factorisation) would keep a cancel waiting. The wake-up descriptor is written at once, and a thread reads it.
    """
    reader, waker = os.pipe()
    os.set_blocking(waker, False)

    def wait() -> None:
        while (reason := reasons.get(os.read(reader, 1)[0])) is None:
            continue  # a signal that a library handles comes through the same descriptor
        writer.stop(reason)
        time.sleep(GRACE_SECONDS)
        with contextlib.suppress(RunError):  # it has just ended by itself, or the disk is full
            writer.fail(reason)
        _drop_upload(writer.folder)
        os._exit(reason.code)

    def forget() -> None:  # a child forked by the study shares the pipe: its own end must not end the run
        signal.set_wakeup_fd(-1)
        for number in reasons:
            signal.signal(number, signal.SIG_DFL)

    for number in reasons:
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    os.register_at_fork(after_in_child=forget)
    threading.Thread(target=wait, daemon=True, name="guard").start()


def _drop_upload(run: RunFolder) -> None:
    """Uploaded data goes when its job ends."""
    with contextlib.suppress(RunError):
        for path in run.sources():
            RunStore(run.path.parent.parent).drop_upload(path)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
