# Licensed under the MIT licence.
"""Clients that are cut off from one node and come back at another, which lives or has been killed: they go on as they were.

Each run has a seed, which decides who sends when and where connections are cut. A run that fails names its seed; `RECOVERY_SEED` chooses
one.
"""

import json
import os
import random
import threading
import time

import pytest
import websocket

from chat import Chat, join, ok, say
from clients import DEADLINE
from nodes import Nodes
from recovering import RecoveringClient

ONE_SEED = os.environ.get("RECOVERY_SEED")
SEEDS = [seed for seed in range(5) if ONE_SEED in (None, str(seed))]
ENDS = ["alive", "killed"]


class Wanderer:
    """A browser user behind a lane that can be led to another node."""

    def __init__(self, proxy, node, drivers, transport, user_id):
        self.user_id = user_id
        self.lane = proxy.lane(node.port)
        self.client = RecoveringClient(drivers("browser"), transport, f"http://127.0.0.1:{self.lane.port}")
        self.client.start_connecting(auth={"user_id": user_id}, reconnect=True, timeout=1500)
        self.client.wait_connected()
        self.client.expect("authenticated", user_id=user_id)

    def lead_to(self, node):
        """From now on connections go to this node."""
        self.lane.target = node.port

    def move(self, node):
        """Cuts the connection without the old node's noticing, and leads the client to another."""
        connections = self.client.connections
        self.lead_to(node)
        self.lane.cut_client()
        # Browsers repeat a poll whose connection was reset, unasked.
        self.lane.proxy.later_from_outside(1, self.lane._disarm)
        self.client.wait_connected(connections + 1, 3 * DEADLINE)

    def messages(self, room):
        return [arguments[0] for arguments in self.client.arguments("message") if arguments[0]["room_id"] == room]

    def contents(self, room):
        return [message["content"] for message in self.messages(room)]

    def wait_for(self, room, content):
        self.client.wait_until(lambda: content in self.contents(room), DEADLINE, f"{content} in {room}")


@pytest.fixture
def nodes():
    with Nodes(3) as nodes:
        yield nodes


@pytest.fixture
def wanderer(nodes, proxy, drivers):
    made = []

    def make(user_id, transport="websocket", at=0):
        made.append(Wanderer(proxy, nodes[at], drivers, transport, user_id))
        return made[-1]

    yield make
    for each in made:
        each.client.disconnect()


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize("end", ENDS)
def test_a_client_goes_on_at_another_node(end, transport, nodes, wanderer, drivers, name):
    """With its id, identity, rooms and subscriptions; what it missed comes first, in order, once."""
    lobby, attic, own = name("lobby"), name("attic"), name("own")
    ann, ben_id = wanderer(name("ann"), transport), name("ben")
    for room in (lobby, attic, own):
        join(ann.client, room)
    ok(ann.client.call("subscribe_status", {"target_user_id": ben_id}))
    ann.client.expect("user_offline", user_id=ben_id)
    with Chat(nodes[2].url, drivers, ["v4"]) as chat:
        ben = chat.user("v4-websocket", ben_id)
        join(ben, lobby)
        ann.client.expect("user_joined", room_id=lobby, user_id=ben_id)
        ann.client.expect("user_online", user_id=ben_id)
        for number in range(3):
            say(ben, lobby, f"before {number}")
        say(ann.client, own, "mine")
        ann.wait_for(lobby, "before 2")
        if end == "killed":
            ann.lead_to(nodes[1])
            ann.lane.cut_client()
            nodes[0].kill()
        else:
            ann.lead_to(nodes[1])
            ann.lane.cut_client()
        for number in range(5):
            say(ben, lobby, f"missed {number}")
        ann.lane.proxy.later_from_outside(1, ann.lane._disarm)
        ann.client.wait_connected(2, 3 * DEADLINE)
        say(ben, lobby, "new")
        ann.wait_for(lobby, "new")
        expected = [f"before {number}" for number in range(3)] + [f"missed {number}" for number in range(5)]
        assert ann.client.recovered == [True]
        assert ann.contents(lobby) == [*expected, "new"]
        assert [message["seq"] for message in ann.messages(lobby)] == list(range(1, 10))
        assert say(ann.client, lobby, "here again")["seq"] == 10
        assert ben.expect("message", content="here again")["user_id"] == ann.user_id
        assert say(ann.client, attic, "still a member")["seq"] == 1
        assert say(ann.client, own, "mine as well")["seq"] == 2
        ann.wait_for(own, "mine as well")
        assert ann.contents(own) == ["mine", "mine as well"]
        ok(ann.client.call("unsubscribe_status", {"target_user_id": ben_id}))
    ann.client.expect_none("user_left", user_id=ann.user_id)


def test_from_node_to_node_and_back(nodes, wanderer, drivers, name):
    """A session may move any number of times, also home, and from a node that it came to and that was killed."""
    room = name("room")
    ann = wanderer(name("ann"))
    quiet = wanderer(name("quiet"))
    last = wanderer(name("last"))
    join(ann.client, room)
    sent = 0
    with Chat(nodes[2].url, drivers, ["v4"]) as chat:
        ben = chat.user("v4-websocket", name("ben"))
        join(ben, room)
        for target in (1, 0, 2, 1):
            ann.lead_to(nodes[target])
            ann.lane.cut_client()
            for _ in range(3):
                sent += 1
                say(ben, room, f"number {sent}")
            ann.lane.disarm()
            ann.client.wait_connected(len(ann.client.connected_as) + 1, 3 * DEADLINE)
            ann.wait_for(room, f"number {sent}")
            quiet.move(nodes[target])
        for wandering in (ann, quiet):
            wandering.lead_to(nodes[0])
        # Who comes back is answered once the journal holds what the node was told before: that the others are there now.
        last.move(nodes[1])
        nodes[1].kill()
        sent += 1
        say(ben, room, f"number {sent}")
        ann.client.wait_connected(6, 3 * DEADLINE)
        quiet.client.wait_connected(6, 3 * DEADLINE)
        ann.wait_for(room, f"number {sent}")
    assert ann.contents(room) == [f"number {number}" for number in range(1, sent + 1)]
    assert ann.client.recovered == [True] * 5
    assert quiet.client.recovered == [True] * 5


class Stream:
    """Several senders at the nodes that stay, each at its own pace."""

    def __init__(self, seed, rooms, node, drivers, chat):
        self.random = random.Random(seed)
        self.rooms = rooms
        self.senders = [chat.user("v4-websocket", f"sender {number} of {seed}") for number in range(3)]
        for sender in self.senders:
            for room in rooms:
                join(sender, room)
        self.is_over = threading.Event()
        self.threads = [
            threading.Thread(target=self.run, args=(sender, self.random.randrange(1 << 30))) for sender in self.senders
        ]
        for thread in self.threads:
            thread.start()

    def run(self, sender, seed):
        chosen = random.Random(seed)
        number = 0
        while not self.is_over.is_set():
            number += 1
            sender.emit("message", {"room_id": chosen.choice(self.rooms), "content": f"{sender.user_id}: {number}"})
            time.sleep(chosen.uniform(0.005, 0.04))  # the pace itself

    def end(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join(DEADLINE)


def faults(wandering, rooms, lasts, seed):
    for room in rooms:
        # Senders may have gone on behind the last that was waited for.
        seqs = [message["seq"] for message in wandering.messages(room)]
        if len(seqs) < lasts[room] or seqs != list(range(1, len(seqs) + 1)):
            gaps = [seq for index, seq in enumerate(seqs) if index and seq != seqs[index - 1] + 1]
            yield f"seed {seed}, {wandering.client.kind}, {room}: {len(seqs)} of {lasts[room]}, breaks at {gaps[:10]}"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("end", ENDS)
def test_cut_off_in_mid_stream(end, seed, nodes, wanderer, drivers, name):
    """Everything that was sent to its rooms comes, in order, once; and each client is recovered."""
    print(f"seed {seed}")
    chosen = random.Random(seed)
    rooms = [name("one"), name("two")]
    wanderers = [wanderer(name(f"{transport}-{copy}"), transport) for transport in ("websocket", "polling") for copy in (1, 2)]
    for wandering in wanderers:
        for room in rooms:
            join(wandering.client, room)
    with Chat(nodes[2].url, drivers, ["v4"]) as chat:
        stream = Stream(seed, rooms, nodes[2], drivers, chat)
        try:
            time.sleep(chosen.uniform(0.2, 0.8))  # the stream under way
            for wandering in wanderers:
                wandering.lead_to(nodes[1])
            if end == "killed":
                nodes[0].kill()
            else:
                for wandering in wanderers:
                    wandering.lane.cut_client()
                    wandering.lane.proxy.later_from_outside(chosen.uniform(1, 1.5), wandering.lane._disarm)
            for wandering in wanderers:
                wandering.client.wait_connected(2, 3 * DEADLINE)
            assert [wandering.client.recovered for wandering in wanderers] == [[True]] * 4, f"seed {seed}"
            time.sleep(chosen.uniform(0.2, 0.8))  # the stream under way
        finally:
            stream.end()
        lasts = {room: say(stream.senders[0], room, "the last")["seq"] for room in rooms}
        for wandering in wanderers:
            for room in rooms:
                wandering.wait_for(room, "the last")
    found = [fault for wandering in wanderers for fault in faults(wandering, rooms, lasts, seed)]
    assert not found, "\n".join(found)
    print(f"seed {seed}: {sum(lasts.values())} messages")


class RawClient:
    """A client that keeps its private id and the last offset itself, as one in Python would."""

    def __init__(self, user_id):
        self.identity = {"user_id": user_id, "recovery": True}
        self.sid = self.pid = self.offset = None
        self.recovered = False
        self.events = []

    def connect(self, node):
        """Returns once CONNECT is answered; what was replayed is among the events."""
        self.socket = websocket.create_connection(
            f"ws://127.0.0.1:{node.port}/socket.io/?EIO=4&transport=websocket", timeout=DEADLINE, suppress_origin=True
        )
        self.socket.recv()
        claim = {"pid": self.pid, "offset": self.offset} if self.pid else {}
        self.socket.send("40" + json.dumps(self.identity | claim))
        while not (packet := self.socket.recv()).startswith("40"):
            self.take(packet)
        answer = json.loads(packet[2:])
        self.recovered = self.pid is not None and answer["pid"] == self.pid
        self.sid, self.pid = answer["sid"], answer["pid"]
        return self

    def take(self, packet):
        if packet == "2":
            self.socket.send("3")
        elif packet.startswith("42"):
            event = json.loads(packet[2:])
            self.events.append(event)
            if isinstance(event[-1], str):
                self.offset = event[-1]

    def call(self, *event):
        self.socket.send("421" + json.dumps(event))
        while not (packet := self.socket.recv()).startswith("431"):
            self.take(packet)
        return json.loads(packet[3:])[0]

    def read_until(self, condition):
        while not condition(self.events):
            self.take(self.socket.recv())

    def seqs(self, room):
        return [event[1]["seq"] for event in self.events if event[0] == "message" and event[1]["room_id"] == room]

    def lose(self):
        """Goes without a word."""
        self.socket.sock.close()


@pytest.mark.parametrize("end", ENDS)
def test_a_client_of_ones_own(end, nodes, name):
    """Many moves of one client while messages come; it may have taken any part of them."""
    room, chosen = name("room"), random.Random(1)
    ann, ben = RawClient(name("ann")).connect(nodes[0]), RawClient(name("ben")).connect(nodes[2])
    for client in (ann, ben):
        ok(client.call("join", {"room_id": room}))
    sent = 0
    for move in range(6):
        for _ in range(chosen.randint(1, 10)):
            sent += 1
            ok(ben.call("message", {"room_id": room, "content": str(sent)}))
        wanted = chosen.randint(len(ann.seqs(room)), sent)
        ann.read_until(lambda _, wanted=wanted: len(ann.seqs(room)) >= wanted)
        time.sleep(0.3)  # who joined only just cannot be taken over
        ann.lose()
        target = 1 - move % 2
        if end == "killed":
            nodes[1 - target].kill()
        for _ in range(chosen.randint(0, 5)):
            sent += 1
            ok(ben.call("message", {"room_id": room, "content": str(sent)}))
        ann.connect(nodes[target])
        assert ann.recovered, f"move {move}"
        if end == "killed":
            nodes[1 - target].start()
    ann.read_until(lambda _: len(ann.seqs(room)) >= sent)
    assert ann.seqs(room) == list(range(1, sent + 1))
    for client in (ann, ben):
        client.socket.close()


def test_too_late(proxy, drivers, name):
    """Who stays away for longer than the window begins anew, at any node."""
    with Nodes(2, RECOVERY_WINDOW=1000) as nodes:
        ann = RawClient(name("ann")).connect(nodes[0])
        sid = ann.sid
        ok(ann.call("join", {"room_id": name("room")}))
        ann.socket.close()
        time.sleep(2)  # the window itself, and some
        ann.connect(nodes[1])
        assert (ann.recovered, ann.sid != sid) == (False, True)
        ann.read_until(lambda events: events[-1][0] == "authenticated")
        ann.socket.close()


def test_two_that_ask_for_one_session(nodes, name):
    """Only one gets it; the others begin anew."""
    ann = RawClient(name("ann")).connect(nodes[0])
    ann.read_until(lambda events: events)
    sid = ann.sid
    time.sleep(0.3)  # who joined only just cannot be taken over
    ann.lose()
    copies = []
    for node in nodes.servers:
        copy = RawClient(ann.identity["user_id"])
        copy.pid, copy.offset = ann.pid, ann.offset
        copies.append((copy, threading.Thread(target=copy.connect, args=(node,))))
    for _, thread in copies:
        thread.start()
    for _, thread in copies:
        thread.join(2 * DEADLINE)
    assert [copy.sid for copy, _ in copies].count(sid) <= 1
    assert len({copy.sid for copy, _ in copies}) == 3
    for copy, _ in copies:
        copy.socket.close()
