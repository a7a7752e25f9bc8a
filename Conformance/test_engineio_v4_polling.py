# Licensed under the MIT licence.
"""Engine.IO protocol v4, "HTTP long-polling" and "Packet encoding"."""

import asyncio

import pytest

from harness import MAX_PAYLOAD, payload, within
from harness.engine import PollingSession
from harness.http import HttpConnection
from harness.samples import BINARIES, TEXTS
from harness.socketio import SocketIOClient


async def test_one_text_packet(calm):
    session = await PollingSession.open(calm)
    response = await session.post("4hello")
    assert (response.status, response.body) == (200, b"ok")
    response = await session.get()
    assert (response.status, response.body) == (200, b"4hello")


async def test_several_text_packets_share_a_payload(calm):
    session = await PollingSession.open(calm)
    assert (await session.post("4test1\x1e4test2\x1e4test3")).body == b"ok"
    assert (await session.get()).body == b"4test1\x1e4test2\x1e4test3"


async def test_text_and_binary_packets_share_a_payload(calm):
    session = await PollingSession.open(calm)
    assert (await session.post("4hello\x1ebAQIDBA==")).body == b"ok"
    assert (await session.get()).body == b"4hello\x1ebAQIDBA=="


async def test_binary_first(calm):
    session = await PollingSession.open(calm)
    assert (await session.post("bAQIDBA==\x1e4hello\x1ebBQY=")).body == b"ok"
    assert (await session.get()).body == b"bAQIDBA==\x1e4hello\x1ebBQY="


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
async def test_text_comes_back_unchanged(calm, text):
    session = await PollingSession.open(calm)
    await session.send("4" + text)
    assert await session.collect(1) == ["4" + text]


@pytest.mark.parametrize("data", BINARIES, ids=lambda data: f"{data[:4].hex()}-{len(data)}")
async def test_binary_comes_back_unchanged(calm, data):
    session = await PollingSession.open(calm)
    await session.send(data, "4between", data)
    assert await session.collect(3) == [data, "4between", data]


async def test_packets_of_several_posts_wait_for_one_poll(calm):
    session = await PollingSession.open(calm)
    for text in ("4a", "4b", "4c"):
        await session.send(text)
    assert await session.poll() == ["4a", "4b", "4c"]


async def test_a_hundred_packets_in_one_post(calm):
    # A stock client puts everything it has buffered into one POST, up to maxPayload.
    session = await PollingSession.open(calm)
    packets = [f"4{number}" for number in range(100)]
    await session.send(*packets)
    assert await session.collect(100) == packets


async def test_a_waiting_poll_is_answered_when_there_is_something(calm):
    session = await PollingSession.open(calm)
    poll = asyncio.create_task(session.poll())
    await session.send("4first")
    assert await within(5, poll) == ["4first"]
    poll = asyncio.create_task(session.poll())
    await session.send("4second")
    assert await within(5, poll) == ["4second"]


async def test_answer_headers(calm):
    session = await PollingSession.open(calm)
    posted = await session.post("4hello")
    assert posted.header("content-type").split(";")[0] == "text/html"
    polled = await session.get()
    assert polled.header("content-type").lower() == "text/plain; charset=utf-8"
    assert polled.header("cache-control") == "no-store"


@pytest.mark.parametrize("content_type", [None, "text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded"])
async def test_the_body_is_text_whatever_the_type_says(calm, content_type):
    session = await PollingSession.open(calm)
    assert (await session.post("4é", content_type)).status == 200
    assert await session.poll() == ["4é"]


async def test_a_chunked_body(calm):
    session = await PollingSession.open(calm)
    async with await HttpConnection.open(calm) as connection:
        head = f"POST {session.target()} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        # The euro sign (e2 82 ac) is cut by the chunks.
        await connection.write(head + b"3\r\n4a\xe2\r\n" + b"3\r\n\x82\xac\x1e\r\n" + b"2\r\n4b\r\n0\r\n\r\n")
        assert (await within(5, connection.response())).body == b"ok"
    assert await session.poll() == ["4a€", "4b"]


async def test_a_body_of_exactly_the_limit(calm):
    session = await PollingSession.open(calm)
    text = "4" + "x" * (MAX_PAYLOAD - 1)
    await session.send(text)
    assert await session.collect(1) == [text]


async def test_a_body_over_the_limit(calm):
    session = await PollingSession.open(calm)
    async with await HttpConnection.open(calm) as connection:
        await connection.write(
            f"POST {session.target()} HTTP/1.1\r\nHost: x\r\nContent-Length: {MAX_PAYLOAD + 1}\r\n\r\n".encode()
        )
        assert (await within(5, connection.response())).status == 413


@pytest.mark.parametrize("body", ["abc", "", "\x1e", "4a\x1e", "4a\x1e\x1e4b", "7", "9x", "é", "b!!!!", "4a\x1eb?"], ids=ascii)
async def test_an_invalid_payload_closes_the_session(calm, body):
    session = await PollingSession.open(calm)
    assert (await session.post(body)).status == 400
    await session.assert_gone()


async def test_invalid_utf8_closes_the_session(calm):
    session = await PollingSession.open(calm)
    assert (await session.post(b"4\xff\xfe")).status == 400
    await session.assert_gone()


async def test_nothing_after_an_invalid_packet_is_dispatched(calm):
    async with await SocketIOClient.connect(calm) as member:
        await member.call("join-room", "after-the-fault")
        session = await PollingSession.open(calm, "/socket.io/")
        await session.send("40")
        await session.collect(2)
        response = await session.post('4z\x1e42["to-room","after-the-fault",1]')
        assert response.status == 400 or response.body == b"ok"
        await member.assert_quiet()


async def test_duplicate_polls_close_the_session(calm):
    session = await PollingSession.open(calm)
    # Whichever GET is read first is the pending one: exactly one of the two is refused.
    answers = await asyncio.gather(session.get(), session.get(t="burst"))
    answers.sort(key=lambda answer: answer.status)
    assert (answers[0].status, answers[0].body) == (200, b"1")
    assert answers[1].status == 400
    await session.assert_gone()


async def test_duplicate_posts_close_the_session(calm):
    session = await PollingSession.open(calm)
    async with await HttpConnection.open(calm) as first:
        await first.write(f"POST {session.target()} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n4half".encode())
        # Until the server has read the first head, whole POSTs are still in order.
        await session.until_gone()


async def test_a_cancelled_poll_closes_the_session(calm):
    session = await PollingSession.open(calm)
    connection = await session.pending_get()
    connection.close()
    await session.until_gone()


async def test_a_finished_poll_may_be_hung_up(calm):
    # Closing the connection after the answer is no abort.
    session = await PollingSession.open(calm)
    for _ in range(3):
        await session.send("4x")
        connection = await session.pending_get()
        assert (await within(5, connection.response())).body == b"4x"
        connection.close()
    await session.assert_alive()


async def test_the_payload_of_a_poll_stays_under_the_limit_or_whole(calm):
    # Messages of 200 kB each, five of them, come in order, however many polls that takes. More would be a peer that does not
    # read: the server gives each connection a budget of bytes.
    session = await PollingSession.open(calm)
    texts = ["4" + str(number) * 200_000 for number in range(5)]
    for text in texts:
        await session.send(text)
    assert await session.collect(5) == texts


async def test_pipelined_requests_are_answered_in_order(calm):
    session = await PollingSession.open(calm)
    async with await HttpConnection.open(calm) as connection:
        post = f"POST {session.target()} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n4a".encode()
        get = f"GET {session.target()} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        await connection.write(post + get)
        assert (await within(5, connection.response())).body == b"ok"
        assert (await within(5, connection.response())).body == b"4a"


def test_codec_of_the_suite():
    packets = ["4hello", b"\x01\x02\x03\x04", "2", ""]
    assert payload.decode_v4(payload.encode_v4(packets)) == packets
    packets = ["4€", "4😀", b"\x00", "2"]
    assert payload.decode_v3(payload.encode_v3(packets)) == packets
    assert payload.decode_v3_binary(payload.encode_v3_binary(packets)) == packets
    assert payload.encode_v3(["4hello", "4€"]) == "6:4hello2:4€".encode()
    assert payload.encode_v3_binary(["4€", b"\x01\x02\x03"]) == bytes.fromhex("0004ff34e282ac" + "0104ff04010203")


async def test_a_reset_behind_an_answer_ends_the_session(calm):
    """The answer may be lost, and browsers ask again by themselves: what was in it would be missing, and nobody would know."""
    session = await PollingSession.open(calm)
    connection = await session.pending_get()
    await session.post("4hello")
    assert (await within(5, connection.response())).body == b"4hello"
    connection.reset()
    await session.until_gone()


async def test_an_end_behind_an_answer_does_not(calm):
    session = await PollingSession.open(calm)
    connection = await session.pending_get()
    await session.post("4hello")
    assert (await within(5, connection.response())).body == b"4hello"
    connection.close()
    await session.assert_alive()


async def test_a_reset_behind_the_next_request_does_not(calm):
    """Who asks again on the same connection has the answer."""
    session = await PollingSession.open(calm)
    connection = await session.pending_get()
    await session.post("4hello")
    assert (await within(5, connection.response())).body == b"4hello"
    await connection.send("POST", session.target(), {"Content-Type": "text/plain;charset=UTF-8"}, b"4again")
    assert (await within(5, connection.response())).body == b"ok"
    connection.reset()
    assert await session.poll() == ["4again"]
