# Licensed under the MIT licence.
"""Engine.IO protocol v3, "Payload": lengths in UTF-16 code units, and both forms of binary."""

import pytest

from harness import MAX_PAYLOAD, payload
from harness.engine import PollingSession
from harness.samples import BINARIES, TEXTS

OCTETS = "application/octet-stream"


async def test_one_text_packet(calm):
    session = await PollingSession.open(calm, eio=3)
    response = await session.post("6:4hello")
    assert (response.status, response.body) == (200, b"ok")
    assert response.header("content-type").split(";")[0] == "text/html"
    response = await session.get()
    assert (response.status, response.body) == (200, b"6:4hello")
    assert response.header("content-type").lower() == "text/plain; charset=utf-8"


async def test_several_text_packets(calm):
    session = await PollingSession.open(calm, eio=3)
    assert (await session.post("6:4test16:4test26:4test3")).body == b"ok"
    assert (await session.get()).body == b"6:4test16:4test26:4test3"


@pytest.mark.parametrize(
    "body", ["2:4€", "3:4😀", "5:4😀😀", "7:4a😀b😀", "2:4é", "4:4a:b", "3:42:", "11:49:4hello😀", "1:4", "3:4\r\n", "2:4\ufeff"], ids=ascii
)
async def test_lengths_are_utf16_code_units(calm, body):
    session = await PollingSession.open(calm, eio=3)
    for _ in range(2):
        assert (await session.post(body)).body == b"ok"
        assert (await session.get()).text == body


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
async def test_text_comes_back_unchanged(calm, text):
    session = await PollingSession.open(calm, eio=3)
    await session.send("4" + text, "4😀", "4" + text)
    assert await session.collect(3) == ["4" + text, "4😀", "4" + text]


async def test_base64_both_ways(calm):
    session = await PollingSession.open(calm, eio=3, b64=1)
    assert (await session.post("6:4hello10:b4AQIDBA==")).body == b"ok"
    response = await session.get()
    assert response.header("content-type").lower() == "text/plain; charset=utf-8"
    assert response.body == b"6:4hello10:b4AQIDBA=="


async def test_the_example_without_padding_of_three_bytes(calm):
    session = await PollingSession.open(calm, eio=3, b64=1)
    await session.post("6:b4AQID")
    assert (await session.get(b64=1)).body == b"6:b4AQID"


async def test_base64_in_binary_form_out(calm):
    session = await PollingSession.open(calm, eio=3)
    assert (await session.post("6:4hello10:b4AQIDBA==")).body == b"ok"
    response = await session.get()
    assert response.header("content-type") == OCTETS
    assert response.body == bytes([0, 6, 255]) + b"4hello" + bytes([1, 5, 255, 4, 1, 2, 3, 4])


async def test_binary_form_both_ways(calm):
    session = await PollingSession.open(calm, eio=3)
    body = bytes([0, 6, 255]) + b"4hello" + bytes([1, 5, 255, 4, 1, 2, 3, 4])
    response = await session.post(body, OCTETS)
    assert (response.status, response.body) == (200, b"ok")
    response = await session.get()
    assert response.header("content-type") == OCTETS
    assert response.body == body


async def test_binary_form_in_base64_out(calm):
    session = await PollingSession.open(calm, eio=3, b64=1)
    await session.post(payload.encode_v3_binary(["4hello", b"\x01\x02\x03\x04"]), OCTETS)
    assert (await session.get()).body == b"6:4hello10:b4AQIDBA=="


async def test_text_lengths_in_the_binary_form_are_utf8_bytes(calm):
    session = await PollingSession.open(calm, eio=3)
    body = bytes.fromhex("0004ff34e282ac" + "0105ff0401020304")
    await session.post(body, OCTETS)
    assert (await session.get()).body == body


async def test_text_alone_in_the_binary_form_comes_back_as_text(calm):
    session = await PollingSession.open(calm, eio=3)
    await session.post(payload.encode_v3_binary(["4€", "4😀"]), OCTETS)
    response = await session.get()
    assert response.header("content-type").lower() == "text/plain; charset=utf-8"
    assert response.text == "2:4€3:4😀"


@pytest.mark.parametrize("data", BINARIES, ids=lambda data: f"{data[:4].hex()}-{len(data)}")
@pytest.mark.parametrize("b64", [None, 1], ids=["binary", "base64"])
async def test_binary_comes_back_unchanged(calm, data, b64):
    session = await PollingSession.open(calm, eio=3, b64=b64)
    await session.send(data, "4between", data)
    assert await session.collect(3) == [data, "4between", data]


async def test_a_length_of_three_digits_in_the_binary_form(calm):
    session = await PollingSession.open(calm, eio=3)
    await session.post(payload.encode_v3_binary([bytes(300)]), OCTETS)
    response = await session.get()
    assert response.body == bytes([1, 3, 0, 1, 255, 4]) + bytes(300)


async def test_an_empty_binary_message(calm):
    session = await PollingSession.open(calm, eio=3)
    await session.post(bytes([1, 1, 255, 4]), OCTETS)
    assert (await session.get()).body == bytes([1, 1, 255, 4])


async def test_other_content_types_are_text(calm):
    session = await PollingSession.open(calm, eio=3)
    await session.post("2:4€", "text/plain; charset=UTF-8")
    assert (await session.get()).text == "2:4€"


async def test_a_body_of_exactly_the_limit(calm):
    session = await PollingSession.open(calm, eio=3)
    body = f"{MAX_PAYLOAD - 7}:4".ljust(MAX_PAYLOAD, "x")
    assert len(body) == MAX_PAYLOAD
    assert (await session.post(body)).body == b"ok"
    assert (await session.get()).text == body


@pytest.mark.parametrize("body", ["abc", "", "4hello", ":4", "x:4", "5:4", "2:4a2", "1:9"])
async def test_an_invalid_payload_closes_the_session(calm, body):
    session = await PollingSession.open(calm, eio=3)
    assert (await session.post(body)).status == 400
    await session.assert_gone()
