# Licensed under the MIT licence.
"""Engine.IO protocol v3: WebSocket, the client's heartbeat, close and upgrade."""

import asyncio
import time

import pytest

from harness import within
from harness.engine import EngineSocket, PollingSession, answer_to_the_poll_at_close, probed, refused_upgrade, upgraded
from harness.samples import BINARIES, TEXTS

INTERVAL, TIMEOUT = 0.3, 0.2


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
async def test_text_comes_back_unchanged(calm, text):
    async with await EngineSocket.connect(calm, eio=3) as socket:
        await socket.send("4" + text)
        assert await socket.receive() == "4" + text


@pytest.mark.parametrize("data", [b"", *BINARIES], ids=lambda data: f"{data[:4].hex()}-{len(data)}")
async def test_binary_frames_begin_with_the_type(calm, data):
    async with await EngineSocket.connect(calm, eio=3) as socket:
        await socket.send(b"\x04" + data)
        assert await socket.receive() == b"\x04" + data


@pytest.mark.parametrize("packet", ["abc", "9", "", b"", b"\x09a", b"4hello"], ids=ascii)
async def test_an_invalid_packet_closes_the_session(calm, packet):
    async with await EngineSocket.connect(calm, eio=3) as socket:
        await socket.send(packet)
        assert await socket.closed() == []


async def test_base64_in_a_websocket_text_frame(calm):
    # A client without binary frames (b64=1) sends, and gets, base64 here too.
    async with await EngineSocket.connect(calm, eio=3, b64=1) as socket:
        await socket.send("b4AQID")
        assert await socket.receive() in ("b4AQID", b"\x04\x01\x02\x03")


async def test_polling_pings_are_answered(lenient):
    session = await PollingSession.open(lenient, eio=3)
    for _ in range(3):
        assert (await session.post("1:2")).body == b"ok"
        assert (await session.get()).body == b"1:3"


async def test_websocket_pings_are_answered(lenient):
    async with await EngineSocket.connect(lenient, eio=3) as socket:
        for _ in range(3):
            await socket.send("2")
            assert await socket.receive() == "3"


async def test_pings_keep_the_session(quick):
    async with await EngineSocket.connect(quick, eio=3) as socket:
        started = time.monotonic()
        while time.monotonic() - started < 3 * (INTERVAL + TIMEOUT):
            await socket.send("2")
            assert await socket.receive() == "3"
            await asyncio.sleep(INTERVAL)  # the client's own timer
        await socket.send("4alive")
        assert await socket.receive() == "4alive"


async def test_the_server_never_pings(quick):
    async with await EngineSocket.connect(quick, eio=3) as socket:
        assert await socket.closed() == []


async def test_websocket_ping_timeout(quick):
    started = time.monotonic()
    socket = await EngineSocket.connect(quick, eio=3)
    await socket.closed()
    assert INTERVAL + TIMEOUT - 0.05 < time.monotonic() - started < INTERVAL + TIMEOUT + 10


async def test_polling_ping_timeout(quick):
    session = await PollingSession.open(quick, eio=3)
    response = await session.get()  # waits until the session ends
    assert response.status == 400 or response.body in (b"1:1", b"1:6"), response
    response = await session.post("1:2")
    assert (response.status, response.code) == (400, 1)


async def test_polling_close_packet(calm):
    assert await answer_to_the_poll_at_close(lambda: PollingSession.open(calm, eio=3), "1:1") == b"1:6"


async def test_websocket_close_packet(calm):
    async with await EngineSocket.connect(calm, eio=3) as socket:
        await socket.send("1")
        assert await socket.closed() == []


async def test_duplicate_polls_close_the_session(calm):
    session = await PollingSession.open(calm, eio=3)
    answers = await asyncio.gather(session.get(), session.get(t="burst"))
    answers.sort(key=lambda answer: answer.status)
    assert (answers[0].status, answers[0].body) == (200, b"1:1")
    assert answers[1].status == 400
    await session.assert_gone()


async def test_upgrade(calm):
    session = await PollingSession.open(calm, eio=3)
    await session.send("4waiting")
    assert await session.poll() == ["4waiting"]
    poll = asyncio.create_task(session.get())
    socket = await probed(session)
    async with socket:
        assert (await within(5, poll)).body == b"1:6"
        await socket.send("5", "4hello")
        assert await socket.receive() == "4hello"
        await socket.send("2")
        assert await socket.receive() == "3"
        await socket.send(b"\x04\x01\x02")
        assert await socket.receive() == b"\x04\x01\x02"


async def test_a_poll_after_the_probe_is_released(calm):
    session = await PollingSession.open(calm, eio=3)
    async with await probed(session) as socket:
        assert (await session.get()).body == b"1:6"
        await socket.send("5", "4hello")
        assert await socket.receive() == "4hello"


async def test_messages_waiting_at_the_upgrade_move_along(calm):
    session = await PollingSession.open(calm, eio=3)
    await session.send("4a", b"\x01", "4b")
    async with await upgraded(session) as socket:
        await socket.send("4c")
        assert [await socket.receive() for _ in range(4)] == ["4a", b"\x04\x01", "4b", "4c"]


async def test_polling_and_second_websockets_are_refused_after_the_upgrade(calm):
    session = await PollingSession.open(calm, eio=3)
    async with await upgraded(session) as socket:
        await socket.send("4a")
        assert await socket.receive() == "4a"
        assert (await session.get()).status == 400
        assert (await session.post("2:4x")).status == 400
        assert (await refused_upgrade(calm, eio=3, sid=session.sid)).status_code == 400
        await socket.send("4b")
        assert await socket.receive() == "4b"


async def test_heartbeat_across_an_upgrade(lenient):
    session = await PollingSession.open(lenient, eio=3)
    await session.send("2")
    assert await session.poll() == ["3"]
    async with await upgraded(session) as socket:
        for _ in range(3):
            await socket.send("2")
            assert await socket.receive() == "3"
