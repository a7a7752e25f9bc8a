# Licensed under the MIT licence.
"""Engine.IO sessions over both transports and both protocol revisions."""

import asyncio
import json

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from harness import PROMPT_SECONDS, payload, within
from harness.http import HttpConnection, request


def target(path="/engine.io/", eio=4, transport="polling", sid=None, **query):
    """A request target. A query value of None leaves the parameter out."""
    parts = {"EIO": eio, "transport": transport, "sid": sid, **query}
    return path + "?" + "&".join(f"{name}={value}" for name, value in parts.items() if value is not None)


class PollingSession:
    """A session on HTTP long-polling. Each request has a connection of its own unless the test says otherwise."""

    def __init__(self, server, path, eio, handshake, first):
        self.server = server
        self.path = path
        self.eio = eio
        self.handshake = handshake
        self.first = first  # packets that came along with the open packet
        self.sid = handshake["sid"]

    @classmethod
    async def open(cls, server, path="/engine.io/", eio=4, **query):
        response = await request(server, "GET", target(path, eio, **query))
        assert response.status == 200, (response.status, response.body[:200])
        packets = decode(eio, response)
        assert packets[0].startswith("0"), packets
        return cls(server, path, eio, json.loads(packets[0][1:]), packets[1:])

    def target(self, **query):
        return target(self.path, self.eio, sid=self.sid, **query)

    async def get(self, seconds=PROMPT_SECONDS, **query):
        return await request(self.server, "GET", self.target(**query), seconds=seconds)

    async def post(self, body, content_type="text/plain;charset=UTF-8", seconds=PROMPT_SECONDS, **query):
        if isinstance(body, str):
            body = body.encode("utf-8")
        headers = {"Content-Type": content_type} if content_type else {}
        return await request(self.server, "POST", self.target(**query), headers, body, seconds)

    async def pending_get(self):
        """A connection with a poll under way: sent, though perhaps not read yet."""
        connection = await HttpConnection.open(self.server)
        await connection.send("GET", self.target())
        return connection

    async def poll(self, seconds=PROMPT_SECONDS):
        """One poll: the packets it brought."""
        response = await self.get(seconds)
        assert response.status == 200, (response.status, response.body[:200])
        return decode(self.eio, response)

    async def send(self, *packets):
        encode = payload.encode_v4 if self.eio == 4 else payload.encode_v3
        response = await self.post(encode(packets))
        assert (response.status, response.body) == (200, b"ok"), (response.status, response.body[:200])

    async def collect(self, count, seconds=PROMPT_SECONDS):
        """Polls until so many message packets came; noops and heartbeats are answered or passed over."""
        messages = []

        async def gather():
            while len(messages) < count:
                for packet in await self.poll(seconds):
                    if packet == "2" and self.eio == 4:
                        await self.send("3")
                    elif isinstance(packet, bytes) or packet.startswith("4"):
                        messages.append(packet)

        await within(seconds, gather())
        return messages

    async def until_gone(self, seconds=PROMPT_SECONDS):
        """Waits until the sid is unknown, asking with POSTs, which leave no request behind."""
        body = "4x" if self.eio == 4 else "2:4x"

        async def ask():
            while (response := await self.post(body)).status == 200:
                await asyncio.sleep(0.02)
            return response

        response = await within(seconds, ask())
        assert response.status == 400, response.status

    async def assert_gone(self):
        """The session is closed already: its sid is not known any more."""
        response = await self.get()
        assert response.status == 400, (response.status, response.body[:100])
        assert response.code == 1, response.body

    async def assert_alive(self):
        """Polling still works, both ways (`/engine.io/` echoes)."""
        await self.send("4still here")
        assert (await self.collect(1))[-1:] == ["4still here"]


def decode(eio, response):
    if eio == 4:
        return payload.decode_v4(response.body)
    if response.header("content-type") == "application/octet-stream":
        return payload.decode_v3_binary(response.body)
    return payload.decode_v3(response.body)


class EngineSocket:
    """A WebSocket that carries Engine.IO packets: a session of its own, or (`sid`) the second transport of one."""

    def __init__(self, websocket):
        self.websocket = websocket
        self.handshake = None

    @classmethod
    async def connect(cls, server, path="/engine.io/", eio=4, sid=None, headers=(), **query):
        """Opens; without a `sid` the open packet is read too. Raises `InvalidStatus` when the upgrade is refused."""
        url = f"ws://{server.netloc}{target(path, eio, 'websocket', sid, **query)}"
        websocket = await connect(
            url, additional_headers=dict(headers), compression=None, ping_interval=None, max_size=None,
            max_queue=None, open_timeout=PROMPT_SECONDS, close_timeout=1, proxy=None, user_agent_header=None,
        )
        socket = cls(websocket)
        if sid is None:
            packet = await socket.receive()
            assert packet.startswith("0"), packet
            socket.handshake = json.loads(packet[1:])
        return socket

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.close()

    async def send(self, *packets):
        for packet in packets:
            await self.websocket.send(packet)

    async def send_until_closed(self, packets):
        """Sends what the server lets through; ends quietly when it hangs up in between."""
        try:
            await self.send(*packets)
        except ConnectionClosed:
            pass

    async def receive(self, seconds=PROMPT_SECONDS):
        return await within(seconds, self.websocket.recv())

    async def message(self, seconds=PROMPT_SECONDS):
        """The next packet that is no heartbeat; Engine.IO 4 pings are answered."""
        async def next_message():
            while (packet := await self.websocket.recv()) in ("2", "3"):
                if packet == "2":
                    await self.websocket.send("3")
            return packet

        return await within(seconds, next_message())

    async def closed(self, seconds=PROMPT_SECONDS):
        """Reads to the end; the packets that came before it (heartbeats are not answered)."""
        packets = []

        async def drain():
            try:
                while True:
                    packets.append(await self.websocket.recv())
            except ConnectionClosed:
                return packets

        return await within(seconds, drain())

    @property
    def close_code(self):
        return self.websocket.close_code

    async def close(self):
        await self.websocket.close()


async def answer_to_the_poll_at_close(open_session, close_packet):
    """The body that a poll gets when a POST closes its session.

    The two requests race on connections of their own; where the POST was read first the poll is refused, and the race is run again.
    """
    for _ in range(50):
        session = await open_session()
        poll = await session.pending_get()
        posted = await session.post(close_packet)
        assert (posted.status, posted.body) == (200, b"ok")
        answer = await within(PROMPT_SECONDS, poll.response())
        poll.close()
        await session.assert_gone()
        if answer.status == 200:
            return answer.body
        assert answer.status == 400, answer
    raise AssertionError("the poll was never read first")


async def refused_upgrade(server, path="/engine.io/", eio=4, sid=None, headers=(), **query):
    """The HTTP answer to a WebSocket upgrade that must fail."""
    try:
        socket = await EngineSocket.connect(server, path, eio, sid, headers, **query)
    except InvalidStatus as refusal:
        return refusal.response
    await socket.close()
    raise AssertionError("the upgrade was accepted")


async def probed(session):
    """Opens a WebSocket for a polling session and exchanges the probe. The upgrade packet is the caller's."""
    socket = await EngineSocket.connect(session.server, session.path, session.eio, session.sid)
    await socket.send("2probe")
    assert await socket.receive() == "3probe"
    return socket


async def upgraded(session):
    """Moves a polling session to WebSocket and waits until it has moved."""
    socket = await probed(session)
    await socket.send("5")
    return socket
