# Licensed under the MIT licence.
"""Bad input, area "JSON"."""

import pytest

from harness.engine import PollingSession
from harness.socketio import SocketIOClient


def nested(depth, opening="[", closing="]", core=""):
    return opening * depth + core + closing * depth


@pytest.mark.parametrize("depth", [5_000, 200_000])
@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")], ids=["arrays", "objects", "both"])
async def test_nesting(server, eio, depth, opening, closing):
    body = nested(depth, opening, closing, "0")
    if len(body) > 990_000:
        body = nested(120_000, opening, closing, "0")
    for packet in (f'42["message",{body}]', f'421["message-with-ack",{body}]', f"431[{body}]", f'451-["message",{body}]'):
        async with await SocketIOClient.connect(server, eio=eio) as client:
            await client.send(packet)
            assert await client.closed() == []


@pytest.mark.parametrize("depth", [5_000, 200_000])
async def test_nesting_without_an_end(server, depth):
    async with await SocketIOClient.connect(server) as client:
        await client.send('42["message",' + "[" * depth)
        assert await client.closed() == []


@pytest.mark.parametrize("depth", [5_000, 100_000])
async def test_nesting_in_the_auth_object(server, depth):
    client = await SocketIOClient.open(server)
    await client.send('40{"a":' + nested(depth) + "}")
    assert await client.closed() == []


async def test_nesting_over_polling(server, eio):
    session = await PollingSession.open(server, "/socket.io/", eio=eio)
    if eio == 4:
        await session.send("40")
    packet = f'42["message",{nested(200_000)}]'
    await session.post(packet if eio == 4 else f"{len(packet)}:{packet}")
    await session.until_gone()


async def test_nesting_that_is_allowed(server, eio):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        for body in (nested(50), nested(50, '{"a":', "}", "1")):
            await client.send(f'42["message",{body}]')
            await client.expect(f'42["message-back",{body}]')


@pytest.mark.parametrize(
    "value",
    ['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"":1,"":2}',
     '{"__proto__":null,"__proto__":1}', '{"toString":1,"hasOwnProperty":2}'],
)
async def test_keys_are_data(server, eio, value):
    async with await SocketIOClient.connect(server, eio=eio) as client:
        await client.send(f'42["message",{value}]')
        await client.expect(f'42["message-back",{value}]')
        await client.send('42["message",{}]')
        await client.expect('42["message-back",{}]')


async def test_keys_of_the_auth_object_are_data(server):
    async with await SocketIOClient.open(server) as client:
        await client.send('40/guarded,{"__proto__":{"token":"sesame"}}')
        assert (await client.receive()).startswith("44/guarded,")
    async with await SocketIOClient.open(server) as client:
        await client.send('40/guarded,{"token":"wrong","token":"sesame"}')
        assert (await client.receive()).startswith(('40/guarded,{"sid":', "44/guarded,"))


@pytest.mark.parametrize(
    "value",
    ["", "tru", "nul", "True", "undefined", "NaN", "Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1_000", "'a'", '"a', '"\\x41"', '"\\u12"',
     '"\\u{41}"', '"a\nb"', '"a\tb"', '"\x01"', "[1,]", "[,1]", "[1 2]", "{a:1}", '{"a"}', '{"a":}', '{"a":1,}', "{,}", '{"a":1 "b":2}', "[1}", '{"a":1]', "/**/1",
     "1 //", "\ufeff1", "\u00a01", "\x0b1", "1\x00", "\\u0031"],
    ids=ascii,
)
async def test_what_is_not_json(server, value):
    async with await SocketIOClient.connect(server) as client:
        await client.send(f'42["message",{value}]')
        assert await client.closed() == []


@pytest.mark.parametrize("value", ['"\\ud800"', '"\\udc00x"', '"\\ud83d\\ud83d"', "1e400", "-1e400", "1" * 400, "0." + "1" * 5000, '"\\u0000"', "1E-5", "-0"], ids=lambda value: value[:16])
async def test_what_is_json_though_odd(server, value):
    """Each is RFC 8259 text: it comes back, or the socket is told nothing and stays."""
    async with await SocketIOClient.connect(server) as client:
        await client.send(f'42["message",{value}]')
        assert (await client.receive()).startswith('42["message-back",')
        await client.assert_quiet()


@pytest.mark.parametrize("tail", ["1", "[]", ",", "]", "x", "\x00", "\x1e"], ids=ascii)
async def test_trailing_data(server, tail):
    async with await SocketIOClient.connect(server) as client:
        await client.send(f'42["message"]{tail}')
        assert await client.closed() == []


async def test_wide_is_not_deep(server):
    async with await SocketIOClient.connect(server) as client:
        body = "[" + ",".join(["[]"] * 100_000) + "]"
        await client.send(f'42["message",{body}]')
        await client.expect(f'42["message-back",{body}]')


async def test_100000_keys(server):
    async with await SocketIOClient.connect(server) as client:
        body = "{" + ",".join(f'"{number}":0' for number in range(80_000)) + "}"
        await client.send(f'42["message",{body}]')
        await client.expect(f'42["message-back",{body}]')


async def test_a_string_of_escapes(server):
    async with await SocketIOClient.connect(server) as client:
        body = '"' + "\\u0041" * 150_000 + '"'
        await client.send(f'42["message",{body}]')
        assert (await client.receive()).startswith('42["message-back","')
