# Licensed under the MIT licence.
"""Compressed answers to polls (RFC 9110 §8.4 and §12.5.3)."""

import gzip
import json
import zlib

import pytest

from harness.engine import PollingSession
from harness.http import request
from harness.payload import decode_v3, decode_v3_binary, decode_v4

UNPACK = {"gzip": gzip.decompress, "deflate": zlib.decompress}


@pytest.fixture
def server(servers):
    return servers.conformance(HTTP_COMPRESSION="1")


async def echoed(server, message, accepted, eio=4, **query):
    """The answer to the poll that brings the echo of one message."""
    session = await PollingSession.open(server, eio=eio, **query)
    await session.send(message)
    headers = {"Accept-Encoding": accepted} if accepted else {}
    response = await request(server, "GET", session.target(**query), headers)
    assert response.status == 200
    return response


@pytest.mark.parametrize("accepted, coding", [
    ("gzip", "gzip"), ("gzip, deflate, br, zstd", "gzip"), ("deflate", "deflate"), ("gzip;q=0.1, deflate", "deflate"), ("*", "gzip"),
])
async def test_a_large_answer(server, eio, accepted, coding):
    message = "4" + "é😀" * 1_000
    response = await echoed(server, message, accepted, eio)
    assert response.header("content-encoding") == coding
    assert "accept-encoding" in response.header("vary").lower()
    assert len(response.body) < 500
    decode = decode_v4 if eio == 4 else decode_v3
    assert decode(UNPACK[coding](response.body)) == [message]


@pytest.mark.parametrize("accepted", [None, "", "identity", "br", "gzip;q=0", "*;q=0", "gzip;q=banana"])
async def test_a_client_that_does_not_accept_it(server, eio, accepted):
    message = "4" + "x" * 5_000
    response = await echoed(server, message, accepted, eio)
    assert response.header("content-encoding") is None
    assert "accept-encoding" in response.header("vary").lower()
    assert (decode_v4 if eio == 4 else decode_v3)(response.body) == [message]


async def test_a_small_answer(server, eio):
    response = await echoed(server, "4" + "x" * 900, "gzip", eio)
    assert response.header("content-encoding") is None


async def test_a_binary_answer_of_revision_3(server):
    message = bytes(range(256)) * 20
    session = await PollingSession.open(server, eio=3)
    await session.send(message)
    response = await request(server, "GET", session.target(), {"Accept-Encoding": "gzip"})
    assert response.header("content-type") == "application/octet-stream"
    assert response.header("content-encoding") == "gzip"
    assert decode_v3_binary(gzip.decompress(response.body)) == [message]


async def test_a_script(server):
    session = await PollingSession.open(server, eio=3)
    await session.send("4" + "x" * 5_000)
    response = await request(server, "GET", session.target(j=7), {"Accept-Encoding": "gzip"})
    script = gzip.decompress(response.body).decode()
    assert script.startswith("___eio[7](") and script.endswith(");")
    assert json.loads(script[len("___eio[7]("):-2]) == "5001:4" + "x" * 5_000


async def test_off_by_default(calm):
    response = await echoed(calm, "4" + "x" * 5_000, "gzip")
    assert response.header("content-encoding") is None
