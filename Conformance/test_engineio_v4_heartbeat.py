# Licensed under the MIT licence.
"""Engine.IO protocol v4, "Heartbeat" and "close": the server pings, and ends a session that does not answer."""

import asyncio
import time

import pytest

from harness.engine import EngineSocket, PollingSession, answer_to_the_poll_at_close, upgraded
from harness.socketio import SocketIOClient

INTERVAL, TIMEOUT = 0.3, 0.2


async def test_polling_pings(lenient):
    session = await PollingSession.open(lenient)
    for _ in range(3):
        assert (await session.get()).body == b"2"
        assert (await session.post("3")).body == b"ok"


async def test_websocket_pings(lenient):
    async with await EngineSocket.connect(lenient) as socket:
        for _ in range(3):
            assert await socket.receive() == "2"
            await socket.send("3")
        await socket.send("4alive")
        assert await socket.receive() == "4alive"


async def test_the_interval_is_kept(lenient):
    async with await EngineSocket.connect(lenient) as socket:
        times = [time.monotonic()]
        for _ in range(4):
            assert await socket.receive() == "2"
            times.append(time.monotonic())
            await socket.send("3")
        gaps = [later - earlier for earlier, later in zip(times[1:], times[2:])]
        assert all(INTERVAL * 0.8 < gap < INTERVAL + 5 for gap in gaps), gaps


async def test_polling_ping_timeout(quick):
    session = await PollingSession.open(quick)
    assert await session.poll() == ["2"]
    response = await session.get()  # waits, unanswered, until the session ends
    assert response.status == 400 or response.body in (b"1", b"6"), response
    await session.assert_gone()


async def test_polling_ping_timeout_without_any_poll(quick):
    session = await PollingSession.open(quick)
    await asyncio.sleep(INTERVAL + TIMEOUT + 0.1)  # the protocol's own timeout; nothing is sent that could tell
    await session.assert_gone()


async def test_websocket_ping_timeout(quick):
    started = time.monotonic()
    socket = await EngineSocket.connect(quick)
    # One ping, once, then the end.
    assert await socket.closed() == ["2"]
    assert INTERVAL + TIMEOUT - 0.05 < time.monotonic() - started < INTERVAL + TIMEOUT + 10


async def test_a_ping_waits_for_the_poll(lenient):
    session = await PollingSession.open(lenient)
    await asyncio.sleep(INTERVAL + 0.05)  # the ping falls due while no poll is there
    await session.send("4x")
    assert await session.poll() == ["2", "4x"]
    await session.send("3")
    assert await session.poll() == ["2"]


async def test_heartbeat_across_an_upgrade(lenient):
    session = await PollingSession.open(lenient)
    assert await session.poll() == ["2"]
    await session.send("3")
    socket = await upgraded(session)
    async with socket:
        for _ in range(3):
            assert await socket.receive() == "2"
            await socket.send("3")
        await socket.send("4alive")
        assert await socket.receive() == "4alive"


async def test_a_ping_of_the_old_transport_is_answered_on_the_new(lenient):
    session = await PollingSession.open(lenient)
    assert await session.poll() == ["2"]
    socket = await upgraded(session)
    async with socket:
        await socket.send("3")
        assert await socket.receive() == "2"
        await socket.send("3", "4alive")
        assert await socket.receive() == "4alive"


async def test_ping_timeout_after_an_upgrade(quick):
    socket = await upgraded(await PollingSession.open(quick))
    assert [packet for packet in await socket.closed() if packet != "6"] == ["2"]


async def test_a_connected_client_pings_on(lenient):
    # The heartbeat of a session that has joined namespaces, and left them again.
    async with await SocketIOClient.connect(lenient) as client:
        await client.send("41")
        assert await client.engine.receive() == "2"
        await client.send("3")
        assert await client.engine.receive() == "2"


async def test_polling_close_packet(calm, path):
    assert await answer_to_the_poll_at_close(lambda: PollingSession.open(calm, path), "1") == b"6"


async def test_nothing_after_a_close_packet_is_handled(calm):
    session = await PollingSession.open(calm)
    response = await session.post("1\x1e4late")
    assert response.status in (200, 400)
    await session.assert_gone()


async def test_websocket_close_packet(calm, path):
    async with await EngineSocket.connect(calm, path) as socket:
        await socket.send("1")
        assert await socket.closed() == []


async def test_messages_before_a_close_packet_are_handled(calm):
    async with await SocketIOClient.connect(calm) as member:
        await member.call("join-room", "last-words")
        session = await PollingSession.open(calm, "/socket.io/")
        await session.send("40")
        await session.post('42["to-room","last-words","bye"]\x1e1')
        assert await member.event("room-event") == ["last-words", "bye"]


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
async def test_a_lost_websocket_closes_the_session(calm, reset):
    async with await SocketIOClient.connect(calm) as watcher:
        await watcher.call("watch")
        lost = await SocketIOClient.connect(calm)
        if reset:
            lost.engine.websocket.transport.abort()
        else:
            lost.engine.websocket.transport.close()
        peer, reason = await watcher.event("peer-left")
        assert (peer, reason) in ((lost.sid, "transport close"), (lost.sid, "transport error"))
