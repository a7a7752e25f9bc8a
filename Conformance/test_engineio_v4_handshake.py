# Licensed under the MIT licence.
"""Engine.IO protocol v4, "Handshake"; the error answers are those of the reference server."""

import json

import pytest

from harness import MAX_PAYLOAD
from harness.engine import EngineSocket, PollingSession, refused_upgrade, target
from harness.frames import RawWebSocket, UpgradeRefused
from harness.http import HttpConnection, request


async def test_polling_opens_a_session(quick, path):
    response = await request(quick, "GET", target(path))
    assert response.status == 200
    assert response.body.startswith(b"0{")
    session = await PollingSession.open(quick, path)
    assert set(session.handshake) == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
    assert isinstance(session.sid, str) and len(session.sid) >= 20
    assert session.handshake["upgrades"] == ["websocket"]
    assert session.handshake["pingInterval"] == 300
    assert session.handshake["pingTimeout"] == 200
    assert session.handshake["maxPayload"] == MAX_PAYLOAD


async def test_websocket_opens_a_session(quick, path):
    async with await EngineSocket.connect(quick, path) as socket:
        assert set(socket.handshake) == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
        assert isinstance(socket.handshake["sid"], str)
        assert socket.handshake["upgrades"] == []
        assert socket.handshake["pingInterval"] == 300
        assert socket.handshake["pingTimeout"] == 200
        assert socket.handshake["maxPayload"] == MAX_PAYLOAD


async def test_session_ids_differ(calm):
    sids = {(await PollingSession.open(calm)).sid for _ in range(50)}
    assert len(sids) == 50


async def test_the_open_packet_comes_alone_on_polling(calm):
    session = await PollingSession.open(calm)
    assert session.first == []


async def test_answer_headers(calm, path):
    response = await request(calm, "GET", target(path))
    assert response.header("content-type").lower() == "text/plain; charset=utf-8"
    assert response.header("cache-control") == "no-store"
    assert response.header("set-cookie") is None


async def test_the_cache_buster_is_ignored(calm):
    session = await PollingSession.open(calm, t="N8hyd6w")
    await session.send("4a")
    response = await session.get(t="N8hyd7H")
    assert response.body == b"4a"


@pytest.mark.parametrize("version", [None, "abc", "", "0", "1", "2", "5", "44", "4.0", "+4", "-4", "04"])
async def test_polling_refuses_other_versions(calm, path, version):
    response = await request(calm, "GET", target(path, version))
    assert response.status == 400
    assert response.code == 5


@pytest.mark.parametrize("version", [None, "abc", "2", "5"])
async def test_websocket_refuses_other_versions(calm, path, version):
    response = await refused_upgrade(calm, path, version)
    assert response.status_code == 400
    assert b'"code":5' in response.body


@pytest.mark.parametrize("name", [None, "abc", "webtransport", "POLLING"])
async def test_polling_refuses_other_transports(calm, path, name):
    response = await request(calm, "GET", target(path, transport=name))
    assert response.status == 400
    assert response.code == 0
    assert response.json == {"code": 0, "message": "Transport unknown"}


@pytest.mark.parametrize("name", [None, "abc"])
async def test_websocket_refuses_other_transports(calm, path, name):
    with pytest.raises(UpgradeRefused) as refusal:
        await RawWebSocket.open(calm, target(path, transport=name))
    assert refusal.value.response.status == 400
    assert refusal.value.response.code == 0


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_handshake_is_a_get(calm, path, method):
    response = await request(calm, method, target(path), body=b"")
    assert response.status == 400
    assert response.json == {"code": 2, "message": "Bad handshake method"}


async def test_an_unknown_session_is_refused(calm, path):
    for response in (
        await request(calm, "GET", target(path, sid="nobody")),
        await request(calm, "POST", target(path, sid="nobody"), body=b"4x"),
    ):
        assert response.status == 400
        assert response.json == {"code": 1, "message": "Session ID unknown"}


async def test_an_upgrade_of_an_unknown_session_is_refused(calm, path):
    response = await refused_upgrade(calm, path, sid="nobody")
    assert response.status_code == 400
    assert b'"code":1' in response.body


async def test_the_websocket_transport_needs_an_upgrade(calm, path):
    response = await request(calm, "GET", target(path, transport="websocket"))
    assert response.status == 400
    assert response.json == {"code": 3, "message": "Bad request"}


async def test_errors_are_json(calm, path):
    response = await request(calm, "GET", target(path, transport="abc"))
    assert response.header("content-type").startswith("application/json")


async def test_sessions_of_one_path_are_unknown_on_the_other(calm):
    session = await PollingSession.open(calm, "/engine.io/")
    response = await request(calm, "GET", target("/socket.io/", sid=session.sid))
    assert response.status == 400
    await session.assert_alive()


async def test_other_paths_are_not_found(calm):
    for other in ("/", "/nothing", "/engine.iox/?EIO=4&transport=polling"):
        assert (await request(calm, "GET", other)).status == 404


async def test_one_connection_carries_many_requests(calm):
    async with await HttpConnection.open(calm) as connection:
        opened = await connection.request("GET", target())
        sid = json.loads(opened.body[1:])["sid"]
        for number in range(5):
            posted = await connection.request("POST", target(sid=sid), body=b"4%d" % number)
            assert posted.body == b"ok"
            polled = await connection.request("GET", target(sid=sid))
            assert polled.body == b"4%d" % number
        # An error keeps the connection as well.
        assert (await connection.request("GET", target(sid="nobody"))).status == 400
        assert (await connection.request("POST", target(sid=sid), body=b"4x")).status == 200
