# Licensed under the MIT licence.
"""Bad input, area "heartbeat"."""

import time

import pytest

from harness import STALL_SECONDS
from harness.engine import EngineSocket, PollingSession

WRONG = {3: "3", 4: "2"}


async def test_the_wrong_sides_heartbeat_on_websocket(server, eio):
    socket = await EngineSocket.connect(server, eio=eio)
    await socket.send(WRONG[eio])
    assert await socket.closed() == []


async def test_the_wrong_sides_heartbeat_on_polling(server, eio):
    session = await PollingSession.open(server, eio=eio)
    response = await session.post(WRONG[eio] if eio == 4 else "1:" + WRONG[eio])
    assert response.status in (200, 400)
    await session.assert_gone()


async def test_nothing_after_the_wrong_heartbeat_is_handled(server, eio):
    socket = await EngineSocket.connect(server, eio=eio)
    await socket.send_until_closed([WRONG[eio], "4late"])
    assert await socket.closed() == []


async def test_a_pong_flood_on_websocket(server):
    socket = await EngineSocket.connect(server)
    await socket.send_until_closed(["3"] * 20_000)
    await socket.closed(STALL_SECONDS)


async def test_a_pong_flood_on_polling(server):
    session = await PollingSession.open(server)
    for _ in range(200):
        response = await session.post("\x1e".join(["3"] * 100))
        if response.status == 400:
            break
    await session.assert_gone()


async def test_pongs_do_not_multiply_the_pings(lenient_server):
    """One timer per session: however many pongs come, one ping goes out per interval."""
    async with await EngineSocket.connect(lenient_server) as socket:
        started = time.monotonic()
        for count in range(1, 5):
            assert await socket.receive() == "2"
            await socket.send("3", "3", "3")
        assert time.monotonic() - started > 4 * 0.3 * 0.8


async def test_a_ping_flood_of_a_v3_client(server):
    """Each ping is answered once, or the session ends."""
    socket = await EngineSocket.connect(server, eio=3)
    await socket.send_until_closed(["2"] * 5_000)
    await socket.send_until_closed(["1"])
    packets = await socket.closed(STALL_SECONDS)
    assert set(packets) <= {"3"} and len(packets) <= 5_000


@pytest.mark.parametrize("packet", ["2x", "2" + "x" * 100_000])
async def test_a_ping_with_data_is_no_amplifier(server, packet):
    socket = await EngineSocket.connect(server, eio=3)
    await socket.send_until_closed([packet, "1"])
    packets = await socket.closed()
    assert sum(map(len, packets)) <= len(packet)
