# Licensed under the MIT licence.
"""API_KEYS and CORS_ORIGINS."""

import contextlib

import pytest
import requests
import websocket

from browser import BrowserDriver
from chat import Chat, join
from raw import RawSocket
from server import Martlet

GUARDED = [
    ("POST", "/messages"),
    ("GET", "/rooms/r/messages"),
    ("GET", "/rooms/r/users"),
    ("GET", "/users/u/status"),
    ("GET", "/openapi.json"),
]
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"
FOREIGN = "https://elsewhere.example"


@pytest.fixture(scope="module")
def keyed_server():
    with Martlet(API_KEYS="first-key,second-key") as martlet:
        yield martlet


@pytest.fixture(scope="module")
def guarded_server(page_server):
    with Martlet(CORS_ORIGINS=f"{page_server.origin},https://chat.example") as martlet:
        yield martlet


def ask(server, method, path, **headers):
    body = {"json": {"room_id": "r", "content": "x"}} if method == "POST" else {}
    return requests.request(method, server.url + path, headers=headers, timeout=10, **body)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"X-API-Key": "wrong"},
        {"X-API-Key": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic first-key"},
        {"X-API-Key": "first-key,second-key"},
        {"X-API-Key": "first-ke"},
    ],
    ids=str,
)
def test_without_a_key(keyed_server, headers):
    for method, path in GUARDED:
        answer = ask(keyed_server, method, path, **headers)
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.json()["error"] and answer.json()["code"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer first-key"},
        {"X-API-Key": "first-key"},
        {"X-API-Key": "second-key"},
        {"authorization": "bearer second-key"},
    ],
    ids=str,
)
def test_with_a_key(keyed_server, headers):
    for method, path in GUARDED:
        answer = ask(keyed_server, method, path, **headers)
        assert answer.status_code == 200, (method, path, answer.text)


def test_health_and_readiness_need_no_key(keyed_server):
    assert ask(keyed_server, "GET", "/health").json() == {"status": "ok"}
    assert ask(keyed_server, "GET", "/ready").status_code == 200


def test_chat_clients_need_no_key(keyed_server, drivers, generations, name):
    with Chat(keyed_server.url, drivers, generations) as chat:
        for generation in generations:
            join(chat.user(f"{generation}-upgrade", name("ann")), name("room"))


def test_any_origin_by_default(server):
    answer = ask(server, "GET", HANDSHAKE, Origin=FOREIGN)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == FOREIGN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in answer.headers["Vary"]
    with contextlib.closing(RawSocket(server, origin=FOREIGN)):
        pass


@pytest.mark.parametrize(
    "path, method, headers",
    [
        ("/socket.io/?EIO=4&transport=polling", "POST", "content-type"),
        ("/messages", "POST", "content-type,authorization"),
        ("/messages", "POST", "content-type,x-api-key"),
    ],
)
def test_a_preflight(server, path, method, headers):
    answer = ask(
        server,
        "OPTIONS",
        path,
        **{"Origin": FOREIGN, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers},
    )
    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == FOREIGN
    assert method in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert all(header in allowed for header in headers.split(","))


def test_a_preflight_needs_no_key(keyed_server):
    answer = ask(
        keyed_server,
        "OPTIONS",
        "/messages",
        **{"Origin": FOREIGN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"},
    )
    assert answer.status_code in (200, 204)


def test_listed_origins(guarded_server, page_server):
    for origin in (page_server.origin, "https://chat.example"):
        assert ask(guarded_server, "GET", HANDSHAKE, Origin=origin).headers["Access-Control-Allow-Origin"] == origin
        with contextlib.closing(RawSocket(guarded_server, origin=origin)):
            pass


@pytest.mark.parametrize(
    "origin",
    [
        FOREIGN,
        "http://chat.example",
        "https://chat.example:8443",
        "https://chat.example.evil.example",
        "https://evilchat.example",
        "null",
    ],
)
def test_other_origins(guarded_server, origin):
    answer = ask(guarded_server, "GET", HANDSHAKE, Origin=origin)
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer = ask(guarded_server, "POST", "/messages", Origin=origin)
    assert "Access-Control-Allow-Origin" not in answer.headers
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        RawSocket(guarded_server, origin=origin)
    assert refusal.value.status_code == 403


def test_no_origin_is_not_a_browser(guarded_server, drivers, generations, name):
    assert ask(guarded_server, "GET", HANDSHAKE).status_code == 200
    with contextlib.closing(RawSocket(guarded_server)):
        pass
    with Chat(guarded_server.url, drivers, generations) as chat:
        for generation in set(generations) - {"browser"}:
            join(chat.user(f"{generation}-upgrade", name("ann")), name("room"))


@pytest.mark.parametrize("transport", ["polling", "websocket", "upgrade"])
def test_a_page_of_a_listed_origin(guarded_server, drivers, generations, name, transport):
    if "browser" not in generations:
        pytest.skip("needs the browser")
    with Chat(guarded_server.url, drivers, generations) as chat:
        join(chat.user(f"browser-{transport}", name("ann")), name("room"))


def test_a_page_of_another_origin(guarded_server, server, request, generations, name):
    if "browser" not in generations:
        pytest.skip("needs the browser")
    page_server, chromium = request.getfixturevalue("page_server"), request.getfixturevalue("chromium")
    foreign = BrowserDriver(chromium, page_server.foreign_origin, profiles=1)
    with Chat(guarded_server.url, lambda _: foreign, generations) as chat:
        for transport in ("polling", "websocket", "upgrade"):
            client = chat.client(f"browser-{transport}").start_connecting()
            client.wait_refused()
            assert client.connections == 0
    with Chat(server.url, lambda _: foreign, generations) as chat:
        join(chat.user("browser-upgrade", name("ann")), name("room"))
