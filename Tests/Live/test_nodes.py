# Licensed under the MIT licence.
"""Two nodes on one Redis: to clients they are one server."""

import signal
import time
from contextlib import ExitStack

import pytest
import requests

import redis_releases
from chat import Chat, join, ok, say
from nodes import NODE_TTL, Nodes
from raw import RawSocket


@pytest.fixture(scope="module", params=["redis", *redis_releases.RELEASES])
def nodes(request):
    with Nodes(2, redis=redis_releases.server(request.param)) as nodes:
        yield nodes


@pytest.fixture
def chats(nodes, drivers, generations):
    """A chat at each node."""
    first, second = (Chat(server.url, drivers, generations) for server in nodes.servers)
    with first, second:
        yield first, second


def together(first, second, name):
    """A user at each node, in one room."""
    ann, ben, room = first.user("v4-websocket", name("ann")), second.user("v4-websocket", name("ben")), name("room")
    join(ann, room)
    join(ben, room)
    ann.expect("user_joined", user_id=ben.user_id)
    return ann, ben, room


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
    # It is not kept for a client that does not poll at the moment.
    for _ in range(100):
        ok(ben.call("typing", {"room_id": room, "is_typing": True}))
        if ann.received("typing", room_id=room):
            break
        time.sleep(0.05)
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
            ann, ben, room = together(first, second, name)
            ok(ann.call("subscribe_status", {"target_user_id": ben.user_id}))
            ann.expect("user_online", user_id=ben.user_id)
            nodes[1].kill()
            ann.expect("user_left", timeout=NODE_TTL + 15, room_id=room, user_id=ben.user_id)
            ann.expect("user_offline", timeout=NODE_TTL + 15, user_id=ben.user_id)
            assert requests.get(f"{nodes[0].url}/rooms/{room}/users", timeout=5).json()["users"] == [ann.user_id]


def test_a_frozen_node_comes_back_under_another_name(drivers, generations, name):
    with Nodes(2) as nodes:
        first = Chat(nodes[0].url, drivers, generations)
        second = Chat(nodes[1].url, drivers, generations)
        with first, second:
            ann, ben, room = together(first, second, name)
            nodes[1].process.send_signal(signal.SIGSTOP)
            ann.expect("user_left", timeout=NODE_TTL + 15, room_id=room, user_id=ben.user_id)
            say(ann, room, "while it was frozen")
            nodes[1].process.send_signal(signal.SIGCONT)
            ann.expect("user_joined", timeout=NODE_TTL + 15, room_id=room, user_id=ben.user_id)
            ben.expect("message", room_id=room, content="while it was frozen")
            say(ben, room, "here again")
            ann.expect("message", room_id=room, content="here again")


def test_redis_goes_and_comes_back(drivers, generations, name):
    with Nodes(2) as nodes:
        first = Chat(nodes[0].url, drivers, generations)
        second = Chat(nodes[1].url, drivers, generations)
        with first, second:
            ann, ben, room = together(first, second, name)
            assert say(ann, room, "one")["seq"] == 1
            nodes.redis.kill()
            refusal = ann.call("message", {"room_id": room, "content": "two"}, timeout=25)
            assert (refusal["status"], refusal["code"]) == ("error", "UNAVAILABLE")
            # Who is in stays, though it cannot be told where the room is.
            refusal = ann.call("join", {"room_id": room}, timeout=25)
            assert (refusal["status"], refusal["code"]) == ("error", "UNAVAILABLE")
            assert requests.get(nodes[0].url + "/ready", timeout=10).status_code == 503
            nodes.redis.start()
            until_ready(nodes)
            seqs = [say(client, room, "three")["seq"] for client in (ann, ben)]
            for client in (ann, ben):
                seen = []
                while not seen or seen[-1] < seqs[-1]:
                    seen.append(client.expect("message", timeout=15, room_id=room)["seq"])
                assert seen == sorted(set(seen)) and seen == list(range(seen[0], seqs[-1] + 1)), seen


def test_nobody_goes_while_redis_is_away_for_long(drivers, generations, name):
    with Nodes(3) as nodes, ExitStack() as stack:
        chats = [stack.enter_context(Chat(node.url, drivers, generations)) for node in nodes.servers]
        rooms = [name(f"room{number}") for number in range(8)]
        users = [chats[number % 3].user("v4-websocket", name(f"user{number}")) for number in range(12)]
        for room in rooms:
            for user in users:
                join(user, room)
            for user in users[:-1]:
                user.expect("user_joined", room_id=room, user_id=users[-1].user_id)
        for watcher in users:
            for watched in users:
                ok(watcher.call("subscribe_status", {"target_user_id": watched.user_id}))
        for watcher in users:
            watcher.expect_many("user_online", len(users))
            watcher.expect_many("user_joined", sum(1 for _ in watcher.received("user_joined")))
        nodes.redis.kill()
        # All leases end meanwhile.
        time.sleep(2 * NODE_TTL)
        nodes.redis.start()
        until_ready(nodes)
        # Longer than nodes give each other to come back.
        time.sleep(8)
        for room in rooms:
            say(users[0], room, "still here")
        for user in users:
            user.expect_many("message", len(rooms), content="still here")
            for event in ("user_left", "user_joined", "user_offline", "user_online"):
                user.expect_none(event)
        for node in nodes.servers:
            for room in rooms:
                present = node.get(f"/rooms/{room}/users", timeout=10).json()["users"]
                assert present == sorted(user.user_id for user in users)


def until_ready(nodes):
    deadline = time.monotonic() + 20
    while any(node.get("/ready", timeout=10).status_code != 200 for node in nodes.servers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_garbage_between_nodes_is_counted_and_does_no_harm(name):
    room = name("room")
    with Nodes(1) as nodes:
        member = RawSocket(nodes[0], auth={"user_id": name("ann")})
        member.send(f'420["join",{{"room_id":"{room}"}}]')
        member.receive("430")
        for kind, pattern in {"place": f"*{{{room}}}*", "forwarding": "martlet:engine:*", "recovery": "martlet:recovery:*"}.items():
            line = f'chat_nodes_rejected_total{{kind="{kind}"}} '
            assert line + "0" in nodes[0].get("/metrics", timeout=10).text
            deadline = time.monotonic() + 20
            # Channels are subscribed to a moment after the start.
            while not (channels := nodes.redis.answer("PUBSUB", "CHANNELS", pattern).split()):
                assert time.monotonic() < deadline, f"no channel {pattern}"
            assert nodes.redis.answer("PUBLISH", channels[0], "garbage") == "1"
            while line + "1" not in (text := nodes[0].get("/metrics", timeout=10).text):
                assert time.monotonic() < deadline, text
        member.send(f'421["message",{{"room_id":"{room}","content":"still here"}}]')
        assert '"status":"ok"' in member.receive("431")
        member.close()


def test_what_another_node_knows_is_not_made_up_while_redis_is_away(name):
    user, room = name("ann"), name("room")
    paths = [f"/users/{user}/status", f"/rooms/{room}/users"]
    with Nodes(2) as nodes:
        member = RawSocket(nodes[1], auth={"user_id": user})
        member.send(f'420["join",{{"room_id":"{room}"}}]')
        member.receive("430")
        there = [nodes[0].get(path, timeout=10).json() for path in paths]
        assert there[0]["is_online"] and there[1]["users"] == [user]
        nodes.redis.kill()
        for path in [*paths, f"/users/{name('nobody')}/status"]:
            refusal = nodes[0].get(path, timeout=10)
            assert (refusal.status_code, refusal.json()["code"]) == (503, "UNAVAILABLE") and "Retry-After" in refusal.headers
        own = [nodes[1].get(path, timeout=10) for path in paths]
        assert own[0].json()["is_online"] and own[1].json() == there[1]
        nodes.redis.start()
        deadline = time.monotonic() + 20
        while not all((answers := [nodes[0].get(path, timeout=10) for path in paths])):
            assert time.monotonic() < deadline, [answer.text for answer in answers]
        member.close()


def test_a_node_ends_while_redis_is_away(name):
    with Nodes(1, SHUTDOWN_TIMEOUT=2000) as nodes:
        member = RawSocket(nodes[0], auth={"user_id": name("ann")})
        member.send(f'420["join",{{"room_id":"{name("room")}"}}]')
        member.receive("430")
        nodes.redis.kill()
        nodes[0].process.send_signal(signal.SIGTERM)
        # It closes the connection as it is told to.
        assert member.receive_end() in (1000, 1001, 1005, 1012)
        member.close()
        assert nodes[0].process.wait(30) == 0
        output = nodes[0].output()
        assert "Redis is not there to be told who has gone; the other nodes take this one's users away after NODE_TTL" in output
        assert "not every connection closed" not in output


def test_a_node_ends_in_good_order(drivers, generations, name):
    with Nodes(2) as nodes:
        chat = Chat(nodes[1].url, drivers, generations)
        with chat:
            join(chat.user("v4-websocket", name("ann")), name("room"))
            assert nodes[1].stop() == 0
            # What a loop is given after its end is reported there, and lost.
            assert "EventLoop" not in nodes[1].output()
