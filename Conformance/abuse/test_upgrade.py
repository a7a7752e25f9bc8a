# Licensed under the MIT licence.
"""Bad input, area "upgrade": the WebSocket alone closes, the session lives on polling, nothing is lost or repeated."""

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from harness import STALL_SECONDS
from harness.engine import EngineSocket, PollingSession, probed, refused_upgrade, upgraded


@pytest.mark.parametrize("packet", ["4data", "2", "3probe", "2prob", "2probe2", "2PROBE", "0", "1", "6", "x", "", b"\x04\x01", "5"], ids=ascii)
async def test_data_before_the_probe(server, eio, packet):
    session = await PollingSession.open(server, eio=eio)
    await session.send("4waiting")
    socket = await EngineSocket.connect(server, eio=eio, sid=session.sid)
    await socket.send(packet)
    assert await socket.closed() == []
    assert await session.poll() == ["4waiting"], "nothing was lost, and what the WebSocket said was not handled"
    await session.assert_alive()


@pytest.mark.parametrize("packet", ["4data", "2", "x", b"\x04\x01"], ids=ascii)
async def test_data_between_probe_and_upgrade(server, eio, packet):
    session = await PollingSession.open(server, eio=eio)
    socket = await probed(session)
    await session.send("4waiting")
    await socket.send(packet)
    assert await socket.closed() == []
    assert await session.collect(1) == ["4waiting"]
    await session.assert_alive()


@pytest.mark.slow
async def test_the_probe_and_then_nothing(server):
    """All revisions, with the probe and without it, at once: each waits for the server's upgrade timeout."""
    await asyncio.gather(*(unfinished(server, eio, with_probe) for eio in (3, 4) for with_probe in (True, False)))


async def unfinished(server, eio, with_probe):
    session = await PollingSession.open(server, eio=eio)
    poll = asyncio.create_task(session.collect(1, seconds=STALL_SECONDS + 5))
    if with_probe:
        socket = await probed(session)
    else:
        socket = await EngineSocket.connect(server, eio=eio, sid=session.sid)
    assert await socket.closed(STALL_SECONDS) == []
    await session.send("4still polling")
    assert await poll == ["4still polling"]
    await session.assert_alive()
    async with await upgraded(session) as second:
        await second.send("4upgraded at last")
        assert await second.receive() == "4upgraded at last"


async def test_two_upgrades_at_once(server, eio):
    session = await PollingSession.open(server, eio=eio)
    first = await probed(session)
    try:
        second = await EngineSocket.connect(server, eio=eio, sid=session.sid)
        await second.send_until_closed(["2probe"])
        assert await second.closed() == [], "the second WebSocket alone closes"
    except InvalidStatus as refusal:
        assert refusal.response.status_code == 400
    await session.send("4between")
    async with first:
        await first.send("5", "4hello")
        seen = [await first.receive(), await first.receive()]
        assert seen == ["4between", "4hello"]


async def test_many_upgrades_at_once(server):
    session = await PollingSession.open(server)

    async def attempt():
        try:
            socket = await EngineSocket.connect(server, sid=session.sid)
            await socket.send("2probe", "5", "4hello")
            packets = [await socket.receive(), await socket.receive()]
            await socket.close()
            return packets
        except (InvalidStatus, ConnectionClosed):
            return None

    results = await asyncio.gather(*(attempt() for _ in range(30)))
    winners = [packets for packets in results if packets]
    assert len(winners) <= 1, "one session, one WebSocket"
    assert winners in ([], [["3probe", "4hello"]])


async def test_packets_written_during_the_upgrade(server, eio):
    session = await PollingSession.open(server, eio=eio)
    seen = []
    for number in range(20):
        await session.send(f"4{number}")
        if number == 5:
            socket = await probed(session)
        if number in (2, 9):
            seen += [packet for packet in await session.poll() if packet != "6"]
    async with socket:
        await socket.send("5", "4end")
        while not seen or seen[-1] != "4end":
            seen.append(await socket.receive())
    assert seen == [*(f"4{number}" for number in range(20)), "4end"]


async def test_attempts_that_hang_up(server, eio):
    session = await PollingSession.open(server, eio=eio)
    for number in range(20):
        socket = await EngineSocket.connect(server, eio=eio, sid=session.sid)
        if number % 2:
            await socket.send("2probe")
            assert await socket.receive() == "3probe"
        if number % 3:
            await socket.close()
        else:
            socket.websocket.transport.abort()
        await settled(session)
    await session.assert_alive()


async def settled(session):
    """Waits until the server has seen the end of the last attempt: a new one is let in again."""
    for _ in range(200):
        try:
            socket = await probed(session)
        except (InvalidStatus, ConnectionClosed):
            await asyncio.sleep(0.01)
            continue
        await socket.close()
        return
    raise AssertionError("the ended attempt still holds the session")


async def test_a_second_websocket_for_a_session_that_is_on_websocket(server, eio):
    async with await EngineSocket.connect(server, eio=eio) as socket:
        for _ in range(3):
            assert (await refused_upgrade(server, eio=eio, sid=socket.handshake["sid"])).status_code == 400
        await socket.send("4hello")
        assert await socket.receive() == "4hello"


async def test_a_second_websocket_for_a_session_that_has_upgraded(server, eio):
    session = await PollingSession.open(server, eio=eio)
    async with await upgraded(session) as socket:
        await socket.send("4a")
        assert await socket.receive() == "4a"
        assert (await refused_upgrade(server, eio=eio, sid=session.sid)).status_code == 400
        await socket.send("4b")
        assert await socket.receive() == "4b"


async def test_an_upgrade_with_the_other_revision(server):
    # The revision belongs to the session; a WebSocket that claims another one is refused, or treated as the session's.
    session = await PollingSession.open(server, eio=3)
    try:
        socket = await EngineSocket.connect(server, eio=4, sid=session.sid)
    except InvalidStatus as refusal:
        assert refusal.response.status_code == 400
    else:
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        await socket.close()
    await settled(session)
    await session.assert_alive()
