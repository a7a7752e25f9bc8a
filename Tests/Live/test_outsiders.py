# Licensed under the MIT licence.
"""Who else is on the nodes' Redis: programs that may emit to clients, and another chat."""

import time

import pytest
import socketio

from chat import Chat, join, ok
from nodes import Nodes
from server import Martlet


@pytest.fixture(scope="module")
def nodes():
    with Nodes(2, SOCKETIO_REDIS_CHANNEL="tool-calls") as nodes:
        yield nodes


@pytest.fixture(scope="module")
def manager(nodes):
    return socketio.RedisManager(
        f"redis://127.0.0.1:{nodes.redis.port}/0", channel="tool-calls", write_only=True
    )


@pytest.fixture
def members(nodes, drivers, generations, name):
    first, second = (Chat(server.url, drivers, generations) for server in nodes.servers)
    with first, second:
        ann, ben = first.user("v4-websocket", name("ann")), second.user("v2-websocket", name("ben"))
        for member in (ann, ben):
            join(member, name("room"))
        yield ann, ben


def test_a_program_emits_to_a_room_of_the_chat(manager, members, name):
    manager.emit("message", {"content": "elsewhere"}, room=name("another"))
    manager.emit("message", {"content": "built"}, room=name("room"))
    for member in members:
        assert member.expect("message") == {"content": "built"}


def test_a_program_emits_to_everybody(manager, members):
    manager.emit("message", {"content": "all", "of": [1, "ä"]})
    for member in members:
        assert member.expect("message") == {"content": "all", "of": [1, "ä"]}


def test_another_chat_on_the_same_redis_is_not_this_one(nodes, drivers, generations, name):
    with Martlet(**nodes.settings | {"REDIS_PREFIX": "other:"}) as other:
        here, there = (Chat(url, drivers, generations) for url in (nodes[0].url, other.url))
        with here, there:
            ann, ben = here.user("v4-websocket", name("ann")), there.user("v4-websocket", name("ben"))
            cid = here.user("v4-websocket", name("cid"))
            for member in (ann, ben, cid):
                join(member, name("room"))
            deadline = time.monotonic() + 10
            while not cid.received("typing"):
                assert time.monotonic() < deadline
                ok(ann.call("typing", {"room_id": name("room"), "is_typing": True}))
            # What Redis would bring comes before the answer to what was asked later.
            ok(ben.call("typing", {"room_id": name("room"), "is_typing": True}))
            assert not ben.received("typing")
