# Licensed under the MIT licence.
"""Each example, used as its README line says, by a stock client."""

import pytest
import requests
import socketio

from example import DEADLINE, Example

TRANSPORTS = [["polling"], ["websocket"], ["polling", "websocket"]]


@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
def test_echo(transports):
    with Example("echo") as server, server.client(transports=transports) as client:
        assert client.receive(DEADLINE) == ["welcome", client.sid]
        client.emit("echo", ("é", 1.50, {"bytes": b"\x00\xff"}))
        assert client.receive(DEADLINE) == ["echo", "é", 1.5, {"bytes": b"\x00\xff"}]
        assert client.call("add", (1, 2.5), timeout=DEADLINE) == 3.5


def test_chat():
    with Example("chat-room") as server:
        page = requests.get(server.url, timeout=DEADLINE)
        assert page.headers["content-type"].startswith("text/html")
        assert '<script src="https://cdn.socket.io/' in page.text
        with server.client() as ann, server.client() as ben:
            assert ann.call("say", "hello?", timeout=DEADLINE) == {"error": "Enter a room first."}
            assert ann.call("enter", {"room": "", "name": "Ann"}, timeout=DEADLINE)["error"]
            assert ann.call("enter", {"room": "tea", "name": "Ann"}, timeout=DEADLINE) == {"names": ["Ann"]}
            assert ben.call("enter", {"room": "tea", "name": "Ben"}, timeout=DEADLINE) == {"names": ["Ann", "Ben"]}
            assert ann.receive(DEADLINE) == ["entered", "Ben"]
            ben.emit("typing")
            assert ann.receive(DEADLINE) == ["typing", "Ben"]
            assert ben.call("say", "Hi <b>Ann</b>", timeout=DEADLINE) == {}
            assert ann.receive(DEADLINE) == ["message", {"name": "Ben", "text": "Hi <b>Ann</b>"}]
            assert ben.receive(DEADLINE) == ["message", {"name": "Ben", "text": "Hi <b>Ann</b>"}]
            ben.disconnect()
            assert ann.receive(DEADLINE) == ["left", "Ben"]


def test_chat_with_another_client_script():
    with Example("chat-room", "/own/socket.io.js") as server:
        assert '<script src="/own/socket.io.js">' in requests.get(server.url, timeout=DEADLINE).text


def test_hummingbird():
    with Example("orders") as server:
        with pytest.raises(socketio.exceptions.ConnectionError):
            server.client(namespace="/orders", auth={"token": "guess"})
        assert requests.get(server.url + "/orders/7", timeout=DEADLINE).status_code == 404
        with server.client(namespace="/orders", auth={"token": "sesame"}) as client:
            assert client.call("follow", 7, timeout=DEADLINE) is None
            put = requests.put(server.url + "/orders/7", json={"status": "shipped"}, timeout=DEADLINE)
            assert put.json() == {"id": 7, "status": "shipped"}
            assert client.receive(DEADLINE) == ["order", {"id": 7, "status": "shipped"}]
            assert client.call("follow", 7, timeout=DEADLINE) == {"id": 7, "status": "shipped"}
        assert requests.get(server.url + "/orders/7", timeout=DEADLINE).json() == {"id": 7, "status": "shipped"}
