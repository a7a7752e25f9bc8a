# Licensed under the MIT licence.
"""What scenarios say to a chat server, in the words of the chat contract."""

import itertools
import re
from datetime import UTC, datetime

from clients import DEADLINE, Client

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Chat:
    """The clients of one test at one server."""

    def __init__(self, url, drivers, generations):
        self.url = url
        self.drivers = drivers
        self.generations = generations
        self.clients = []
        self.fences = itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        for client in self.clients:
            client.disconnect()
            repeated = [reply.event for reply in client.replies.values() if len(reply.answers) > 1]
            assert not repeated, f"acknowledged more than once: {repeated}"

    def client(self, kind):
        """A client that has not yet connected."""
        made = Client(self.drivers(kind.split("-")[0]), kind, self.url)
        self.clients.append(made)
        return made

    def stranger(self, kind):
        """A connected client that has not authenticated."""
        return self.client(kind).connect()

    def user(self, kind, user_id, username=None, reconnect=False):
        """A client that authenticated in its handshake."""
        identity = {"user_id": user_id} | ({"username": username} if username else {})
        made = self.client(kind).connect(auth=identity, reconnect=reconnect)
        made.user_id = user_id
        made.expect("authenticated", user_id=user_id)
        return made

    def partner(self, kind):
        """The kind of the one to talk to: the next generation, on WebSocket."""
        at = self.generations.index(kind.split("-")[0])
        return self.generations[(at + 1) % len(self.generations)] + "-websocket"

    def fence(self, sender, receivers, room_id):
        """Sends a message and waits until all have it: what was sent to them before has come by then."""
        content = f"fence {next(self.fences)}"
        sender.emit("message", {"room_id": room_id, "content": content})
        for receiver in receivers:
            receiver.expect("message", room_id=room_id, content=content)


def ok(answer):
    assert answer.get("status") == "ok", answer
    return answer


def join(client, room_id, **extra):
    """Joins and returns the acknowledgement; takes the `room_users` that belongs to it out of the inbox."""
    answer = ok(client.call("join", {"room_id": room_id} | extra))
    assert answer["room_id"] == room_id
    client.expect("room_users", room_id=room_id)
    return answer


def say(client, room_id, content, timeout=DEADLINE, **extra):
    """Sends a message and returns its acknowledgement."""
    return ok(client.call("message", {"room_id": room_id, "content": content} | extra, timeout=timeout))


def refused(client, event, *arguments, code):
    """Sends what must fail: the acknowledgement and the `error` event agree; `code` may be one of several."""
    codes = {code} if isinstance(code, str) else set(code)
    answer = client.call(event, *arguments)
    assert answer["status"] == "error" and answer["code"] in codes and answer["error"], answer
    error = client.expect("error", event=event, code=answer["code"])
    assert isinstance(error["error"], str) and error["error"], error
    return error


def moment(text):
    """A time of the contract: RFC 3339, UTC, milliseconds."""
    assert isinstance(text, str) and TIME.fullmatch(text), text
    return datetime.fromisoformat(text)


def assert_recent(text):
    age = (datetime.now(UTC) - moment(text)).total_seconds()
    assert -1 <= age < 60, text
