"""A study that does what its config says under `toy`: the behaviours a real one has on a good or a bad day."""

import hashlib
import os
import signal
import time


class Toy:
    def run(self, request, writer):
        return getattr(self, request["config"]["toy"])(request, writer)

    def write(self, request, writer):
        """Two stages, three files, and what the process was given."""
        writer.event("fit", 0.5, loss=0.25)
        writer.write_json("metrics.json", {"models": {"toy": {"auc": {"value": 0.75}}}})
        writer.event("explain", 1.0, "read the report")
        writer.write_text("explain/quality.csv", "name,value\nadditivity,1\n")
        threads, wait = os.environ.get("OMP_NUM_THREADS"), os.environ.get("OMP_WAIT_POLICY")
        place = {"threads": threads, "wait": wait, "nice": os.nice(0), "session": os.getsid(0) == os.getpid()}
        writer.write_json("data/place.json", place)
        return {"seed": 7}

    def forked(self, request, writer):
        """A child of the study is ended by SIGTERM, as a process pool does; the run must go on."""
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        time.sleep(0.2)
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        time.sleep(0.2)
        writer.poll()

    def wait(self, request, writer):
        writer.event("fit")
        while True:
            time.sleep(0.01)
            writer.poll()

    def deaf(self, request, writer):
        """One endless call into C, which releases the interpreter but never comes back to it."""
        signal.signal(signal.SIGUSR1, lambda *_: None)
        os.kill(os.getpid(), signal.SIGUSR1)  # a library's own signal is none of the run's
        writer.event("fit")
        hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)

    def burn(self, request, writer):
        while True:
            writer.poll()

    def allocate(self, request, writer):
        return {"seed": len(bytearray(2**30))}

    def exhaust(self, request, writer):
        raise MemoryError

    def hoard(self, request, writer):
        """Fills the memory to its last byte with small things."""
        chain = None
        while True:
            chain = (chain,)

    def fail(self, request, writer):
        raise ZeroDivisionError("a line\nand another")

    def at(self, verb):
        return Again() if verb == "again" else self


class Again:
    def run(self, request, writer):
        writer.write_json("again.json", {"of": request["config"]["toy"]})


STUDY = Toy()
