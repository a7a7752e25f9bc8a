# Licensed under the MIT licence.
"""Stock clients that are cut off by the end of the server itself, and come back to the next process on the same directory."""

import signal

import pytest
from chat import Chat, join, ok, say
from clients import DEADLINE
from recovering import RecoveringClient
from server import Martlet

ENDS = {"stopped": signal.SIGTERM, "killed": signal.SIGKILL}


@pytest.fixture
def durable_server():
    with Martlet(STORE="sqlite", RATE_LIMITS="off") as martlet:
        yield martlet


@pytest.fixture
def durable_chat(durable_server, drivers, generations):
    with Chat(durable_server.url, drivers, generations) as made:
        yield made


def browser(server, drivers, transport, user_id):
    client = RecoveringClient(drivers("browser"), transport, server.url)
    client.start_connecting(auth={"user_id": user_id}, reconnect=True, timeout=1500)
    client.wait_connected()
    client.expect("authenticated", user_id=user_id)
    return client


def end(server, how):
    if how == "killed":
        server.kill()
    else:
        assert server.stop() == 0


def contents(client, room):
    return [arguments[0]["content"] for arguments in client.arguments("message") if arguments[0]["room_id"] == room]


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize("how", ENDS)
def test_a_client_goes_on_after_a_restart(how, transport, durable_server, drivers):
    """With its id, identity, rooms and subscriptions; and what was sent before it was back comes first, in order, once."""
    ann = browser(durable_server, drivers, transport, "ann")
    try:
        join(ann, "lobby")
        join(ann, "attic")
        ok(ann.call("subscribe_status", {"target_user_id": "ben"}))
        ann.expect("user_offline", user_id="ben")
        for number in range(3):
            say(ann, "lobby", f"before {number}")
        end(durable_server, how)
        durable_server.start()
        with Chat(durable_server.url, drivers, ["v4"]) as chat:
            ben = chat.user("v4-websocket", "ben")
            join(ben, "lobby")
            for number in range(3):
                say(ben, "lobby", f"after {number}")
            ann.wait_connected(2, 3 * DEADLINE)
            say(ann, "lobby", "here again")
            ann.wait_until(lambda: "here again" in contents(ann, "lobby"), DEADLINE, "its own message")
            assert ann.recovered == [True]
            expected = [f"before {number}" for number in range(3)] + [f"after {number}" for number in range(3)]
            assert contents(ann, "lobby") == expected + ["here again"]
            seqs = [arguments[0]["seq"] for arguments in ann.arguments("message")]
            assert seqs == list(range(1, 8))
            ann.expect("user_online", user_id="ben")
            ann.expect_none("user_left", user_id="ann")
            assert ben.expect("message", content="here again")["user_id"] == "ann"
            answer = ok(ann.call("history", {"room_id": "attic"}))
            assert answer["messages"] == [], "still a member of the quiet room"
    finally:
        ann.disconnect()


def test_kills_in_mid_stream(durable_server, drivers):
    """Whatever was acknowledged or sent to anybody comes to all, in order, once, however often the server is killed."""
    room, kills, per_life = "busy", 5, 40
    listeners = [browser(durable_server, drivers, transport, transport) for transport in ("websocket", "polling")]
    try:
        for listener in listeners:
            join(listener, room)
        acknowledged = []
        for life in range(kills):
            with Chat(durable_server.url, drivers, ["v4"]) as chat:
                sender = chat.user("v4-websocket", "sender")
                join(sender, room)
                replies = [
                    sender.request("message", {"room_id": room, "content": f"{life}.{number}"})
                    for number in range(per_life)
                ]
                replies[per_life // 2].wait()
                durable_server.kill()
                acknowledged += [reply.answers[0][0]["message_id"] for reply in replies if reply.answers]
            durable_server.start()
            for listener in listeners:
                listener.wait_connected(life + 2, 3 * DEADLINE)
        with Chat(durable_server.url, drivers, ["v4"]) as chat:
            sender = chat.user("v4-websocket", "sender")
            last = join(sender, room)["last_seq"] + 1
            assert say(sender, room, "the last")["seq"] == last
            for listener in listeners:
                listener.wait_until(
                    lambda listener=listener: "the last" in contents(listener, room), DEADLINE, "the last message"
                )
                messages = [arguments[0] for arguments in listener.arguments("message")]
                print(listener.transport, listener.recovered, len(messages))
                assert listener.recovered == [True] * kills
                assert [message["seq"] for message in messages] == list(range(1, last + 1))
                assert set(acknowledged) <= {message["id"] for message in messages}
    finally:
        for listener in listeners:
            listener.disconnect()
