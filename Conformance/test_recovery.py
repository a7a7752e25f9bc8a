# Licensed under the MIT licence.
"""Connection state recovery on the wire: `40{"pid":…,"offset":…}`, offsets, and who gets what back."""

import asyncio
import json
import re

import pytest
from websockets.exceptions import ConnectionClosed

from harness import PROMPT_SECONDS, within
from harness.socketio import SocketIOClient, dumps

OFFSET = re.compile(r"[0-9a-z]{1,7}\.[0-9a-z]{1,13}")


@pytest.fixture
def recovering(servers):
    return servers.conformance(PING_INTERVAL="25000", PING_TIMEOUT="20000", RECOVERY="1")


class Recovered:
    """A client's CONNECT with a pid, answered: the events in front of the answer, and the answer."""

    def __init__(self, client, events, answer):
        self.client = client
        self.events = events
        self.sid = answer["sid"]
        self.pid = answer["pid"]


async def connect(server, auth=None, namespace=""):
    client = await SocketIOClient.open(server)
    await client.send(f"40{namespace}{'' if auth is None else dumps(auth)}")
    events = []
    while not (packet := await client.receive()).startswith("40"):
        assert packet.startswith(f"42{namespace}["), packet
        events.append(json.loads(packet[2 + len(namespace):]))
    return Recovered(client, events, json.loads(packet[2 + len(namespace):]))


async def fresh(server):
    """A client that has joined and taken its `auth` event; returns it with that event's offset."""
    made = await connect(server)
    assert made.events == []
    _, offset = await made.client.event("auth")
    assert OFFSET.fullmatch(offset), offset
    return made, offset


async def cut(server, made):
    """Resets the connection, and waits until the server has noticed."""
    async with await SocketIOClient.connect(server) as watcher:
        await watcher.call("watch")
        made.client.engine.websocket.transport.abort()
        while True:
            packet = await watcher.receive()
            if packet.startswith('42["peer-left"') and json.loads(packet[2:])[1] == made.sid:
                return


async def send(server, *events):
    """Has the server do something, and waits until it has."""
    async with await SocketIOClient.connect(server) as sender:
        for event in events:
            await sender.emit(*event)
        await sender.call("message-with-ack")


async def test_the_answer_to_connect(recovering):
    made, _ = await fresh(recovering)
    other, _ = await fresh(recovering)
    ids = {made.sid, made.pid, other.sid, other.pid}
    assert len(ids) == 4 and all(re.fullmatch(r"[A-Za-z0-9_-]{20}", each) for each in ids), ids


async def test_off_unless_asked_for(calm):
    async with await SocketIOClient.open(calm) as client:
        await client.send('40{"pid":"aaaaaaaaaaaaaaaaaaaa","offset":"1.1"}')
        assert set(json.loads((await client.receive())[2:])) == {"sid"}
        assert len(await client.event("auth")) == 1


async def test_clients_of_engine_io_3_get_no_offsets(recovering):
    async with await SocketIOClient.connect(recovering, eio=3) as client:
        await client.call("join-room", "old and new")
        made, _ = await fresh(recovering)
        await made.client.call("join-room", "old and new")
        await made.client.emit("to-room", "old and new", "text")
        assert await client.event("room-event") == ["old and new", "text"]
        assert len(await made.client.event("room-event")) == 3
        await client.emit("message", "direct")
        assert await client.event("message-back") == ["direct"]


async def test_offsets(recovering):
    made, first = await fresh(recovering)
    client = made.client
    await client.call("join-room", made.sid + " room")
    await client.emit("message", 1, {"a": "b"})
    *arguments, second = await client.event("message-back")
    assert arguments == [1, {"a": "b"}] and OFFSET.fullmatch(second) and second != first
    await client.emit("message")
    (third,) = await client.event("message-back")
    assert OFFSET.fullmatch(third) and third != second

    # Acknowledgements, and events that ask for one, carry none.
    assert await client.call("message-with-ack", "text") == ["text"]
    await client.emit("ask-me", "text")
    packet = await client.receive()
    assert re.fullmatch(r'42\d+\["server-ask","text"\]', packet), packet


@pytest.mark.parametrize("arguments", [[], ["a string"], [1, "1.1"], [""]])
async def test_volatile_events_do_not_poison(recovering, arguments):
    """A client takes any string at an event's end for an offset; without arguments the event's name is at the end."""
    made, _ = await fresh(recovering)
    await made.client.emit("to-room", made.sid, 1)
    *_, offset = await made.client.event("room-event")
    await made.client.emit("volatile-to-room", made.sid, *arguments)
    *received, last = await made.client.event("volatile-event")
    assert received == arguments and OFFSET.fullmatch(last)
    await cut(recovering, made)
    await send(recovering, ["to-room", made.sid, 2])
    again = await connect(recovering, {"pid": made.pid, "offset": last})
    assert [event[:3] for event in again.events] == [["room-event", made.sid, 2]]
    assert offset and again.sid == made.sid


async def test_volatile_events_that_end_otherwise_are_left_alone(recovering):
    made, _ = await fresh(recovering)
    await made.client.emit("volatile-to-room", made.sid, "a", {"b": "c"})
    assert await made.client.event("volatile-event") == ["a", {"b": "c"}]


async def test_missed_events_come_first(recovering):
    made, offset = await fresh(recovering)
    await made.client.call("join-room", "recovery 1")
    await cut(recovering, made)
    await send(
        recovering,
        ["to-room", "recovery 1", 1],
        ["to-room", "another room", "no"],
        ["to-room", made.sid, 2],
        ["volatile-to-room", "recovery 1", "no"],
        ["to-room", "recovery 1", "é😀"],
    )
    again = await connect(recovering, {"pid": made.pid, "offset": offset})
    assert (again.sid, again.pid) == (made.sid, made.pid)
    rooms = ["recovery 1", made.sid, "recovery 1"]
    expected = [["room-event", room, value] for room, value in zip(rooms, [1, 2, "é😀"])]
    assert [event[:-1] for event in again.events] == expected
    assert all(OFFSET.fullmatch(event[-1]) for event in again.events)
    # Its rooms are its own again.
    await again.client.event("auth")
    await send(recovering, ["to-room", "recovery 1", 4])
    assert (await again.client.event("room-event"))[1] == 4


async def test_only_what_comes_after_the_offset(recovering):
    made, _ = await fresh(recovering)
    offsets = []
    for number in range(5):
        await made.client.emit("message", number)
        offsets.append((await made.client.event("message-back"))[-1])
    await cut(recovering, made)
    again = await connect(recovering, {"pid": made.pid, "offset": offsets[2]})
    assert [event[1] for event in again.events] == [3, 4]


@pytest.mark.parametrize("offset", [{}, {"offset": "1.1"}, {"offset": None}])
async def test_a_session_that_received_nothing(recovering, offset):
    """Its client knows no offset, or only one of an earlier session."""
    made, _ = await fresh(recovering)
    await cut(recovering, made)
    await send(recovering, ["to-room", made.sid, 1])
    again = await connect(recovering, {"pid": made.pid, **offset})
    assert again.sid == made.sid
    assert [event[0] for event in again.events] == ["auth", "room-event"]


async def test_what_was_for_others_is_not_missed(recovering):
    made, offset = await fresh(recovering)
    await made.client.call("join-room", "recovery 2")
    await made.client.emit("to-others", "recovery 2", "from me")
    await made.client.call("message-with-ack")
    await cut(recovering, made)
    again = await connect(recovering, {"pid": made.pid, "offset": offset})
    assert (again.sid, again.events) == (made.sid, [])


async def test_a_room_that_was_left(recovering):
    made, offset = await fresh(recovering)
    await made.client.call("join-room", "recovery 3")
    await made.client.emit("to-room", "recovery 3", 1)
    await made.client.call("leave-room", "recovery 3")
    await send(recovering, ["to-room", "recovery 3", 2])
    await cut(recovering, made)
    again = await connect(recovering, {"pid": made.pid, "offset": offset})
    assert [event[2] for event in again.events] == [1]


async def test_binary(recovering):
    made, offset = await fresh(recovering)
    await cut(recovering, made)
    async with await SocketIOClient.connect(recovering) as sender:
        await sender.send('451-["to-room",%s,{"_placeholder":true,"num":0}]' % json.dumps(made.sid), b"\x00\xff")
        await sender.call("message-with-ack")
    client = await SocketIOClient.open(recovering)
    await client.send("40" + dumps({"pid": made.pid, "offset": offset}))
    packet = await client.receive()
    assert packet.startswith('451-["room-event"'), packet
    assert await client.receive() == b"\x00\xff"
    assert json.loads((await client.receive())[2:])["sid"] == made.sid


async def test_twice_at_once(recovering):
    made, offset = await fresh(recovering)
    await cut(recovering, made)
    packet = {"pid": made.pid, "offset": offset}
    answers = await asyncio.gather(*(connect(recovering, packet) for _ in range(5)))
    assert [answer.sid for answer in answers].count(made.sid) == 1
    assert len({answer.sid for answer in answers}) == len({answer.pid for answer in answers}) == 5
    late = await connect(recovering, packet)
    assert late.sid not in {answer.sid for answer in answers}


async def test_again_and_again(recovering):
    made, offset = await fresh(recovering)
    for number in range(5):
        await cut(recovering, made)
        await send(recovering, ["to-room", made.sid, number])
        again = await connect(recovering, {"pid": made.pid, "offset": offset})
        assert (again.sid, again.pid) == (made.sid, made.pid)
        assert [event[2] for event in again.events if event[0] == "room-event"] == [number]
        *_, offset = await again.client.event("auth")
        made = again


@pytest.mark.parametrize(
    "auth",
    [
        {"pid": "aaaaaaaaaaaaaaaaaaaa"}, {"pid": ""}, {"pid": "x" * 10_000}, {"pid": 1}, {"pid": None}, {"pid": {}},
        {"pid": "aaaaaaaaaaaaaaaaaaaa", "offset": "1.1"}, {"offset": "1.1"},
    ],
)
async def test_a_pid_that_nobody_has(recovering, auth):
    answer = await connect(recovering, auth)
    assert answer.events == [] and answer.pid != auth.get("pid")
    assert (await answer.client.event("auth"))[0] == auth


@pytest.mark.parametrize("offset", ["", "garbage", "x" * 10_000, "9.9.9", 7, {}, ["1.1"], "future"])
async def test_an_offset_that_makes_no_sense(recovering, offset):
    made, last = await fresh(recovering)
    if offset == "future":
        offset = last.split(".")[0] + ".zzzzzzz"
    await cut(recovering, made)
    answer = await connect(recovering, {"pid": made.pid, "offset": offset})
    assert answer.events == [] and answer.sid != made.sid and answer.pid != made.pid


async def test_leaving_is_final(recovering):
    made, offset = await fresh(recovering)
    await made.client.send("41")
    answer = await connect(recovering, {"pid": made.pid, "offset": offset})
    assert answer.sid != made.sid
    *_, offset = await answer.client.event("auth")
    await answer.client.emit("server-disconnect")
    await answer.client.expect("41")
    assert (await connect(recovering, {"pid": answer.pid, "offset": offset})).sid != answer.sid


async def test_another_namespace_is_another_session(recovering):
    made, offset = await fresh(recovering)
    await cut(recovering, made)
    answer = await connect(recovering, {"pid": made.pid, "offset": offset}, namespace="/custom,")
    assert answer.sid != made.sid
    assert (await connect(recovering, {"pid": made.pid, "offset": offset})).sid == made.sid


async def test_too_late(servers):
    server = servers.conformance(PING_INTERVAL="25000", PING_TIMEOUT="20000", RECOVERY="1", RECOVERY_DURATION="200")
    made, offset = await fresh(server)
    await cut(server, made)
    await asyncio.sleep(0.5)
    assert (await connect(server, {"pid": made.pid, "offset": offset})).sid != made.sid


async def test_the_middleware_is_skipped(recovering):
    """`/guarded` asks for a token; who has been let in before need not bring it again."""
    made = await connect(recovering, {"token": "sesame"}, namespace="/guarded,")
    *_, offset = await made.client.event("auth", namespace="/guarded")
    made.client.engine.websocket.transport.abort()

    async def back():
        while True:
            client = await SocketIOClient.open(recovering)
            await client.send("40/guarded," + dumps({"pid": made.pid, "offset": offset}))
            packet = await client.receive()
            # Refused until the server has noticed that the connection is gone.
            if not packet.startswith("44"):
                return packet

    packet = await within(PROMPT_SECONDS, back())
    assert json.loads(packet[len("40/guarded,"):])["sid"] == made.sid


class BrowserClient:
    """What socket.io-client 4.8.1 does with packets (`socket.ts`): those before the answer to CONNECT are put aside, for as long as it
    takes, and handled when an answer comes; the last string at an event's end is the offset."""

    def __init__(self, server):
        self.server = server
        self.client = self.sid = self.pid = self.offset = None
        self.aside = []
        self.handled = []
        self.recovered = None

    async def connect(self, packets=None):
        """Connects and takes that many packets, or all up to the `auth` event, which is the first after the answer.

        Returns whether it came that far before the server closed the connection.
        """
        self.client = await SocketIOClient.open(self.server)
        await self.client.send("40" + dumps({"pid": self.pid, "offset": self.offset} if self.pid else {}))
        is_connected = False
        taken = 0
        try:
            while taken != packets:
                packet = await self.client.receive()
                taken += 1
                if packet.startswith("40"):
                    answer = json.loads(packet[2:])
                    self.recovered = self.pid == answer["pid"]
                    self.sid, self.pid, is_connected = answer["sid"], answer["pid"], True
                    for event in self.aside:
                        self.handle(event)
                    self.aside = []
                elif is_connected:
                    self.handle(json.loads(packet[2:]))
                    if packet.startswith('42["auth"'):
                        return True
                else:
                    self.aside.append(json.loads(packet[2:]))
        except ConnectionClosed:
            pass
        return False

    def handle(self, event):
        self.handled.append(event)
        if isinstance(event[-1], str):
            self.offset = event[-1]


@pytest.mark.parametrize("packets", range(6))
async def test_a_replay_that_is_cut_is_not_repeated(recovering, packets):
    """Cut after so many of four missed events; the client handles each of them once, or is told that it was not recovered."""
    browser = BrowserClient(recovering)
    assert await browser.connect()
    await browser.client.call("join-room", f"replay {packets}")
    await cut(recovering, browser)
    await send(recovering, *(["to-room", f"replay {packets}", number] for number in range(4)))
    assert not await browser.connect(packets)
    await cut(recovering, browser)
    for _ in range(5):
        if await browser.connect():
            break
    numbers = [event[2] for event in browser.handled if event[0] == "room-event"]
    assert numbers == list(range(4 if browser.recovered else len(numbers)))
