# Licensed under the MIT licence.
"""Bad input, area "binary"."""

import pytest

from harness import STALL_SECONDS
from harness.engine import PollingSession
from harness.socketio import SocketIOClient

ONE = '{"_placeholder":true,"num":0}'


def frame(eio, data):
    return b"\x04" + data if eio == 3 else data


@pytest.mark.slow
async def test_an_attachment_that_never_comes(server):
    client = await SocketIOClient.connect(server)
    await client.send(f'451-["message",{ONE}]')
    assert await client.closed(STALL_SECONDS) == []


@pytest.mark.parametrize("text", ['42["message",1]', "40/custom,", "41", "430[]", f'451-["message",{ONE}]'])
async def test_text_instead_of_the_attachment(server, eio, text):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.engine.send_until_closed([f'451-["message",{ONE}]', text, frame(eio, b"\x01")])
        assert await client.closed() == []


async def test_an_attachment_that_nobody_announced(server, eio):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.send(frame(eio, b"\x01\x02"))
        assert await client.closed() == []


async def test_one_attachment_more_than_announced(server, eio):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.engine.send_until_closed([f'451-["message",{ONE}]', frame(eio, b"\x01"), frame(eio, b"\x02")])
        packets = await client.closed()
        assert packets in ([], [f'451-["message-back",{ONE}]', frame(eio, b"\x01")])


async def test_an_attachment_before_connect(server):
    client = await SocketIOClient.open(server)
    await client.send(b"\x01")
    assert await client.closed() == []


@pytest.mark.parametrize("count", ["11", "100", "2147483648", "9223372036854775808", "9" * 400, "-1", "+1", "1.5", " 1", "1e1", "\uff11", ""], ids=lambda count: ascii(count)[:12])
async def test_number_of_attachments(server, count):
    async with await SocketIOClient.connect(server) as client:
        await client.send(f'45{count}-["message",{ONE}]')
        assert await client.closed() == []


async def test_eleven_attachments_that_come(server):
    async with await SocketIOClient.connect(server) as client:
        places = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(11))
        await client.engine.send_until_closed([f'4511-["message",{places}]', *[b"x"] * 11])
        assert await client.closed() == []


async def test_ten_attachments_of_the_maximum_size(server):
    before = server.rss_bytes
    async with await SocketIOClient.connect(server) as client:
        places = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(10))
        await client.engine.send_until_closed([f'4510-["message",{places}]', *[bytes(900_000)] * 10])
        assert await client.closed(STALL_SECONDS) == []
    assert server.rss_bytes - before < 60_000_000


async def test_one_attachment_referenced_2000_times(server):
    async with await SocketIOClient.connect(server) as client:
        await client.engine.send_until_closed([f'451-["message",{",".join([ONE] * 2000)}]', bytes(100_000)])
        packets = await client.closed()
        assert packets == [], "each index at most once"


async def test_one_attachment_referenced_twice(server, eio):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.engine.send_until_closed([f'451-["message",{ONE},{ONE}]', frame(eio, b"\x01")])
        assert await client.closed() == []


@pytest.mark.parametrize("number", ["1", "-1", "0.5", '"0"', "null", "1e0", "9223372036854775808", "[0]", "true"])
async def test_placeholder_with_another_number(server, number):
    async with await SocketIOClient.connect(server) as client:
        place = f'{{"_placeholder":true,"num":{number}}}'
        await client.engine.send_until_closed([f'451-["message",{place}]', b"\x01"])
        assert await client.closed() == []


async def test_placeholder_without_a_number(server):
    async with await SocketIOClient.connect(server) as client:
        await client.engine.send_until_closed(['451-["message",{"_placeholder":true}]', b"\x01"])
        assert await client.closed() == []


@pytest.mark.parametrize("place", ['{"_placeholder":false,"num":0}', '{"_placeholder":1,"num":0}', '{"placeholder":true,"num":0}', '{"_placeholder":true,"num":5}'])
async def test_placeholders_in_a_text_event_are_data(server, eio, place):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.send(f'42["message",{place}]')
        await client.expect(f'42["message-back",{place}]')


async def test_binary_acknowledgement_that_nobody_asked_for(server):
    async with await SocketIOClient.connect(server) as client:
        await client.send(f"461-99[{ONE}]", b"\x01")
        await client.assert_quiet()


async def test_attachments_of_two_namespaces_do_not_mix(server):
    async with await SocketIOClient.connect(server, "/custom") as client:
        await client.join("/")
        await client.receive()
        await client.engine.send_until_closed([f'451-/custom,["message",{ONE}]', f'451-["message",{ONE}]', b"\x01", b"\x02"])
        assert await client.closed() == []


async def test_a_disconnect_while_attachments_are_awaited(server):
    client = await SocketIOClient.connect(server)
    await client.send(f'452-["message",{ONE}]', b"\x01")
    await client.engine.close()


async def test_text_instead_of_the_attachment_over_polling(server):
    session = await PollingSession.open(server, "/socket.io/")
    await session.send("40")
    await session.collect(2)
    await session.post(f'451-["message",{ONE}]\x1e42["message",1]')
    await session.until_gone()
