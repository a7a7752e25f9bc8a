# Licensed under the MIT licence.
"""Who else is on the nodes' Redis: programs that may emit to clients, and another chat."""

import time

import pytest
import redis
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


def pack(value):
    """MessagePack of what is short, as emitters pack it."""
    if isinstance(value, int):
        return bytes([value])
    if isinstance(value, str):
        text = value.encode()
        return bytes([0xD9, len(text)]) + text
    if isinstance(value, list):
        return bytes([0x90 | len(value)]) + b"".join(pack(item) for item in value)
    return bytes([0x80 | len(value)]) + b"".join(pack(key) + pack(item) for key, item in value.items())


class Emitter:
    """What `new Emitter(redis, {key: "martlet:socket.io"})` of `@socket.io/redis-emitter` 5.1 does."""

    def __init__(self, nodes):
        self.redis = redis.Redis(port=nodes.redis.port)

    def emit(self, event, *arguments, rooms=(), excepted=()):
        packet = {"type": 2, "data": [event, *arguments], "nsp": "/"}
        options = {"rooms": list(rooms), "flags": {}, "except": list(excepted)}
        channel = "martlet:socket.io#/#" + (f"{rooms[0]}#" if len(rooms) == 1 else "")
        return self.redis.publish(channel, pack(["emitter", packet, options]))


def test_a_stock_emitter_reaches_rooms_of_the_chat(nodes, members, name):
    emitter = Emitter(nodes)
    ann, ben = members
    # No more than the nodes with members hear it.
    assert emitter.emit("message", {"content": "elsewhere"}, rooms=[name("another")]) == 0
    emitter.emit("message", {"content": "built"}, rooms=[name("room")])
    for member in members:
        assert member.expect("message") == {"content": "built"}
    emitter.emit("message", {"content": "several"}, rooms=[name("another"), name("room")])
    for member in members:
        assert member.expect("message") == {"content": "several"}
    # As long as a socket's id.
    long = name("long").encode().hex()[-20:]
    join(ann, long)
    emitter.emit("message", {"content": "long"}, rooms=[long])
    assert ann.expect("message") == {"content": "long"}
    emitter.emit("message", {"content": "the others"}, rooms=[name("room")], excepted=[long])
    assert ben.expect("message") == {"content": "the others"}
    emitter.emit("message", {"content": "all"})
    for member in members:
        assert member.expect("message") == {"content": "all"}


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
