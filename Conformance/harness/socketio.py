# Licensed under the MIT licence.
"""A Socket.IO client over one WebSocket: packets in and out as the wire has them."""

import itertools
import json

from harness import PROMPT_SECONDS, within
from harness.engine import EngineSocket


def prefix(namespace):
    return "" if namespace == "/" else namespace + ","


def dumps(value):
    """JSON as `JSON.stringify` writes it: no spaces, non-ASCII as itself."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class SocketIOClient:
    """`receive` and `expect` speak in Engine.IO message packets (`42["hello"]`), heartbeats left out."""

    def __init__(self, engine, eio):
        self.engine = engine
        self.eio = eio
        self.sids = {}
        self.ack_ids = itertools.count(1)
        self.backlog = []

    @classmethod
    async def open(cls, server, eio=4, headers=(), **query):
        """The transport alone; with Engine.IO 3 the server's own `40` is still to be read."""
        return cls(await EngineSocket.connect(server, "/socket.io/", eio, headers=headers, **query), eio)

    @classmethod
    async def connect(cls, server, namespace="/", auth=None, eio=4, **query):
        """Joins the namespace and takes its `auth` event, the conformance server's first word."""
        client = await cls.open(server, eio, **query)
        if eio == 3:
            await client.expect("40")
            client.sids["/"] = client.engine.handshake["sid"]
            assert (await client.receive()).startswith('42["auth",')
            if namespace == "/":
                return client
        await client.join(namespace, auth)
        assert (await client.receive()).startswith(f'42{prefix(namespace)}["auth",')
        return client

    async def join(self, namespace, auth=None):
        """CONNECT, and the answer to it."""
        if self.eio == 3:
            await self.send(f"40{namespace},")
            await self.expect(f"40{namespace},")
            self.sids[namespace] = f"{namespace}#{self.engine.handshake['sid']}"
            return
        await self.send(f"40{prefix(namespace)}{'' if auth is None else dumps(auth)}")
        answer = await self.receive()
        start = f"40{prefix(namespace)}"
        assert answer.startswith(start + "{"), answer
        self.sids[namespace] = json.loads(answer[len(start):])["sid"]

    @property
    def sid(self):
        return self.sids["/"]

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.engine.close()

    async def send(self, *packets):
        await self.engine.send(*packets)

    async def receive(self, seconds=PROMPT_SECONDS):
        if self.backlog:
            return self.backlog.pop(0)
        return await self.engine.message(seconds)

    async def expect(self, *packets, seconds=PROMPT_SECONDS):
        for packet in packets:
            received = await self.receive(seconds)
            assert received == packet, f"expected {packet!r}, received {received!r}"

    async def emit(self, event, *arguments, namespace="/"):
        await self.send(f"42{prefix(namespace)}{dumps([event, *arguments])}")

    async def event(self, name=None, namespace="/", seconds=PROMPT_SECONDS):
        """The arguments of the next packet, which must be an event (of that name)."""
        packet = await self.receive(seconds)
        start = f"42{prefix(namespace)}"
        assert isinstance(packet, str) and packet.startswith(start + "["), packet
        event, *arguments = json.loads(packet[len(start):])
        assert name in (None, event), packet
        return arguments

    async def call(self, event, *arguments, namespace="/", seconds=PROMPT_SECONDS):
        """Emits with an acknowledgement and returns its arguments; whatever came before it stays to be received."""
        number = next(self.ack_ids)
        await self.send(f"42{prefix(namespace)}{number}{dumps([event, *arguments])}")
        start = f"43{prefix(namespace)}{number}["

        async def answer():
            passed = []
            while True:
                packet = await self.engine.message(seconds)
                if isinstance(packet, str) and packet.startswith(start):
                    self.backlog += passed
                    return json.loads(packet[len(start) - 1:])
                passed.append(packet)

        return await within(seconds, answer())

    async def assert_quiet(self):
        """Nothing is on its way: an echo asked for now is the very next thing that arrives."""
        await self.emit("message", "quiet?")
        await self.expect('42["message-back","quiet?"]')

    async def closed(self, seconds=PROMPT_SECONDS):
        """Reads to the end of the session and returns what came before it."""
        return self.backlog + await self.engine.closed(seconds)
