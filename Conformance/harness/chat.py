# Licensed under the MIT licence.
"""A chat client: named events, acknowledgements, and the error that answers a bad one."""

import itertools
import json

from websockets.exceptions import ConnectionClosed

from harness import PROMPT_SECONDS, within
from harness.socketio import SocketIOClient

unique_numbers = itertools.count(1)


def unique(prefix):
    """A name that no other test of this process has used."""
    return f"{prefix}-{next(unique_numbers)}"


class ChatClient:
    """One device of one user. Events that a wait passes over stay in `seen`."""

    def __init__(self, socket):
        self.socket = socket
        self.seen = []

    @classmethod
    async def open(cls, server, eio=4):
        """Connected, nobody yet."""
        socket = await SocketIOClient.open(server, eio)
        if eio == 4:
            await socket.join("/")
        else:
            await socket.expect("40")
        return cls(socket)

    @classmethod
    async def connect(cls, server, user=None, eio=4):
        """Connected and authenticated."""
        client = await cls.open(server, eio)
        client.user = user or unique("user")
        answer = await client.call("authenticate", {"user_id": client.user})
        assert answer["status"] == "ok", answer
        await client.event("authenticated")
        return client

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.socket.engine.close()

    async def call(self, event, *arguments, seconds=PROMPT_SECONDS):
        """The acknowledgement's one object."""
        (answer,) = await self.socket.call(event, *arguments, seconds=seconds)
        assert answer["status"] in ("ok", "error"), answer
        return answer

    async def event(self, name, where=lambda data: True, seconds=PROMPT_SECONDS):
        """The data of the next event of that name; others are kept."""
        for index, (event, data) in enumerate(self.seen):
            if event == name and where(data):
                del self.seen[index]
                return data

        async def search():
            while True:
                event, data = await self.next_event(seconds)
                if event == name and where(data):
                    return data
                self.seen.append((event, data))

        return await within(seconds, search())

    async def next_event(self, seconds=PROMPT_SECONDS):
        packet = await self.socket.receive(seconds)
        assert isinstance(packet, str) and packet.startswith("42["), packet
        event, data = json.loads(packet[2:])
        return event, data

    async def events_until_now(self):
        """Everything that had been sent to this client, by name. A bad event's answer marks the point."""
        await self.call("history", {"room_id": "nobody is in this room"})
        events, self.seen = self.seen, []
        while self.socket.backlog:
            events.append(await self.next_event())
        return [(event, data) for event, data in events if not (event == "error" and data.get("event") == "history")]

    async def refused(self, event, *arguments, codes):
        """The event is answered with one of the codes, in the acknowledgement and as an `error` event alike."""
        answer = await self.call(event, *arguments)
        assert answer["status"] == "error" and answer["code"] in codes, answer
        assert isinstance(answer["error"], str) and answer["error"], answer
        error = await self.event("error")
        assert error["code"] == answer["code"] and error["event"] == event, error
        return answer["code"]

    async def assert_still_connected(self):
        room = unique("still-connected")
        assert (await self.call("join", {"room_id": room}))["status"] == "ok"
        assert (await self.call("leave", {"room_id": room}))["status"] == "ok"

    async def closed(self, seconds=PROMPT_SECONDS):
        """Waits for the end: the namespace's DISCONNECT or the transport's."""
        async def drain():
            try:
                while await self.socket.engine.message(seconds) != "41":
                    pass
            except ConnectionClosed:
                pass

        await within(seconds, drain())
