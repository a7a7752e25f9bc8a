# Licensed under the MIT licence.
"""Bad input, area "handshake"."""

import asyncio
import os
from urllib.parse import quote

import pytest

from harness import CONNECT_TIMEOUT_SECONDS, PROMPT_SECONDS, STALL_SECONDS, within
from harness.engine import EngineSocket, PollingSession, target
from harness.frames import RawWebSocket, UpgradeRefused
from harness.http import ConnectionEnded, HttpConnection, request
from harness.socketio import SocketIOClient

HANDSHAKES = int(os.environ.get("ABUSE_HANDSHAKES", "10000"))


@pytest.mark.parametrize("name", [None, "", "abc", "__proto__", "constructor", "toString", "websocket%00", "flashsocket"])
async def test_transport_missing_or_unknown(server, path, eio, name):
    response = await request(server, "GET", target(path, eio, name))
    assert (response.status, response.code) == (400, 0)
    with pytest.raises(UpgradeRefused) as refusal:
        await RawWebSocket.open(server, target(path, eio, name))
    assert (refusal.value.response.status, refusal.value.response.code) == (400, 0)


async def test_post_as_the_first_request(server, path, eio):
    response = await request(server, "POST", target(path, eio), body=b"40")
    assert (response.status, response.code) == (400, 2)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods(server, path, eio, method):
    # As a first request it is a bad handshake (the official suite asks for 400); to a session it is a method not allowed.
    response = await request(server, method, target(path, eio), body=b"")
    assert response.status in (400, 405)
    session = await PollingSession.open(server, path, eio)
    response = await request(server, method, session.target(), body=b"")
    assert response.status == 405
    assert (await request(server, "GET", target(path, eio))).status == 200


@pytest.mark.parametrize("sid", ["nobody", "__proto__", "constructor", "a" * 20, "a" * 5000, "%00", "%ff", "..%2f", "*"])
async def test_unknown_sid(server, path, eio, sid):
    for method, body in (("GET", None), ("POST", b"4x")):
        response = await request(server, method, target(path, eio, sid=sid), body=body)
        assert (response.status, response.code) == (400, 1)
    with pytest.raises(UpgradeRefused) as refusal:
        await RawWebSocket.open(server, target(path, eio, "websocket", sid))
    assert (refusal.value.response.status, refusal.value.response.code) == (400, 1)


async def test_repeated_sid(server, eio):
    session = await PollingSession.open(server, eio=eio)
    for second in (session.sid, "nobody"):
        response = await request(server, "GET", session.target() + f"&sid={second}")
        assert (response.status, response.code) == (400, 1)
    await session.assert_alive()


async def test_a_sid_that_the_client_chose(server, path, eio):
    chosen = "chosen-by-the-client"
    response = await request(server, "GET", target(path, eio, sid=chosen))
    assert (response.status, response.code) == (400, 1)
    session = await PollingSession.open(server, path, eio, id=chosen)
    assert session.sid != chosen
    response = await request(server, "GET", target(path, eio, sid=chosen))
    assert (response.status, response.code) == (400, 1)


@pytest.mark.parametrize("query", ["%", "%zz", "&&&&", "=", "EIO", "EIO=4&EIO=3&transport=polling", "x" * 20_000, "a=1&" * 5000])
async def test_queries_that_are_not_right(server, path, query):
    response = await request(server, "GET", f"{path}?{query}")
    assert response.status in (400, 414, 431)


async def test_1500_header_fields(server):
    fields = {f"X-Field-{number}": "value" for number in range(1500)}
    async with await HttpConnection.open(server) as connection:
        await connection.send("GET", target(), fields)
        assert await connection.verdict(STALL_SECONDS) in (431, 400)


async def test_one_field_of_a_megabyte(server):
    async with await HttpConnection.open(server) as connection:
        await connection.write(f"GET {target()} HTTP/1.1\r\nHost: x\r\nX-Long: ".encode())
        assert await flood(connection, b"a" * 65536, 16) in (431, 400, None)


async def test_a_header_that_never_ends(server):
    async with await HttpConnection.open(server) as connection:
        await connection.write(f"GET {target()} HTTP/1.1\r\nHost: x\r\n".encode())
        assert await flood(connection, b"X-A: b\r\n" * 4096, 4096) in (431, 400, None)


async def flood(connection, piece, count):
    """Writes on and on while waiting for the verdict."""
    async def pour():
        for _ in range(count):
            await connection.write(piece)

    pouring = asyncio.create_task(pour())
    verdict = await connection.verdict(STALL_SECONDS)
    pouring.cancel()
    await asyncio.gather(pouring, return_exceptions=True)
    return verdict


async def test_a_target_without_end(server):
    async with await HttpConnection.open(server) as connection:
        await connection.write(b"GET /engine.io/?")
        assert await flood(connection, b"a" * 65536, 512) in (431, 414, 400, None)


@pytest.mark.slow
async def test_one_byte_per_second(server):
    async with await HttpConnection.open(server) as connection:
        async def dribble():
            for byte in f"GET {target()} HTTP/1.1\r\nHost: localhost\r\n".encode():
                await connection.write(bytes([byte]))
                await asyncio.sleep(1)  # this is the attack

        dribbling = asyncio.create_task(dribble())
        assert await connection.verdict(STALL_SECONDS) in (431, 408, 400, None)
        dribbling.cancel()
        await asyncio.gather(dribbling, return_exceptions=True)


@pytest.mark.parametrize(
    "data",
    [b"\r\n\r\n\r\n", b"\x00" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
     b"GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost x\r\n\r\n", b"GET /engine.io/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
     b"GET /engine.io/ HTTP/1.1\r\nA\x00b: c\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ids=ascii,
)
async def test_what_is_not_http(server, data):
    async with await HttpConnection.open(server) as connection:
        await connection.write(data)
        connection.writer.write_eof()
        assert await connection.verdict(STALL_SECONDS) in (400, 404, 405, 431, 501, 505, None)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_handshakes_that_never_poll(servers):
    """Closed within 10 s; a second wave finds the memory of the first one free again."""
    own = servers.conformance(PING_INTERVAL="24000", PING_TIMEOUT="20000")
    await PollingSession.open(own)
    before = own.rss_bytes
    sids, peaks = [], []
    for _ in range(2):
        wave = await handshakes(own, HANDSHAKES)
        sids += wave
        peaks.append(own.rss_bytes)
        assert len(set(wave)) == HANDSHAKES
        await within(90, all_unknown(own, wave[:: max(1, HANDSHAKES // 100)]))
    assert peaks[1] - peaks[0] < 0.3 * (peaks[0] - before) + 8_000_000, (before, peaks)
    async with await SocketIOClient.connect(own) as client:
        await client.assert_quiet()


async def handshakes(server, count):
    sids = []

    async def series(share):
        async with await HttpConnection.open(server) as connection:
            for _ in range(share):
                response = await connection.request("GET", target(), seconds=STALL_SECONDS)
                assert response.status == 200, response
                sids.append(response.text.split('"sid":"', 1)[1].split('"', 1)[0])

    await asyncio.gather(*(series(count // 20) for _ in range(20)))
    return sids


async def all_unknown(server, sids):
    # Asking earlier would be a sign of life.
    await asyncio.sleep(12)  # the limit of the row is 10
    async with await HttpConnection.open(server) as connection:
        for sid in sids:
            response = await connection.request("POST", target(sid=sid), body=b"4x")
            assert (response.status, response.code) == (400, 1), "a session without a poll lived on"


@pytest.mark.slow
async def test_websocket_opened_without_connect(server, eio):
    if eio == 3:
        # The server joins `/` for the client: nothing is missing, so nothing ends.
        async with await SocketIOClient.connect(server, eio=3) as client:
            await asyncio.sleep(CONNECT_TIMEOUT_SECONDS + 0.5)
            await client.assert_quiet()
        return
    sockets = [await EngineSocket.connect(server, "/socket.io/") for _ in range(20)]
    for socket in sockets:
        assert await socket.closed(CONNECT_TIMEOUT_SECONDS + 10) == []


@pytest.mark.parametrize("index", ["1);alert(1)//", "abc", "-1", "1.5", "1e3", "0x1", "%201", "1%0a", "\uff11", "9" * 400, "[]", "<script>"])
async def test_jsonp_index(server, index):
    response = await request(server, "GET", target(eio=3, j=quote(index, safe="%")))
    assert response.status == 400
    assert b"alert" not in response.body and b"<script" not in response.body
    assert response.header("x-content-type-options") == "nosniff"


async def test_jsonp_answers_carry_nosniff(server):
    response = await request(server, "GET", target(eio=3, j=0))
    assert response.status == 200
    assert response.header("x-content-type-options") == "nosniff"


async def test_a_handshake_hung_up_at_once(server):
    for _ in range(200):
        connection = await HttpConnection.open(server)
        await connection.send("GET", target())
        connection.reset()


@pytest.mark.parametrize(
    "fields",
    [{"Sec-WebSocket-Version": "12"}, {"Sec-WebSocket-Version": "x"}, {"Sec-WebSocket-Key": "short"}, {"Sec-WebSocket-Key": ""}],
    ids=str,
)
async def test_websocket_headers_that_are_not_right(server, fields):
    with pytest.raises((UpgradeRefused, ConnectionEnded)) as refusal:
        await RawWebSocket.open(server, target(transport="websocket"), fields)
    if isinstance(refusal.value, UpgradeRefused):
        assert refusal.value.response.status in (400, 426)


GOOD, FOREIGN = "https://good.example", "https://evil.example"


@pytest.mark.parametrize("eio", [3, 4])
async def test_foreign_origin_on_the_websocket_upgrade(servers, eio):
    own = servers.martlet(CORS_ORIGINS=GOOD)
    wanted = target("/socket.io/", eio, "websocket")
    for origin in (FOREIGN, "https://good.example.evil.example", "http://good.example", "null", "https://GOOD.example:444"):
        with pytest.raises(UpgradeRefused) as refusal:
            await RawWebSocket.open(own, wanted, {"Origin": origin})
        assert refusal.value.response.status == 403, origin
    async with await RawWebSocket.open(own, wanted, {"Origin": GOOD}) as socket:
        assert (await socket.receive()).payload.startswith(b"0{")
    async with await RawWebSocket.open(own, wanted) as socket:  # no browser, no origin
        assert (await socket.receive()).payload.startswith(b"0{")


async def test_foreign_origin_on_polling(servers):
    own = servers.martlet(CORS_ORIGINS=GOOD)
    response = await request(own, "GET", target("/socket.io/"), {"Origin": FOREIGN})
    assert response.status == 403
    assert response.header("access-control-allow-origin") is None
    assert (await request(own, "GET", target("/socket.io/"))).status == 200  # no browser, no origin
    response = await request(own, "GET", target("/socket.io/"), {"Origin": GOOD})
    assert response.status == 200
    assert response.header("access-control-allow-origin") == GOOD


@pytest.mark.parametrize("hosts", [0, 2], ids=["missing", "twice"])
async def test_a_request_that_does_not_name_one_host(server, path, hosts):
    # RFC 9112 §3.2: answered 400, whatever else it says.
    head = f"GET {target(path)} HTTP/1.1\r\n" + "Host: localhost\r\n" * hosts + "\r\n"
    async with await HttpConnection.open(server) as connection:
        await connection.write(head.encode())
        assert (await within(PROMPT_SECONDS, connection.response())).status == 400
