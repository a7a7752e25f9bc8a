# Licensed under the MIT licence.
"""Bad input, area "WebSocket": RFC 6455 §5 and §7.4.1, frame by frame."""

import asyncio
import zlib

import pytest

from harness import MAX_PAYLOAD, STALL_SECONDS
from harness.engine import target
from harness.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawWebSocket, encode_frame

PROTOCOL_ERROR, INVALID_DATA, TOO_BIG = 1002, 1007, 1009


async def opened(server, eio=4, headers=()):
    socket = await RawWebSocket.open(server, target(eio=eio, transport="websocket"), headers)
    assert (await socket.receive()).payload.startswith(b"0{")
    return socket


async def test_unmasked_frame(server, eio):
    async with await opened(server, eio) as socket:
        await socket.send(TEXT, b"4hello", masked=False)
        assert await socket.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize("reserved", range(1, 8))
async def test_reserved_bits(server, reserved):
    async with await opened(server) as socket:
        await socket.send(TEXT, b"4hello", reserved=reserved)
        assert await socket.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF])
async def test_reserved_opcode(server, opcode):
    async with await opened(server) as socket:
        await socket.send(opcode, b"x")
        assert await socket.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize("fin", [True, False])
async def test_continuation_without_a_start(server, fin):
    async with await opened(server) as socket:
        await socket.send(CONTINUATION, b"4hello", fin=fin)
        assert await socket.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
async def test_a_new_message_inside_a_fragmented_one(server, opcode):
    async with await opened(server) as socket:
        await socket.send(TEXT, b"4hel", fin=False)
        await socket.send(opcode, b"4lo")
        assert await socket.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [CLOSE, PING, PONG])
async def test_fragmented_control_frame(server, opcode):
    async with await opened(server) as socket:
        await socket.send(opcode, b"", fin=False)
        assert await socket.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize("size", [126, 65536])
@pytest.mark.parametrize("opcode", [CLOSE, PING, PONG])
async def test_long_control_frame(server, opcode, size):
    async with await opened(server) as socket:
        await socket.send(opcode, b"\x03\xe8" + b"a" * (size - 2))
        assert await socket.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])
async def test_close_code_that_nobody_may_send(server, code):
    async with await opened(server) as socket:
        await socket.send(CLOSE, code.to_bytes(2, "big"))
        assert await socket.close_code() == PROTOCOL_ERROR


async def test_close_frame_of_one_byte(server):
    async with await opened(server) as socket:
        await socket.send(CLOSE, b"\x03")
        assert await socket.close_code() == PROTOCOL_ERROR


async def test_close_reason_that_is_not_utf8(server):
    async with await opened(server) as socket:
        await socket.send(CLOSE, b"\x03\xe8\xff\xfe")
        assert await socket.close_code() in (INVALID_DATA, PROTOCOL_ERROR)


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1011, 3000, 4999])
async def test_close_codes_that_are_allowed(server, code):
    async with await opened(server) as socket:
        await socket.send(CLOSE, code.to_bytes(2, "big"))
        assert await socket.close_code() in (code, 1000)


INVALID_UTF8 = [
    b"\xff", b"\x80", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80", b"\xe2\x82", b"\xc3", b"\xf0\x9f\x98", b"ok\xe2\x28\xa1",
]


@pytest.mark.parametrize("data", INVALID_UTF8, ids=bytes.hex)
async def test_invalid_utf8(server, data):
    async with await opened(server) as socket:
        await socket.send(TEXT, b"4" + data)
        assert await socket.close_code() == INVALID_DATA


@pytest.mark.parametrize("data", INVALID_UTF8, ids=bytes.hex)
async def test_invalid_utf8_split_across_fragments(server, data):
    async with await opened(server) as socket:
        await socket.send(TEXT, b"4", fin=False)
        for byte in data:
            await socket.send(CONTINUATION, bytes([byte]), fin=False)
        await socket.send(CONTINUATION, b"")
        assert await socket.close_code() == INVALID_DATA


async def test_bytes_of_any_kind_are_fine_in_binary(server):
    async with await opened(server) as socket:
        await socket.send(BINARY, b"\xff\xfe\x80", fin=False)
        await socket.send(CONTINUATION, b"\xc0")
        assert (await socket.receive()).payload == b"\xff\xfe\x80\xc0"


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("length", [2**63 - 1, 2**62, 2**40, 2**32, 10 * MAX_PAYLOAD])
async def test_declared_length(server, opcode, length):
    before = server.rss_bytes
    async with await opened(server) as socket:
        await socket.send(opcode, b"4", declared=length)
        assert await socket.close_code() == TOO_BIG
    assert server.rss_bytes - before < 50_000_000


async def test_declared_length_with_the_highest_bit(server):
    # RFC 6455 §5.2: the most significant bit must be 0.
    async with await opened(server) as socket:
        await socket.send(TEXT, b"4", declared=2**63)
        assert await socket.close_code() in (PROTOCOL_ERROR, TOO_BIG)


async def test_a_message_over_the_limit(server):
    async with await opened(server) as socket:
        await socket.send(TEXT, b"4" + b"x" * (MAX_PAYLOAD + 20))
        assert await socket.close_code() == TOO_BIG


async def test_a_fragmented_message_over_the_limit(server):
    async with await opened(server) as socket:
        await socket.send(BINARY, bytes(100_000), fin=False)
        for _ in range(10):
            await socket.send(CONTINUATION, bytes(100_000), fin=False)
        assert await socket.close_code() == TOO_BIG


@pytest.mark.parametrize("piece", [b"x", b""], ids=["one-byte", "empty"])
async def test_900000_fragments(server, piece):
    before = server.rss_bytes
    async with await opened(server) as socket:
        await socket.send(TEXT, b"4", fin=False)
        fragment = encode_frame(CONTINUATION, piece, fin=False)
        pouring = asyncio.create_task(socket.write(fragment * 900_000))
        assert await socket.close_code(STALL_SECONDS) in (1008, TOO_BIG)
        pouring.cancel()
        await asyncio.gather(pouring, return_exceptions=True)
    assert server.rss_bytes - before < 50_000_000


async def test_a_fragmented_message_that_never_ends(server):
    """It holds no more than one message's worth, and the session's heartbeat ends it; others are served meanwhile."""
    async with await opened(server) as socket:
        await socket.send(TEXT, b"4", fin=False)
        async with await opened(server) as other:
            await other.text("4hello")
            assert (await other.receive()).payload == b"4hello"


async def test_nothing_after_the_violation_is_handled(server):
    async with await opened(server) as socket:
        await socket.write(encode_frame(TEXT, b"4before") + encode_frame(0x3, b"") + encode_frame(TEXT, b"4after"))
        assert (await socket.receive()).payload == b"4before"
        frame = await socket.receive()
        assert (frame.opcode, frame.payload[:2]) == (CLOSE, PROTOCOL_ERROR.to_bytes(2, "big"))


async def test_nothing_after_a_close_frame_is_handled(server):
    async with await opened(server) as socket:
        await socket.write(encode_frame(CLOSE, b"\x03\xe8") + encode_frame(TEXT, b"4after"))
        frame = await socket.receive()
        assert frame.opcode == CLOSE


async def test_a_flood_of_websocket_pings(server):
    """Answered, or ended, but not piled up."""
    before = server.rss_bytes
    async with await opened(server) as socket:
        socket.connection.writer.transport.pause_reading()
        try:
            await asyncio.wait_for(socket.write(encode_frame(PING, b"x" * 125) * 200_000), 5)
        except TimeoutError:
            pass  # the server has stopped reading: as good
        assert server.rss_bytes - before < 100_000_000
        socket.connection.reset()


async def test_compression_bomb(server):
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    async with await opened(server, headers=offer) as socket:
        negotiated = socket.response.header("sec-websocket-extensions")
        packer = zlib.compressobj(1, zlib.DEFLATED, -15)
        bomb = packer.compress(b"4" + bytes(100_000_000)) + packer.flush(zlib.Z_SYNC_FLUSH)
        before = server.rss_bytes
        await socket.send(TEXT, bomb[:-4], reserved=4)
        assert await socket.close_code(STALL_SECONDS) == (TOO_BIG if negotiated else PROTOCOL_ERROR)
        assert server.rss_bytes - before < 50_000_000


async def test_a_client_that_hangs_up_in_the_middle_of_a_frame(server):
    for cut in range(1, 14):
        async with await opened(server) as socket:
            await socket.write(encode_frame(TEXT, b"4hello!")[:cut])
