# Licensed under the MIT licence.
"""Runs `async def` tests, and hands them servers."""

import asyncio
import inspect

import pytest

from harness.process import ServerPool


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(scope="session")
def servers():
    """Every server of this run; all must end with status 0 on SIGTERM."""
    pool = ServerPool()
    yield pool
    pool.stop()


@pytest.fixture
def calm(servers):
    """The conformance server with the default heartbeat, too slow to be noticed."""
    return servers.conformance(PING_INTERVAL="25000", PING_TIMEOUT="20000")


@pytest.fixture
def quick(servers):
    """The conformance server with the heartbeat of the official suites: 300 ms and 200 ms."""
    return servers.conformance(PING_INTERVAL="300", PING_TIMEOUT="200")


@pytest.fixture
def lenient(servers):
    """The conformance server with the same interval, and time enough for a client on a busy machine."""
    return servers.conformance(PING_INTERVAL="300", PING_TIMEOUT="5000")


@pytest.fixture(params=[3, 4], ids=["eio3", "eio4"])
def eio(request):
    """Both protocol revisions."""
    return request.param


@pytest.fixture(params=["/engine.io/", "/socket.io/"], ids=["engine.io", "socket.io"])
def path(request):
    """Both paths of the conformance server."""
    return request.param


@pytest.fixture(autouse=True)
def no_server_dies(servers):
    """The test that ends a server is the one that fails."""
    yield
    dead = [server for server in servers.servers.values() if not server.alive and server.process is not None]
    for server in dead:
        status, log = server.process.wait(), server.log[-4000:]
        server.process = None
        pytest.fail(f"{server.executable.name} ended with status {status}:\n{log}")
