# Licensed under the MIT licence.
"""Bad input, area "polling"."""

import asyncio

import pytest

from harness import MAX_PAYLOAD, STALL_SECONDS, within
from harness.engine import PollingSession
from harness.http import ConnectionEnded, HttpConnection

OCTETS = "application/octet-stream"


async def test_two_gets_at_once(server, eio):
    session = await PollingSession.open(server, eio=eio)
    answers = await asyncio.gather(*(session.get() for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [200, 400]
    await session.assert_gone()


async def test_two_posts_at_once(server, eio):
    session = await PollingSession.open(server, eio=eio)
    async with await HttpConnection.open(server) as first:
        await first.write(post_head(session, 1000) + b"4half")
        await session.until_gone()  # each POST of this is a second one, as soon as the first was read
        assert await first.verdict(STALL_SECONDS) in (400, None)


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
async def test_get_aborted_by_the_client(server, eio, reset):
    session = await PollingSession.open(server, eio=eio)
    connection = await session.pending_get()
    connection.reset() if reset else connection.close()
    await session.until_gone()


async def test_post_aborted_by_the_client(server, eio):
    session = await PollingSession.open(server, eio=eio)
    connection = await HttpConnection.open(server)
    await connection.write(post_head(session, 100) + b"4half")
    connection.close()
    await session.until_gone()


def post_head(session, length, *fields):
    lines = [f"POST {session.target()} HTTP/1.1", "Host: localhost", "Content-Type: text/plain", *fields]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.mark.parametrize("length", [MAX_PAYLOAD + 1, 10**9, 2**31, 2**63 - 1])
async def test_body_over_the_limit_by_its_own_word(server, length):
    session = await PollingSession.open(server)
    async with await HttpConnection.open(server) as connection:
        await connection.write(post_head(session, length))
        assert await connection.verdict(STALL_SECONDS) in (413, 400)


async def test_body_over_the_limit_in_chunks(server):
    session = await PollingSession.open(server)
    async with await HttpConnection.open(server) as connection:
        await connection.write(post_head(session, None, "Transfer-Encoding: chunked"))
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"

        async def pour():
            for _ in range(4096):  # 256 MiB, if the server lets us
                await connection.write(chunk)

        pouring = asyncio.create_task(pour())
        assert await connection.verdict(STALL_SECONDS) in (413, 400, None)
        assert not pouring.done() or pouring.exception(), "everything was read"
        pouring.cancel()
        await asyncio.gather(pouring, return_exceptions=True)


@pytest.mark.parametrize(
    "value", ["-1", "+5", "5x", "0x5", "5 5", "5, 6", "", "1e1", "5.0", "9" * 30, "18446744073709551617", "\uff15"], ids=ascii
)
async def test_content_length_that_is_no_number(server, value):
    session = await PollingSession.open(server)
    async with await HttpConnection.open(server) as connection:
        await connection.write(post_head(session, value) + b"4hell")
        connection.writer.write_eof()
        assert await connection.verdict(STALL_SECONDS) in (400, 413, None)


async def test_content_length_and_chunked(server):
    session = await PollingSession.open(server)
    async with await HttpConnection.open(server) as connection:
        await connection.write(post_head(session, 5, "Transfer-Encoding: chunked") + b"5\r\n4hell\r\n0\r\n\r\n")
        assert await connection.verdict(STALL_SECONDS) in (400, None)


async def test_two_content_lengths(server):
    session = await PollingSession.open(server)
    async with await HttpConnection.open(server) as connection:
        await connection.write(post_head(session, 5, "Content-Length: 6") + b"4hello")
        assert await connection.verdict(STALL_SECONDS) in (400, None)


async def test_content_length_shorter_than_the_body(server):
    # What follows is read as the next request, which it is not.
    session = await PollingSession.open(server)
    async with await HttpConnection.open(server) as connection:
        await connection.write(post_head(session, 2) + b"4x\x1e4smuggled\r\n\r\n")
        assert (await within(STALL_SECONDS, connection.response())).body == b"ok"
        assert await connection.verdict(STALL_SECONDS) in (400, None)
    assert await session.poll() == ["4x"]


@pytest.mark.slow
async def test_content_length_longer_than_the_body(server):
    session = await PollingSession.open(server)
    async with await HttpConnection.open(server) as connection:
        await connection.write(post_head(session, 100) + b"4only this")
        assert await connection.verdict(STALL_SECONDS) in (400, 408, 413, None)


@pytest.mark.slow
async def test_a_body_that_dribbles(server):
    session = await PollingSession.open(server)
    async with await HttpConnection.open(server) as connection:
        await connection.write(post_head(session, 1000))

        async def dribble():
            for _ in range(1000):
                await connection.write(b"4")
                await asyncio.sleep(0.5)  # this is the attack

        dribbling = asyncio.create_task(dribble())
        assert await connection.verdict(STALL_SECONDS) in (400, 408, 413, None)
        dribbling.cancel()
        await asyncio.gather(dribbling, return_exceptions=True)


@pytest.mark.parametrize("packet", ["4", "4x", "6", "3", "b"])
async def test_50000_packets_in_one_post(server, packet):
    session = await PollingSession.open(server)
    response = await session.post("\x1e".join([packet] * 50_000))
    assert response.status == 400
    await session.assert_gone()


@pytest.mark.parametrize("body, content_type", [("1:4" * 50_000, "text/plain"), (b"\x00\x01\xff4" * 50_000, OCTETS), (b"\x01\x01\xff\x04" * 50_000, OCTETS)],
                         ids=["text", "octets-text", "octets-binary"])
async def test_50000_packets_in_one_post_of_a_v3_client(server, body, content_type):
    session = await PollingSession.open(server, eio=3)
    assert (await session.post(body, content_type)).status == 400
    await session.assert_gone()


@pytest.mark.parametrize(
    "body",
    ["6:4", "99:4hello", "999999999:4", "9223372036854775808:4", "9" * 400 + ":4", "0" * 400 + "1:4", "-1:4", "-0:4", "+1:4", " 1:4", "1 :4", "1.0:4",
     "1e0:4", "0x1:4", "\uff11:4", "\u0661:4", ":4", "::", "1", "1:", "2:4😀", "4:4😀😀", "3:4a😀", "4:4a4:4b", "1:4\x00", "NaN:4", "Infinity:4"],
    ids=lambda body: ascii(body)[:24],
)
async def test_v3_length(server, body):
    session = await PollingSession.open(server, eio=3)
    assert (await session.post(body)).status == 400
    await session.assert_gone()


@pytest.mark.parametrize(
    "body",
    [b"\x00", b"\x00\x06", b"\x00\x064hello", b"\x00" + b"\x09" * 5000, b"\x00\x06\xff4", b"\x01\x09\x09\x09\xff\x04ab", b"\x00\xff4hello",
     b"\x00\x0a\xff4", b"\x00\x30\xff4", b"\x02\x01\xff4", b"\xff", b"\x00" + b"\x09" * 30 + b"\xff4", b"\x00" + b"\x00" * 400 + b"\x01\xff4",
     b"\x00\x01\xff4\x00", b"\x01\x01\xff\x09", b"\x01\x00\xff", b"\x00\x02\xff4\xff", b"\x00\x02\xff4\xe2", b"6:4hello"],
    ids=lambda body: f"{body[:8].hex()}-{len(body)}",
)
async def test_v3_binary_payload(server, body):
    session = await PollingSession.open(server, eio=3)
    assert (await session.post(body, OCTETS)).status == 400
    await session.assert_gone()


async def test_v3_base64_that_is_none(server):
    for body in ("6:b4****", "2:b9", "1:b"):
        session = await PollingSession.open(server, eio=3)
        assert (await session.post(body)).status == 400
        await session.assert_gone()


async def test_a_megabyte_of_separators(server):
    session = await PollingSession.open(server)
    assert (await session.post(b"\x1e" * MAX_PAYLOAD)).status == 400
    await session.assert_gone()


async def test_a_megabyte_of_digits(server):
    session = await PollingSession.open(server, eio=3)
    assert (await session.post(b"1" * MAX_PAYLOAD)).status == 400
    await session.assert_gone()


@pytest.mark.slow
async def test_answers_that_are_never_read(server):
    """A poller that pipelines polls and reads nothing is not answered out of ever more memory."""
    session = await PollingSession.open(server)
    before = server.rss_bytes
    connection = await HttpConnection.open(server)
    connection.writer.transport.pause_reading()
    most = 0
    try:
        # Far more than the budget of one session and the buffers of both kernels.
        for number in range(200):
            answer = await session.post("4" + "x" * (MAX_PAYLOAD - 1), seconds=STALL_SECONDS)
            most = max(most, server.rss_bytes - before)
            if answer.status != 200:
                assert (answer.status, answer.code) == (400, 1), answer.body  # the session is gone
                break
            await connection.send("GET", session.target())
        else:
            pytest.fail(f"all of it was taken, {most / 1e6:.0f} MB of memory for it")
    except (ConnectionEnded, OSError):
        assert number > 0  # the server gave up on one of the two connections, behind an answer that was not read
    finally:
        connection.reset()
    assert most < 64_000_000
