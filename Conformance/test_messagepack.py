# Licensed under the MIT licence.
"""The MessagePack parser: python-socketio with its own, messages as the JavaScript client writes them, and bad ones."""

import asyncio

import msgpack
import pytest
import socketio

from harness import PROMPT_SECONDS, within
from harness.engine import EngineSocket, PollingSession

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR = range(5)


@pytest.fixture
def server(servers):
    """The conformance server with the MessagePack parser; whatever a test did, it serves a fresh client."""
    running = servers.conformance(PARSER="msgpack", PING_INTERVAL="25000", PING_TIMEOUT="20000")
    yield running
    asyncio.run(serve_a_fresh_client(running))


async def serve_a_fresh_client(server):
    assert server.alive, f"the server ended:\n{server.log[-4000:]}"
    async with await RawClient.connect(server) as client:
        await client.send({"type": EVENT, "data": ["message", "still here"], "nsp": "/"})
        assert await client.receive() == {"type": EVENT, "data": ["message-back", "still here"], "nsp": "/"}


class PythonClient:
    """python-socketio with `serializer="msgpack"`; `next()` is the next event of the namespace."""

    def __init__(self, namespace="/"):
        self.namespace = namespace
        self.client = socketio.AsyncClient(serializer="msgpack", reconnection=False)
        self.events = asyncio.Queue()
        self.answers = {}
        self.client.on("*", self.received, namespace=namespace)
        self.client.on("connect_error", self.refused, namespace=namespace)
        self.client.on("disconnect", self.ended, namespace=namespace)

    async def received(self, event, *arguments):
        await self.events.put((event, *arguments))
        return self.answers.get(event)

    async def refused(self, error):
        await self.events.put(("connect_error", error))

    async def ended(self, reason):
        await self.events.put(("disconnect", reason))

    async def open(self, server, auth=None, transports=("websocket",), wait=True):
        await self.client.connect(
            f"http://{server.netloc}", namespaces=[self.namespace], auth=auth, transports=list(transports), wait=wait,
        )
        return self

    @classmethod
    async def connect(cls, server, namespace="/", auth=None, transports=("websocket",)):
        client = await cls(namespace).open(server, auth, transports)
        assert await client.next() == ("auth", auth or {})
        return client

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.client.disconnect()

    async def next(self):
        return await within(PROMPT_SECONDS, self.events.get())

    async def emit(self, event, *arguments):
        await self.client.emit(event, arguments, namespace=self.namespace)

    async def call(self, event, *arguments):
        return await self.client.call(event, arguments, namespace=self.namespace, timeout=PROMPT_SECONDS)


class RawClient:
    """Messages as bytes or, for the well-behaved ones, as what MessagePack says."""

    def __init__(self, engine):
        self.engine = engine

    @classmethod
    async def open(cls, server):
        return cls(await EngineSocket.connect(server, "/socket.io/"))

    @classmethod
    async def connect(cls, server, namespace="/"):
        client = await cls.open(server)
        await client.send({"type": CONNECT, "nsp": namespace})
        answer = await client.receive()
        assert answer == {"type": CONNECT, "data": {"sid": answer["data"]["sid"]}, "nsp": namespace}
        assert await client.receive() == {"type": EVENT, "data": ["auth", {}], "nsp": namespace}
        return client

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.engine.close()

    async def send(self, *messages):
        for message in messages:
            await self.engine.send(message if isinstance(message, (bytes, str)) else msgpack.packb(message))

    async def receive(self):
        message = await self.engine.message()
        assert isinstance(message, bytes), message
        return msgpack.unpackb(message)

    async def closed(self):
        return await self.engine.closed()


# python-socketio

VALUES = [
    "é😀\u2028\0\"\\", "", "x" * 70_000, 0, -1, -33, 255, 65_536, 2**32, 2**53, 2**64 - 1, -(2**63), 0.5, 5.0, -0.0, 1e300, None,
    True, False, [], {}, [[[]]], list(range(20)), {f"k{number}": number for number in range(20)}, {"é": {"b": [1, {"c": None}]}},
    b"", b"\x00\xff" * 40_000, {"a": [b"\x01", {"b": b"\x02\x03"}], "c": "d"}, {"_placeholder": True, "num": 0},
]


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_every_value_comes_back(server, transport):
    async with await PythonClient.connect(server, transports=[transport]) as client:
        for value in VALUES:
            await client.emit("message", value)
            event, returned = await client.next()
            assert event == "message-back"
            assert (returned, type(returned)) == (value, type(value))


async def test_the_transport_may_change_on_the_way(server):
    async with await PythonClient.connect(server, transports=["polling", "websocket"]) as client:
        for number in range(50):
            await client.emit("message", number, b"\x01")
        for number in range(50):
            assert await client.next() == ("message-back", number, b"\x01")
        assert client.client.transport() == "websocket"


async def test_acknowledgements_of_the_server(server):
    async with await PythonClient.connect(server) as client:
        assert await client.call("message-with-ack", {"a": b"\x01"}, [b"\x02", "é"]) == ({"a": b"\x01"}, [b"\x02", "é"])
        assert await client.call("message-with-ack", "one") == "one"
        assert await client.call("join-room", "r") is None


async def test_acknowledgements_of_the_client(server):
    async with await PythonClient.connect(server) as client:
        client.answers["server-ask"] = ("yes", {"a": [b"\x07"]}, None)
        await client.emit("ask-me", "sure?", b"\x05")
        assert await client.next() == ("server-ask", "sure?", b"\x05")
        assert await client.next() == ("server-ask-result", "yes", {"a": [b"\x07"]}, None)


async def test_rooms(server):
    async with await PythonClient.connect(server) as one, await PythonClient.connect(server) as other:
        for client in (one, other):
            assert await client.call("join-room", "r") is None
        await one.emit("to-room", "r", {"a": b"\x01"}, "é")
        for client in (one, other):
            assert await client.next() == ("room-event", "r", {"a": b"\x01"}, "é")
        await one.emit("to-others", "r", 1)
        assert await other.next() == ("room-event", "r", 1)
        assert await other.call("leave-room", "r") is None
        await other.emit("to-room", "r", 2)
        assert await one.next() == ("room-event", "r", 2)
        await other.emit("message", "last")
        assert await other.next() == ("message-back", "last")


async def test_polling_and_websocket_get_the_same_broadcast(server):
    async with await PythonClient.connect(server) as one:
        async with await PythonClient.connect(server, transports=["polling"]) as other:
            for client in (one, other):
                await client.call("join-room", "mixed")
            await one.emit("to-room", "mixed", b"\x00\x01", {"a": 1})
            for client in (one, other):
                assert await client.next() == ("room-event", "mixed", b"\x00\x01", {"a": 1})


async def test_another_namespace_with_auth(server):
    auth = {"token": "é😀", "list": [1, {"a": None}]}
    async with await PythonClient.connect(server, "/custom", auth) as client:
        await client.emit("message", 1)
        assert await client.next() == ("message-back", 1)


async def test_a_refusal_carries_its_data(server):
    client = PythonClient("/guarded")
    await client.open(server, auth={"token": "wrong"}, wait=False)
    error = {"message": "not authorized", "data": {"code": "E_AUTH", "details": "é😀"}}
    assert await client.next() == ("connect_error", error)
    await client.client.disconnect()
    async with await PythonClient.connect(server, "/guarded", {"token": "sesame"}) as admitted:
        await admitted.emit("message", 1)
        assert await admitted.next() == ("message-back", 1)


async def test_an_unknown_namespace(server):
    client = PythonClient("/nowhere")
    await client.open(server, wait=False)
    assert await client.next() == ("connect_error", {"message": "Invalid namespace"})
    await client.client.disconnect()


async def test_bursts_keep_their_order(server):
    async with await PythonClient.connect(server) as client:
        await client.emit("burst", 1_000)
        for number in range(1_000):
            assert await client.next() == ("burst-item", number)


@pytest.mark.parametrize("event", ["server-disconnect", "server-close"])
async def test_the_server_ends_it(server, event):
    client = await PythonClient.connect(server)
    await client.emit(event)
    assert (await client.next())[0] == "disconnect"
    await client.client.disconnect()


async def test_the_client_ends_it(server):
    async with await PythonClient.connect(server) as watcher:
        assert await watcher.call("watch") is None
        client = await PythonClient.connect(server)
        sid = client.client.get_sid("/")
        await client.client.disconnect()
        event, left, reason = await watcher.next()
        assert (event, left) == ("peer-left", sid)
        assert reason in ("client namespace disconnect", "transport close")


# As the JavaScript client writes it: socket.io-msgpack-parser 3.0.2 on notepack.io 2.2.

UNDEFINED = bytes.fromhex("d40000")
TYPE, DATA, NSP, MAIN = b"\xa4type", b"\xa4data", b"\xa3nsp", b"\xa1/"


async def test_undefined_dates_and_byte_arrays(server):
    async with await RawClient.open(server) as client:
        await client.send(b"\x83" + TYPE + b"\0" + DATA + UNDEFINED + NSP + MAIN)
        assert (await client.receive())["type"] == CONNECT
        assert (await client.receive())["data"] == ["auth", {}]
        options = b"\xa7options\x81\xa8compress\xc3"
        arguments = [
            UNDEFINED, bytes.fromhex("d7000000 00dfb7629c00"), bytes.fromhex("d6ff39457980"), bytes.fromhex("c7030001 0203"),
            b"\x81\xa1u" + UNDEFINED,
        ]
        await client.send(b"\x84" + TYPE + b"\2" + DATA + b"\x96\xa7message" + b"".join(arguments) + options + NSP + MAIN)
        date = "2000-06-13T00:00:00.000Z"
        assert (await client.receive())["data"] == ["message-back", None, date, date, b"\x01\x02\x03", {}]


async def test_the_exact_bytes(server):
    async with await RawClient.connect(server) as client:
        packet = {"type": EVENT, "data": ["message-with-ack", b"\x01", {"a": [1.5, -1]}], "nsp": "/", "id": 300}
        await client.send(packet)
        answer = {"type": ACK, "data": packet["data"][1:], "nsp": "/", "id": 300}
        assert await client.engine.message() == msgpack.packb(answer)


async def test_clients_of_v2_open_namespaces_in_json(server):
    async with await EngineSocket.connect(server, "/socket.io/", 3) as engine:
        assert await engine.message() == '4{"type":0,"nsp":"/"}'
        assert await engine.message() == b"\x04" + msgpack.packb({"type": EVENT, "data": ["auth", query_of(3)], "nsp": "/"})
        await engine.send('4{"type":0,"query":"token=a","nsp":"/custom?token=a"}')
        assert await engine.message() == '4{"type":0,"nsp":"/custom"}'
        auth = {"type": EVENT, "data": ["auth", {"token": "a"}], "nsp": "/custom"}
        assert await engine.message() == b"\x04" + msgpack.packb(auth)
        await engine.send(b"\x04" + msgpack.packb({"type": EVENT, "data": ["message", b"\x01"], "nsp": "/custom"}))
        echo = {"type": EVENT, "data": ["message-back", b"\x01"], "nsp": "/custom"}
        assert await engine.message() == b"\x04" + msgpack.packb(echo)
        await engine.send('4{"type":0,"nsp":"/nowhere"}')
        assert await engine.message() == '4{"type":4,"data":{"message":"Invalid namespace"},"nsp":"/nowhere"}'
        await engine.send('4{"type":1,"nsp":"/custom"}', b"\x04" + msgpack.packb({"type": EVENT, "data": ["server-disconnect"], "nsp": "/"}))
        assert await engine.message() == '4{"type":1,"nsp":"/"}'


def query_of(eio):
    return {"EIO": str(eio), "transport": "websocket"}


# Bad input. After each the server must serve a fresh client.

HEAD = b"\x83" + TYPE + b"\2" + NSP + MAIN + DATA
GARBAGE = {
    "a text event": '42["message",1]',
    "a text connect": '40{"type":0,"nsp":"/"}',
    "nothing": b"",
    "no map": msgpack.packb(["message"]),
    "a number": b"\x07",
    "a reserved byte": b"\xc1",
    "an empty map": b"\x80",
    "a map of one byte": b"\x81",
    "more behind it": msgpack.packb({"type": EVENT, "data": ["message"], "nsp": "/"}) + b"\xc0",
    "cut short": msgpack.packb({"type": EVENT, "data": ["message"], "nsp": "/"})[:-1],
    "a binary type": msgpack.packb({"type": 5, "data": ["message"], "nsp": "/"}),
    "type text": msgpack.packb({"type": "2", "data": ["message"], "nsp": "/"}),
    "no namespace": msgpack.packb({"type": EVENT, "data": ["message"]}),
    "a long namespace": msgpack.packb({"type": CONNECT, "nsp": "/" + "a" * 50_000}),
    "a namespace without slash": msgpack.packb({"type": CONNECT, "nsp": "admin"}),
    "data text": msgpack.packb({"type": EVENT, "data": "message", "nsp": "/"}),
    "data map": msgpack.packb({"type": EVENT, "data": {"0": "message"}, "nsp": "/"}),
    "no name": msgpack.packb({"type": EVENT, "data": [], "nsp": "/"}),
    "a name of bytes": msgpack.packb({"type": EVENT, "data": [b"message"], "nsp": "/"}),
    "a reserved name": msgpack.packb({"type": EVENT, "data": ["disconnecting"], "nsp": "/"}),
    "a long name": msgpack.packb({"type": EVENT, "data": ["a" * 300_000], "nsp": "/"}),
    "id text": msgpack.packb({"type": EVENT, "data": ["message"], "nsp": "/", "id": "1"}),
    "id negative": msgpack.packb({"type": EVENT, "data": ["message"], "nsp": "/", "id": -1}),
    "id too large": msgpack.packb({"type": EVENT, "data": ["message"], "nsp": "/", "id": 2**64 - 1}),
    "an ack without id": msgpack.packb({"type": ACK, "data": [], "nsp": "/"}),
    "a connect error": msgpack.packb({"type": CONNECT_ERROR, "data": "no", "nsp": "/"}),
    "a second connect": msgpack.packb({"type": CONNECT, "nsp": "/"}),
    "binary data in connect": msgpack.packb({"type": CONNECT, "data": {"a": b"\x01"}, "nsp": "/custom"}),
    "ill-formed UTF-8": HEAD + b"\x92\xa7message\xa2\xc3\x28",
    "a key that is a list": HEAD + b"\x92\xa7message\x81\x90\x01",
    "a bad timestamp": HEAD + b"\x92\xa7message\xd5\xff\x00\x00",
    "a string of 4 GiB": HEAD + b"\x92\xa7message\xdb\xff\xff\xff\xff",
    "binary data of 4 GiB": HEAD + b"\x92\xa7message\xc6\xff\xff\xff\xff",
    "an array of 2^32-1": HEAD + b"\xdd\xff\xff\xff\xff\xa7message",
    "a map of 2^32-1": b"\xdf\xff\xff\xff\xff" + TYPE + b"\2",
    "nested 200,000 deep": HEAD + b"\x92\xa7message" + b"\x91" * 200_000 + b"\xc0",
    "nested 65 deep": HEAD + b"\x92\xa7message" + b"\x91" * 64 + b"\xc0",
    "maps nested 200,000 deep": HEAD + b"\x92\xa7message" + b"\x81\xa0" * 200_000 + b"\xc0",
    "eleven attachments": msgpack.packb({"type": EVENT, "data": ["message", *[b""] * 11], "nsp": "/"}),
    "a placeholder of its own": msgpack.packb(
        {"type": EVENT, "data": ["message", b"\x01", {"_placeholder": True, "num": 0}], "nsp": "/"}
    ),
}


@pytest.mark.parametrize("message", GARBAGE.values(), ids=GARBAGE.keys())
async def test_a_bad_message_ends_the_session(server, message):
    async with await RawClient.connect(server) as client:
        await client.engine.send_until_closed([message, msgpack.packb({"type": EVENT, "data": ["message"], "nsp": "/"})])
        assert await client.closed() == []


async def test_a_bad_message_ends_the_session_on_polling(server):
    session = await PollingSession.open(server, "/socket.io/")
    await session.send(msgpack.packb({"type": CONNECT, "nsp": "/"}))
    await session.collect(2)
    await session.post('42["message",1]')
    await session.until_gone()


async def test_nesting_in_a_member_that_nobody_reads(server):
    async with await RawClient.connect(server) as client:
        await client.send(b"\x84" + HEAD[1:] + b"\x91\xa7message" + b"\xa7options" + b"\x91" * 200_000 + b"\xc0")
        assert (await client.receive())["data"] == ["message-back"]


async def test_events_before_connect(server):
    async with await RawClient.open(server) as client:
        await client.send({"type": EVENT, "data": ["message"], "nsp": "/"})
        assert await client.closed() == []
