# Licensed under the MIT licence.
"""Socket.IO protocol v4 over Engine.IO 3: what a v2 client sends and expects."""

import json

import pytest

from harness.engine import PollingSession, upgraded
from harness.socketio import SocketIOClient

ONE = '{"_placeholder":true,"num":0}'
TWO = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'
REFUSAL = {"code": "E_AUTH", "details": "é😀"}


async def test_the_server_joins_the_default_namespace(calm):
    async with await SocketIOClient.open(calm, eio=3) as client:
        await client.expect("40")
        assert await client.event("auth") is not None
        await client.assert_quiet()


async def test_the_query_of_the_handshake_is_the_auth_of_the_default_namespace(calm):
    async with await SocketIOClient.open(calm, eio=3, token="a%20b", room="%C3%A9") as client:
        await client.expect("40")
        (auth,) = await client.event("auth")
        assert (auth["token"], auth["room"]) == ("a b", "é")


async def test_joined_over_polling(calm):
    session = await PollingSession.open(calm, "/socket.io/", eio=3)
    packets = list(session.first)
    while len(packets) < 2:
        packets += await session.poll()
    assert packets[0] == "40"
    assert packets[1].startswith('42["auth",{')


@pytest.mark.parametrize(
    "packet, auth",
    [
        ("40/custom,", "{}"),
        ("40/custom", "{}"),
        ("40/custom?token=a", '{"token":"a"}'),
        ("40/custom?token=a,", '{"token":"a"}'),
        ("40/custom?token=a%20b&c=%C3%A9,", '{"token":"a b","c":"é"}'),
        ("40/custom?a=1&b=2&c=,", '{"a":"1","b":"2","c":""}'),
        ("40/custom?,", "{}"),
    ],
)
async def test_the_query_of_a_namespace(calm, packet, auth):
    async with await SocketIOClient.connect(calm, eio=3) as client:
        await client.send(packet)
        await client.expect("40/custom,")
        await client.expect(f'42/custom,["auth",{auth}]')
        # The query is not part of the name.
        await client.send('42/custom,["message",1]')
        await client.expect('42/custom,["message-back",1]')


async def test_an_unknown_namespace(calm):
    async with await SocketIOClient.connect(calm, eio=3) as client:
        await client.send("40/random,")
        packet = await client.receive()
        assert packet.startswith("44/random,"), packet
        assert json.loads(packet[len("44/random,"):]) == {"message": "Invalid namespace"}
        await client.assert_quiet()


async def test_guarded(calm):
    async with await SocketIOClient.connect(calm, eio=3) as client:
        await client.send("40/guarded?token=sesame,")
        await client.expect("40/guarded,")
        await client.expect('42/guarded,["auth",{"token":"sesame"}]')
        await client.send('42/guarded,1["message-with-ack","é"]')
        await client.expect('43/guarded,1["é"]')


@pytest.mark.parametrize("packet", ["40/guarded,", "40/guarded", "40/guarded?token=wrong,", "40/guarded?token=sesame2", "40/guarded?other=sesame,"])
async def test_guarded_refuses(calm, packet):
    async with await SocketIOClient.connect(calm, eio=3) as client:
        await client.send(packet)
        refusal = await client.receive()
        assert refusal.startswith("44/guarded,"), refusal
        assert json.loads(refusal[len("44/guarded,"):]) == REFUSAL
        # Refused means not joined: another attempt is a first one.
        await client.send("40/guarded?token=sesame,")
        await client.expect("40/guarded,")


async def test_ids(calm):
    async with await SocketIOClient.connect(calm, eio=3) as client:
        (handshake,) = await client.call("get-handshake")
        assert handshake["id"] == client.engine.handshake["sid"]
        assert handshake["eio"] == 3


async def test_events_and_acknowledgements(calm):
    async with await SocketIOClient.connect(calm, eio=3) as client:
        await client.send('42["message",1,"2",{"3":[true]}]')
        await client.expect('42["message-back",1,"2",{"3":[true]}]')
        await client.send('42456["message-with-ack",1,"2",{"3":[false]}]')
        await client.expect('43456[1,"2",{"3":[false]}]')


async def test_binary_over_websocket(calm):
    # Engine.IO 3 binary frames begin with the type byte 4.
    async with await SocketIOClient.connect(calm, eio=3) as client:
        await client.send(f'452-["message",{TWO}]', b"\x04\x01\x02\x03", b"\x04\x04\x05\x06")
        await client.expect(f'452-["message-back",{TWO}]', b"\x04\x01\x02\x03", b"\x04\x04\x05\x06")
        await client.send(f'451-7["message-with-ack",{ONE}]', b"\x04\x09")
        await client.expect(f"461-7[{ONE}]", b"\x04\x09")


@pytest.mark.parametrize("b64", [None, 1], ids=["binary", "base64"])
async def test_binary_over_polling(calm, b64):
    session = await PollingSession.open(calm, "/socket.io/", eio=3, b64=b64)
    seen = [packet for packet in session.first if packet.startswith("4")]
    if len(seen) < 2:
        await session.collect(2 - len(seen))
    await session.send(f'452-["message",{TWO}]', b"\x01\x02\x03", b"\x04")
    assert await session.collect(3) == [f'452-["message-back",{TWO}]', b"\x01\x02\x03", b"\x04"]


async def test_text_of_many_planes_over_polling(calm):
    session = await PollingSession.open(calm, "/socket.io/", eio=3)
    seen = [packet for packet in session.first if packet.startswith("4")]
    if len(seen) < 2:
        await session.collect(2 - len(seen))
    await session.send('42["message","é€😀"]', '42["message","👩‍👩‍👧‍👦"]')
    assert await session.collect(2) == ['42["message-back","é€😀"]', '42["message-back","👩‍👩‍👧‍👦"]']


async def test_the_server_asks(calm):
    async with await SocketIOClient.connect(calm, eio=3) as client:
        await client.send('42["ask-me","a"]')
        packet = await client.receive()
        await client.send(f"43{packet[2:packet.index('[')]}[\"b\"]")
        await client.expect('42["server-ask-result","b"]')


async def test_disconnect_from_a_namespace(calm):
    async with await SocketIOClient.connect(calm, "/custom", eio=3) as client:
        await client.send("41/custom,", '42["message",1]')
        await client.expect('42["message-back",1]')
        await client.send("40/custom,")
        await client.expect("40/custom,", '42/custom,["auth",{}]')


async def test_a_client_that_connects_to_the_default_namespace_itself(calm):
    async with await SocketIOClient.connect(calm, eio=3) as client:
        await client.send("40")
        assert await client.closed() == []


async def test_server_disconnect(calm):
    async with await SocketIOClient.connect(calm, "/custom", eio=3) as client:
        await client.emit("server-disconnect")
        await client.expect("41")


async def test_an_upgrade(calm):
    session = await PollingSession.open(calm, "/socket.io/", eio=3)
    async with await upgraded(session) as socket:
        client = SocketIOClient(socket, 3)
        if len(session.first) < 2:
            packets = [await client.receive() for _ in range(2 - len(session.first))]
            assert packets[-1].startswith('42["auth",')
        await client.assert_quiet()


async def test_clients_of_both_revisions_share_a_room(calm):
    async with await SocketIOClient.connect(calm, eio=3) as old, await SocketIOClient.connect(calm, eio=4) as new:
        for client in (old, new):
            await client.call("join-room", "both-revisions")
        await old.emit("to-room", "both-revisions", "é", 1)
        for client in (old, new):
            await client.expect('42["room-event","both-revisions","é",1]')
        await new.send(f'451-["to-others","both-revisions",{ONE}]', b"\x01\x02")
        await old.expect(f'451-["room-event","both-revisions",{ONE}]', b"\x04\x01\x02")
        await old.send(f'451-["to-others","both-revisions",{ONE}]', b"\x04\x03")
        await new.expect(f'451-["room-event","both-revisions",{ONE}]', b"\x03")


@pytest.mark.parametrize("packet", ["4abc", "42{}", "42[]", '42abc["message-with-ack"]', '42/other,["message"]'])
async def test_an_invalid_packet_closes_the_session(calm, packet):
    async with await SocketIOClient.connect(calm, eio=3) as client:
        await client.send(packet)
        assert await client.closed() == []
