# Licensed under the MIT licence.
"""Three nodes behind balancers that send each request to the next one: stock clients notice nothing."""

import time

import pytest
import requests

from balancers import BALANCERS, PassingHAProxy
from certificates import Certificate
from chat import Chat, join, say
from clients import TRANSPORTS
from nodes import Nodes


@pytest.fixture(scope="module")
def nodes():
    with Nodes(3) as nodes:
        yield nodes


@pytest.fixture(scope="module", params=list(BALANCERS))
def balancer(request, nodes):
    with BALANCERS[request.param](nodes.servers) as balancer:
        yield balancer


@pytest.fixture(scope="module", params=list(BALANCERS))
def secure_balancer(request, nodes, tmp_path_factory):
    certificate = Certificate(tmp_path_factory.mktemp("certificate"))
    with BALANCERS[request.param](nodes.servers, certificate) as balancer:
        yield balancer


@pytest.fixture
def chat(balancer, drivers, generations):
    with Chat(balancer.url, drivers, generations) as chat:
        yield chat


def test_clients_talk(chat, kind, name):
    room = name("room")
    ann, ben = chat.user(kind, name("ann")), chat.user(chat.partner(kind), name("ben"))
    join(ann, room)
    join(ben, room)
    for number in range(1, 31):
        sender = (ann, ben)[number % 2]
        assert say(sender, room, f"message {number}")["seq"] == number
    for client in (ann, ben):
        assert [message["seq"] for message in client.expect_many("message", 30, room_id=room)] == list(range(1, 31))
        assert not client.disconnections


def test_what_is_large_passes(chat, kind, name):
    room = name("room")
    ann = chat.user(kind, name("ann"))
    join(ann, room)
    payload = {"text": "x" * 60_000}
    for _ in range(5):
        assert ann.call("message", {"room_id": room, "content": "large", "payload": payload})["status"] == "ok"
    for message in ann.expect_many("message", 5, room_id=room):
        assert message["payload"] == payload
    assert not ann.disconnections


def large_messages_pass(chat, kind, name):
    room = name("room")
    ann, ben = chat.user(kind, name("ann")), chat.user(kind, name("ben"))
    join(ann, room)
    join(ben, room)
    for number in range(1, 11):
        say((ann, ben)[number % 2], room, "x" * 5_000)
    for client in (ann, ben):
        assert len(client.expect_many("message", 10, room_id=room)) == 10
        assert not client.disconnections


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("generation", ["v2", "v4", "browser"])
def test_tls_in_front(secure_balancer, drivers, generations, generation, transport, name):
    if generation not in generations:
        pytest.skip("not installed")
    with Chat(secure_balancer.url, drivers, generations) as chat:
        large_messages_pass(chat, f"{generation}-{transport}", name)


def test_a_path_without_a_slash_at_its_end_is_passed_on(balancer):
    answer = requests.get(balancer.url + "/socket.io?EIO=4&transport=polling", timeout=5, allow_redirects=False)
    assert answer.status_code == 200


def test_requests_go_to_every_node(nodes, balancer):
    """Otherwise nothing of this has been tested."""
    sids = set()
    for _ in range(12):
        answer = requests.get(balancer.url + "/socket.io/?EIO=4&transport=polling", timeout=5)
        sids.add(answer.text.split('"sid":"')[1].split('"')[0][20:])
    assert len(sids) == len(nodes.servers) and all(len(address) == 8 for address in sids)


@pytest.mark.parametrize("name_of_balancer", list(BALANCERS))
def test_nodes_are_not_left_out_while_redis_is_away(name_of_balancer):
    """Those that are asked whether they are ready say no, after up to 5 s."""
    with Nodes(2) as nodes, BALANCERS[name_of_balancer](nodes.servers) as balancer:
        nodes.redis.kill()
        deadline = time.monotonic() + 12
        while time.monotonic() < deadline:
            assert requests.get(balancer.url + "/health", timeout=5).status_code == 200, balancer.log.read_text()
            post = requests.post(balancer.url + "/messages", json={"room_id": "room", "content": "lost"}, timeout=15)
            assert post.status_code == 503 and post.json()["code"] == "UNAVAILABLE"


@pytest.fixture(scope="module")
def passing_balancer(tmp_path_factory):
    certificate = Certificate(tmp_path_factory.mktemp("certificate"))
    settings = {"PROXY_PROTOCOL": "on", "TRUSTED_PROXIES": PassingHAProxy.ADDRESS, "RATE_LIMITS": "on"}
    with Nodes(3, **settings, **certificate.settings, HANDSHAKES_PER_ADDRESS=50) as nodes:
        with PassingHAProxy(nodes.servers, certificate) as balancer:
            yield balancer


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("generation", ["v2", "v4", "browser"])
def test_tls_behind_the_proxy_protocol(passing_balancer, drivers, generations, generation, transport, name):
    if generation not in generations:
        pytest.skip("not installed")
    with Chat(passing_balancer.url, drivers, generations) as chat:
        large_messages_pass(chat, f"{generation}-{transport}", name)


def handshakes(balancer, source, count):
    """The statuses of handshakes from one address of this machine, each on a connection of its own."""
    adapter = requests.adapters.HTTPAdapter()
    adapter.init_poolmanager(1, 1, source_address=(source, 0))
    with requests.Session() as session:
        session.mount("https://", adapter)
        target = balancer.url + "/socket.io/?EIO=4&transport=polling"
        headers = {"Connection": "close"}
        return [
            session.get(target, headers=headers, verify=str(balancer.certificate.chain), timeout=5).status_code
            for _ in range(count)
        ]


def test_the_proxy_protocol_tells_where_clients_are(tmp_path):
    certificate = Certificate(tmp_path)
    settings = {"PROXY_PROTOCOL": "on", "TRUSTED_PROXIES": PassingHAProxy.ADDRESS, "RATE_LIMITS": "on"}
    with Nodes(1, **settings, **certificate.settings, HANDSHAKES_PER_ADDRESS=1) as nodes:
        with PassingHAProxy(nodes.servers, certificate) as balancer:
            # Five at once, and one a second.
            greedy = handshakes(balancer, "127.0.0.2", 20)
            assert greedy[:5] == [200] * 5 and 429 in greedy
            assert handshakes(balancer, "127.0.0.3", 1) == [200]
