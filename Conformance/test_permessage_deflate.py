# Licensed under the MIT licence.
"""`permessage-deflate` (RFC 7692) with a stock WebSocket client, on both protocol revisions."""

import json
import random

import pytest
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from harness import MAX_PAYLOAD, PROMPT_SECONDS, within
from harness.engine import EngineSocket, PollingSession, target
from harness.frames import RawWebSocket, UpgradeRefused

OFFER = "permessage-deflate; client_max_window_bits"


@pytest.fixture(params=["1", "2"], ids=["alone", "in context"])
def server(servers, request):
    """The conformance server with compression: message by message, and with contexts that are kept."""
    return servers.conformance(PER_MESSAGE_DEFLATE=request.param)


async def opened(server, path="/engine.io/", eio=4, sid=None, **factory):
    """A socket whose client offers compression, and what was agreed on."""
    offer = ClientPerMessageDeflateFactory(**{"client_max_window_bits": True, **factory})
    websocket = await connect(
        f"ws://{server.netloc}{target(path, eio, 'websocket', sid)}", compression=None, extensions=[offer],
        ping_interval=None, max_size=None, max_queue=None, open_timeout=PROMPT_SECONDS, close_timeout=1, proxy=None,
    )
    socket = EngineSocket(websocket)
    if sid is None:
        socket.handshake = json.loads((await socket.receive())[1:])
    return socket


def texts(seed):
    """Texts on both sides of the threshold, and of every kind."""
    generator = random.Random(seed)
    words = ["room", "é😀", "message", '{"a":1}', " "]
    for length in (1, 10, 1022, 1023, 1024, 5_000, 100_000):
        text = "".join(generator.choice(words) for _ in range(length))[:length]
        yield text.encode()[:length].decode(errors="ignore")


@pytest.mark.parametrize("factory", [
    {}, {"server_max_window_bits": 9}, {"client_max_window_bits": 9}, {"client_max_window_bits": None},
    {"server_no_context_takeover": True, "client_no_context_takeover": True},
], ids=["offer", "small server window", "small client window", "no client window", "no contexts"])
async def test_messages_of_every_size_come_back(server, eio, factory):
    async with await opened(server, eio=eio, **factory) as socket:
        assert socket.websocket.protocol.extensions, "nothing was agreed on"
        for text in texts(1):
            await socket.send("4" + text)
            assert await socket.message() == "4" + text
            data = text.encode()
            await socket.send(b"\x04" + data if eio == 3 else data)
            assert await socket.message() == (b"\x04" + data if eio == 3 else data)


async def test_fragments(server):
    async with await opened(server) as socket:
        pieces = ["4", "é" * 3_000, "", "end"]
        await socket.websocket.send(pieces)
        assert await socket.message() == "".join(pieces)


async def test_the_largest_message(server):
    async with await opened(server) as socket:
        noise = random.Random(7).randbytes(MAX_PAYLOAD)
        await socket.send(noise)
        assert await socket.message() == noise
        await socket.send(bytes(MAX_PAYLOAD))
        assert await socket.message() == bytes(MAX_PAYLOAD)


async def test_an_upgraded_session(server, path):
    session = await PollingSession.open(server, path)
    async with await opened(server, path, sid=session.sid) as socket:
        assert socket.websocket.protocol.extensions
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        await socket.send("5")
        if path == "/engine.io/":
            await socket.send("4" + "x" * 5_000)
            assert await socket.message() == "4" + "x" * 5_000


async def test_socketio_with_attachments(server):
    async with await opened(server, "/socket.io/") as socket:
        await socket.send("40")
        assert (await socket.message()).startswith("40")
        await socket.message()  # "auth"
        data = bytes(range(256)) * 20
        await socket.send('451-["message","' + "x" * 2_000 + '",{"_placeholder":true,"num":0}]', data)
        assert await socket.message() == '451-["message-back","' + "x" * 2_000 + '",{"_placeholder":true,"num":0}]'
        assert await socket.message() == data


async def test_a_burst_in_order(server):
    async with await opened(server) as socket:
        sent = ["4" + str(index) * (500 if index % 3 else 3) for index in range(300)]

        async def receive():
            return [await socket.message() for _ in sent]

        await socket.send(*sent)
        assert await within(PROMPT_SECONDS, receive()) == sent


async def answer(server, offer):
    headers = {"Sec-WebSocket-Extensions": offer} if offer else {}
    async with await RawWebSocket.open(server, target(transport="websocket"), headers) as socket:
        return socket.response.header("sec-websocket-extensions")


async def test_the_answer(servers):
    server = servers.conformance(PER_MESSAGE_DEFLATE="1")
    both = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
    assert await answer(server, OFFER) == both
    assert await answer(server, "foo; bar=1, " + OFFER) == both
    assert await answer(server, 'permessage-deflate; server_max_window_bits="10"') == both + "; server_max_window_bits=10"
    for declined in (None, "foo", "permessage-deflate; foo", "permessage-deflate; server_max_window_bits=8"):
        assert await answer(server, declined) is None, declined
    # RFC 6455 §9.1: what is against the grammar fails the connection.
    with pytest.raises(UpgradeRefused) as refusal:
        await answer(server, "permessage-deflate; =")
    assert refusal.value.response.status == 400
    assert refusal.value.response.code == 3


async def test_off_by_default(calm):
    assert await answer(calm, OFFER) is None
    assert await answer(calm, "permessage-deflate; =") is None
