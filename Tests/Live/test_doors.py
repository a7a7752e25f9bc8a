# Licensed under the MIT licence.
"""Tokens, keys with scopes, limits for addresses: who gets in, as whom, and for how long."""

import base64
import concurrent.futures
import hashlib
import hmac
import json
import socket
import time

import pytest
import requests
import websocket

from chat import Chat, join, refused, say
from raw import RawSocket
from server import Martlet, free_port, refused_start

SECRET = "a secret of thirty-two bytes, ok"
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(user, secret=SECRET, header=None, seconds=3600, **claims):
    claims = {"sub": user, "exp": int(time.time()) + seconds} | claims
    signed = ".".join(part(json.dumps(piece).encode()) for piece in (header or {"alg": "HS256"}, claims))
    return signed + "." + part(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())


@pytest.fixture(scope="module")
def locked_server():
    with Martlet(JWT_SECRET=SECRET, JWT_AUDIENCE="chat", API_KEYS="bot:send-key:send,web:read-key:read") as martlet:
        yield martlet


def chat_token(user, **options):
    return token(user, **({"aud": "chat"} | options))


@pytest.fixture
def locked_chat(locked_server, drivers, generations):
    with Chat(locked_server.url, drivers, generations) as chat:
        yield chat


@pytest.fixture(params=["v2", "v4"])
def generation(request, generations):
    if request.param not in generations:
        pytest.skip("not installed")
    return request.param


def test_a_token_in_the_handshake(locked_chat, generation, name):
    """Every generation; the claimed id counts for nothing."""
    user, room = name("ann"), name("room")
    client = locked_chat.client(f"{generation}-upgrade")
    client.connect(auth={"user_id": "boss", "username": "Boss", "token": chat_token(user, name="Ann")})
    assert client.expect("authenticated") == {"user_id": user, "username": "Ann"}
    join(client, room)
    say(client, room, "hello")
    message = client.expect("message")
    assert (message["user_id"], message["username"]) == (user, "Ann")


def test_a_token_by_event(locked_chat, generation, name):
    client = locked_chat.stranger(f"{generation}-websocket")
    refused(client, "join", {"room_id": "r"}, code="NOT_AUTHENTICATED")
    answer = client.call("authenticate", {"user_id": "boss", "token": chat_token(name("ann"))})
    assert answer["status"] == "ok" and answer["user_id"] == name("ann")


def test_who_claims_an_id_without_a_token_stays_a_stranger(locked_chat, generation):
    client = locked_chat.client(f"{generation}-websocket").connect(auth={"user_id": "boss"})
    refused(client, "join", {"room_id": "r"}, code="NOT_AUTHENTICATED")
    assert client.disconnections == []


BAD_TOKENS = {
    "unsigned": lambda: ".".join(chat_token("u", header={"alg": "none"}).split(".")[:2]) + ".",
    "none, signed": lambda: chat_token("u", header={"alg": "none"}),
    "foreign secret": lambda: chat_token("u", secret="another secret"),
    "expired": lambda: chat_token("u", seconds=-3600),
    "not yet valid": lambda: chat_token("u", nbf=int(time.time()) + 3600),
    "issued tomorrow": lambda: chat_token("u", iat=int(time.time()) + 86_400),
    "wrong audience": lambda: chat_token("u", aud="mail"),
    "no audience": lambda: token("u"),
    "critical": lambda: chat_token("u", header={"alg": "HS256", "crit": ["exp"]}),
    "RS256 by its own word": lambda: chat_token("u", header={"alg": "RS256"}),
    "key by address": lambda: chat_token("u", secret="x", header={"alg": "HS256", "jku": "http://127.0.0.1:1/", "kid": "x"}),
    "no user": lambda: chat_token(None),
    "empty": lambda: "",
    "nonsense": lambda: "a.b.c",
    "long": lambda: "x" * 20_000,
    "no string": lambda: 7,
}


@pytest.mark.parametrize("flaw", BAD_TOKENS)
def test_a_bad_token_ends_the_socket(locked_chat, flaw):
    client = locked_chat.stranger("v4-websocket")
    answer = client.call("authenticate", {"token": BAD_TOKENS[flaw]()})
    assert (answer["status"], answer["code"]) == ("error", "INVALID_TOKEN"), answer
    client.wait_disconnected()


def test_a_bad_token_in_the_handshake_ends_the_socket(locked_chat, generation):
    client = locked_chat.client(f"{generation}-websocket").connect(auth={"token": "a.b.c"})
    assert client.expect("error")["code"] == "INVALID_TOKEN"
    client.wait_disconnected()


def test_a_bearer_token_in_the_request(locked_server, name):
    connection = websocket.create_connection(
        f"ws://127.0.0.1:{locked_server.port}/socket.io/?EIO=4&transport=websocket",
        timeout=10,
        header=[f"Authorization: Bearer {chat_token(name('ann'))}"],
    )
    try:
        connection.recv()
        connection.send("40")
        assert connection.recv().startswith("40")
        assert json.loads(connection.recv()[2:])[1]["user_id"] == name("ann")
    finally:
        connection.close()


def test_permissions(locked_chat, name):
    room, other = name("team-1"), name("other")
    rooms = {"join": [name("team-*")], "send": [], "read": ["*"]}
    ann = locked_chat.client("v4-websocket").connect(auth={"token": chat_token(name("ann"), rooms=rooms)})
    ann.expect("authenticated")
    join(ann, room)
    refused(ann, "message", {"room_id": room, "content": "x"}, code="FORBIDDEN")
    refused(ann, "typing", {"room_id": room, "is_typing": True}, code="FORBIDDEN")
    refused(ann, "join", {"room_id": other, "after": 0}, code="FORBIDDEN")
    assert ann.call("history", {"room_id": room})["status"] == "ok"


def test_expiry_and_a_fresh_token(name):
    with Martlet(JWT_SECRET=SECRET, JWT_LEEWAY=0) as martlet:
        short = RawSocket(martlet, auth={"token": token(name("ann"), seconds=7)})
        fresh = RawSocket(martlet, auth={"token": token(name("bob"), seconds=7)})
        fresh.send(f'421["authenticate",{json.dumps({"token": token(name("bob"))})}]')
        assert '"ok"' in fresh.receive("431")
        fresh.send(f'422["authenticate",{json.dumps({"token": token(name("ann"))})}]')
        assert "ALREADY_AUTHENTICATED" in fresh.receive("432")
        assert "INVALID_TOKEN" in short.receive('42["error"')
        short.receive("41")
        fresh.send('423["join",{"room_id":"r"}]')
        assert '"ok"' in fresh.receive("433")
        fresh.close()


def test_a_key_set_is_read_again(tmp_path, name):
    def key_set(secret):
        return json.dumps({"keys": [{"kty": "oct", "kid": "k", "k": part(secret.encode())}]})

    def admits(secret):
        signed = token(name("ann"), secret=secret, header={"alg": "HS256", "kid": "k"})
        connection = RawSocket(martlet)
        connection.send(f'421["authenticate",{json.dumps({"token": signed})}]')
        answer = connection.receive("431")
        connection.close()
        return '"ok"' in answer

    keys = tmp_path / "keys.json"
    keys.write_text(key_set("first"))
    with Martlet(JWT_JWKS_FILE=keys) as martlet:
        assert admits("first") and not admits("second")
        keys.write_text("{")
        martlet.await_line("cannot be used; the old ones stay")
        assert admits("first")
        keys.write_text(key_set("second"))
        martlet.await_line("the keys of tokens were read again")
        assert admits("second") and not admits("first")
        assert "second" not in martlet.output()


def test_a_key_that_does_not_do_stops_the_start(tmp_path):
    keys = tmp_path / "keys.pem"
    keys.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    status, output = refused_start(tmp_path, SERVER_PORT=free_port(), JWT_PUBLIC_KEY_FILE=keys)
    assert status == 2 and "JWT_PUBLIC_KEY_FILE" in output and "private key" in output


@pytest.mark.parametrize(
    "key, posted, read", [("send-key", 200, 403), ("read-key", 403, 200), ("other", 401, 401)], ids=str
)
def test_scopes(locked_server, key, posted, read):
    body = {"room_id": "r", "content": "x"}
    headers = {"X-API-Key": key}
    answer = requests.post(locked_server.url + "/messages", json=body, headers=headers, timeout=10)
    assert answer.status_code == posted, answer.text
    answer = requests.get(locked_server.url + "/rooms/r/messages", headers=headers, timeout=10)
    assert answer.status_code == read, answer.text
    if read == 403:
        assert answer.json()["code"] == "FORBIDDEN" and "read" in answer.json()["error"]
    assert key not in locked_server.output()


def test_what_is_open_is_said(server, locked_server):
    assert requests.get(server.url + "/ready", timeout=10).json()["access"] == "open"
    assert "access: OPEN" in server.output() and "open to everybody" in server.output()
    assert requests.get(locked_server.url + "/ready", timeout=10).json()["access"] == "closed"
    assert "open to everybody" not in locked_server.output()


def test_a_foreign_page_is_refused_on_both_transports():
    with Martlet(CORS_ORIGINS="https://chat.example") as martlet:
        foreign = {"Origin": "https://elsewhere.example"}
        assert requests.get(martlet.url + HANDSHAKE, headers=foreign, timeout=10).status_code == 403
        with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
            RawSocket(martlet, origin=foreign["Origin"])
        assert refusal.value.status_code == 403
        assert requests.get(martlet.url + HANDSHAKE, timeout=10).status_code == 200


def test_handshakes_of_one_address_are_limited():
    with Martlet(HANDSHAKES_PER_ADDRESS=2, TRUSTED_PROXIES="127.0.0.1") as martlet:

        def shake(address):
            fields = {"X-Forwarded-For": address}
            return requests.get(martlet.url + HANDSHAKE, headers=fields, timeout=10)

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(shake, ["203.0.113.1"] * 40))
        refusals = [answer for answer in answers if answer.status_code == 429]
        assert refusals and {answer.status_code for answer in answers} == {200, 429}
        assert all(answer.headers["Retry-After"] == "1" for answer in refusals)
        assert shake("203.0.113.2").status_code == 200
        assert shake("2001:db8::1").status_code == 200


def test_connections_of_one_address_are_limited():
    with Martlet(CONNECTIONS_PER_ADDRESS=3, TRUSTED_PROXIES="127.0.0.1") as martlet:
        url = f"ws://127.0.0.1:{martlet.port}/socket.io/?EIO=4&transport=websocket"

        def connect():
            return websocket.create_connection(url, timeout=10, header=["X-Forwarded-For: 203.0.113.1"])

        connections = [connect() for _ in range(3)]
        with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
            connect()
        assert refusal.value.status_code == 429
        connections.pop().close()
        deadline = time.monotonic() + 10
        while True:
            try:
                connections.append(connect())
                break
            except websocket.WebSocketBadStatusException:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        for connection in connections:
            connection.close()


def test_the_proxy_protocol():
    request = f"GET {HANDSHAKE} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
    binary = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([203, 0, 113, 7, 127, 0, 0, 1, 0, 1, 0, 2])

    def ask(data):
        with socket.create_connection(("127.0.0.1", martlet.port), timeout=10) as connection:
            connection.sendall(data)
            answer = b""
            while piece := connection.recv(4096):
                answer += piece
            return answer

    with Martlet(PROXY_PROTOCOL="on", TRUSTED_PROXIES="127.0.0.2") as martlet:
        # Of an address that is no proxy's nothing is taken.
        assert ask(b"PROXY TCP4 203.0.113.1 127.0.0.1 1 2\r\n" + request).startswith(b"HTTP/1.1 400")
        with socket.socket() as proxy:
            proxy.bind(("127.0.0.2", 0))
            proxy.settimeout(10)
            proxy.connect(("127.0.0.1", martlet.port))
            proxy.sendall(binary + request)
            assert proxy.recv(4096).startswith(b"HTTP/1.1 200")
        with socket.socket() as proxy:
            proxy.bind(("127.0.0.2", 0))
            proxy.settimeout(10)
            proxy.connect(("127.0.0.1", martlet.port))
            proxy.sendall(request)
            assert proxy.recv(4096) == b""


def test_line_breaks_in_values_are_data(locked_server, name):
    """They forge neither header fields nor events: names take none, contents keep them."""
    headers = {"X-API-Key": "send-key"}
    room, text = name("room"), 'a\r\nSet-Cookie: forged=1\r\n\r\n42["message",{}]'
    body = {"room_id": room, "content": text, "title": text}
    answer = requests.post(locked_server.url + "/messages", json=body, headers=headers, timeout=10)
    assert answer.status_code == 200 and "forged" not in str(answer.headers)
    page = requests.get(f"{locked_server.url}/rooms/{room}/messages", headers={"X-API-Key": "read-key"}, timeout=10)
    assert [(message["content"], message["title"]) for message in page.json()["messages"]] == [(text, text)]
    answer = requests.post(
        locked_server.url + "/messages", json={"room_id": "a\r\nb", "content": "x"}, headers=headers, timeout=10
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_ROOM_ID")
    answer = requests.get(
        f"{locked_server.url}/rooms/a%0d%0aSet-Cookie:x/users", headers={"X-API-Key": "read-key"}, timeout=10
    )
    assert answer.status_code == 400 and "Set-Cookie" not in answer.headers


def measured(server, name, **labels):
    """The sum of a metric's samples with these labels."""
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    lines = requests.get(server.url + "/metrics", timeout=30).text.splitlines()
    samples = [line for line in lines if line.split("{")[0].split(" ")[0] == name]
    assert samples, name
    return sum(float(line.rsplit(" ", 1)[1]) for line in samples if all(each in line for each in wanted))


def eventually(holds, seconds=30):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_member_that_never_reads_is_put_out_and_nobody_else_notices(name):
    def resident():
        status = open(f"/proc/{martlet.process.pid}/status").read()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    room, large = name("room"), {"text": "x" * 800_000}
    with Martlet(RATE_LIMITS="off", OUTBOUND_BUFFER_BYTES=262_144, HISTORY_MAX_MESSAGES=5) as martlet:
        slow, good = (RawSocket(martlet, auth={"user_id": name(user)}) for user in ("slow", "good"))
        for member in (slow, good):
            member.send(f'421["join",{{"room_id":"{room}"}}]')
            member.receive("431")
        before = most = resident()
        with requests.Session() as sender:
            # 64 MB: far more than the buffers of both kernels take and the server may grow by.
            for number in range(80):
                body = {"room_id": room, "content": str(number), "payload": large}
                assert sender.post(martlet.url + "/messages", json=body, timeout=30).status_code == 200
                message = json.loads(good.receive('42["message"')[2:])[1]
                assert (message["content"], message["seq"]) == (str(number), number + 1)
                most = max(most, resident())
            users = sender.get(f"{martlet.url}/rooms/{room}/users", timeout=30).json()["users"]
        assert most - before < 32_000_000
        assert users == [name("good")]
        assert measured(martlet, "eio_sessions_closed_total", reason="slow_consumer") == 1
        for member in (slow, good):
            member.close()


# A heartbeat that nobody answers must not end what these tests look at.
BACKLOG = {"RATE_LIMITS": "off", "OUTBOUND_BUFFER_BYTES": 64_000_000, "PING_INTERVAL": 300_000}
TYPINGS = 50


class Backlog:
    """A room where `good` talks, and where somebody else does not take what they are sent."""

    def __init__(self, martlet, room, good):
        self.martlet, self.room = martlet, room
        self.good = RawSocket(martlet, auth={"user_id": good})
        self.acked("join", room_id=room)
        self.sent = []

    def acked(self, event, **data):
        self.good.send(f"421{json.dumps([event, data])}")
        assert '"ok"' in self.good.receive("431")

    def dropped(self):
        return measured(self.martlet, "eio_messages_dropped_total")

    def waiting(self):
        return measured(self.martlet, "eio_queued_bytes")

    def grow(self, least):
        """Sends large messages until so many bytes wait in the server."""
        while self.waiting() < least:
            assert len(self.sent) < 300, "they are taken by somebody"
            self.sent.append(f"message {len(self.sent)}")
            self.acked("message", room_id=self.room, content=self.sent[-1], payload={"text": "x" * 200_000})

    def assert_typings_are_dropped(self):
        before = self.dropped()
        for _ in range(TYPINGS):
            self.acked("typing", room_id=self.room, is_typing=True)
        eventually(lambda: self.dropped() == before + TYPINGS)
        # It has been there all the time, then: nothing was added.
        assert self.waiting() > 0

    def assert_all_are_kept(self):
        assert measured(self.martlet, "eio_sessions_closed_total") == 0


def test_typing_is_dropped_for_a_member_that_does_not_read_and_messages_are_not(name):
    with Martlet(**BACKLOG) as martlet:
        slow = RawSocket(martlet, auth={"user_id": name("slow")})
        backlog = Backlog(martlet, name("room"), name("good"))
        slow.send(f'421["join",{{"room_id":"{backlog.room}"}}]')
        slow.receive("431")
        # Where there is no backlog nothing is dropped.
        backlog.acked("typing", room_id=backlog.room, is_typing=True)
        slow.receive('42["typing"')
        assert backlog.dropped() == 0
        backlog.grow(2_000_000)
        backlog.assert_typings_are_dropped()
        received = []
        while len(received) < len(backlog.sent):
            event, data = json.loads(slow.receive("42[")[2:])
            assert event == "message", event
            received.append(data["content"])
        assert received == backlog.sent
        eventually(lambda: backlog.waiting() == 0)
        backlog.acked("typing", room_id=backlog.room, is_typing=False)
        assert json.loads(slow.receive('42["typing"')[2:])[1]["is_typing"] is False
        backlog.assert_all_are_kept()
        for member in (slow, backlog.good):
            member.close()


def test_typing_is_dropped_for_a_member_that_does_not_poll_and_messages_are_not(name):
    with Martlet(**BACKLOG) as martlet, requests.Session() as slow, concurrent.futures.ThreadPoolExecutor(1) as pool:

        def poll():
            answer = slow.get(url, timeout=60)
            assert answer.status_code == 200, answer.text
            return [packet for packet in answer.text.split("\x1e") if packet.startswith("42")]

        def post(packet):
            assert slow.post(url, data=packet, timeout=60).text == "ok"

        url = martlet.url + HANDSHAKE
        url += "&sid=" + json.loads(slow.get(url, timeout=60).text[1:])["sid"]
        backlog = Backlog(martlet, name("room"), name("good"))
        post(f'40{json.dumps({"user_id": name("slow")})}')
        post(f'42["join",{{"room_id":"{backlog.room}"}}]')
        while not any(packet.startswith('42["room_users"') for packet in poll()):
            pass
        backlog.grow(2_000_000)
        backlog.assert_typings_are_dropped()
        received = []
        while len(received) < len(backlog.sent):
            for packet in poll():
                event, data = json.loads(packet[2:])
                assert event == "message", event
                received.append(data["content"])
        assert received == backlog.sent
        # While a poll is open nothing is dropped; whether it is there yet, only its answer tells.
        answered = pool.submit(poll)
        while not answered.done():
            backlog.acked("typing", room_id=backlog.room, is_typing=False)
        assert all(packet.startswith('42["typing"') for packet in answered.result())
        backlog.assert_all_are_kept()
        backlog.good.close()
