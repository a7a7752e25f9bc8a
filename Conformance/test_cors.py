# Licensed under the MIT licence.
"""Cross-origin requests: the origin is reflected, and credentials are allowed, because v2 browser clients send them."""

import pytest

from harness.engine import EngineSocket, PollingSession, target
from harness.http import request

ORIGIN = "https://app.example:8443"


def assert_allowed(response, origin=ORIGIN):
    assert response.header("access-control-allow-origin") == origin
    assert response.header("access-control-allow-credentials") == "true"
    assert "origin" in (response.header("vary") or "").lower()


@pytest.mark.parametrize("origin", [ORIGIN, "http://localhost:3000", "null", "capacitor://localhost"])
async def test_the_origin_is_reflected(calm, path, eio, origin):
    response = await request(calm, "GET", target(path, eio), {"Origin": origin})
    assert response.status == 200
    assert_allowed(response, origin)


async def test_post_and_poll(calm, path, eio):
    session = await PollingSession.open(calm, path, eio)
    body = b"1:6" if eio == 3 else b"6"
    posted = await request(calm, "POST", session.target(), {"Origin": ORIGIN}, body)
    assert posted.status == 200
    assert_allowed(posted)


async def test_errors_may_be_read_too(calm, path):
    for query in ({"transport": "abc"}, {"sid": "nobody"}, {"eio": 5}):
        response = await request(calm, "GET", target(path, **query), {"Origin": ORIGIN})
        assert response.status == 400
        assert_allowed(response)


async def test_preflight(calm, path, eio):
    headers = {
        "Origin": ORIGIN, "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,authorization,x-custom",
    }
    response = await request(calm, "OPTIONS", target(path, eio, sid="any"), headers)
    assert response.status in (200, 204)
    assert response.body == b""
    assert_allowed(response)
    methods = {method.strip() for method in response.header("access-control-allow-methods").split(",")}
    assert {"GET", "POST"} <= methods
    allowed = {name.strip().lower() for name in response.header("access-control-allow-headers").split(",")}
    assert {"content-type", "authorization", "x-custom"} <= allowed


async def test_preflight_without_a_session_opens_none(calm, path):
    response = await request(calm, "OPTIONS", target(path), {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"})
    assert response.status in (200, 204)
    assert b"sid" not in response.body


async def test_without_an_origin(calm, path):
    response = await request(calm, "GET", target(path))
    # "*" and credentials exclude each other (Fetch standard, "CORS check").
    assert not (response.header("access-control-allow-origin") == "*" and response.header("access-control-allow-credentials"))


async def test_websocket_from_any_origin(calm, path):
    async with await EngineSocket.connect(calm, path, headers={"Origin": ORIGIN}) as socket:
        assert socket.handshake["sid"]


async def test_line_breaks_do_not_get_into_the_answer(calm, path):
    response = await request(calm, "GET", target(path, t="%0d%0aSet-Cookie:%20a=b"), {"Origin": ORIGIN})
    assert response.header("set-cookie") is None
