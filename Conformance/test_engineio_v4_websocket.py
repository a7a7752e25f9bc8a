# Licensed under the MIT licence.
"""Engine.IO protocol v4, "WebSocket": one packet per message, binary as it is."""

import base64
import os

import pytest

from harness import MAX_PAYLOAD, within
from harness.engine import EngineSocket, target
from harness.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawWebSocket, encode_frame
from harness.http import HttpConnection, request_head
from harness.samples import BINARIES, TEXTS


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
async def test_text_comes_back_unchanged(calm, text):
    async with await EngineSocket.connect(calm) as socket:
        await socket.send("4" + text)
        assert await socket.receive() == "4" + text


@pytest.mark.parametrize("data", BINARIES, ids=lambda data: f"{data[:4].hex()}-{len(data)}")
async def test_binary_comes_back_unchanged(calm, data):
    async with await EngineSocket.connect(calm) as socket:
        await socket.send(data)
        assert await socket.receive() == data


async def test_text_and_binary_keep_their_order(calm):
    async with await EngineSocket.connect(calm) as socket:
        packets = [item for number in range(100) for item in (f"4{number}", number.to_bytes(2, "big"))]
        await socket.send(*packets)
        assert [await socket.receive() for _ in packets] == packets


@pytest.mark.parametrize("packet", ["abc", "7", "9x", "é", ""], ids=ascii)
async def test_an_invalid_packet_closes_the_session(calm, packet):
    async with await EngineSocket.connect(calm) as socket:
        await socket.send(packet)
        assert await socket.closed() == []


async def test_a_message_of_exactly_the_limit(calm):
    async with await EngineSocket.connect(calm) as socket:
        text = "4" + "x" * (MAX_PAYLOAD - 1)
        await socket.send(text)
        assert await socket.receive() == text
        data = bytes(MAX_PAYLOAD)
        await socket.send(data)
        assert await socket.receive() == data


async def test_fragments_make_one_message(calm):
    async with await RawWebSocket.open(calm, target(transport="websocket")) as socket:
        await socket.receive()  # open
        euro = "€".encode()
        await socket.send(TEXT, b"4a" + euro[:1], fin=False)
        await socket.send(PING, b"between")
        await socket.send(CONTINUATION, euro[1:2], fin=False)
        await socket.send(CONTINUATION, b"", fin=False)
        await socket.send(CONTINUATION, euro[2:] + b"b")
        pong = await socket.receive()
        assert (pong.opcode, pong.payload) == (PONG, b"between")
        echo = await socket.receive()
        assert (echo.fin, echo.opcode, echo.payload) == (True, TEXT, "4a€b".encode())


@pytest.mark.parametrize("size", [0, 1, 124, 125, 126, 127, 65534, 65535, 65536, 65537])
async def test_every_form_of_the_length(calm, size):
    async with await RawWebSocket.open(calm, target(transport="websocket")) as socket:
        await socket.receive()
        await socket.send(BINARY, bytes(size))
        echo = await socket.receive()
        assert (echo.opcode, echo.payload) == (BINARY, bytes(size))


async def test_one_byte_at_a_time(calm):
    async with await RawWebSocket.open(calm, target(transport="websocket")) as socket:
        await socket.receive()
        for byte in encode_frame(TEXT, "4dröpje".encode()):
            await socket.write(bytes([byte]))
        assert (await socket.receive()).payload == "4dröpje".encode()


async def test_websocket_pings_are_answered(calm):
    async with await RawWebSocket.open(calm, target(transport="websocket")) as socket:
        await socket.receive()
        for payload in (b"", b"x", bytes(125)):
            await socket.send(PING, payload)
            answer = await socket.receive()
            assert (answer.opcode, answer.payload) == (PONG, payload)
        await socket.send(PONG, b"unasked")  # RFC 6455 §5.5.3: allowed, and not answered
        await socket.text("4after")
        assert (await socket.receive()).payload == b"4after"


async def test_a_close_frame_is_answered_with_its_code(calm):
    async with await RawWebSocket.open(calm, target(transport="websocket")) as socket:
        await socket.receive()
        await socket.send(CLOSE, (1000).to_bytes(2, "big") + b"bye")
        answer = await socket.receive()
        assert answer.opcode == CLOSE
        assert answer.payload[:2] == (1000).to_bytes(2, "big")
        assert await within(5, socket.connection.reader.read()) == b""


async def test_the_accept_key(calm):
    # RFC 6455 §1.3, the example.
    headers = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    async with await RawWebSocket.open(calm, target(transport="websocket"), headers) as socket:
        assert socket.response.header("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert socket.response.header("sec-websocket-protocol") is None


async def test_the_upgrade_and_the_first_frame_in_one_write(calm):
    fields = {
        "Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    async with await HttpConnection.open(calm) as connection:
        head = request_head("GET", target(transport="websocket"), fields)
        await connection.write(head + encode_frame(TEXT, b"4early"))
        response = await within(5, connection.response())
        socket = RawWebSocket(connection, response)
        assert (await socket.receive()).payload.startswith(b"0{")
        assert (await socket.receive()).payload == b"4early"
