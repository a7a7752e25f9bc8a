# Licensed under the MIT licence.
"""Whatever was acknowledged is there after the process is killed, at any moment."""

import json
import random
import threading
import time

import pytest
import requests
import websocket

from raw import RawSocket
from server import Martlet

KILLS = 50
ROOMS = ["north", "south", "east"]
WINDOW = 16


class Sender(threading.Thread):
    """Sends as fast as acknowledgements come, and notes each of them, until the server is gone."""

    def __init__(self, server, number, sent):
        super().__init__()
        self.server, self.number, self.sent = server, number, sent
        self.acknowledged = []
        self.failure = None
        self.first = threading.Event()

    def run(self):
        try:
            self.send()
        except (OSError, websocket.WebSocketException, requests.RequestException):
            pass  # The server was killed.
        except Exception as failure:  # noqa: BLE001
            self.failure = failure

    def content(self):
        number = next(self.sent)
        return f"{number} " + "x" * (number * 37 % 700)

    def note(self, room, content, receipt):
        assert receipt["status"] in ("ok", "sent"), receipt
        self.acknowledged.append((room, receipt["seq"], receipt["message_id"], content))
        self.first.set()


class SocketSender(Sender):
    def send(self):
        socket = RawSocket(self.server, auth={"user_id": f"sender-{self.number}"})
        for number, room in enumerate(ROOMS):
            socket.send(f'42{number}["join",{{"room_id":"{room}"}}]')
            socket.receive(f"43{number}[")
        while True:
            waiting = {}
            for number in range(WINDOW):
                room, content = ROOMS[(self.number + number) % len(ROOMS)], self.content()
                waiting[number] = room, content
                message = {"room_id": room, "content": content, "client_id": content.split()[0]}
                socket.send(f"42{number}" + json.dumps(["message", message]))
            while waiting:
                packet = socket.receive("43")
                number, _, answer = packet[2:].partition("[")
                room, content = waiting.pop(int(number))
                self.note(room, content, json.loads("[" + answer)[0])


class HTTPSender(Sender):
    def send(self):
        with requests.Session() as http:
            while True:
                room, content = random.choice(ROOMS), self.content()
                body = {"room_id": room, "content": content}
                answer = http.post(f"{self.server.url}/messages", json=body, timeout=10)
                assert answer.status_code == 200, answer.text
                self.note(room, content, answer.json())


class Stored:
    """What the server has, read on from where it was read before."""

    def __init__(self):
        self.rooms = {room: {} for room in ROOMS}

    def read(self, server):
        with requests.Session() as http:
            for room, messages in self.rooms.items():
                more = True
                while more:
                    page = http.get(
                        f"{server.url}/rooms/{room}/messages",
                        params={"after": len(messages), "limit": 200},
                        timeout=10,
                    ).json()
                    for message in page["messages"]:
                        assert message["seq"] == len(messages) + 1, f"a gap in {room}"
                        messages[message["seq"]] = message["id"], message["content"]
                    more = page["has_more"]


class Counter:
    """Numbers for all threads; each is given once."""

    def __init__(self):
        self.lock, self.number = threading.Lock(), 0

    def __next__(self):
        with self.lock:
            self.number += 1
            return self.number


@pytest.mark.timeout(600)
def test_nothing_that_was_acknowledged_is_lost(record_property):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    sent, acknowledged, stored = Counter(), [], Stored()
    server = Martlet(STORE="sqlite", RATE_LIMITS="off", HISTORY_MAX_MESSAGES=1_000_000, LOG_LEVEL="warning")
    with server:
        for _ in range(KILLS):
            senders = [SocketSender(server, number, sent) for number in range(3)] + [HTTPSender(server, 3, sent)]
            for sender in senders:
                sender.start()
            assert senders[0].first.wait(20), server.output()
            # No signal: which moment it is, is what the seed decides.
            time.sleep(moments.uniform(0, 0.25))
            server.kill()
            for sender in senders:
                sender.join()
                assert sender.failure is None, sender.failure
            fresh = [entry for sender in senders for entry in sender.acknowledged]
            server.start()
            stored.read(server)
            for room, seq, message_id, content in fresh:
                assert stored.rooms[room].get(seq) == (message_id, content), f"lost: {room} {seq}"
            acknowledged += fresh
        # Nothing that was there after one crash is gone or changed after later ones.
        again = Stored()
        again.read(server)
        assert again.rooms == stored.rooms
    contents = [content for messages in stored.rooms.values() for _, content in messages.values()]
    assert len(contents) == len(set(contents)), "stored twice"
    assert len(acknowledged) > KILLS * 10, "too little was under way to prove anything"
    print(f"{KILLS} kills, {len(acknowledged)} acknowledged of {sent.number} sent, {len(contents)} stored")
    record_property("acknowledged", len(acknowledged))
