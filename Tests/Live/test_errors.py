# Licensed under the MIT licence.
"""Every error code that a client can meet without tokens, and what becomes of the socket."""

import pytest

from chat import Chat, join, ok, refused, say
from server import Martlet

NEED_AN_IDENTITY = [
    ("join", {"room_id": "r"}),
    ("leave", {"room_id": "r"}),
    ("message", {"room_id": "r", "content": "x"}),
    ("history", {"room_id": "r"}),
    ("typing", {"room_id": "r", "is_typing": True}),
    ("read", {"room_id": "r", "seq": 1}),
    ("subscribe_status", {"target_user_id": "u"}),
    ("unsubscribe_status", {"target_user_id": "u"}),
]
NOT_OBJECTS = [(), (None,), ("text",), (7,), ([],), ([{"room_id": "r"}],)]
BAD_ROOM_IDS = ["x" * 129, "é" * 65, "a\u0000b", "line\nbreak", "\u007f"]
BAD_MESSAGES = [
    ({}, "INVALID_CONTENT"),
    ({"content": ""}, "INVALID_CONTENT"),
    ({"content": " \t\n\u00a0\u3000\u2003"}, "INVALID_CONTENT"),
    ({"content": "x" * 10_001}, "INVALID_CONTENT"),
    ({"content": 5}, ("INVALID_CONTENT", "INVALID_PAYLOAD")),
    ({"content": None}, ("INVALID_CONTENT", "INVALID_PAYLOAD")),
    ({"content": ["x"]}, ("INVALID_CONTENT", "INVALID_PAYLOAD")),
    ({"content": "x", "type": 5}, "INVALID_PAYLOAD"),
    ({"content": "x", "title": {}}, "INVALID_PAYLOAD"),
    ({"content": "x", "payload": [1]}, "INVALID_PAYLOAD"),
    ({"content": "x", "payload": "text"}, "INVALID_PAYLOAD"),
    ({"content": "x", "attachment_urls": "https://example.com"}, "INVALID_PAYLOAD"),
    ({"content": "x", "attachment_urls": ["https://example.com", 1]}, "INVALID_PAYLOAD"),
    ({"content": "x", "attachment_urls": {}}, "INVALID_PAYLOAD"),
    ({"content": "x", "client_id": 5}, "INVALID_PAYLOAD"),
    ({"content": "x", "client_id": "c" * 129}, "INVALID_PAYLOAD"),
]


def test_nothing_works_without_an_identity(chat, kind):
    stranger = chat.stranger(kind)
    for event, payload in NEED_AN_IDENTITY:
        refused(stranger, event, payload, code="NOT_AUTHENTICATED")
    assert stranger.disconnections == []


def test_an_error_is_emitted_without_an_acknowledgement_too(chat, kind):
    stranger = chat.stranger(kind)
    stranger.emit("join", {"room_id": "r"})
    error = stranger.expect("error")
    assert (error["code"], error["event"]) == ("NOT_AUTHENTICATED", "join") and error["error"]


@pytest.mark.parametrize(
    "payload, code",
    [
        ({}, "MISSING_USER_ID"),
        ({"user_id": ""}, "MISSING_USER_ID"),
        ({"username": "Ann"}, "MISSING_USER_ID"),
        ({"user_id": 5}, ("MISSING_USER_ID", "INVALID_PAYLOAD")),
        ({"user_id": "u", "username": 5}, "INVALID_PAYLOAD"),
        ("text", "INVALID_PAYLOAD"),
        (["user"], "INVALID_PAYLOAD"),
        (None, "INVALID_PAYLOAD"),
    ],
    ids=str,
)
def test_a_bad_authenticate_ends_the_socket(chat, kind, payload, code):
    stranger = chat.stranger(kind)
    refused(stranger, "authenticate", payload, code=code)
    reason = stranger.wait_disconnected()
    if stranger.generation == "browser":
        assert reason == "io server disconnect"


def test_a_bad_identity_in_the_handshake(chat, kind):
    client = chat.client(kind)
    if client.generation == "v2":
        pytest.skip("a query holds nothing but text")
    client.start_connecting(auth={"user_id": 5})
    client.wait_until(lambda: client.disconnections or client.refusals, 10, "the end of the connection")


def test_one_identity_for_each_socket(chat, kind, name):
    ann = chat.user(kind, name("ann"))
    for user in (name("ben"), ann.user_id):
        refused(ann, "authenticate", {"user_id": user}, code="ALREADY_AUTHENTICATED")
    assert join(ann, name("room"))["users"] == [ann.user_id]


def test_a_payload_that_is_not_an_object(chat, kind, name):
    ann = chat.user(kind, name("ann"))
    for event, _ in NEED_AN_IDENTITY:
        for arguments in NOT_OBJECTS:
            refused(ann, event, *arguments, code="INVALID_PAYLOAD")
    join(ann, name("room"))


def test_a_missing_room_id(chat, kind, name):
    ann = chat.user(kind, name("ann"))
    for event in ("join", "leave", "message", "history", "typing", "read"):
        refused(ann, event, {"content": "x", "seq": 1, "is_typing": True}, code="MISSING_ROOM_ID")
        refused(
            ann,
            event,
            {"room_id": "", "content": "x", "seq": 1, "is_typing": True},
            code=("MISSING_ROOM_ID", "INVALID_ROOM_ID"),
        )
        refused(
            ann,
            event,
            {"room_id": 5, "content": "x", "seq": 1, "is_typing": True},
            code=("MISSING_ROOM_ID", "INVALID_ROOM_ID", "INVALID_PAYLOAD"),
        )
    join(ann, name("room"))


def test_an_invalid_room_id(chat, kind, name):
    ann = chat.user(kind, name("ann"))
    for room in BAD_ROOM_IDS:
        for event in ("join", "leave", "message", "history", "typing", "read"):
            refused(ann, event, {"room_id": room, "content": "x", "seq": 1, "is_typing": True}, code="INVALID_ROOM_ID")
    join(ann, name("room"))


def test_room_ids_that_look_like_internal_names(chat, kind, name):
    ann, ben = chat.user(kind, name("ann")), chat.user(chat.partner(kind), name("ben"))
    ok(ann.call("subscribe_status", {"target_user_id": name("target")}))
    for room in (
        f"status:{name('target')}",
        f"user:{ann.user_id}",
        f"presence:{ann.user_id}",
        "{slot}",
        "../",
        "a#b",
        "/",
        "__proto__",
        "x" * 128,
        "日" * 42,
    ):
        room = room if len(room.encode()) > 100 else f"{room}"
        join(ben, room)
        say(ben, room, "is ann here?")
        ok(ben.call("leave", {"room_id": room}))
    join(ann, name("room"))
    join(ben, name("room"))
    chat.fence(ben, [ann], name("room"))
    ann.expect_none("message")


def test_what_needs_membership(chat, kind, name):
    ann, room = chat.user(kind, name("ann")), name("room")
    refused(ann, "message", {"room_id": room, "content": "x"}, code="NOT_ROOM_MEMBER")
    refused(ann, "typing", {"room_id": room, "is_typing": True}, code="NOT_ROOM_MEMBER")
    refused(ann, "read", {"room_id": room, "seq": 1}, code="NOT_ROOM_MEMBER")
    join(ann, room)
    say(ann, room, "x")
    ok(ann.call("leave", {"room_id": room}))
    refused(ann, "message", {"room_id": room, "content": "x"}, code="NOT_ROOM_MEMBER")


def test_bad_messages(chat, kind, name):
    ann, ben, room = chat.user(kind, name("ann")), chat.user(chat.partner(kind), name("ben")), name("room")
    join(ann, room)
    join(ben, room)
    for fields, code in BAD_MESSAGES:
        refused(ann, "message", {"room_id": room} | fields, code=code)
    assert say(ann, room, "the first that counts")["seq"] == 1
    assert ben.expect("message")["content"] == "the first that counts"


def test_bad_fields_of_the_other_events(chat, kind, name):
    ann, room = chat.user(kind, name("ann")), name("room")
    join(ann, room)
    for payload in ({"after": "1"}, {"after": -1}, {"before": 1.5}, {"limit": 0}, {"limit": -1}, {"limit": "9"}):
        refused(ann, "history", {"room_id": room} | payload, code="INVALID_PAYLOAD")
    for payload in ({"after": "1"}, {"after": -1}, {"after": {}}):
        refused(ann, "join", {"room_id": room} | payload, code="INVALID_PAYLOAD")
    for payload in ({}, {"is_typing": "yes"}, {"is_typing": 1}):
        refused(ann, "typing", {"room_id": room} | payload, code="INVALID_PAYLOAD")
    for payload in ({}, {"seq": "1"}, {"seq": -1}, {"seq": 1.5}):
        refused(ann, "read", {"room_id": room} | payload, code="INVALID_PAYLOAD")
    say(ann, room, "still here")


def test_a_missing_target(chat, kind, name):
    ann = chat.user(kind, name("ann"))
    for event in ("subscribe_status", "unsubscribe_status"):
        refused(ann, event, {}, code="MISSING_TARGET_USER_ID")
        refused(ann, event, {"target_user_id": ""}, code="MISSING_TARGET_USER_ID")
        refused(ann, event, {"target_user_id": 5}, code=("MISSING_TARGET_USER_ID", "INVALID_PAYLOAD"))
    join(ann, name("room"))


def test_unknown_fields_and_unknown_events_do_no_harm(chat, kind, name):
    ann, room = chat.user(kind, name("ann")), name("room")
    ok(ann.call("join", {"room_id": room, "__proto__": {"admin": True}, "user_id": "somebody else", "extra": [1]}))
    say(ann, room, "me", user_id="somebody else", username="x", seq=99, id="x", created_at="x")
    message = ann.expect("message")
    assert (message["user_id"], message["seq"]) == (ann.user_id, 1)
    for event in ("no such event", "__proto__", "x" * 200):
        ann.emit(event, {"room_id": room})
    say(ann, room, "still here")
    assert ann.disconnections == []


def test_the_number_of_rooms_is_limited(chat, name, generations):
    ann = chat.user(f"{generations[-1]}-websocket", name("ann"))
    for reply in [ann.request("join", {"room_id": name(f"room{number}")}) for number in range(256)]:
        ok(reply.wait())
    refused(ann, "join", {"room_id": name("one too many")}, code="TOO_MANY_ROOMS")
    ok(ann.call("leave", {"room_id": name("room7")}))
    join(ann, name("one too many"))


@pytest.fixture(scope="module")
def limiting_server():
    with Martlet() as martlet:
        yield martlet


def test_a_flood_is_limited_and_a_conversation_is_not(limiting_server, drivers, generations, name):
    with Chat(limiting_server.url, drivers, generations) as chat:
        for generation in generations:
            ann, ben = (
                chat.user(f"{generation}-websocket", name("ann")),
                chat.user(f"{generation}-websocket", name("ben")),
            )
            room = name(generation)
            join(ann, room)
            join(ben, room)
            for number in range(5):
                say(ben, room, f"hello {number}")
                say(ann, room, f"hello {number}")
            limited = False
            for _ in range(20):
                replies = [ann.request("message", {"room_id": room, "content": "flood"}) for _ in range(100)]
                answers = [reply.wait(30) for reply in replies]
                limited = any(answer.get("code") == "RATE_LIMITED" for answer in answers)
                if limited:
                    break
            assert limited
            ann.expect("error", code="RATE_LIMITED", event="message")
            assert ann.disconnections == []
            say(ben, room, "who floods only hurts themselves")
            ann.expect("message", content="who floods only hurts themselves")
