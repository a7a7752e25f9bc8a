# Licensed under the MIT licence.
"""Requests that reach another node than their session's, one by one; over a real Redis."""

import json
import threading
import time

import pytest
import requests
import websocket

from chat import Chat, join, say
from nodes import Nodes

# Longer than the ten seconds after which a node gives another's answer up.
DEADLINE = 20
UNKNOWN = {"code": 1, "message": "Session ID unknown"}
TARGET = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(scope="module")
def nodes():
    with Nodes(2) as nodes:
        yield nodes


class Session:
    """A session on polling at one node, whose requests go wherever a test likes."""

    def __init__(self, server):
        self.server = server
        opened = requests.get(server.url + TARGET, timeout=DEADLINE)
        self.sid = json.loads(opened.text[1:])["sid"]

    def poll(self, server, timeout=DEADLINE):
        return requests.get(f"{server.url}{TARGET}&sid={self.sid}", timeout=timeout)

    def post(self, server, body):
        return requests.post(f"{server.url}{TARGET}&sid={self.sid}", data=body.encode(), timeout=DEADLINE)

    def connect(self, server, user_id):
        assert self.post(server, "40" + json.dumps({"user_id": user_id})).text == "ok"
        text = ""
        while '42["authenticated"' not in text:
            text += self.poll(server).text
        return self

    def upgrade(self, server):
        socket = websocket.create_connection(
            f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket&sid={self.sid}", timeout=DEADLINE
        )
        socket.send("2probe")
        assert socket.recv() == "3probe"
        socket.send("5")
        return socket


def test_sids_name_their_node(nodes):
    tails = [{Session(server).sid[20:] for _ in range(3)} for server in nodes.servers]
    assert [len(tail) for tail in tails] == [1, 1] and tails[0] != tails[1]
    assert all(len(address) == 8 for tail in tails for address in tail)


def test_one_session_at_two_nodes(nodes, name):
    session = Session(nodes[0]).connect(nodes[1], name("ann"))
    for number in range(10):
        at = nodes[number % 2]
        assert session.post(at, f'42{number}["join",{{"room_id":"{name("room")}"}}]').text == "ok"
        text = ""
        while f"43{number}[" not in text:
            text += session.poll(nodes[(number + 1) % 2]).text


def test_a_websocket_at_the_other_node(nodes, name):
    session = Session(nodes[0]).connect(nodes[0], name("ann"))
    socket = session.upgrade(nodes[1])
    for number in range(20):
        socket.send(f'42{number}["join",{{"room_id":"{name("room")}"}}]')
        while not socket.recv().startswith(f"43{number}["):
            pass
    socket.close()
    deadline = time.monotonic() + DEADLINE
    while session.poll(nodes[0]).json() != UNKNOWN:
        assert time.monotonic() < deadline


def test_an_aborted_poll_ends_the_session(nodes, name):
    session = Session(nodes[0]).connect(nodes[0], name("ann"))
    with pytest.raises(requests.Timeout):
        session.poll(nodes[1], timeout=0.3)
    deadline = time.monotonic() + DEADLINE
    while session.poll(nodes[0]).json() != UNKNOWN:
        assert time.monotonic() < deadline


def test_ids_that_nobody_has(nodes):
    session = Session(nodes[0])
    for sid in (session.sid[:20] + "AAAAAAAA", "A" * 20 + session.sid[20:], session.sid[:20], "A" * 28):
        session.sid = sid
        for server in nodes.servers:
            began = time.monotonic()
            assert session.poll(server).json() == UNKNOWN
            assert session.post(server, "4").json() == UNKNOWN
            assert time.monotonic() - began < 8, "that is no word of the owner"


def test_switched_off(name):
    with Nodes(2, SESSION_FORWARDING="off") as nodes:
        session = Session(nodes[0])
        assert len(session.sid) == 20
        assert session.poll(nodes[1]).json() == UNKNOWN
        session.connect(nodes[0], name("ann"))


def test_an_owner_that_was_killed(name):
    with Nodes(2) as nodes:
        waiting, moved = (Session(nodes[0]).connect(nodes[0], name(user)) for user in ("ann", "ben"))
        answers = []
        poll = threading.Thread(target=lambda: answers.append(waiting.poll(nodes[1], timeout=20)))
        poll.start()
        socket = moved.upgrade(nodes[1])
        # The poll is there, since the socket's upgrade came behind it.
        nodes[0].kill()
        killed = time.monotonic()
        poll.join(20)
        assert answers and answers[0].status_code == 400 and answers[0].json() == UNKNOWN
        with pytest.raises((websocket.WebSocketException, OSError)):
            while socket.recv():
                pass
            raise OSError("closed")
        assert time.monotonic() - killed < 18
        assert waiting.post(nodes[1], "4").json() == UNKNOWN


def test_a_visitor_that_is_restarted(name):
    """What is under way through it ends or is let go; its clients' sessions at the other node live on."""
    with Nodes(2) as nodes:
        session = Session(nodes[0]).connect(nodes[0], name("ann"))
        answers = []
        poll = threading.Thread(target=lambda: answers.append(session.poll(nodes[1], timeout=20)))
        poll.start()
        moved = Session(nodes[0]).connect(nodes[0], name("ben"))
        socket = moved.upgrade(nodes[1])
        assert nodes[1].stop() == 0
        poll.join(20)
        assert answers and answers[0].text == "6"
        with pytest.raises((websocket.WebSocketException, OSError)):
            while socket.recv():
                pass
            raise OSError("closed")
        nodes[1].start()
        assert session.post(nodes[1], f'421["join",{{"room_id":"{name("room")}"}}]').text == "ok"
        text = ""
        while "431[" not in text:
            text += session.poll(nodes[1]).text


def test_redis_goes_and_comes_back(drivers, generations, name):
    with Nodes(2) as nodes:
        session = Session(nodes[0]).connect(nodes[0], name("ann"))
        moved = Session(nodes[0]).connect(nodes[0], name("ben"))
        socket = moved.upgrade(nodes[1])
        with Chat(nodes[0].url, drivers, generations) as chat:
            direct = chat.user("v4-websocket", name("eve"))
            nodes.redis.kill()
            # Bytes may be missing in the tunnel, so it ends; whoever needs no other node stays.
            with pytest.raises((websocket.WebSocketException, OSError)):
                while socket.recv():
                    pass
                raise OSError("closed")
            assert session.poll(nodes[1]).json() == UNKNOWN
            nodes.redis.start()
            deadline = time.monotonic() + 40
            while Session(nodes[0]).post(nodes[1], "40").text != "ok":
                assert time.monotonic() < deadline
                time.sleep(0.1)  # a node takes no more than 100 handshakes a second of one address
            assert not direct.disconnections
            room = name("room")
            join(direct, room)
            assert say(direct, room, "here")["seq"] == 1
