"""A visitor without a browser: the pages' own web socket, spoken as their front end speaks it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.apps.served import Address, Server

_LONGEST = 180.0  # seconds for one run of a page
_FAULT = "that is our fault"  # how pages begin to say that a part of them failed


@dataclass
class Visitor:
    """One session. script: the page's hash, once it is known. slider: one that moves a fragment. faults: what went wrong."""

    socket: Any
    page: Address
    script: str = ""
    slider: dict[str, Any] | None = None
    faults: list[str] = field(default_factory=list)

    async def run(self, **more: Any) -> float:
        """One run of the page, or of the fragment that `more` names; seconds until it has ended."""
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        message = BackMsg()
        asked = message.rerun_script
        asked.query_string = self.page.query
        asked.page_script_hash, asked.page_name = self.script, "" if self.script else self.page.page
        if (fragment := more.get("fragment")) is not None:
            asked.fragment_id = fragment
        if (moved := more.get("slider")) is not None:
            state = asked.widget_states.widgets.add()
            state.id = moved["id"]
            state.double_array_value.data.append(moved["value"])
        began = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await asyncio.wait_for(self.socket.recv(), _LONGEST))
            kind = answer.WhichOneof("type")
            if kind == "navigation":
                self.script = answer.navigation.page_script_hash  # of this page; without it a further run is Home's
            elif kind == "delta":
                self._look(answer.delta)
            elif kind == "script_finished":
                if answer.script_finished not in (0, 3):
                    self.faults.append(f"{self.page.title}: the script ended as {answer.script_finished}")
                return time.perf_counter() - began

    def _look(self, delta: Any) -> None:
        """Keep what a visitor could move, and what the page says of its own faults."""
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception" or (kind == "alert" and _FAULT in element.alert.body):
            self.faults.append(f"{self.page.title}: {str(element)[:200]}")
        elif kind == "slider" and delta.fragment_id and element.slider.query_param_key in ("cut", "group-cut"):
            slider = element.slider
            self.slider = {"id": slider.id, "fragment": delta.fragment_id, "value": slider.default[0]}

    async def move(self) -> float | None:
        """One step of the slider, which runs its fragment alone; None where the page has none."""
        if self.slider is None:
            return None
        self.slider["value"] = (self.slider["value"] + 0.005) % 1.0
        return await self.run(fragment=self.slider["fragment"], slider=self.slider)


@asynccontextmanager
async def visiting(server: Server, page: Address) -> AsyncIterator[Visitor]:
    """A visitor at a page that has not run yet."""
    import websockets

    address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    origin = f"http://127.0.0.1:{server.port}"
    async with websockets.connect(
        address, subprotocols=["streamlit"], max_size=None, open_timeout=_LONGEST, origin=origin
    ) as socket:
        yield Visitor(socket, page)
