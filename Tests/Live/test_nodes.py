# Licensed under the MIT licence.
"""Two nodes on one Redis: to clients they are one server."""

import signal
import time

import pytest
import requests

from chat import Chat, join, ok, say
from nodes import NODE_TTL, Nodes


@pytest.fixture(scope="module")
def nodes():
    with Nodes(2) as nodes:
        yield nodes


@pytest.fixture
def chats(nodes, drivers, generations):
    """A chat at each node."""
    first, second = (Chat(server.url, drivers, generations) for server in nodes.servers)
    with first, second:
        yield first, second


def test_ready_tells_of_redis(nodes):
    report = requests.get(nodes[0].url + "/ready", timeout=5).json()
    assert report["components"] == {
        "store": {"status": "ok", "kind": "redis"},
        "bus": {"status": "ok", "kind": "redis"},
    }


def test_messages_reach_members_on_both_nodes(chats, kind, name):
    first, second = chats
    ann, ben, room = first.user(kind, name("ann")), second.user(kind, name("ben")), name("room")
    join(ann, room)
    answer = join(ben, room)
    assert answer["users"] == sorted([ann.user_id, ben.user_id])
    ann.expect("user_joined", room_id=room, user_id=ben.user_id)
    for number in range(1, 21):
        sender = (ann, ben)[number % 2]
        assert say(sender, room, f"message {number}")["seq"] == number
    for client in (ann, ben):
        for number in range(1, 21):
            assert client.expect("message", room_id=room)["seq"] == number
    ok(ben.call("leave", {"room_id": room}))
    ann.expect("user_left", room_id=room, user_id=ben.user_id)


def test_typing_and_read_marks_cross_nodes(chats, kind, name):
    first, second = chats
    ann, ben, room = first.user(kind, name("ann")), second.user(kind, name("ben")), name("room")
    join(ann, room)
    join(ben, room)
    say(ann, room, "hello")
    ben.expect("message", room_id=room)
    ok(ben.call("typing", {"room_id": room, "is_typing": True}))
    assert ann.expect("typing", room_id=room)["user_id"] == ben.user_id
    ok(ben.call("read", {"room_id": room, "seq": 1}))
    assert ann.expect("read", room_id=room)["seq"] == 1


def test_presence_is_the_same_everywhere(nodes, chats, kind, name):
    first, second = chats
    watcher, ann = first.user(kind, name("watcher")), name("ann")
    ok(watcher.call("subscribe_status", {"target_user_id": ann}))
    watcher.expect("user_offline")
    phone = second.user(kind, ann, "Ann")
    watcher.expect("user_online", user_id=ann, username="Ann")
    desk = first.user(kind, ann, "Ann")
    for server in nodes.servers:
        assert requests.get(f"{server.url}/users/{ann}/status", timeout=5).json()["is_online"] is True
    phone.disconnect()
    desk.disconnect()
    offline = watcher.expect("user_offline", user_id=ann)
    assert offline["last_seen"]


def test_rest_answers_at_any_node(nodes, chats, kind, name):
    ann, room = chats[0].user(kind, name("ann")), name("room")
    join(ann, room)
    posted = requests.post(
        nodes[1].url + "/messages", json={"room_id": room, "content": "from elsewhere"}, timeout=5
    ).json()
    assert ann.expect("message", room_id=room)["id"] == posted["message_id"]
    users = requests.get(f"{nodes[1].url}/rooms/{room}/users", timeout=5).json()
    assert users["users"] == [ann.user_id]
    history = requests.get(f"{nodes[1].url}/rooms/{room}/messages", timeout=5).json()
    assert [message["content"] for message in history["messages"]] == ["from elsewhere"]


def test_a_killed_node_leaves_nobody_behind(drivers, generations, name):
    with Nodes(2) as nodes:
        first = Chat(nodes[0].url, drivers, generations)
        second = Chat(nodes[1].url, drivers, generations)
        with first:
            ann, room = first.user("v4-websocket", name("ann")), name("room")
            ben = second.user("v4-websocket", name("ben"))
            join(ann, room)
            join(ben, room)
            ann.expect("user_joined", user_id=ben.user_id)
            ok(ann.call("subscribe_status", {"target_user_id": ben.user_id}))
            ann.expect("user_online", user_id=ben.user_id)
            nodes[1].kill()
            killed = time.monotonic()
            ann.expect("user_left", timeout=NODE_TTL + 4, room_id=room, user_id=ben.user_id)
            ann.expect("user_offline", timeout=NODE_TTL + 4, user_id=ben.user_id)
            assert time.monotonic() - killed < NODE_TTL + 2
            assert requests.get(f"{nodes[0].url}/rooms/{room}/users", timeout=5).json()["users"] == [ann.user_id]


def test_a_frozen_node_comes_back_under_another_name(drivers, generations, name):
    with Nodes(2) as nodes:
        first = Chat(nodes[0].url, drivers, generations)
        second = Chat(nodes[1].url, drivers, generations)
        with first, second:
            ann, room = first.user("v4-websocket", name("ann")), name("room")
            ben = second.user("v4-websocket", name("ben"))
            join(ann, room)
            join(ben, room)
            ann.expect("user_joined", user_id=ben.user_id)
            nodes[1].process.send_signal(signal.SIGSTOP)
            ann.expect("user_left", timeout=NODE_TTL + 4, room_id=room, user_id=ben.user_id)
            say(ann, room, "while it was frozen")
            nodes[1].process.send_signal(signal.SIGCONT)
            ann.expect("user_joined", timeout=NODE_TTL + 4, room_id=room, user_id=ben.user_id)
            ben.expect("message", room_id=room, content="while it was frozen")
            say(ben, room, "here again")
            ann.expect("message", room_id=room, content="here again")


def test_redis_goes_and_comes_back(drivers, generations, name):
    with Nodes(2) as nodes:
        first = Chat(nodes[0].url, drivers, generations)
        second = Chat(nodes[1].url, drivers, generations)
        with first, second:
            ann, room = first.user("v4-websocket", name("ann")), name("room")
            ben = second.user("v4-websocket", name("ben"))
            join(ann, room)
            join(ben, room)
            assert say(ann, room, "one")["seq"] == 1
            nodes.redis.kill()
            refusal = ann.call("message", {"room_id": room, "content": "two"})
            assert (refusal["status"], refusal["code"]) == ("error", "UNAVAILABLE")
            assert requests.get(nodes[0].url + "/ready", timeout=10).status_code == 503
            nodes.redis.start()
            deadline = time.monotonic() + 20
            while requests.get(nodes[0].url + "/ready", timeout=10).status_code != 200:
                assert time.monotonic() < deadline
            seqs = [say(client, room, "three")["seq"] for client in (ann, ben)]
            for client in (ann, ben):
                seen = []
                while not seen or seen[-1] < seqs[-1]:
                    seen.append(client.expect("message", timeout=15, room_id=room)["seq"])
                assert seen == sorted(set(seen)) and seen == list(range(seen[0], seqs[-1] + 1)), seen
