# Licensed under the MIT licence.
"""Bad input, area "packets"."""

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed

from harness import STALL_SECONDS
from harness.engine import EngineSocket, PollingSession
from harness.socketio import SocketIOClient, dumps


@pytest.mark.parametrize("packet", ["47", "48", "49[]", "4a", "4-1", "4\uff12", "4 2[\"message\"]", "4\x002", "7", "8", "9", "a", "\x00", " 42[\"message\"]"], ids=ascii)
async def test_unknown_type(server, eio, packet):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.send(packet)
        assert await client.closed() == []


async def test_event_before_connect(server):
    client = await SocketIOClient.open(server)
    await client.engine.send_until_closed(['42["message","early"]', "40"])
    assert await client.closed() == []


async def test_event_before_connect_to_that_namespace(server, eio):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.send('42/custom,["message","early"]')
        assert await client.closed() == []


async def test_second_connect_to_the_same_namespace(server):
    async with await SocketIOClient.connect(server) as client:
        await client.engine.send_until_closed(["40", '42["message","late"]'])
        assert await client.closed() == []


async def test_second_connect_to_another_namespace(server, eio):
    async with await SocketIOClient.connect(server, "/custom", eio=eio) as client:
        await client.engine.send_until_closed(["40/custom,", '42/custom,["message","late"]'])
        assert await client.closed() == []


async def test_50_connects_while_authentication_is_pending(server):
    """One of them is answered at most, and the repetition ends the session."""
    session = await PollingSession.open(server, "/socket.io/")
    await session.post("\x1e".join(['40/guarded,{"token":"sesame"}'] * 50))
    await session.until_gone()
    client = await SocketIOClient.open(server)
    await client.engine.send_until_closed(['40/guarded,{"token":"sesame"}'] * 50)
    packets = await client.closed()
    assert sum(packet.startswith("40/guarded,") for packet in packets) <= 1, packets
    assert sum(packet.startswith('42/guarded,["auth"') for packet in packets) <= 1, packets


async def test_thousands_of_unknown_namespaces(server):
    async with await SocketIOClient.connect(server) as client:
        await client.engine.send_until_closed([f"40/unknown-{number}," for number in range(5000)])
        packets = await client.closed(STALL_SECONDS)
        assert len(packets) < 1000, "a cap on namespaces"


async def test_a_namespace_name_of_50_kb(server, eio):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.send("40/" + "n" * 50_000 + ",")
        assert await client.closed() == []


async def test_a_namespace_query_of_50_kb(server):
    async with await SocketIOClient.connect(server, eio=3) as client:
        await client.send("40/custom?" + "a=b&" * 12_500 + ",")
        packets = await outcome(client)
        assert sum(map(len, packets)) < 200_000


async def outcome(client):
    """What came until the session ended, or until an echo shows that it did not."""
    packets = []
    await client.engine.send_until_closed(['42["message","end of outcome"]'])
    try:
        while (packet := await client.receive()) != '42["message-back","end of outcome"]':
            packets.append(packet)
    except ConnectionClosed:
        pass
    return packets


@pytest.mark.parametrize("namespace", ["/\x00", "/a\nb", "/é😀", "/__proto__", "/../", "/%2f", "//", "/ "], ids=ascii)
async def test_odd_namespace_names(server, namespace):
    async with await SocketIOClient.connect(server) as client:
        await client.send(f"40{namespace},")
        for packet in await outcome(client):
            assert packet.startswith("44"), packet


@pytest.mark.parametrize("name", ["null", "{}", "[]", "true", '{"_placeholder":true,"num":0}', '{"toString":1}'])
async def test_event_name_that_is_no_name(server, eio, name):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.send(f"42[{name},1]")
        assert await client.closed() == []


async def test_event_name_missing(server, eio):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.send("42[]")
        assert await client.closed() == []


RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]


@pytest.mark.parametrize("name", RESERVED)
async def test_reserved_event_name(server, eio, name):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.send(f'42["{name}"]')
        assert await client.closed() == []


async def test_reserved_event_name_in_disguise(server):
    for name in ("\\u0063onnect", "disconnec\\u0074"):
        async with await SocketIOClient.connect(server) as client:
            await client.send(f'42["{name}"]')
            assert await client.closed() == []


@pytest.mark.parametrize("name", RESERVED)
async def test_reserved_event_name_with_binary_and_ack(server, name):
    async with await SocketIOClient.connect(server) as client:
        await client.engine.send_until_closed([f'451-9["{name}",{{"_placeholder":true,"num":0}}]', b"\x01"])
        assert await client.closed() == []


@pytest.mark.parametrize("name", ["error", "__proto__", "constructor", "toString", "hasOwnProperty", "", " ", "\x00", "a\x00b", "message\x00", "Message", "😀"], ids=ascii)
async def test_events_that_nobody_handles(server, eio, name):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.send(f"42{dumps([name, 1])}")
        await client.send(f"427{dumps([name, 1])}")
        await client.assert_quiet()


async def test_an_event_name_with_a_raw_nul(server):
    # Not JSON: a control character must be escaped.
    async with await SocketIOClient.connect(server) as client:
        await client.send('42["a\x00b"]')
        assert await client.closed() == []


@pytest.mark.parametrize("size", [257, 10_000, 900_000])
async def test_a_long_event_name(server, size):
    async with await SocketIOClient.connect(server) as client:
        await client.send(f'42["{"n" * size}",1]')
        for packet in await outcome(client):
            assert len(packet) < size
    if size >= 10_000:
        client = await SocketIOClient.connect(server)
        await client.send(f'42["{"n" * size}",1]')
        assert await client.closed() == []


@pytest.mark.slow
async def test_a_client_that_never_acknowledges(server):
    before = server.rss_bytes
    client = await SocketIOClient.connect(server)
    received = 0
    try:
        for _ in range(30):
            await client.send(*['42["ask-me"]'] * 500)
            for _ in range(500):
                if not (await client.receive()).startswith("42"):
                    break
                received += 1
    except (ConnectionClosed, AssertionError):
        pass  # a cap that ends the socket, or that drops emits
    assert received > 0
    assert server.rss_bytes - before < 60_000_000
    await client.engine.close()


async def test_acknowledgement_unknown(server, eio):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        for number in ("0", "1", "999", "4294967296"):
            await client.send(f"43{number}[1]")
        await client.assert_quiet()


@pytest.mark.parametrize("number", ["9" * 20, "9" * 400, "18446744073709551616", "00000000000000000000000001"])
async def test_acknowledgement_with_a_number_that_does_not_fit(server, number):
    async with await SocketIOClient.connect(server) as client:
        await client.send(f"43{number}[1]")
        assert await outcome(client) == []


@pytest.mark.parametrize("number", ["9" * 20, "9" * 400])
async def test_an_event_id_that_does_not_fit(server, number):
    async with await SocketIOClient.connect(server) as client:
        await client.send(f'42{number}["message-with-ack"]')
        assert await client.closed() == []


async def test_acknowledgement_repeated(server, eio):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.send('42["ask-me",1]')
        packet = await client.receive()
        number = packet[2:packet.index("[")]
        await client.send(*[f"43{number}[{answer}]" for answer in ("true", "true", "false")])
        await client.expect('42["server-ask-result",true]')
        await client.assert_quiet()


async def test_acknowledgement_of_another_socket(server):
    async with await SocketIOClient.connect(server) as asked, await SocketIOClient.connect(server) as other:
        await asked.send('42["ask-me",1]')
        packet = await asked.receive()
        number = packet[2:packet.index("[")]
        await other.send(f'43{number}["forged"]')
        await other.assert_quiet()
        await asked.assert_quiet()
        await asked.send(f'43{number}["mine"]')
        await asked.expect('42["server-ask-result","mine"]')


async def test_disconnect_repeated(server):
    async with await SocketIOClient.connect(server, "/custom") as client:
        await client.join("/")
        await client.receive()
        await client.engine.send_until_closed(["41/custom,", "41/custom,"])
        for packet in await outcome(client):
            raise AssertionError(packet)


async def test_connect_and_disconnect_in_a_storm(server):
    """Each is answered, or the session ends; nothing stays behind."""
    before = server.rss_bytes
    async with await SocketIOClient.connect(server) as client:
        for _ in range(20):
            await client.engine.send_until_closed(["40/custom,", "41/custom,"] * 100)
        packets = await outcome(client)
        assert len(packets) <= 2 * 20 * 100
    assert server.rss_bytes - before < 50_000_000


async def test_packets_after_a_server_disconnect(server):
    async with await SocketIOClient.connect(server, "/custom") as client:
        await client.join("/")
        await client.receive()
        await client.engine.send_until_closed(['42["server-disconnect"]', '42["message","late"]', '42["join-room","late"]'])
        assert await client.receive() == "41"
        try:
            await client.emit("message", 1, namespace="/custom")
            assert await client.receive() == '42/custom,["message-back",1]'
        except ConnectionClosed:
            pass  # as the reference server does when an event belongs to no socket


@pytest.mark.parametrize("packet", ["4" + "2" * 100_000, "45" + "1" * 100_000 + "-[]", "42/" + "," * 100_000, "42" + "[" * 900_000], ids=lambda packet: packet[:6])
async def test_long_nonsense(server, packet):
    client = await SocketIOClient.connect(server)
    await client.send(packet)
    assert await client.closed() == []


async def test_engine_packets_out_of_place(server, eio):
    for packet in ("0", '0{"sid":"x"}', "5", "5x"):
        async with await EngineSocket.connect(server, eio=eio) as socket:
            await socket.send_until_closed([packet, "1"])
            assert await socket.closed() == []


async def test_many_bad_clients_at_once(server):
    async def bad(number):
        client = await SocketIOClient.connect(server)
        await client.engine.send_until_closed([("42[", "45", "4x", "x", "40")[number % 5]])
        assert await client.closed() == []

    await asyncio.gather(*(bad(number) for number in range(20)))
