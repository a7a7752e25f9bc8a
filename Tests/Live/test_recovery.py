# Licensed under the MIT licence.
"""Connection state recovery with the official browser client, through a proxy that cuts connections in mid-stream.

Each run has a seed, which decides where its connection is cut, how often, and for how long it is then refused. A client that was
recovered every time must have handled all that was sent to it, once and in order. A run that fails names its seed; `RECOVERY_SEED`
chooses one.
"""

import itertools
import json
import os
import random
import threading
import time

import pytest

from clients import DEADLINE
from conformance import ConformanceServer
from raw import RawSocket
from recovering import RecoveringClient

ONE_SEED = os.environ.get("RECOVERY_SEED")
RUNS_AT_ONCE = 25
EVENTS = 60
FIRST_SEED = {"websocket": 0, "polling": 1000}


class Sender:
    """A client without proxy, through which a test has the server send."""

    def __init__(self, server):
        self.socket = RawSocket(server)
        self.reader = threading.Thread(target=self.drain, daemon=True)
        self.reader.start()

    def drain(self):
        try:
            while True:
                self.socket.receive()
        except Exception:
            return

    def emit(self, *event):
        self.socket.send("42" + json.dumps(event))

    def close(self):
        self.socket.close()
        self.reader.join(DEADLINE)


class Run:
    """One client behind a lane of its own."""

    def __init__(self, seed, transport, server, proxy, driver, at_any_byte=False):
        self.at_any_byte = at_any_byte
        self.random = random.Random(seed)
        self.seed = seed
        self.transport = transport
        self.lane = proxy.lane(server.port)
        self.client = RecoveringClient(driver, transport, f"http://127.0.0.1:{self.lane.port}")
        self.room = f"room of {seed}"
        self.other_room = f"other room of {seed}"
        self.cuts_left = self.random.randint(1, 3)
        self.armed = False
        self.sent = 0

    def connect(self):
        # Chromium may not notice for long that a connection was reset just after its handshake; the client then tries again itself.
        self.client.start_connecting(reconnect=True, timeout=1500)

    def join(self):
        self.client.wait_connected()
        for room in (self.room, self.other_room):
            self.client.request("join-room", room).wait_any()

    def arm_in_mid_stream(self):
        """The next cut, once the client has come back from the last."""
        if not self.at_any_byte and self.cuts_left > 0 and not self.armed and self.client.connections > self.lane.cuts:
            self.arm()

    def arm(self):
        """The next cut: seldom on the way up, where little goes."""
        self.cuts_left -= 1
        self.armed = True
        direction = "up" if self.random.random() < 0.2 else "down"
        limit = 300 if direction == "up" else self.random.choice([150, 600, 2000])
        self.lane.arm(direction, self.random.randint(1, limit), self.after_cut)

    def after_cut(self, lane):
        self.armed = False
        pause = self.random.choice([0, self.random.uniform(0, 0.6)])
        if self.transport == "polling":
            # Browsers repeat a poll whose connection was reset, unasked and untold; answered twice, its first answer is lost to
            # everybody. So here the network stays away until that has failed as well.
            pause += 1
        again = self.at_any_byte and self.cuts_left > 0
        lane.proxy.later(pause, self.arm if again else lane._disarm)

    def send(self, sender):
        """The next numbered event, to a room or to the socket itself; now and then a volatile one besides."""
        self.sent += 1
        padding = "x" * self.random.choice([0, 3, 40])
        where = self.random.choice([self.room, self.other_room, self.client.sid])
        sender.emit("to-room", where, self.sent, padding)
        if self.random.random() < 0.2:
            sender.emit("volatile-to-room", where, *self.random.choice([[], ["a string"], [1, "another"], [{"a": 1}]]))
        # Something to cut on its way up, too.
        if self.random.random() < 0.3:
            self.client.emit("message", padding)

    def numbers(self):
        return [arguments[1] for arguments in self.client.arguments("room-event")]

    def wait_for_all(self):
        def done():
            return self.numbers()[-1:] == [self.sent]

        self.client.wait_until(done, 2 * DEADLINE, f"event {self.sent} in run {self.seed}, cut {self.lane.cuts} times")

    def faults(self):
        found = []
        if self.numbers() != list(range(1, self.sent + 1)):
            found.append(f"received {self.numbers()}")
        if self.lane.cuts == 0:
            found.append("was never cut")
        if any(sid != self.client.sid for sid, _ in self.client.connected_as):
            found.append("changed its id")
        if not all(recovered for _, recovered in self.client.connected_as[1:]):
            found.append(f"was not recovered: {self.client.connected_as}")
        return [f"seed {self.seed}: {fault}" for fault in found]


@pytest.fixture(scope="module")
def recovering_server():
    with ConformanceServer(RECOVERY="1") as server:
        yield server


@pytest.fixture
def sender(recovering_server):
    made = Sender(recovering_server)
    yield made
    made.close()


@pytest.fixture
def clients():
    """Clients to take away after the test."""
    made = []
    yield made
    for client in made:
        client.disconnect()


def stream(runs, sender):
    """Sends to all clients while their connections are cut; returns what went wrong."""
    for run in runs:
        run.connect()
    for run in runs:
        run.join()
    for run in runs:
        run.arm()
    for _ in range(EVENTS):
        for run in runs:
            run.arm_in_mid_stream()
            run.send(sender)
        time.sleep(0.03)  # the rate of the stream, into which clients come back at their own pace
    # Whoever has not been cut yet is so by what is sent from now on.
    for run in runs:
        for _ in range(80):
            if run.lane.cuts > 0:
                break
            run.send(sender)
            time.sleep(0.02)  # the same
        run.lane.disarm()
    for run in runs:
        run.send(sender)
        run.wait_for_all()
    cuts = sum(run.lane.cuts for run in runs)
    print(f"{len(runs)} runs, {cuts} cuts, {sum(run.sent for run in runs)} events")
    return list(itertools.chain.from_iterable(run.faults() for run in runs))


def seeds(first):
    return [seed for seed in range(first, first + RUNS_AT_ONCE) if ONE_SEED in (None, str(seed))]


@pytest.mark.parametrize("batch", [0, 1])
@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_cut_in_mid_stream(transport, batch, recovering_server, proxy, drivers, sender, clients):
    """Each cut comes while events flow."""
    chosen = seeds(FIRST_SEED[transport] + batch * RUNS_AT_ONCE)
    runs = [Run(seed, transport, recovering_server, proxy, drivers("browser")) for seed in chosen]
    clients += [run.client for run in runs]
    faults = stream(runs, sender)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_cut_at_any_byte(transport, recovering_server, proxy, drivers, sender, clients):
    """The first cut comes while events flow; the others as well in the handshake, between CONNECT and its answer, in a replay."""
    chosen = seeds(FIRST_SEED[transport] + 500)
    runs = [Run(seed, transport, recovering_server, proxy, drivers("browser"), at_any_byte=True) for seed in chosen]
    clients += [run.client for run in runs]
    faults = stream(runs, sender)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_back_before_the_server_noticed(transport, recovering_server, proxy, drivers, sender, clients):
    """The old connection is dead, but only the client knows: it takes its own session over."""
    run = Run(1, transport, recovering_server, proxy, drivers("browser"))
    clients.append(run.client)
    run.connect()
    run.join()
    run.send(sender)
    run.wait_for_all()
    # Who joined only just cannot be taken over.
    time.sleep(0.5)  # the limit itself
    run.lane.cut_client()
    for _ in range(5):
        run.send(sender)
    # As in `after_cut`.
    run.lane.proxy.later_from_outside(1, run.lane._disarm)
    run.client.wait_connected(2)
    run.send(sender)
    run.wait_for_all()
    assert run.faults() == []


def test_data_is_kept(recovering_server, proxy, drivers, sender, clients):
    run = Run(2, "websocket", recovering_server, proxy, drivers("browser"))
    clients.append(run.client)
    run.connect()
    run.join()
    value = {"name": "é😀", "list": [1, None, {"a": "b"}]}
    run.client.request("remember", value).wait_any()
    run.lane.cut()
    run.client.wait_connected(2)
    assert run.client.call("recall") == value
    assert run.client.connected_as[1] == (run.client.sid, True)


def test_leaving_on_purpose_is_final(recovering_server, proxy, drivers, clients):
    run = Run(3, "websocket", recovering_server, proxy, drivers("browser"))
    clients.append(run.client)
    run.connect()
    run.join()
    run.client.emit("server-disconnect")
    assert run.client.wait_disconnected() == "io server disconnect"
    run.client.reconnect()
    run.client.wait_connected(2)
    sid, recovered = run.client.connected_as[1]
    assert (sid != run.client.sid, recovered) == (True, False)
