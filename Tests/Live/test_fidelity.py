# Licensed under the MIT licence.
"""The payload is delivered as the JSON that was sent: numbers, order of keys and escapes included."""

import contextlib
import json

import pytest
import requests

from raw import RawSocket

PAYLOADS = [
    '{"b":1.0,"a":1e3,"c":-0,"d":1E+2,"e":0.10}',
    '{"big":123456789012345678901234567890,"small":1e-400,"exact":0.1000000000000000055511151231257827}',
    '{"z":1,"a":2,"10":3,"9":4,"":5}',
    '{"a":1,"a":2}',
    '{"__proto__":{"x":1},"constructor":null}',
    r'{"escaped":"\u00e9\ud83d\ude00\/\u2028\u0000","lone":"\ud800"}',
    '{"raw":"é😀/\u2028"}',
    '{"nested":[[[[{"deep":[{}]}]]]],"empty":[],"null":null,"true":true}',
    '{"html":"<script>alert(1)</script>&amp;"}',
    "{}",
]


@pytest.fixture
def ann(server, name):
    with contextlib.closing(RawSocket(server, auth={"user_id": name("ann")})) as socket:
        yield socket


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_payload_is_the_json_that_was_sent(server, ann, name, payload):
    room = name("room")
    ann.send(f'421["join",{{"room_id":"{room}"}}]')
    assert '"status":"ok"' in ann.receive("431")
    ann.send(f'422["message",{{"payload":{payload},"room_id":"{room}","content":"c"}}]')
    assert payload in ann.receive('42["message",')
    ann.send(f'423["history",{{"room_id":"{room}"}}]')
    assert payload in ann.receive("433")
    assert payload in requests.get(f"{server.url}/rooms/{room}/messages", timeout=10).content.decode()
    body = f'{{"room_id":"{room}","content":"c","payload":{payload}}}'
    posted = requests.post(
        f"{server.url}/messages", body.encode(), headers={"Content-Type": "application/json"}, timeout=10
    )
    assert posted.status_code == 200, posted.text
    assert payload in ann.receive('42["message",')


def test_content_with_escapes_means_the_same(ann, name):
    room = name("room")
    ann.send(f'421["join",{{"room_id":"{room}"}}]')
    ann.receive("431")
    ann.send(f'422["message",{{"room_id":"{room}","content":"\\u003cb\\u003e \\ud83d\\ude00 \\"\\\\ \\/ \\u0000"}}]')
    message = json.loads(ann.receive('42["message",')[2:])[1]
    assert message["content"] == '<b> 😀 "\\ / \0'


def test_keys_with_escapes_are_the_same_keys(ann, name):
    room = name("room")
    ann.send(f'421["join",{{"\\u0072oom_id":"{room}"}}]')
    assert '"status":"ok"' in ann.receive("431")
