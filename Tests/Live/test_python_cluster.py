# Licensed under the MIT licence.
"""Servers that share a Redis with each other, and with python-socketio's managers.

Real `redis-server` and python-socketio processes and threads; clients speak plain Engine.IO (see raw.py).
"""

import json
import shutil
import subprocess
import tempfile
import threading
import time
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import redis
import socketio

from conformance import ConformanceServer
from raw import RawSocket
from server import free_port

REDIS = shutil.which("redis-server")
DEADLINE = 20

pytestmark = pytest.mark.skipif(REDIS is None, reason="there is no redis-server")


def eventually(condition):
    end = time.monotonic() + DEADLINE
    while not (result := condition()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return result


class Redis:
    """A `redis-server` of one's own."""

    def __init__(self):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.directory = tempfile.TemporaryDirectory(prefix="redis-live-")

    def __enter__(self):
        settings = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.directory.name]
        self.process = subprocess.Popen([REDIS, *settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.client = redis.Redis(port=self.port, decode_responses=True)
        eventually(self.is_ready)
        return self

    def is_ready(self):
        try:
            return self.client.ping()
        except redis.ConnectionError:
            return False

    def subscribers(self, channel):
        return self.client.pubsub_numsub(channel)[0][1]

    def __exit__(self, *failure):
        self.client.close()
        self.process.kill()
        self.process.wait()
        self.directory.cleanup()


class PythonServer:
    """A python-socketio server in a thread, with one client."""

    def __init__(self, url):
        self.io = socketio.Server(async_mode="threading", client_manager=socketio.RedisManager(url))
        self.io.on("enter", lambda sid, room: self.io.enter_room(sid, room))
        self.received = []

    def __enter__(self):
        handler = type("Handler", (WSGIRequestHandler,), {"log_message": lambda *_: None})
        server = type("Server", (ThreadingMixIn, WSGIServer), {"daemon_threads": True})
        self.listener = make_server("127.0.0.1", 0, socketio.WSGIApp(self.io), server, handler)
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()
        self.client = socketio.Client(request_timeout=60)
        self.client.on("room-event", lambda *data: self.received.append(data))
        self.client.connect(f"http://127.0.0.1:{self.listener.server_port}", transports=["polling"])
        return self

    def __exit__(self, *failure):
        self.client.disconnect()
        self.listener.shutdown()
        self.listener.server_close()


@pytest.fixture(scope="module")
def store():
    with Redis() as server:
        yield server


@pytest.fixture(scope="module")
def nodes(store):
    settings = {"REDIS_ADDRESS": f"127.0.0.1:{store.port}", "SOCKETIO_REDIS_CHANNEL": "socketio"}
    with ConformanceServer(**settings) as first, ConformanceServer(**settings) as second:
        eventually(lambda: store.subscribers("socketio") == 2)
        eventually(lambda: store.subscribers("socket.io#/#") == 2)
        yield first, second


@pytest.fixture
def clients(store, nodes):
    """One in room `r` on each node."""
    sockets = [RawSocket(node) for node in nodes]
    for each in sockets:
        each.receive('42["auth"')
        each.send('421["join-room","r"]')
        each.receive("431")
    # A node that has just begun to listen may not be heard by the others yet.
    eventually(lambda: store.subscribers("socket.io#/#r#") == 2)
    yield sockets
    for each in sockets:
        each.close()


@pytest.fixture(scope="module")
def python(store, nodes):
    """It stays subscribed for as long as this process lives, so there is one."""
    with PythonServer(store.url) as server:
        eventually(lambda: store.subscribers("socketio") == 3)
        yield server


@pytest.fixture
def manager(store):
    return socketio.RedisManager(store.url, write_only=True)


def test_two_nodes_are_one(clients):
    clients[0].send('42["to-room","r",{"n":1}]')
    for each in clients:
        assert each.receive('42["room-event"') == '42["room-event","r",{"n":1}]'


def test_a_write_only_manager_emits_into_rooms(clients, manager):
    manager.emit("news", {"a": ["ä", 1.5, None]}, room="r")
    manager.emit("news", (1, "two"), room=["nobody", "r"])
    manager.emit("news", b"\x01\x02", room="r", skip_sid=clients[0].connected["sid"])
    manager.emit("end", None)
    for each in clients:
        assert json.loads(each.receive('42["news"')[2:]) == ["news", {"a": ["ä", 1.5, None]}]
        assert json.loads(each.receive('42["news"')[2:]) == ["news", 1, "two"]
    assert json.loads(clients[1].receive("451-")[4:]) == ["news", {"_placeholder": True, "num": 0}]
    assert clients[1].socket.recv() == b"\x01\x02"
    for each in clients:
        assert each.receive() == '42["end"]'


def test_a_write_only_manager_moves_and_disconnects(store, clients, manager):
    sid = clients[1].connected["sid"]
    manager.enter_room(sid, "/", "p")
    manager.emit("in p", None, room="p")
    assert clients[1].receive('42["in p"') == '42["in p"]'
    manager.leave_room(sid, "/", "r")
    manager.close_room("p", "/")
    manager.emit("nobody", None, room="p")
    manager.emit("stayed", None, room="r")
    manager.emit("end", None)
    assert clients[0].receive() == '42["stayed"]'
    assert clients[0].receive() == '42["end"]'
    assert clients[1].receive() == '42["end"]'
    # A write-only manager fails at this before it publishes it; a server's manager does not.
    store.client.publish("socketio", json.dumps({"method": "disconnect", "sid": sid, "namespace": "/", "host_id": "0f"}))
    assert clients[1].receive() == "41"


def test_a_python_server_receives_what_is_emitted_here(python, clients):
    python.client.call("enter", "r")
    clients[0].send('42["to-room","r",{"n":[1,"ä"]},2]')
    eventually(lambda: python.received)
    assert python.received == [("r", {"n": [1, "ä"]}, 2)]
    for each in clients:
        assert each.receive('42["room-event"') == '42["room-event","r",{"n":[1,"ä"]},2]'


def test_a_python_server_asks_a_client_here(python, clients):
    answers = []
    python.io.emit("ask", 1, to=clients[1].connected["sid"], callback=lambda *data: answers.append(data))
    packet = clients[1].receive("42")
    number = packet[2 : packet.index("[")]
    assert packet == f'42{number}["ask",1]'
    clients[1].send(f'43{number}["yes",2]')
    eventually(lambda: answers)
    assert answers == [("yes", 2)]
