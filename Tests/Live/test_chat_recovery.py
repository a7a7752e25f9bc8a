# Licensed under the MIT licence.
"""Stock clients whose connections are cut, at the chat: they come back as they were, with what they missed."""

import contextlib

import pytest
import requests

from chat import join, ok, say
from clients import DEADLINE
from raw import RawSocket
from recovering import RecoveringClient


def post(server, room, content):
    answer = requests.post(server.url + "/messages", json={"room_id": room, "content": content}, timeout=DEADLINE)
    assert answer.status_code == 200, answer.text
    return answer.json()


class Wanderer:
    """A browser user behind a lane of its own."""

    def __init__(self, server, proxy, drivers, transport, user_id):
        self.user_id = user_id
        self.lane = proxy.lane(server.port)
        self.client = RecoveringClient(drivers("browser"), transport, f"http://127.0.0.1:{self.lane.port}")
        self.client.start_connecting(auth={"user_id": user_id}, reconnect=True, timeout=1500)
        self.client.wait_connected()
        self.client.expect("authenticated", user_id=user_id)

    def lose_connection(self):
        """Cuts the connection so that both sides know, and keeps the client away until `return_`."""
        self.lane.arm("down", 1, lambda lane: None)
        cuts = self.lane.cuts
        self.client.emit("typing", {"room_id": "none", "is_typing": True})
        self.client.wait_until(lambda: self.lane.cuts > cuts, DEADLINE, "the cut")
        self.client.wait_until(lambda: len(self.client.disconnections) > cuts, DEADLINE, "the client to notice")

    def return_(self):
        connections = self.client.connections
        self.lane.disarm()
        self.client.wait_connected(connections + 1, 2 * DEADLINE)


@pytest.fixture
def wanderer(server, proxy, drivers, request):
    made = []

    def make(user_id, transport="websocket", at=server):
        made.append(Wanderer(at, proxy, drivers, transport, user_id))
        return made[-1]

    yield make
    for each in made:
        each.client.disconnect()


def contents(client, room):
    return [arguments[0]["content"] for arguments in client.arguments("message") if arguments[0]["room_id"] == room]


@pytest.mark.parametrize("transport", ["websocket", "polling", "upgrade"])
def test_messages_while_away(transport, server, chat, wanderer, name):
    """In a room with others and in one that has nobody left: all of them come, in order, before anything new."""
    shared, own = name("shared"), name("own")
    ann = wanderer(name("ann"), transport)
    ben = chat.user("v4-websocket", name("ben"))
    for room in (shared, own):
        join(ann.client, room)
    join(ben, shared)
    ann.client.expect("user_joined", room_id=shared)
    ann.lose_connection()
    if transport != "polling":
        # A server that waits for the next poll cannot know yet that none will come.
        ben.expect("user_left", room_id=shared, user_id=ann.user_id)
    for number in range(5):
        say(ben, shared, f"missed {number}")
        post(server, own, f"missed {number}")
    ann.return_()
    ben.expect("user_joined", room_id=shared, user_id=ann.user_id)
    if transport == "polling":
        ben.expect("user_left", room_id=shared, user_id=ann.user_id)
    say(ben, shared, "new")
    post(server, own, "new")
    expected = [f"missed {number}" for number in range(5)] + ["new"]
    for room in (shared, own):
        ann.client.wait_until(lambda room=room: "new" in contents(ann.client, room), DEADLINE, f"what {room} was sent")
        assert contents(ann.client, room) == expected
    assert ann.client.recovered == [True]
    ann.client.expect_none("user_left", user_id=ann.user_id)
    ann.client.expect_none("authenticated")
    # Still who and where it was.
    assert say(ann.client, shared, "here again")["seq"] == 7
    assert ben.expect("message", content="here again")["user_id"] == ann.user_id


def test_subscriptions_while_away(chat, wanderer, name):
    ann = wanderer(name("ann"))
    target = name("ben")
    ok(ann.client.call("subscribe_status", {"target_user_id": target}))
    ann.client.expect("user_offline", user_id=target)
    ann.lose_connection()
    ben = chat.user("v4-websocket", target)
    ben.disconnect()
    ann.return_()
    ann.client.expect("user_online", user_id=target)
    ann.client.expect("user_offline", user_id=target)
    chat.user("v2-websocket", target)
    ann.client.expect("user_online", user_id=target)
    ok(ann.client.call("unsubscribe_status", {"target_user_id": target}))
    assert ann.client.recovered == [True]


def test_presence_of_the_one_who_was_away(chat, wanderer, name):
    ann = wanderer(name("ann"))
    watcher = chat.user("v4-websocket", name("watcher"))
    ok(watcher.call("subscribe_status", {"target_user_id": ann.user_id}))
    watcher.expect("user_online", user_id=ann.user_id)
    ann.lose_connection()
    watcher.expect("user_offline", user_id=ann.user_id)
    ann.return_()
    watcher.expect("user_online", user_id=ann.user_id)


def test_leaving_after_a_return(chat, wanderer, name):
    room = name("room")
    ann = wanderer(name("ann"))
    ben = chat.user("v4-websocket", name("ben"))
    join(ann.client, room)
    join(ben, room)
    ann.lose_connection()
    ann.return_()
    ben.expect("user_joined", room_id=room, user_id=ann.user_id)
    ok(ann.client.call("leave", {"room_id": room}))
    say(ben, room, "alone")
    answer = ann.client.call("message", {"room_id": room, "content": "no"})
    assert answer["code"] == "NOT_ROOM_MEMBER"
    ann.client.expect_none("message", content="alone")


@pytest.mark.parametrize("wish, takes_part", [(None, False), (True, True), (False, False)])
def test_a_client_that_is_not_known_has_to_ask(wish, takes_part, server, name):
    """Clients in languages that count a function's arguments would fail on an offset."""
    identity = {"user_id": name("raw")} | ({} if wish is None else {"recovery": wish})
    with contextlib.closing(RawSocket(server, auth=identity)) as socket:
        assert ("pid" in socket.connected) == takes_part
        assert len(socket.authenticated) == (3 if takes_part else 2)
