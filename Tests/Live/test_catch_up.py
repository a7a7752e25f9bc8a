# Licensed under the MIT licence.
"""Catching up: a long past, a past that is not kept in full, and joining with `after` while everybody talks."""

import itertools
import random
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from chat import Chat, join, ok, say
from server import Martlet

MESSAGES = 150
CONTENT = "x" * 10_000

KEPT = 20
SENT = 50

ROAMERS = ("v2-polling", "v2-websocket", "v4-polling", "v4-websocket", "v4-upgrade")
WATCHERS = ("v2-websocket", "v4-websocket")
SENDERS = 4
EACH = 500
AT_ONCE = 10


def test_a_past_larger_than_the_byte_budget(drivers, generations, kind, name):
    """1.5 MB of messages with a budget of 512 kB: the replay waits for the client."""
    with Martlet(OUTBOUND_BUFFER_BYTES=524_288, RATE_LIMITS="off") as own:
        with requests.Session() as http:
            for _ in range(MESSAGES):
                body = {"room_id": "past", "content": CONTENT}
                assert http.post(f"{own.url}/messages", json=body, timeout=10).status_code == 200
        with Chat(own.url, drivers, generations) as chat:
            client = chat.user(kind, name("ann"))
            joined = client.call("join", {"room_id": "past", "after": 0})
            assert joined["last_seq"] == MESSAGES
            assert [client.expect("message")["seq"] for _ in range(MESSAGES)] == list(range(1, MESSAGES + 1))


def test_a_request_whose_sender_closes_its_side_is_answered(server):
    body = b'{"room_id":"half","content":"still here"}'
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(
            b"POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"status":"sent"' in answer


def test_a_past_that_is_not_kept_in_full(drivers, generations, kind, name):
    """Of 50 messages 20 are kept: what is kept comes, and `last_seq` and `has_more` tell the truth."""
    with Martlet(HISTORY_MAX_MESSAGES=KEPT, RATE_LIMITS="off") as own, Chat(own.url, drivers, generations) as chat:
        ann, room = chat.user(kind, name("ann")), name("room")
        assert join(ann, room, after=0)["last_seq"] == 0
        for reply in [ann.request("message", {"room_id": room, "content": str(n + 1)}) for n in range(SENT)]:
            ok(reply.wait())
        assert [message["seq"] for message in ann.expect_many("message", SENT)] == list(range(1, SENT + 1))
        kept = list(range(SENT - KEPT + 1, SENT + 1))

        for after, expected in ((0, kept), (3, kept), (SENT - KEPT, kept), (SENT - 2, kept[-2:]), (SENT, []), (10**9, [])):
            ok(ann.call("leave", {"room_id": room}))
            answer = join(ann, room, after=after)
            assert (answer["last_seq"], answer["last_read_seq"], answer["unread"]) == (SENT, 0, SENT), after
            messages = ann.expect_many("message", len(expected))
            assert [message["seq"] for message in messages] == expected, after
            assert [message["content"] for message in messages] == [str(seq) for seq in expected], after
        last = say(ann, room, "the last")["seq"]
        assert [message["seq"] for message in ann.expect_many("message", 1)] == [last], "and nothing besides"

        def page(**query):
            answer = ok(ann.call("history", {"room_id": room} | query))
            return [message["seq"] for message in answer["messages"]], answer["has_more"]

        first = last - KEPT + 1
        assert page(limit=KEPT) == (list(range(first, last + 1)), False)
        assert page(limit=KEPT - 1) == (list(range(first + 1, last + 1)), True)
        assert page(after=0, limit=5) == (list(range(first, first + 5)), True)
        assert page(after=0, limit=200) == (list(range(first, last + 1)), False)
        assert page(after=first - 1, limit=KEPT) == (list(range(first, last + 1)), False)
        assert page(before=first + 3, limit=5) == (list(range(first, first + 3)), False)
        assert page(before=first + 5, limit=5) == (list(range(first, first + 5)), False)
        assert page(before=first + 6, limit=5) == (list(range(first + 1, first + 6)), True)
        assert page(before=first) == ([], False)
        assert page(after=last) == ([], False)
        body = requests.get(f"{own.url}/rooms/{room}/messages?after=0&limit=3", timeout=10).json()
        assert [message["seq"] for message in body["messages"]] == [first, first + 1, first + 2]
        assert body["has_more"]


@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_coming_and_going_while_everybody_talks(drivers, generations, name, store):
    """Members leave, or lose their connection, and join again with `after` while others send as fast as they can: between
    what is replayed and what comes live there is no gap and no repeat."""
    seed, total = random.randrange(10**6), SENDERS * EACH
    settings = {"STORE": store, "RATE_LIMITS": "off", "HISTORY_MAX_MESSAGES": total}
    with Martlet(**settings) as own, Chat(own.url, drivers, generations) as chat:
        rounds = come_and_go(chat, generations, name, seed, total)
    print(f"seed {seed}: {rounds}")


def come_and_go(chat, generations, name, seed, total):
    """Returns how often each kind of client joined."""
    room = name("room")
    watchers = [chat.user(kind, name(f"watcher-{kind}")) for kind in WATCHERS if kind.split("-")[0] in generations]
    senders = [chat.user(watchers[number % len(watchers)].kind, name(f"sender{number}")) for number in range(SENDERS)]
    roamers = [chat.user(kind, name(f"roamer-{kind}")) for kind in ROAMERS if kind.split("-")[0] in generations]
    for client in watchers + senders:
        join(client, room)

    def send(client):
        seqs = []
        for start in range(0, EACH, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, EACH))
            replies = [client.request("message", {"room_id": room, "content": str(number)}) for number in numbers]
            seqs += [ok(reply.wait(60))["seq"] for reply in replies]
        return seqs

    def roam(client):
        chance = random.Random(f"{seed} {client.kind}")
        position = rounds = 0
        while position < total:
            rounds += 1
            assert join(client, room, after=position)["last_seq"] >= position
            count = min(chance.randrange(1, 40), total - position)
            messages = client.expect_many("message", count, timeout=60)
            if chance.random() < 0.5:
                ok(client.call("leave", {"room_id": room}))
                # What came before the answer counts; nothing comes after it.
                messages += client.expect_many("message", 0)
            else:
                client.disconnect()
                client = chat.user(client.kind, client.user_id)
            found = [message["seq"] for message in messages]
            assert found == list(range(position + 1, position + 1 + len(found))), (seed, client.kind, rounds)
            position = found[-1]
        return rounds

    with ThreadPoolExecutor(len(senders) + len(roamers)) as pool:
        roaming = [pool.submit(roam, roamer) for roamer in roamers]
        sent = sorted(itertools.chain.from_iterable(pool.map(send, senders)))
        rounds = [each.result() for each in roaming]
    assert sent == list(range(1, total + 1))
    for client in watchers + senders:
        assert [message["seq"] for message in client.expect_many("message", total)] == sent, client.kind
    return dict(zip((roamer.kind for roamer in roamers), rounds, strict=True))
