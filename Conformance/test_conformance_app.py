# Licensed under the MIT licence.
"""Each line of the conformance server's description, over both protocol revisions."""

import asyncio
import json

import pytest

from harness.engine import EngineSocket, PollingSession, probed
from harness.http import request
from harness.socketio import SocketIOClient, dumps

REFUSAL = {"code": "E_AUTH", "details": "é😀"}


async def test_bare_engine_echoes(calm, eio):
    async with await EngineSocket.connect(calm, eio=eio) as socket:
        await socket.send("4text")
        assert await socket.receive() == "4text"


async def test_outside_its_paths(calm):
    assert (await request(calm, "GET", "/")).status == 404
    assert (await request(calm, "GET", "/favicon.ico")).status == 404


@pytest.mark.parametrize("namespace", ["/", "/custom"])
async def test_auth_is_the_first_and_only_event(calm, namespace, eio):
    async with await SocketIOClient.connect(calm, namespace, eio=eio) as client:
        await client.emit("message", "x", namespace=namespace)
        assert await client.event("message-back", namespace) == ["x"]


@pytest.mark.parametrize("namespace", ["/", "/custom"])
async def test_message_and_message_with_ack(calm, namespace, eio):
    async with await SocketIOClient.connect(calm, namespace, eio=eio) as client:
        await client.emit("message", 1, "é", None, namespace=namespace)
        assert await client.event("message-back", namespace) == [1, "é", None]
        assert await client.call("message-with-ack", {"a": [1]}, 2, namespace=namespace) == [{"a": [1]}, 2]


async def test_guarded_accepts(calm):
    async with await SocketIOClient.open(calm) as client:
        await client.join("/guarded", {"token": "sesame"})
        await client.expect('42/guarded,["auth",{"token":"sesame"}]')
        await client.emit("message", 1, namespace="/guarded")
        await client.expect('42/guarded,["message-back",1]')
        assert await client.call("message-with-ack", 2, namespace="/guarded") == [2]


@pytest.mark.parametrize("auth", ["", "{}", '{"token":"wrong"}', '{"token":["sesame"]}', '{"token":null}', '{"Token":"sesame"}'])
async def test_guarded_refuses(calm, auth):
    async with await SocketIOClient.open(calm) as client:
        await client.send(f"40/guarded,{auth}")
        packet = await client.receive()
        assert packet.startswith("44/guarded,"), packet
        assert json.loads(packet[len("44/guarded,"):]) == {"message": "not authorized", "data": REFUSAL}
        # A refused namespace is not joined, and may be tried again.
        await client.join("/guarded", {"token": "sesame"})


async def test_any_other_namespace(calm):
    async with await SocketIOClient.open(calm) as client:
        await client.send("40/anything,")
        await client.expect('44/anything,{"message":"Invalid namespace"}')


async def test_get_handshake(calm):
    async with await SocketIOClient.open(calm, foo="a%20b", empty="", name="%C3%A9%F0%9F%98%80") as client:
        await client.join("/", {"token": "123"})
        await client.receive()
        (handshake,) = await client.call("get-handshake")
        assert handshake["query"] == {"EIO": "4", "transport": "websocket", "foo": "a b", "empty": "", "name": "é😀"}
        assert handshake["auth"] == {"token": "123"}
        assert handshake["eio"] == 4
        assert handshake["transport"] == "websocket"
        assert handshake["id"] == client.sid


async def test_get_handshake_over_polling(calm):
    session = await PollingSession.open(calm, "/socket.io/", foo="bar")
    await session.send("40", '421["get-handshake"]')
    packets = await session.collect(3)
    (handshake,) = json.loads(packets[2].removeprefix("431"))
    assert handshake["query"] == {"EIO": "4", "transport": "polling", "foo": "bar"}
    assert handshake["auth"] == {}
    assert handshake["transport"] == "polling"


async def test_get_handshake_of_a_v2_client(calm):
    async with await SocketIOClient.connect(calm, eio=3, foo="a%20b") as client:
        (handshake,) = await client.call("get-handshake")
        assert handshake["query"] == {"EIO": "3", "transport": "websocket", "foo": "a b"}
        assert handshake["eio"] == 3
        assert handshake["id"] == client.engine.handshake["sid"]


async def test_ask_me(calm, eio):
    async with await SocketIOClient.connect(calm, eio=eio) as client:
        await client.emit("ask-me", 1, {"a": 2})
        packet = await client.receive()
        number, arguments = packet[2:].split("[", 1)
        assert json.loads("[" + arguments) == ["server-ask", 1, {"a": 2}]
        await client.send(f"43{number}{dumps(['yes', 3])}")
        assert await client.event("server-ask-result") == ["yes", 3]


async def test_rooms(calm, eio):
    async with await SocketIOClient.connect(calm, eio=eio) as one, await SocketIOClient.connect(calm) as two, \
            await SocketIOClient.connect(calm) as outsider:
        room = f"rooms-{eio}"
        for client in (one, two):
            await client.call("join-room", room)
        await one.emit("to-room", room, "all", 1)
        assert await one.event("room-event") == [room, "all", 1]
        assert await two.event("room-event") == [room, "all", 1]
        await one.emit("to-others", room, "others")
        assert await two.event("room-event") == [room, "others"]
        await one.assert_quiet()
        await outsider.emit("to-room", room, "from outside")
        for client in (one, two):
            assert await client.event("room-event") == [room, "from outside"]
        await two.call("leave-room", room)
        await one.emit("to-room", room, "left")
        assert await one.event("room-event") == [room, "left"]
        for client in (two, outsider):
            await client.assert_quiet()


async def test_joining_twice_is_joining_once(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.call("join-room", "twice")
        await client.call("join-room", "twice")
        await client.emit("to-room", "twice")
        assert await client.event("room-event") == ["twice"]
        await client.assert_quiet()
        await client.call("leave-room", "twice")
        await client.call("leave-room", "twice")
        await client.emit("to-room", "twice")
        await client.assert_quiet()


async def test_a_room_of_many(calm):
    clients = await asyncio.gather(*(SocketIOClient.connect(calm, eio=3 + number % 2) for number in range(40)))
    for client in clients:
        await client.call("join-room", "many")
    for number in range(20):
        await clients[number].emit("to-room", "many", number)
    for client in clients:
        seen = [await client.event("room-event") for _ in range(20)]
        assert sorted(arguments[1] for arguments in seen) == list(range(20))
        await client.engine.close()


async def test_a_room_member_on_polling_during_an_upgrade(calm):
    async with await SocketIOClient.connect(calm) as sender:
        session = await PollingSession.open(calm, "/socket.io/")
        await session.send("40", '421["join-room","moving"]')
        seen = (await session.collect(3))[3:]
        await sender.emit("to-room", "moving", 0)
        socket = await probed(session)
        await sender.emit("to-room", "moving", 1)
        await sender.assert_quiet()
        seen += [packet for packet in await session.poll() if packet.startswith("42")]
        await sender.emit("to-room", "moving", 2)
        await socket.send("5")
        await sender.emit("to-room", "moving", 3)
        async with socket:
            while len(seen) < 4:
                seen.append(await socket.message())
        assert seen == [f'42["room-event","moving",{number}]' for number in range(4)]


async def test_rooms_of_a_closed_socket_are_left(calm):
    async with await SocketIOClient.connect(calm) as stays:
        await stays.call("watch")
        leaves = await SocketIOClient.connect(calm)
        await leaves.call("join-room", "left-behind")
        await leaves.engine.close()
        await peer_left(stays, leaves.sid)
        await stays.emit("to-room", "left-behind")
        await stays.assert_quiet()


async def test_burst(calm, eio):
    async with await SocketIOClient.connect(calm, eio=eio) as client:
        await client.emit("burst", 1000)
        await client.expect(*(f'42["burst-item",{number}]' for number in range(1000)))
        await client.emit("burst", 0)
        await client.assert_quiet()


async def test_burst_over_polling(calm):
    session = await PollingSession.open(calm, "/socket.io/")
    await session.send("40", '42["burst",300]')
    packets = await session.collect(302)
    assert packets[2:] == [f'42["burst-item",{number}]' for number in range(300)]


async def test_volatile_burst(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.emit("volatile-burst", 100)
        items = []
        while (packet := await client.receive()) != '42["volatile-done",100]':
            items.append(packet)
        numbers = [json.loads(packet[2:])[1] for packet in items]
        assert numbers == sorted(set(numbers)), "volatile events come in order, each at most once"
        assert set(numbers) <= set(range(100))


async def test_volatile_burst_over_polling(calm):
    session = await PollingSession.open(calm, "/socket.io/")
    await session.send("40")
    await session.collect(2)
    await session.send('42["volatile-burst",50]')
    packets = []
    while not packets or packets[-1] != '42["volatile-done",50]':
        packets += await session.poll()
    assert all(packet.startswith('42["volatile-item",') for packet in packets[:-1])


async def test_error_please(calm, eio):
    async with await SocketIOClient.connect(calm, eio=eio) as client:
        await client.emit("error-please", {"code": "X"})
        await client.expect('42["error",{"code":"X"}]')


async def test_server_disconnect(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.join("/custom")
        await client.expect('42/custom,["auth",{}]')
        await client.emit("server-disconnect")
        await client.expect("41")
        # This namespace alone: the other one and the transport stay.
        await client.emit("message", 1, namespace="/custom")
        await client.expect('42/custom,["message-back",1]')
        await client.join("/")


async def test_server_close(calm, eio):
    async with await SocketIOClient.connect(calm, "/custom", eio=eio) as client:
        if eio == 4:
            await client.join("/")
            await client.receive()
        await client.emit("server-close")
        packets = await client.closed()
        assert set(packets) <= {"41", "41/custom,"}, packets


async def test_server_close_over_polling(calm):
    session = await PollingSession.open(calm, "/socket.io/")
    await session.send("40")
    await session.collect(2)
    await session.send('42["server-close"]')
    # The packet that ends the session may need a poll of its own.
    while "1" not in await session.poll():
        pass
    await session.until_gone()


async def peer_left(watcher, peer):
    """The reason that the watcher was given for that peer; other tests' peers are passed over."""
    while True:
        left, reason = await watcher.event("peer-left")
        if left == peer:
            return reason


@pytest.mark.parametrize(
    "leave, reasons",
    [
        ("client-disconnect", {"client namespace disconnect"}),
        ("websocket-close", {"transport close"}),
        ("close-packet", {"transport close"}),
        ("server-disconnect", {"server namespace disconnect"}),
        ("server-close", {"server namespace disconnect", "forced server close", "forced close"}),
        ("invalid-packet", {"parse error", "transport error", "forced close", "forced server close"}),
    ],
)
async def test_watch(calm, eio, leave, reasons):
    async with await SocketIOClient.connect(calm) as watcher, await SocketIOClient.connect(calm, eio=eio) as peer:
        await watcher.call("watch")
        if leave == "client-disconnect":
            await peer.send("41")
        elif leave == "websocket-close":
            await peer.engine.close()
        elif leave == "close-packet":
            await peer.send("1")
        elif leave == "invalid-packet":
            await peer.send("4abc")
        else:
            await peer.emit(leave)
        assert await peer_left(watcher, peer.sid) in reasons


async def test_watch_sees_a_ping_timeout(quick):
    async with await SocketIOClient.connect(quick) as watcher:
        await watcher.call("watch")
        silent = await SocketIOClient.connect(quick)
        assert await peer_left(watcher, silent.sid) == "ping timeout"


async def test_without_watch_nobody_is_told(calm):
    async with await SocketIOClient.connect(calm) as watcher, await SocketIOClient.connect(calm) as other:
        await watcher.call("watch")
        peer = await SocketIOClient.connect(calm)
        await peer.engine.close()
        await peer_left(watcher, peer.sid)
        await other.assert_quiet()
