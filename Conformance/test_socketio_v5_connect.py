# Licensed under the MIT licence.
"""Socket.IO protocol v5, "Connection to a namespace" and "Disconnection from a namespace"."""

import json

import pytest
from websockets.exceptions import ConnectionClosed

from harness import CONNECT_TIMEOUT_SECONDS
from harness.engine import PollingSession, upgraded
from harness.socketio import SocketIOClient


async def connect_answer(client, packet, start):
    await client.send(packet)
    answer = await client.receive()
    assert answer.startswith(start + "{"), answer
    value = json.loads(answer[len(start):])
    assert set(value) == {"sid"}
    assert isinstance(value["sid"], str)
    return value["sid"]


@pytest.mark.parametrize(
    "packet, start, auth",
    [
        ("40", "40", '42["auth",{}]'),
        ("40/,", "40", '42["auth",{}]'),
        ('40{"token":"123"}', "40", '42["auth",{"token":"123"}]'),
        ("40{}", "40", '42["auth",{}]'),
        ("40/custom,", "40/custom,", '42/custom,["auth",{}]'),
        ("40/custom", "40/custom,", '42/custom,["auth",{}]'),
        ('40/custom,{"token":"abc"}', "40/custom,", '42/custom,["auth",{"token":"abc"}]'),
        ('40{"a":[1,{"b":"é😀"}],"c":null}', "40", '42["auth",{"a":[1,{"b":"é😀"}],"c":null}]'),
    ],
)
async def test_connect(calm, packet, start, auth):
    async with await SocketIOClient.open(calm) as client:
        await connect_answer(client, packet, start)
        await client.expect(auth)


async def test_socket_ids(calm):
    async with await SocketIOClient.open(calm) as client:
        root = await connect_answer(client, "40", "40")
        await client.receive()
        custom = await connect_answer(client, "40/custom,", "40/custom,")
        assert len({root, custom, client.engine.handshake["sid"]}) == 3
        assert len(root) == len(custom) == 20


async def test_connect_over_polling(calm):
    session = await PollingSession.open(calm, "/socket.io/")
    await session.send('40{"token":"123"}')
    connected, auth = await session.collect(2)
    assert set(json.loads(connected[2:])) == {"sid"}
    assert auth == '42["auth",{"token":"123"}]'


async def test_several_namespaces_in_one_payload(calm):
    session = await PollingSession.open(calm, "/socket.io/")
    await session.send("40", "40/custom,", "40/nowhere,")
    packets = await session.collect(5)
    assert sorted(packet.split("{")[0].split("[")[0] for packet in packets) == ["40", "40/custom,", "42", "42/custom,", "44/nowhere,"]


@pytest.mark.parametrize("packet", ["40/random", "40/random,", '40/random,{"token":"abc"}'])
async def test_an_unknown_namespace(calm, packet):
    async with await SocketIOClient.open(calm) as client:
        await client.send(packet)
        await client.expect('44/random,{"message":"Invalid namespace"}')
        # The transport stays, for other namespaces.
        await connect_answer(client, "40", "40")


@pytest.mark.parametrize("namespace", ["/Custom", "/custom/", "/custom/more", "/cust"])
async def test_names_are_compared_whole(calm, namespace):
    async with await SocketIOClient.open(calm) as client:
        await client.send(f"40{namespace},")
        await client.expect(f'44{namespace},{{"message":"Invalid namespace"}}')


@pytest.mark.parametrize("packet", ["4abc", '42["message"]', "41", '4{"a":1}', "4", "49", '43/custom,1[]'])
async def test_another_first_packet_closes_the_session(calm, packet):
    async with await SocketIOClient.open(calm) as client:
        await client.send(packet)
        assert await client.closed() == []


@pytest.mark.parametrize("payload", ["{", "[]", '"a"', "{}{}", '{"a":}', "null", "true"])
async def test_a_connect_payload_that_is_no_object_closes_the_session(calm, payload):
    async with await SocketIOClient.open(calm) as client:
        await client.send("40" + payload)
        assert await client.closed() == []


async def test_no_connect_within_the_connect_timeout(calm):
    client = await SocketIOClient.open(calm)
    assert await client.closed(CONNECT_TIMEOUT_SECONDS + 10) == []


async def test_no_connect_on_polling_within_the_connect_timeout(calm):
    session = await PollingSession.open(calm, "/socket.io/")
    response = await session.get(CONNECT_TIMEOUT_SECONDS + 10)  # waits until the session ends
    assert response.status == 400 or response.body in (b"1", b"6"), response
    await session.assert_gone()


async def test_a_refused_namespace_does_not_stop_the_connect_timeout(calm):
    client = await SocketIOClient.open(calm)
    await client.send("40/random,")
    assert await client.closed(CONNECT_TIMEOUT_SECONDS + 10) == ['44/random,{"message":"Invalid namespace"}']


async def test_disconnect_from_the_only_namespace_keeps_the_transport(lenient):
    async with await SocketIOClient.connect(lenient) as client:
        await client.send("41")
        assert await client.engine.receive() == "2"


async def test_disconnect_from_one_of_two_namespaces(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.join("/custom")
        await client.expect('42/custom,["auth",{}]')
        await client.send("41/custom,", '42["message","message to main namespace"]')
        await client.expect('42["message-back","message to main namespace"]')


async def test_disconnect_without_the_comma(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.join("/custom")
        await client.expect('42/custom,["auth",{}]')
        await client.send("41/custom", '42["message",1]')
        await client.expect('42["message-back",1]')


async def test_a_namespace_may_be_joined_again(calm):
    async with await SocketIOClient.connect(calm, "/custom") as client:
        first = client.sids["/custom"]
        await client.send("41/custom,")
        await client.join("/custom", {"again": True})
        await client.expect('42/custom,["auth",{"again":true}]')
        assert client.sids["/custom"] != first


async def test_an_event_after_disconnect_is_not_handled(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.join("/custom")
        await client.expect('42/custom,["auth",{}]')
        await client.send("41/custom,")
        await client.engine.send_until_closed(['42/custom,["message","late"]', '42["message","main"]'])
        # The reference server closes here, because the event belongs to no socket; passing over it is as good.
        try:
            await client.expect('42["message-back","main"]')
        except ConnectionClosed:
            pass


async def test_joining_across_an_upgrade(calm):
    session = await PollingSession.open(calm, "/socket.io/")
    await session.send("40")
    async with await upgraded(session) as socket:
        client = SocketIOClient(socket, 4)
        assert (await client.receive()).startswith('40{"sid":')
        await client.expect('42["auth",{}]')
        await client.assert_quiet()


async def test_a_burst_across_an_upgrade(calm):
    session = await PollingSession.open(calm, "/socket.io/")
    await session.send("40")
    await session.collect(2)
    await session.send('42["burst",200]')
    async with await upgraded(session) as socket:
        client = SocketIOClient(socket, 4)
        await client.send('42["burst",100]')
        await client.expect(*(f'42["burst-item",{number}]' for number in (*range(200), *range(100))))
