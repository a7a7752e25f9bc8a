# Licensed under the MIT licence.
"""The server with a certificate of its own: stock clients over https and wss, and what becomes of those that are none."""

import concurrent.futures
import json
import re
import signal
import socket
import ssl
import subprocess
import time

import pytest
import requests
import websocket

from certificates import Certificate
from chat import Chat, join, say
from clients import TRANSPORTS
from nodes import Nodes
from raw import RawSocket
from server import BINARY, START_DEADLINE, Martlet, environment, free_port, refused_start

KINDS = [f"{generation}-{transport}" for generation in ("v2", "v4", "browser") for transport in TRANSPORTS]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def secure_server(certificate):
    # Two loops at least, so that a WebSocket may be on another one than its session.
    with Martlet(RATE_LIMITS="off", SERVER_THREADS=2, **certificate.settings) as martlet:
        yield martlet


@pytest.fixture
def secure_chat(secure_server, drivers, generations):
    with Chat(secure_server.url, drivers, generations) as chat:
        yield chat


@pytest.fixture(params=KINDS)
def secure_kind(request, generations):
    if request.param.split("-")[0] not in generations:
        pytest.skip("not installed")
    return request.param


def test_clients_talk(secure_chat, secure_kind, name):
    room = name("room")
    ann, ben = secure_chat.user(secure_kind, name("ann")), secure_chat.user("v4-websocket", name("ben"))
    join(ann, room)
    join(ben, room)
    for number in range(1, 31):
        assert say((ann, ben)[number % 2], room, f"message {number}")["seq"] == number
    for client in (ann, ben):
        assert [message["seq"] for message in client.expect_many("message", 30, room_id=room)] == list(range(1, 31))
        assert not client.disconnections


def test_many_messages_stay_in_order(secure_chat, secure_kind, name):
    room = name("room")
    ann, ben = secure_chat.user(secure_kind, name("ann")), secure_chat.user(secure_kind, name("ben"))
    join(ann, room)
    join(ben, room)
    for number in range(500):
        ann.emit("message", {"room_id": room, "content": str(number)})
    received = ben.expect_many("message", 500, room_id=room, timeout=30)
    assert [message["content"] for message in received] == [str(number) for number in range(500)]


def test_what_is_large_passes(secure_chat, secure_kind, name):
    room, payload = name("room"), {"text": "x" * 60_000}
    ann = secure_chat.user(secure_kind, name("ann"))
    join(ann, room)
    for _ in range(10):
        assert ann.call("message", {"room_id": room, "content": "large", "payload": payload})["status"] == "ok"
    for message in ann.expect_many("message", 10, room_id=room):
        assert message["payload"] == payload
    assert not ann.disconnections


def test_binary_passes(secure_chat, secure_kind, name):
    room, payload = name("room"), {"data": bytes(range(256)) * 400, "more": [b"\x00"]}
    ann, ben = secure_chat.user(secure_kind, name("ann")), secure_chat.user(secure_kind, name("ben"))
    join(ann, room)
    join(ben, room)
    for _ in range(3):
        assert ann.call("message", {"room_id": room, "content": "bytes", "payload": payload})["status"] == "ok"
    for message in ben.expect_many("message", 3, room_id=room):
        assert message["payload"] == payload


def test_many_upgrades_at_once(secure_chat, name):
    room = name("room")
    clients = [secure_chat.client("v4-upgrade") for _ in range(30)]
    for number, client in enumerate(clients):
        client.start_connecting(auth={"user_id": name(f"user{number}")})
    for client in clients:
        client.wait_connected()
        client.expect("authenticated")
        join(client, room)
    say(clients[0], room, "to all")
    for client in clients:
        assert client.expect("message", room_id=room)["content"] == "to all"
        assert not client.disconnections


def test_rest_and_a_websocket_on_one_connection(secure_server, certificate):
    context = ssl.create_default_context(cafile=certificate.chain)
    with socket.create_connection(("127.0.0.1", secure_server.port), 10) as plain:
        connection = context.wrap_socket(plain, server_hostname="127.0.0.1")
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while b'{"status":"ok"}' not in answer:
            answer += connection.recv(4096)
        upgraded = websocket.create_connection(
            f"wss://127.0.0.1:{secure_server.port}/socket.io/?EIO=4&transport=websocket", timeout=10, socket=connection
        )
        assert upgraded.recv()[0] == "0"
        upgraded.send("40")
        assert upgraded.recv().startswith("40")
        upgraded.close()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_facts_of_the_connection(secure_server, certificate):
    assert f"listening on https://127.0.0.1:{secure_server.port} " in secure_server.output()
    for version, done in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
        context = ssl.create_default_context(cafile=certificate.chain)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["h2", "http/1.1"])
        with socket.create_connection(("127.0.0.1", secure_server.port), 10) as plain:
            if done:
                assert context.wrap_socket(plain, server_hostname="127.0.0.1").selected_alpn_protocol() == "http/1.1"
            else:
                with pytest.raises(ssl.SSLError):
                    context.wrap_socket(plain, server_hostname="127.0.0.1")


def failed_handshakes(server):
    return int(re.search(r"^eio_tls_handshakes_failed_total (\d+)", server.get("/metrics", timeout=10).text, re.M)[1])


def test_http_in_clear_text_is_not_answered(secure_server):
    before = failed_handshakes(secure_server)
    with pytest.raises(requests.RequestException):
        requests.get(f"http://127.0.0.1:{secure_server.port}/health", timeout=10)
    deadline = time.monotonic() + 10
    while failed_handshakes(secure_server) == before:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert secure_server.get("/health", timeout=10).status_code == 200


def time_until_closed(server, said=b"", secure=False):
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        if secure:
            context = ssl._create_unverified_context()
            connection = context.wrap_socket(connection)
        if said:
            connection.sendall(said)
        while connection.recv(4096):
            pass
    return time.monotonic() - began


def test_silent_clients_are_closed_in_time(secure_server):
    half_a_hello = bytes.fromhex("16030102000100") + b"\x01" * 40
    with concurrent.futures.ThreadPoolExecutor() as pool:
        times = [
            pool.submit(time_until_closed, secure_server),
            pool.submit(time_until_closed, secure_server, half_a_hello),
            pool.submit(time_until_closed, secure_server, b"", secure=True),
            pool.submit(time_until_closed, secure_server, b"GET / HTTP/1.1\r\nHo", secure=True),
        ]
        for each in times:
            assert 8 < each.result() < 20


def test_a_member_that_never_reads_is_put_out_and_nobody_else_notices(certificate, name):
    room, large = name("room"), {"text": "x" * 100_000}
    settings = {"OUTBOUND_BUFFER_BYTES": 262_144, "HISTORY_MAX_MESSAGES": 5} | certificate.settings
    with Martlet(RATE_LIMITS="off", **settings) as martlet:
        slow, good = (RawSocket(martlet, auth={"user_id": name(user)}) for user in ("slow", "good"))
        for member in (slow, good):
            member.send(f'421["join",{{"room_id":"{room}"}}]')
            member.receive("431")
        with requests.Session() as sender:
            # Far more than the buffers of both kernels take.
            for number in range(200):
                body = {"room_id": room, "content": str(number), "payload": large}
                answer = sender.post(martlet.url + "/messages", json=body, timeout=10, verify=str(certificate.chain))
                assert answer.status_code == 200
                message = json.loads(good.receive('42["message"')[2:])[1]
                assert (message["content"], message["seq"]) == (str(number), number + 1)
        users = martlet.get(f"/rooms/{room}/users", timeout=10).json()["users"]
        assert users == [name("good")]
        assert 'eio_sessions_closed_total{reason="slow_consumer"} 1' in martlet.get("/metrics", timeout=10).text
        for member in (slow, good):
            member.close()


def shown(server):
    """The certificate that a new connection is shown."""
    return ssl.get_server_certificate(("127.0.0.1", server.port))


def test_a_new_certificate_is_for_new_connections(tmp_path, drivers, generations, name):
    used, new = Certificate(tmp_path, "used"), Certificate(tmp_path, "new")
    old = used.chain.read_text()
    with Martlet(**used.settings) as martlet, Chat(martlet.url, drivers, generations) as chat:
        ann = chat.user("v4-upgrade", name("ann"))
        assert shown(martlet) == old
        used.chain.write_text("broken")
        martlet.await_line("the new TLS certificate cannot be used; the old one stays")
        assert shown(martlet) == old
        new.put_in_place_of(used)
        martlet.await_line("the TLS certificate was read again")
        assert shown(martlet) == new.chain.read_text() != old
        join(ann, name("room"))
        join(chat.user("v4-upgrade", name("ben")), name("room"))
        assert not ann.disconnections
        assert 1 <= martlet.output().count("cannot be used; the old one stays") <= 2


def test_hanging_up_reads_the_files_at_once(tmp_path):
    used, new = Certificate(tmp_path, "used"), Certificate(tmp_path, "new")
    old = used.chain.read_text()
    with Martlet(**used.settings) as martlet:
        # They are looked at every five seconds anyhow, but these have not changed at all.
        for count in range(1, 4):
            martlet.process.send_signal(signal.SIGHUP)
            martlet.await_line("the TLS certificate was read again", count=count)
        assert shown(martlet) == old
        new.put_in_place_of(used)
        martlet.process.send_signal(signal.SIGHUP)
        martlet.await_line("the TLS certificate was read again", count=4)
        assert shown(martlet) == new.chain.read_text() != old


def test_hanging_up_without_files():
    with Martlet() as martlet:
        martlet.process.send_signal(signal.SIGHUP)
        martlet.await_line("asked to read files again, but no setting names one")
        assert martlet.get("/health", timeout=10).status_code == 200


def test_expiry_is_told(tmp_path):
    short = Certificate(tmp_path, days=3)
    with Martlet(**short.settings) as martlet:
        expiry = re.search(
            r"^chat_tls_certificate_expiry_timestamp_seconds (\d+)", martlet.get("/metrics", timeout=10).text, re.M
        )
        assert abs(int(expiry[1]) - time.time() - 3 * 86_400) < 600
        martlet.await_line("the TLS certificate is about to expire")


def run(directory, *arguments, **settings):
    ended = subprocess.run(
        [BINARY, *arguments],
        cwd=directory,
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_DEADLINE,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_the_healthcheck_speaks_tls(secure_server, tmp_path):
    settings = {"SERVER_HOST": "127.0.0.1", "SERVER_PORT": secure_server.port} | {
        setting: value for setting, value in secure_server.settings.items() if setting.startswith("TLS_")
    }
    assert run(tmp_path, "healthcheck", **settings)[0] == 0
    assert run(tmp_path, "healthcheck", "--ready", **settings)[0] == 0
    with Martlet() as plain:
        status, output = run(tmp_path, "healthcheck", **(settings | {"SERVER_PORT": plain.port}))
    assert status == 1 and "does not answer: it does not speak TLS." in output


def test_files_that_do_not_do_stop_the_start(tmp_path):
    first, second = Certificate(tmp_path, "first"), Certificate(tmp_path, "second")
    rows = [
        ({"TLS_CERTIFICATE_FILE": first.chain}, "belong together"),
        ({"TLS_KEY_FILE": first.key}, "belong together"),
        ({"TLS_CERTIFICATE_FILE": tmp_path / "none", "TLS_KEY_FILE": first.key}, "it cannot be read"),
        ({"TLS_CERTIFICATE_FILE": first.key, "TLS_KEY_FILE": first.key}, "it has no certificates in PEM"),
        ({"TLS_CERTIFICATE_FILE": first.chain, "TLS_KEY_FILE": first.chain}, "it has no private key in PEM"),
        ({"TLS_CERTIFICATE_FILE": first.chain, "TLS_KEY_FILE": second.key}, "not that of the certificate"),
    ]
    for settings, words in rows:
        status, output = refused_start(tmp_path, SERVER_PORT=free_port(), **settings)
        assert status == 2 and words in output and len(output.splitlines()) == 1, output
        assert run(tmp_path, "check-config", **settings) == (status, output)
    assert run(tmp_path, "check-config", **first.settings)[0] == 0


def test_an_end_with_clients_on_it(certificate, drivers, generations, name):
    with Martlet(**certificate.settings) as martlet, Chat(martlet.url, drivers, generations) as chat:
        clients = [chat.user(f"v4-{transport}", name(transport)) for transport in TRANSPORTS]
        raw = RawSocket(martlet, auth={"user_id": name("raw")})
        assert martlet.stop() == 0
        for client in clients:
            client.wait_disconnected()
        raw.close()


def test_a_websocket_at_another_node(certificate, name):
    with Nodes(2, **certificate.settings) as nodes:
        target = "/socket.io/?EIO=4&transport=polling"
        sid = json.loads(nodes[0].get(target, timeout=10).text[1:])["sid"]
        requests.post(
            f"{nodes[1].url}{target}&sid={sid}",
            data=b"40" + json.dumps({"user_id": name("ann")}).encode(),
            timeout=10,
            verify=str(certificate.chain),
        )
        text = ""
        while '42["authenticated"' not in text:
            text += nodes[1].get(f"{target}&sid={sid}", timeout=10).text
        socket = websocket.create_connection(
            f"wss://127.0.0.1:{nodes[1].port}/socket.io/?EIO=4&transport=websocket&sid={sid}",
            timeout=10,
            sslopt={"ca_certs": str(certificate.chain)},
        )
        socket.send("2probe")
        assert socket.recv() == "3probe"
        socket.send("5")
        socket.send(f'420["join",{{"room_id":"{name("room")}"}}]')
        while not socket.recv().startswith("430["):
            pass
        for number in range(20):
            large = {"room_id": name("room"), "content": str(number), "payload": {"text": "x" * 50_000}}
            socket.send("42" + json.dumps(["message", large]))
            packet = socket.recv()
            while not packet.startswith('42["message"'):
                packet = socket.recv()
            assert json.loads(packet[2:])[1]["payload"] == large["payload"]
        socket.close()
