# Licensed under the MIT licence.
"""Engine.IO protocol v3: opening a session, and the ways that fail."""

import json

import pytest

from harness import MAX_PAYLOAD
from harness.engine import EngineSocket, PollingSession, refused_upgrade, target
from harness.http import request


async def test_polling_opens_a_session(quick):
    response = await request(quick, "GET", target(eio=3))
    assert response.status == 200
    assert response.header("content-type").lower() == "text/plain; charset=utf-8"
    assert response.header("cache-control") == "no-store"
    length, _, packet = response.text.partition(":")
    assert int(length) == len(packet)
    assert packet[0] == "0"
    handshake = json.loads(packet[1:])
    assert set(handshake) == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
    assert handshake["upgrades"] == ["websocket"]
    assert (handshake["pingInterval"], handshake["pingTimeout"]) == (300, 200)
    assert handshake["maxPayload"] == MAX_PAYLOAD


async def test_websocket_opens_a_session(quick, path):
    async with await EngineSocket.connect(quick, path, eio=3) as socket:
        assert set(socket.handshake) == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
        assert socket.handshake["upgrades"] == []
        assert (socket.handshake["pingInterval"], socket.handshake["pingTimeout"]) == (300, 200)


@pytest.mark.parametrize("name", [None, "abc"])
async def test_polling_refuses_other_transports(calm, name):
    response = await request(calm, "GET", target(eio=3, transport=name))
    assert (response.status, response.code) == (400, 0)


async def test_a_handshake_is_a_get(calm):
    response = await request(calm, "POST", target(eio=3), body=b"1:2")
    assert (response.status, response.code) == (400, 2)


async def test_an_unknown_session_is_refused(calm):
    response = await request(calm, "GET", target(eio=3, sid="nobody"))
    assert (response.status, response.code) == (400, 1)
    assert (await refused_upgrade(calm, eio=3, sid="nobody")).status_code == 400


async def test_the_websocket_transport_needs_an_upgrade(calm):
    response = await request(calm, "GET", target(eio=3, transport="websocket"))
    assert (response.status, response.code) == (400, 3)


async def test_no_cookie(calm):
    response = await request(calm, "GET", target(eio=3))
    assert response.header("set-cookie") is None


async def test_sessions_of_both_revisions_live_side_by_side(calm):
    old = await PollingSession.open(calm, eio=3)
    new = await PollingSession.open(calm, eio=4)
    for session in (old, new, old):
        await session.send("4side by side")
        assert await session.collect(1) == ["4side by side"]
