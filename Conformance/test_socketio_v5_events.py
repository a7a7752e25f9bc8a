# Licensed under the MIT licence.
"""Socket.IO protocol v5, "Sending and receiving data" and "Acknowledgement"; text and binary, both ways."""

import pytest

from harness.engine import PollingSession
from harness.socketio import SocketIOClient

ONE = '{"_placeholder":true,"num":0}'
TWO = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'


@pytest.mark.parametrize(
    "arguments",
    [
        '1,"2",{"3":[true]}', '"é😀"', "null", "[]", "{}", "-0.5e+10", "1.0", "12345678901234567890", '""', '"\\u0000\\u00e9\\ud83d\\ude00"',
        '"\\\\\\"/\\b\\f\\n\\r\\t"', '{"b":1,"a":2}', '"42[]"', '"a,b"', '"\u2028"', '[[[[[]]]]]', "true,false,null,0,\"\"", '{"":{"":[]}}', '"\x7f"',
    ],
)
async def test_arguments_come_back_as_they_were(calm, arguments):
    async with await SocketIOClient.connect(calm) as client:
        await client.send(f'42["message",{arguments}]')
        await client.expect(f'42["message-back",{arguments}]')
        await client.send(f'427["message-with-ack",{arguments}]')
        await client.expect(f"437[{arguments}]")


async def test_no_arguments(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.send('42["message"]')
        await client.expect('42["message-back"]')
        await client.send('421["message-with-ack"]')
        await client.expect("431[]")


async def test_white_space_inside_the_payload(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.send('42[ "message" , 1 , { "a" : [ 2 ] } ]')
        assert await client.event("message-back") == [1, {"a": [2]}]


async def test_an_escaped_event_name(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.send('42["mess\\u0061ge",1]')
        await client.expect('42["message-back",1]')


@pytest.mark.parametrize("number", ["0", "1", "456", "4294967296", "9007199254740991"])
async def test_acknowledgement_ids(calm, number):
    async with await SocketIOClient.connect(calm) as client:
        await client.send(f'42{number}["message-with-ack",1,"2",{{"3":[false]}}]')
        await client.expect(f'43{number}[1,"2",{{"3":[false]}}]')


async def test_in_another_namespace(calm):
    async with await SocketIOClient.connect(calm, "/custom") as client:
        await client.send('42/custom,["message",1,"2",{"3":[true]}]')
        await client.expect('42/custom,["message-back",1,"2",{"3":[true]}]')
        await client.send('42/custom,456["message-with-ack",1]')
        await client.expect("43/custom,456[1]")


async def test_binary_event(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.send(f'452-["message",{TWO}]', b"\x01\x02\x03", b"\x04\x05\x06")
        await client.expect(f'452-["message-back",{TWO}]', b"\x01\x02\x03", b"\x04\x05\x06")


async def test_binary_event_with_acknowledgement(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.send(f'452-789["message-with-ack",{TWO}]', b"\x01\x02\x03", b"\x04\x05\x06")
        await client.expect(f"462-789[{TWO}]", b"\x01\x02\x03", b"\x04\x05\x06")


async def test_binary_in_another_namespace(calm):
    async with await SocketIOClient.connect(calm, "/custom") as client:
        await client.send(f'451-/custom,["message",{ONE}]', b"\x01")
        await client.expect(f'451-/custom,["message-back",{ONE}]', b"\x01")
        await client.send(f'451-/custom,9["message-with-ack",{ONE}]', b"\x02")
        await client.expect(f"461-/custom,9[{ONE}]", b"\x02")


async def test_nested_and_empty_attachments(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.send(f'451-["message",{{"file":{ONE},"name":"é"}}]', b"")
        await client.expect(f'451-["message-back",{{"file":{ONE},"name":"é"}}]', b"")


async def test_ten_attachments(calm):
    async with await SocketIOClient.connect(calm) as client:
        places = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(10))
        data = [bytes([number]) * number for number in range(10)]
        await client.send(f'4510-["message",{places}]', *data)
        await client.expect(f'4510-["message-back",{places}]', *data)


async def test_placeholders_out_of_order(calm):
    async with await SocketIOClient.connect(calm) as client:
        swapped = '{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}'
        await client.send(f'452-["message",{swapped}]', b"zero", b"one")
        first = await client.receive()
        attachments = [await client.receive(), await client.receive()]
        # The answer may number its attachments anew; the arguments must be the same.
        if first == f'452-["message-back",{swapped}]':
            assert attachments == [b"zero", b"one"]
        else:
            assert first == f'452-["message-back",{TWO}]'
            assert attachments == [b"one", b"zero"]


async def test_binary_over_polling(calm):
    session = await PollingSession.open(calm, "/socket.io/")
    await session.send("40")
    await session.collect(2)
    await session.send(f'452-["message",{TWO}]', b"\x01\x02\x03", b"\x04")
    assert await session.collect(3) == [f'452-["message-back",{TWO}]', b"\x01\x02\x03", b"\x04"]
    # The attachments may come in a later POST than the packet that announces them.
    await session.send(f'451-5["message-with-ack",{ONE}]')
    await session.send(b"\x09")
    assert await session.collect(2) == [f"461-5[{ONE}]", b"\x09"]


async def test_events_are_handled_in_order(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.send(*(f'42["message",{number}]' for number in range(500)))
        await client.expect(*(f'42["message-back",{number}]' for number in range(500)))


async def test_heartbeats_between_attachments(lenient):
    async with await SocketIOClient.connect(lenient) as client:
        await client.send(f'451-["message",{ONE}]')
        assert await client.engine.receive() == "2"
        await client.send("3", b"late")
        await client.expect(f'451-["message-back",{ONE}]', b"late")


async def test_the_server_asks(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.send('42["ask-me","a",{"b":1}]')
        packet = await client.receive()
        assert packet.startswith("42") and packet.endswith('["server-ask","a",{"b":1}]'), packet
        number = packet[2:packet.index("[")]
        assert number.isascii() and number.isdigit()
        await client.send(f'43{number}["answer",2]')
        await client.expect('42["server-ask-result","answer",2]')


async def test_the_server_asks_and_gets_nothing(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.send('42["ask-me"]')
        packet = await client.receive()
        await client.send(f"43{packet[2:packet.index('[')]}[]")
        await client.expect('42["server-ask-result"]')


async def test_the_server_asks_and_gets_binary(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.send('42["ask-me",1]')
        packet = await client.receive()
        await client.send(f'461-{packet[2:packet.index("[")]}["answer",{ONE}]', b"\x01\x02")
        await client.expect(f'451-["server-ask-result","answer",{ONE}]', b"\x01\x02")


async def test_the_server_asks_with_binary(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.send(f'451-["ask-me",{ONE}]', b"\x07")
        packet = await client.receive()
        assert packet.startswith("451-") and packet.endswith(f'["server-ask",{ONE}]'), packet
        assert await client.receive() == b"\x07"
        await client.send(f"43{packet[4:packet.index('[')]}[1]")
        await client.expect('42["server-ask-result",1]')


async def test_answers_in_any_order(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.send(*(f'42["ask-me",{number}]' for number in range(3)))
        packets = [await client.receive() for _ in range(3)]
        numbers = [packet[2:packet.index("[")] for packet in packets]
        assert len(set(numbers)) == 3
        for index in (2, 0, 1):
            await client.send(f"43{numbers[index]}[{index}]")
        await client.expect(*(f'42["server-ask-result",{index}]' for index in (2, 0, 1)))


async def test_an_answer_counts_in_its_own_namespace_only(calm):
    async with await SocketIOClient.connect(calm) as client:
        await client.join("/custom")
        await client.expect('42/custom,["auth",{}]')
        await client.send('42["ask-me",1]')
        packet = await client.receive()
        number = packet[2:packet.index("[")]
        await client.send(f"43/custom,{number}[\"wrong\"]", f"43{number}[\"right\"]")
        await client.expect('42["server-ask-result","right"]')


@pytest.mark.parametrize(
    "packet",
    [
        "4abc", "42{}", "42", '42"message"', "42[]", '42abc["message-with-ack",1]', "42[", '42["message"', '42["message"]]', '42["message",]',
        '42/custom["message"]', '42-1["message-with-ack"]', '42+1["message-with-ack"]', '42 1["message-with-ack"]', '421.0["message-with-ack"]',
        '421e3["message-with-ack"]', '42\uff11["message-with-ack"]', '45["message"]', '45-["message"]', '451["message"]', '45a-["message"]',
        '45-1-["message"]', '451.0-["message"]', "431", '431{"a":1}', "431[",
    ],
)
async def test_an_invalid_packet_closes_the_session(calm, packet):
    async with await SocketIOClient.connect(calm) as client:
        await client.send(packet)
        assert await client.closed() == []


async def test_an_invalid_packet_over_polling(calm):
    session = await PollingSession.open(calm, "/socket.io/")
    await session.send("40")
    await session.collect(2)
    assert (await session.post("42{}")).status in (200, 400)
    await session.assert_gone()
