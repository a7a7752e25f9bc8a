# Licensed under the MIT licence.
"""Bad input, area "WebSocket", with compression switched on: RFC 7692 §6.1 and §7.2.2."""

import asyncio
import zlib

import pytest

from abuse.conftest import serve_a_fresh_client
from harness import MAX_PAYLOAD, STALL_SECONDS
from harness.engine import target
from harness.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawWebSocket

PROTOCOL_ERROR, INVALID_DATA, TOO_BIG = 1002, 1007, 1009
OFFER = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
COMPRESSED = 4  # the first of the three reserved bits


@pytest.fixture(params=["1", "2"], ids=["alone", "in context"])
def server(servers, request):
    """The conformance server with compression, checked afterwards."""
    server = servers.conformance(PER_MESSAGE_DEFLATE=request.param)
    yield server
    asyncio.run(serve_a_fresh_client(server))


async def opened(server, eio=4, headers=OFFER):
    socket = await RawWebSocket.open(server, target(eio=eio, transport="websocket"), headers)
    assert (await socket.receive()).payload.startswith(b"0{")
    return socket


def packed(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


async def assert_echo(socket, data=b"4hello"):
    await socket.send(TEXT, packed(data), reserved=COMPRESSED)
    assert (await socket.receive()).payload == data


@pytest.mark.parametrize("size", [MAX_PAYLOAD + 1, 100_000_000])
async def test_a_bomb(server, eio, size):
    async with await opened(server, eio) as socket:
        await assert_echo(socket)
        before = server.rss_bytes
        await socket.send(TEXT, packed(b"4" + bytes(size - 1)), reserved=COMPRESSED)
        assert await socket.close_code(STALL_SECONDS) == TOO_BIG
        assert server.rss_bytes - before < 20_000_000


async def test_a_bomb_in_fragments(server):
    bomb = packed(bytes(100_000_000))
    async with await opened(server) as socket:
        before = server.rss_bytes
        await socket.send(BINARY, bomb[:1000], fin=False, reserved=COMPRESSED)
        for start in range(1000, len(bomb), 1000):
            await socket.send(CONTINUATION, bomb[start:start + 1000], fin=start + 1000 >= len(bomb))
        assert await socket.close_code(STALL_SECONDS) == TOO_BIG
        assert server.rss_bytes - before < 20_000_000


async def test_many_bombs_at_once(server):
    bomb = packed(bytes(100_000_000))
    before = server.rss_bytes

    async def drop():
        async with await opened(server) as socket:
            await socket.send(BINARY, bomb, reserved=COMPRESSED)
            assert await socket.close_code(STALL_SECONDS) == TOO_BIG

    await asyncio.gather(*[drop() for _ in range(50)])
    assert server.rss_bytes - before < 60_000_000


async def test_compressed_without_an_agreement(server):
    async with await opened(server, headers={}) as socket:
        await socket.send(TEXT, packed(b"4hello"), reserved=COMPRESSED)
        assert await socket.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize("reserved", [1, 2, 3, 5, 6, 7])
async def test_other_reserved_bits(server, reserved):
    async with await opened(server) as socket:
        await socket.send(TEXT, packed(b"4hello"), reserved=reserved)
        assert await socket.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [CLOSE, PING, PONG])
async def test_a_compressed_control_frame(server, opcode):
    async with await opened(server) as socket:
        await socket.send(opcode, packed(b"x"), reserved=COMPRESSED)
        assert await socket.close_code() == PROTOCOL_ERROR


async def test_a_continuation_that_says_it_is_compressed(server):
    data = packed(b"4hello")
    async with await opened(server) as socket:
        await socket.send(TEXT, data[:3], fin=False, reserved=COMPRESSED)
        await socket.send(CONTINUATION, data[3:], reserved=COMPRESSED)
        assert await socket.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize("data", [
    b"\xff" * 20, b"4hello", b"", packed(b"4hello")[:-2], packed(b"4" + b"hello" * 100)[5:],
], ids=["noise", "text", "nothing", "cut at its end", "cut at its beginning"])
async def test_what_is_no_deflate_data(server, data):
    async with await opened(server) as socket:
        await assert_echo(socket)
        await socket.send(TEXT, data, reserved=COMPRESSED)
        assert await socket.close_code() == INVALID_DATA


async def test_text_that_is_not_utf8_once_inflated(server):
    async with await opened(server) as socket:
        await socket.send(TEXT, packed(b"4\xff\xfe"), reserved=COMPRESSED)
        assert await socket.close_code() == INVALID_DATA


async def test_nothing_after_the_violation_is_handled(server):
    async with await opened(server) as socket:
        await socket.send(TEXT, b"\xff" * 20, reserved=COMPRESSED)
        await socket.text("4after")
        assert (await socket.receive()).opcode == CLOSE
