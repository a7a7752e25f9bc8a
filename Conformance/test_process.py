# Licensed under the MIT licence.
"""Start and stop: one line and status 2 for what cannot start, closed sessions and status 0 for what is stopped."""

import asyncio
import os
import subprocess

import pytest

from harness import within
from harness.engine import EngineSocket, PollingSession
from harness.http import ConnectionEnded
from harness.process import ServerProcess, binary, free_port
from harness.socketio import SocketIOClient


@pytest.fixture
def own_server():
    server = ServerProcess(binary("CONFORMANCE_SERVER", "conformance-server"), "PORT", {})
    yield server.start()
    server.stop()


async def test_sigterm_closes_sessions(own_server):
    client = await SocketIOClient.connect(own_server)
    old = await EngineSocket.connect(own_server, eio=3)
    session = await PollingSession.open(own_server)
    waiting = await session.pending_get()
    await session.send("4ready")
    assert (await within(5, waiting.response())).body == b"4ready"
    poll = asyncio.create_task(session.get())
    own_server.terminate()
    await client.closed()
    await old.closed()
    try:
        assert (await poll).status in (200, 400, 503)
    except (ConnectionEnded, OSError):
        pass  # the poll came too late
    waiting.close()
    assert await asyncio.to_thread(own_server.wait) == 0


async def test_sigterm_with_nobody_connected(own_server):
    own_server.terminate()
    assert await asyncio.to_thread(own_server.wait) == 0


async def test_defaults(own_server):
    session = await PollingSession.open(own_server)
    assert (session.handshake["pingInterval"], session.handshake["pingTimeout"]) == (25000, 20000)


def run(variable, product, **environment):
    environment = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run([binary(variable, product)], env=environment, cwd="/", capture_output=True, text=True, timeout=20)


def assert_refused(result, *words):
    assert result.returncode == 2, result
    lines = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0], lines[0]


@pytest.mark.parametrize("variable", ["SERVER_PORT", "PING_INTERVAL", "PING_TIMEOUT", "SERVER_THREADS", "STORE", "RATE_LIMITS"])
def test_martlet_names_the_variable_that_does_not_parse(variable):
    settings = {"SERVER_PORT": str(free_port()), "SERVER_HOST": "127.0.0.1", "STORE": "memory", variable: "x1"}
    assert_refused(run("MARTLET", "martlet", **settings), variable)


def test_martlet_on_a_taken_port(calm):
    result = run("MARTLET", "martlet", SERVER_PORT=str(calm.port), SERVER_HOST="127.0.0.1", STORE="memory")
    assert_refused(result, str(calm.port))


@pytest.mark.parametrize("variable", ["PORT", "PING_INTERVAL", "PING_TIMEOUT"])
def test_conformance_server_names_the_variable_that_does_not_parse(variable):
    result = run("CONFORMANCE_SERVER", "conformance-server", **{"PORT": str(free_port()), variable: "x1"})
    assert_refused(result, variable)
