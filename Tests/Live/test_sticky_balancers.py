# Licensed under the MIT licence.
"""Balancers that keep each client at one node, and what becomes of its clients when that node stops."""

import signal
import time

import pytest
import requests

from balancers import BALANCERS
from chat import Chat, join, say
from clients import DEADLINE
from nodes import Nodes
from raw import RawSocket

STICKY = [("nginx", "address"), ("haproxy", "address"), ("haproxy", "cookie")]
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(scope="module")
def nodes():
    with Nodes(3) as nodes:
        yield nodes


@pytest.fixture(scope="module", params=STICKY, ids=["-".join(each) for each in STICKY])
def sticky(request, nodes):
    balancer, key = request.param
    with BALANCERS[balancer](nodes.servers, sticky=key) as balancer:
        yield balancer


def address(answer):
    """The name of the node that a session was opened at, which is the end of its id."""
    return answer.json()["sid"][20:] if answer.text[0] == "{" else answer.text.split('"sid":"')[1].split('"')[0][20:]


def test_a_client_stays_at_its_node(nodes, sticky):
    with requests.Session() as client:
        assert len({address(client.get(sticky.url + HANDSHAKE, timeout=DEADLINE)) for _ in range(12)}) == 1
    # Not because there is but one, or because cookies are not needed.
    others = {address(requests.get(sticky.url + HANDSHAKE, timeout=DEADLINE)) for _ in range(12)}
    assert len(others) == (3 if sticky.sticky == "cookie" else 1)


def test_clients_talk(sticky, drivers, generations, kind, name):
    with Chat(sticky.url, drivers, generations) as chat:
        room = name("room")
        ann, ben = chat.user(kind, name("ann")), chat.user(chat.partner(kind), name("ben"))
        join(ann, room)
        join(ben, room)
        for number in range(1, 11):
            assert say((ann, ben)[number % 2], room, f"message {number}")["seq"] == number
        for client in (ann, ben):
            assert len(client.expect_many("message", 10, room_id=room)) == 10
            assert not client.disconnections


@pytest.mark.parametrize(("balancer", "key"), STICKY)
def test_clients_move_on_from_a_node_that_stops(balancer, key, name):
    """All of them are one node's, as far as the balancer can tell, and it takes some seconds to send them away."""
    settings = {"DRAIN_TIMEOUT": 600_000, "SERVER_THREADS": 1}
    with Nodes(2, **settings) as nodes, BALANCERS[balancer](nodes.servers, sticky=key) as sticky, requests.Session() as client:
        home = address(client.get(sticky.url + HANDSHAKE, timeout=DEADLINE))
        node = next(node for node in nodes.servers if home == address(requests.get(node.url + HANDSHAKE, timeout=DEADLINE)))
        members = [RawSocket(node, auth={"user_id": name(str(number))}) for number in range(250)]
        node.process.send_signal(signal.SIGTERM)
        while requests.get(node.url + HANDSHAKE, timeout=DEADLINE).status_code == 200:
            pass
        # HAProxy finds out by its checks, if the key always leads to the node that refuses.
        deadline = time.monotonic() + 18
        while (answer := client.get(sticky.url + HANDSHAKE, timeout=DEADLINE)).status_code == 503:
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.1)  # as clients do
        assert answer.status_code == 200 and address(answer) != home
        assert requests.get(node.url + "/ready", timeout=DEADLINE).json()["status"] == "draining", "all of this came too late"
        assert node.process.wait(60) == 0
        for member in members:
            member.close()
