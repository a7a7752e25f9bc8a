# Licensed under the MIT licence.
"""After each test of this folder the server must still serve a client that did nothing wrong."""

import asyncio

import pytest

from harness.engine import PollingSession
from harness.socketio import SocketIOClient


async def serve_a_fresh_client(server):
    assert server.alive, f"the server ended:\n{server.log[-4000:]}"
    async with await SocketIOClient.connect(server) as client:
        await client.assert_quiet()
    session = await PollingSession.open(server)
    await session.assert_alive()
    await session.post("1")


@pytest.fixture
def server(calm):
    """The conformance server, checked afterwards."""
    yield calm
    asyncio.run(serve_a_fresh_client(calm))


@pytest.fixture
def lenient_server(lenient):
    """The one with the short interval, checked afterwards."""
    yield lenient
    asyncio.run(serve_a_fresh_client(lenient))
