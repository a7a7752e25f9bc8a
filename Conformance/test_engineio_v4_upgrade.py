# Licensed under the MIT licence.
"""Engine.IO protocol v4, "Upgrade": nothing is lost, nothing is sent twice, and the old transport ends cleanly."""

import asyncio

import pytest

from harness import within
from harness.engine import EngineSocket, PollingSession, probed, refused_upgrade, upgraded


def messages(packets):
    """What remains without heartbeats and noops."""
    return [packet for packet in packets if packet not in ("2", "3", "6")]


async def test_upgrade(calm):
    session = await PollingSession.open(calm)
    socket = await probed(session)
    async with socket:
        # The noop ends the polling cycle, whether the poll came before the probe or after it.
        assert await session.poll() == ["6"]
        await socket.send("5", "4hello")
        assert await socket.receive() == "4hello"
        await socket.send(b"\x01\x02")
        assert await socket.receive() == b"\x01\x02"


async def test_a_poll_under_way_is_released(calm):
    session = await PollingSession.open(calm)
    poll = asyncio.create_task(session.poll())
    socket = await probed(session)
    async with socket:
        assert await within(5, poll) == ["6"]
        await socket.send("5", "4hello")
        assert await socket.receive() == "4hello"


async def test_polling_is_refused_after_the_upgrade(calm):
    session = await PollingSession.open(calm)
    async with await upgraded(session) as socket:
        await socket.send("4a")
        assert await socket.receive() == "4a"
        for response in (await session.get(), await session.post("4b")):
            assert response.status == 400
            assert response.code == 3
        await socket.send("4c")
        assert await socket.receive() == "4c"


async def test_polling_is_refused_right_after_the_upgrade_packet(calm):
    # As the official suite does it: the request races with the upgrade packet, which was sent first.
    session = await PollingSession.open(calm)
    async with await upgraded(session) as socket:
        response = await session.get()
        assert response.status == 400 or response.body == b"6"
        await socket.send("4hello")
        assert await socket.receive() == "4hello"


async def test_a_second_websocket_is_refused_after_the_upgrade(calm):
    session = await PollingSession.open(calm)
    async with await upgraded(session) as socket:
        await socket.send("4a")
        assert await socket.receive() == "4a"
        assert (await refused_upgrade(calm, sid=session.sid)).status_code == 400
        await socket.send("4b")
        assert await socket.receive() == "4b"


async def test_a_websocket_session_takes_no_second_transport(calm):
    async with await EngineSocket.connect(calm) as socket:
        sid = socket.handshake["sid"]
        assert (await refused_upgrade(calm, sid=sid)).status_code == 400
        await socket.send("4a")
        assert await socket.receive() == "4a"


async def test_messages_waiting_at_the_upgrade_move_along(calm):
    session = await PollingSession.open(calm)
    await session.send("4a", b"\x01", "4b")
    async with await upgraded(session) as socket:
        await socket.send("4c")
        assert [await socket.receive() for _ in range(4)] == ["4a", b"\x01", "4b", "4c"]


async def test_messages_written_during_the_probe(calm):
    session = await PollingSession.open(calm)
    await session.send("41")
    socket = await probed(session)
    async with socket:
        await session.send("42x")
        seen = messages(await session.poll())
        await session.send("43x", "44x")
        await socket.send("5", "45x")
        while len(seen) < 5:
            seen.append(await socket.receive())
        assert seen == ["41", "42x", "43x", "44x", "45x"]
        await socket.send("4end")
        assert await socket.receive() == "4end"


@pytest.mark.parametrize("count", [1, 50])
async def test_a_stream_of_messages_across_the_upgrade(calm, count):
    """A client that keeps sending and polling while it upgrades, as a busy application does."""
    session = await PollingSession.open(calm)
    seen = []

    async def keep_polling():
        packets = []
        while "6" not in packets:
            packets = await session.poll()
            seen.extend(messages(packets))

    polling = asyncio.create_task(keep_polling())
    for number in range(count):
        await session.send(f"4a{number}")
    socket = await probed(session)
    async with socket:
        await within(5, polling)
        for number in range(count):
            await session.send(f"4b{number}")
        await socket.send("5", *(f"4c{number}" for number in range(count)))
        while len(seen) < 3 * count:
            seen.append(await socket.receive())
        assert seen == [f"4{letter}{number}" for letter in "abc" for number in range(count)]


async def test_each_poll_during_the_probe_is_answered_once(calm):
    session = await PollingSession.open(calm)
    socket = await probed(session)
    async with socket:
        assert await session.poll() == ["6"]
        second = asyncio.create_task(session.get())
        await socket.send("5", "4end")
        assert await socket.receive() == "4end"
        # The second poll got a noop of its own, or came too late; a message it must not get.
        answer = await within(5, second)
        assert (answer.status, answer.body) == (200, b"6") or answer.status == 400


async def test_a_poll_that_waits_when_the_upgrade_begins_is_released(calm):
    """Before the upgrade packet: the request may reach the server later than the WebSocket's first packets do."""
    session = await PollingSession.open(calm)
    poll = await session.pending_get()
    socket = await EngineSocket.connect(calm, sid=session.sid)
    async with socket:
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        answer = await within(5, poll.response())
        assert (answer.status, answer.body) == (200, b"6")
        await socket.send("5", "4hello")
        assert await socket.receive() == "4hello"
        poll.close()


async def test_the_websocket_of_an_unfinished_upgrade_may_go(calm):
    session = await PollingSession.open(calm)
    socket = await probed(session)
    await socket.close()
    await session.assert_alive()
    # And another attempt succeeds.
    async with await upgraded(session) as second:
        await second.send("4hello")
        assert await second.receive() == "4hello"


async def test_closing_the_session_during_the_probe_closes_the_websocket(calm):
    session = await PollingSession.open(calm)
    socket = await probed(session)
    await session.post("1")
    await socket.closed()
    await session.assert_gone()


async def test_the_upgraded_session_ends_with_its_websocket(calm):
    session = await PollingSession.open(calm)
    socket = await upgraded(session)
    await socket.send("4a")
    assert await socket.receive() == "4a"
    await socket.close()

    async def forgotten():
        while (response := await session.get()).code != 1:
            assert response.code == 3, response

    await within(5, forgotten())


async def test_a_large_backlog_moves_along(calm):
    session = await PollingSession.open(calm)
    texts = [f"4{number}" + "x" * 100_000 for number in range(8)]
    for text in texts:
        await session.send(text)
    async with await upgraded(session) as socket:
        assert [await socket.receive() for _ in texts] == texts
