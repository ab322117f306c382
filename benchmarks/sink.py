"""
Our scripted relay as a server that takes everything and keeps nothing.

    python benchmarks/sink.py

Prints the port it took.
"""

from __future__ import annotations

import asyncio

from mailer.sandbox.relay import ScriptedRelay


async def _be_the_sink() -> None:
    async with ScriptedRelay() as relay:
        print(relay.port, flush=True)
        while True:
            # It remembers all it took, for tests; a sink does not.
            await asyncio.sleep(0.1)
            relay.accepted.clear()
            relay.heard.clear()


if __name__ == "__main__":
    asyncio.run(_be_the_sink())
