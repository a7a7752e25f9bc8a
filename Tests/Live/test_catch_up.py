# Licensed under the MIT licence.
"""A long past: more than may ever wait for one connection reaches whoever asks for it, over every transport."""

import socket

import requests

from chat import Chat
from server import Martlet

MESSAGES = 150
CONTENT = "x" * 10_000


def test_a_past_larger_than_the_byte_budget(drivers, generations, kind, name):
    """1.5 MB of messages with a budget of 512 kB: the replay waits for the client."""
    with Martlet(OUTBOUND_BUFFER_BYTES=524_288, RATE_LIMITS="off") as own:
        with requests.Session() as http:
            for _ in range(MESSAGES):
                body = {"room_id": "past", "content": CONTENT}
                assert http.post(f"{own.url}/messages", json=body, timeout=10).status_code == 200
        with Chat(own.url, drivers, generations) as chat:
            client = chat.user(kind, name("ann"))
            joined = client.call("join", {"room_id": "past", "after": 0})
            assert joined["last_seq"] == MESSAGES
            assert [client.expect("message")["seq"] for _ in range(MESSAGES)] == list(range(1, MESSAGES + 1))


def test_a_request_whose_sender_closes_its_side_is_answered(server):
    body = b'{"room_id":"half","content":"still here"}'
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(
            b"POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"status":"sent"' in answer
