# Licensed under the MIT licence.
"""Fixtures of the live tests: a server process, a driver for each client generation, and clients made of both."""

import os
import sys
import uuid

import pytest

from browser import BrowserDriver, Chromium, PageServer
from browser_client import unpack_client
from chat import Chat
from clients import GENERATIONS, KINDS, ProcessDriver
from cutting_proxy import Proxy
from server import BINARY, ROOT, Martlet

BUILD = ROOT / ".build"
V2_PYTHON = os.environ.get("V2_PYTHON", str(BUILD / "venv-v2/bin/python"))


def pytest_addoption(parser):
    parser.addoption(
        "--generations",
        default=",".join(GENERATIONS),
        help="which clients take part, for example v4,browser (default: all)",
    )


def chosen(config):
    return config.getoption("--generations").split(",")


def pytest_generate_tests(metafunc):
    if "kind" in metafunc.fixturenames:
        generations = chosen(metafunc.config)
        metafunc.parametrize("kind", [kind for kind in KINDS if kind.split("-")[0] in generations])


def pytest_sessionstart():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: build it, or name another in the variable MARTLET", 2)


@pytest.fixture(scope="session")
def generations(request):
    return chosen(request.config)


@pytest.fixture(scope="session")
def page_server():
    server = PageServer(unpack_client(BUILD / "browser-client"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def chromium():
    browser = Chromium()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def drivers(request):
    """The drivers by generation, started when first asked for."""
    started = {}

    def driver(generation):
        if generation not in started:
            if generation == "browser":
                started[generation] = BrowserDriver(
                    request.getfixturevalue("chromium"), request.getfixturevalue("page_server").origin
                )
            else:
                started[generation] = ProcessDriver(V2_PYTHON if generation == "v2" else sys.executable)
        return started[generation]

    yield driver
    for each in started.values():
        if isinstance(each, ProcessDriver):
            each.close()


@pytest.fixture(scope="session")
def server():
    """The server that most tests share: defaults, but for the rate limits."""
    with Martlet(RATE_LIMITS="off") as martlet:
        yield martlet


@pytest.fixture
def chat(server, drivers, generations):
    """Makes clients of the shared server and takes them away after the test."""
    with Chat(server.url, drivers, generations) as made:
        yield made


@pytest.fixture(scope="module")
def proxy():
    """Lies between clients and servers, and cuts them off."""
    made = Proxy()
    yield made
    made.close()


@pytest.fixture
def name():
    """A name of this test alone: tests share one server."""
    suffix = uuid.uuid4().hex[:10]
    return lambda stem: f"{stem}-{suffix}"
