# Licensed under the MIT licence.
"""Engine.IO protocol v3, "JSONP": answers are scripts, bodies are forms."""

import json
import re
from urllib.parse import quote

import pytest

from harness import payload
from harness.engine import target
from harness.http import request


def unwrapped(response, index):
    """The payload inside `___eio[<index>]("…");`, which must be a JSON string."""
    match = re.fullmatch(rf"___eio\[{index}\]\((\".*\")\);", response.text)
    assert match, response.text
    return json.loads(match.group(1))


async def opened(server, index=0, **query):
    response = await request(server, "GET", target(eio=3, j=index, **query))
    assert response.status == 200, response.body
    packets = payload.decode_v3(unwrapped(response, index).encode())
    return json.loads(packets[0][1:])["sid"]


def form(text):
    """As a stock client posts it: real line ends become the two characters `\\n`, an escaped one gets another backslash."""
    return b"d=" + quote(text.replace("\\n", "\\\n").replace("\n", "\\n"), safe="").encode()


async def post(server, sid, text, index=0):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await request(server, "POST", target(eio=3, j=index, sid=sid), headers, form(text))


async def test_handshake(quick):
    response = await request(quick, "GET", target(eio=3, j=4))
    assert response.status == 200
    text = unwrapped(response, 4)
    length, _, packet = text.partition(":")
    assert int(length) == len(packet)
    assert packet[0] == "0"
    assert json.loads(packet[1:])["upgrades"] == ["websocket"]


async def test_headers(calm):
    response = await request(calm, "GET", target(eio=3, j=0))
    # With nosniff, a browser runs the answer only if its type says script.
    assert response.header("x-content-type-options") == "nosniff"
    assert response.header("content-type").split(";")[0] in ("text/javascript", "application/javascript")
    assert response.header("cache-control") == "no-store"


async def test_messages_both_ways(calm):
    sid = await opened(calm)
    response = await post(calm, sid, "6:4hello6:4world")
    assert (response.status, response.body) == (200, b"ok")
    assert response.header("content-type").split(";")[0] == "text/html"
    response = await request(calm, "GET", target(eio=3, j=1, sid=sid))
    assert unwrapped(response, 1) == "6:4hello6:4world"


@pytest.mark.parametrize(
    "text",
    ['4"quoted"', "4back\\slash", "4line\nend", "4escaped\\nline", '4["a\\nb"]', "4\r\n", "4</script>", "4é😀", "4a+b c%20&d=1;", "4\x00\x1f"],
    ids=ascii,
)
async def test_text_comes_back_unchanged(calm, text):
    sid = await opened(calm)
    sent = payload.encode_v3([text]).decode()
    assert (await post(calm, sid, sent)).body == b"ok"
    response = await request(calm, "GET", target(eio=3, j=0, sid=sid))
    assert unwrapped(response, 0) == sent


async def test_line_separators_are_escaped(calm):
    # U+2028 and U+2029 end a line inside a JavaScript string, though not inside JSON.
    sid = await opened(calm)
    await post(calm, sid, "3:4\u2028\u2029")
    response = await request(calm, "GET", target(eio=3, j=0, sid=sid))
    assert "\u2028" not in response.text and "\u2029" not in response.text
    assert "\\u2028\\u2029" in response.text
    assert unwrapped(response, 0) == "3:4\u2028\u2029"


async def test_binary_is_base64(calm):
    sid = await opened(calm, b64=1)
    await post(calm, sid, "10:b4AQIDBA==")
    response = await request(calm, "GET", target(eio=3, j=0, b64=1, sid=sid))
    assert unwrapped(response, 0) == "10:b4AQIDBA=="


async def test_plus_and_percent_in_the_form(calm):
    sid = await opened(calm)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await request(calm, "POST", target(eio=3, j=0, sid=sid), headers, b"d=5%3A4a+b%2B")
    assert response.body == b"ok"
    response = await request(calm, "GET", target(eio=3, j=0, sid=sid))
    assert unwrapped(response, 0) == "5:4a b+"


async def test_heartbeat(calm):
    sid = await opened(calm)
    await post(calm, sid, "1:2")
    response = await request(calm, "GET", target(eio=3, j=0, sid=sid))
    assert unwrapped(response, 0) == "1:3"


async def test_a_body_without_the_field(calm):
    sid = await opened(calm)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await request(calm, "POST", target(eio=3, j=0, sid=sid), headers, b"x=6%3A4hello")
    assert response.status == 400
    response = await request(calm, "GET", target(eio=3, j=0, sid=sid))
    assert response.status == 400
