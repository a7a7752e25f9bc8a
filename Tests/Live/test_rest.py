# Licensed under the MIT licence.
"""The HTTP table of the chat contract."""

import http.client
import json
from urllib.parse import quote

import pytest
import requests

from chat import assert_recent, join, ok, say

TABLE = {
    "/health": ["get"],
    "/ready": ["get"],
    "/messages": ["post"],
    "/rooms/{room_id}/messages": ["get"],
    "/rooms/{room_id}/users": ["get"],
    "/users/{user_id}/status": ["get"],
    "/metrics": ["get"],
    "/openapi.json": ["get"],
    "/asyncapi.json": ["get"],
}


@pytest.fixture
def rest(server):
    with requests.Session() as session:

        def ask(method, path, **options):
            return session.request(method, server.url + path, timeout=10, **options)

        yield ask


def assert_error(response, status, code=None):
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"].startswith("application/json")
    body = response.json()
    assert isinstance(body["error"], str) and body["error"]
    assert body["code"] == body["code"].upper() != ""
    if code is not None:
        assert body["code"] in ({code} if isinstance(code, str) else code), body


def test_health(rest):
    response = rest("GET", "/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_names_its_components(rest):
    response = rest("GET", "/ready")
    assert response.status_code == 200
    assert "store" in response.text, response.text


def test_openapi_describes_the_table(rest):
    response = rest("GET", "/openapi.json")
    assert response.status_code == 200
    document = response.json()
    assert document["openapi"].startswith("3.1.")
    for path, methods in TABLE.items():
        for method in methods:
            operation = document["paths"][path][method]
            assert operation["responses"], path


def test_a_posted_message_reaches_the_room(chat, rest, kind, name):
    ann, room = chat.user(kind, name("ann")), name("room")
    join(ann, room)
    body = {
        "room_id": room,
        "content": "Hello World ✨",
        "user_id": "bot",
        "username": "The Bot",
        "type": "notice",
        "title": "Announcement",
        "payload": {"priority": "high", "n": 1},
        "attachment_urls": ["https://example.com/file.pdf"],
        "client_id": "post-1",
    }
    answer = rest("POST", "/messages", json=body)
    assert answer.status_code == 200, answer.text
    answer = answer.json()
    assert (answer["status"], answer["seq"]) == ("sent", 1)
    assert_recent(answer["timestamp"])
    assert ann.expect("message") == {
        "type": "message",
        "id": answer["message_id"],
        "seq": 1,
        "room_id": room,
        "user_id": "bot",
        "username": "The Bot",
        "content": "Hello World ✨",
        "message_type": "notice",
        "title": "Announcement",
        "payload": {"priority": "high", "n": 1},
        "attachment_urls": ["https://example.com/file.pdf"],
        "client_id": "post-1",
        "created_at": answer["timestamp"],
    }
    raw = json.dumps({"room_id": room, "content": "raw UTF-8 🫶"}, ensure_ascii=False).encode()
    assert (
        rest("POST", "/messages", data=raw, headers={"Content-Type": "application/json; charset=utf-8"}).json()["seq"]
        == 2
    )
    message = ann.expect("message")
    assert (message["content"], message["seq"]) == ("raw UTF-8 🫶", 2)


def test_the_defaults_of_a_posted_message(chat, rest, name, generations):
    ann, room = chat.user(f"{generations[0]}-websocket", name("ann")), name("room")
    join(ann, room)
    assert rest("POST", "/messages", json={"room_id": room, "content": "hi"}).status_code == 200
    message = ann.expect("message")
    assert (message["user_id"], message["username"], message["message_type"]) == ("system", "System", "text")


def test_a_room_without_members_takes_messages(rest, name):
    room = name("empty")
    assert rest("POST", "/messages", json={"room_id": room, "content": "first"}).json()["seq"] == 1
    assert rest("POST", "/messages", json={"room_id": room, "content": "second"}).json()["seq"] == 2
    page = rest("GET", f"/rooms/{room}/messages").json()
    assert [message["content"] for message in page["messages"]] == ["first", "second"]
    assert rest("GET", f"/rooms/{room}/users").json() == {"room_id": room, "users": []}


def test_the_same_request_twice_is_one_message(rest, name):
    body = {"room_id": name("room"), "content": "once", "client_id": "k"}
    first, second = (rest("POST", "/messages", json=body).json() for _ in range(2))
    assert (first["message_id"], first["seq"]) == (second["message_id"], second["seq"])
    assert len(rest("GET", f"/rooms/{body['room_id']}/messages").json()["messages"]) == 1


def test_the_history(chat, rest, name, generations):
    ann, room = chat.user(f"{generations[0]}-websocket", name("ann")), name("röom with/slash?")
    join(ann, room)
    for reply in [ann.request("message", {"room_id": room, "content": str(number)}) for number in range(1, 61)]:
        ok(reply.wait())
    path = f"/rooms/{quote(room, safe='')}/messages"

    def page(**query):
        response = rest("GET", path, params=query)
        assert response.status_code == 200, response.text
        return [message["seq"] for message in response.json()["messages"]], response.json()["has_more"]

    assert page() == (list(range(11, 61)), True)
    assert page(limit=200) == (list(range(1, 61)), False)
    assert page(after=0, limit=20) == (list(range(1, 21)), True)
    assert page(before=11, limit=5) == ([6, 7, 8, 9, 10], True)
    assert page(before=4) == ([1, 2, 3], False)
    assert page(after=60) == ([], False)
    newest = rest("GET", path, params={"limit": 1}).json()["messages"]
    assert newest == [ann.expect("message", seq=60)]
    for query in ({"after": "x"}, {"before": "-1"}, {"limit": "0"}, {"limit": "1e2"}, {"after": "1.5"}):
        assert_error(rest("GET", path, params=query), 400)


def test_the_users_of_a_room(chat, rest, kind, name):
    ann, ben, room = chat.user(kind, name("b-ann")), chat.user(chat.partner(kind), name("a-ben")), name("room")
    second = chat.user(kind, ann.user_id)
    for client in (ann, ben, second):
        join(client, room)
    assert rest("GET", f"/rooms/{room}/users").json() == {"room_id": room, "users": sorted([ann.user_id, ben.user_id])}


def test_the_status_of_a_user(chat, rest, kind, name):
    ann, watcher = name("ann"), chat.user(chat.partner(kind), name("watcher"))
    response = rest("GET", f"/users/{ann}/status")
    assert response.status_code == 200
    assert response.json().items() >= {"user_id": ann, "is_online": False, "last_seen": None}.items()
    ok(watcher.call("subscribe_status", {"target_user_id": ann}))
    client = chat.user(kind, ann, "Ann")
    status = rest("GET", f"/users/{ann}/status").json()
    assert status.items() >= {"user_id": ann, "username": "Ann", "is_online": True}.items()
    assert_recent(status["last_seen"])
    client.disconnect()
    offline = watcher.expect("user_offline", username="Ann")
    status = rest("GET", f"/users/{ann}/status").json()
    assert (status["is_online"], status["last_seen"]) == (False, offline["last_seen"])


@pytest.mark.parametrize(
    "body, code",
    [
        ({}, "MISSING_ROOM_ID"),
        ({"content": "x"}, "MISSING_ROOM_ID"),
        ({"room_id": "x" * 129, "content": "x"}, "INVALID_ROOM_ID"),
        ({"room_id": "a\nb", "content": "x"}, "INVALID_ROOM_ID"),
        ({"room_id": "r"}, "INVALID_CONTENT"),
        ({"room_id": "r", "content": " \n"}, "INVALID_CONTENT"),
        ({"room_id": "r", "content": "x" * 10_001}, "INVALID_CONTENT"),
        ({"room_id": "r", "content": "x", "payload": [1]}, "INVALID_PAYLOAD"),
        ([], "INVALID_PAYLOAD"),
        (None, "INVALID_PAYLOAD"),
        ({"room_id": "r", "content": "x", "attachment_urls": [1]}, "INVALID_PAYLOAD"),
        ({"room_id": "r", "content": "x", "user_id": 5}, ("INVALID_PAYLOAD", "MISSING_USER_ID")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_messages(rest, body, code):
    raw = json.dumps(body).encode()
    assert_error(rest("POST", "/messages", data=raw, headers={"Content-Type": "application/json"}), 400, code)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b'{"room_id":"r","content":"x"} x', b"\xff\xfe", b'{"room_id":"r","content":"\xff"}', b"[" * 5000],
    ids=range(6),
)
def test_a_body_that_is_not_json(rest, raw):
    assert_error(rest("POST", "/messages", data=raw, headers={"Content-Type": "application/json"}), 400)


def test_another_content_type(rest):
    raw = b'{"room_id":"r","content":"x"}'
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/octet-stream"):
        assert_error(rest("POST", "/messages", data=raw, headers={"Content-Type": content_type}), 415)


def test_paths_and_methods_that_do_not_exist(rest):
    for path in ("/", "/nothing", "/rooms", "/rooms/r", "/users/u", "/messages/1"):
        assert_error(rest("GET", path), 404)
    for method, path in (("GET", "/messages"), ("DELETE", "/messages"), ("POST", "/health"), ("PUT", "/rooms/r/users")):
        assert_error(rest(method, path), 405)


def test_a_body_over_the_limit_is_refused_before_it_is_read(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("POST", "/messages")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(10_000_000))
    connection.endheaders(b'{"room_id":"')
    response = connection.getresponse()
    assert response.status == 413
    assert json.loads(response.read())["code"]
    connection.close()


def test_messages_are_sent_one_after_the_other_from_both_sides(chat, rest, kind, name):
    ann, room = chat.user(kind, name("ann")), name("room")
    join(ann, room)
    for number in range(1, 11, 2):
        assert say(ann, room, "socket")["seq"] == number
        assert rest("POST", "/messages", json={"room_id": room, "content": "http"}).json()["seq"] == number + 1
    assert [message["seq"] for message in ann.expect_many("message", 10)] == list(range(1, 11))
