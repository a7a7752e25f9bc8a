# Licensed under the MIT licence.
"""Bad input, area "chat": the contract's error code, and the socket stays. Run against `martlet`."""

import asyncio
import json
import os

import pytest
from websockets.exceptions import ConnectionClosed

from harness import STALL_SECONDS
from harness.chat import ChatClient, unique
from harness.socketio import SocketIOClient, dumps


@pytest.fixture
def chat(servers):
    """Rate limits off, so that each test sees the answer it is about."""
    server = servers.martlet(RATE_LIMITS="off")
    yield server
    asyncio.run(serve_a_fresh_client(server))


@pytest.fixture
def limited(servers):
    """As it is delivered."""
    server = servers.martlet()
    yield server
    asyncio.run(serve_a_fresh_client(server))


async def serve_a_fresh_client(server):
    assert server.alive, f"the server ended:\n{server.log[-4000:]}"
    async with await ChatClient.connect(server) as client:
        room = unique("fresh")
        assert (await client.call("join", {"room_id": room}))["status"] == "ok"
        sent = await client.call("message", {"room_id": room, "content": "hello"})
        assert sent["status"] == "ok"
        assert (await client.event("message"))["content"] == "hello"


JOINS = int(os.environ.get("ABUSE_JOINS", "20000"))
EVENTS = ["join", "leave", "message", "history", "typing", "read", "subscribe_status", "unsubscribe_status"]
ROOM_EVENTS = ["join", "leave", "message", "history", "typing", "read"]
STATUS_EVENTS = ["subscribe_status", "unsubscribe_status"]
NO_OBJECTS = ["text", 1, None, True, [], [{}], ""]


def rest(event):
    """What the event needs besides its room."""
    return {"message": {"content": "x"}, "typing": {"is_typing": True}, "read": {"seq": 1}}.get(event, {})


@pytest.mark.parametrize("event", EVENTS)
async def test_before_authentication(chat, event):
    async with await ChatClient.open(chat) as client:
        body = {"room_id": "r", "target_user_id": "u", **rest(event)}
        await client.refused(event, body, codes={"NOT_AUTHENTICATED"})
        assert (await client.call("authenticate", {"user_id": unique("user")}))["status"] == "ok"


@pytest.mark.parametrize("value", NO_OBJECTS, ids=repr)
@pytest.mark.parametrize("event", EVENTS)
async def test_not_an_object(chat, event, value):
    async with await ChatClient.connect(chat) as client:
        await client.refused(event, value, codes={"INVALID_PAYLOAD"})
        await client.assert_still_connected()


@pytest.mark.parametrize("event", EVENTS)
async def test_no_argument_at_all(chat, event):
    async with await ChatClient.connect(chat) as client:
        await client.refused(event, codes={"INVALID_PAYLOAD"})
        await client.assert_still_connected()


@pytest.mark.parametrize("event", EVENTS)
async def test_without_an_acknowledgement(chat, event):
    async with await ChatClient.connect(chat) as client:
        await client.socket.emit(event, "not an object")
        error = await client.event("error")
        assert (error["code"], error["event"]) == ("INVALID_PAYLOAD", event)
        assert isinstance(error["error"], str) and error["error"]
        await client.assert_still_connected()


@pytest.mark.parametrize("value", NO_OBJECTS, ids=repr)
async def test_authenticate_not_an_object(chat, value):
    client = await ChatClient.open(chat)
    await client.socket.emit("authenticate", value)
    assert (await client.event("error"))["code"] == "INVALID_PAYLOAD"
    await client.closed()


@pytest.mark.parametrize("body", [{}, {"username": "Ann"}, {"user_id": ""}, {"user_id": None}], ids=dumps)
async def test_authenticate_without_a_user(chat, body):
    client = await ChatClient.open(chat)
    await client.socket.emit("authenticate", body)
    error = await client.event("error")
    assert error["code"] in ("MISSING_USER_ID", "INVALID_PAYLOAD") and error["event"] == "authenticate"
    await client.closed()


@pytest.mark.parametrize(
    "body",
    [{"user_id": 1}, {"user_id": {}}, {"user_id": ["a"]}, {"user_id": True}, {"user_id": "u" * 100_000}, {"user_id": "a\x00b"},
     {"user_id": "ok", "username": 5}, {"user_id": "ok", "username": {}}, {"user_id": "ok", "username": "n" * 100_000}],
    ids=lambda body: dumps(body)[:40],
)
async def test_authenticate_with_fields_of_the_wrong_kind(chat, body):
    client = await ChatClient.open(chat)
    await client.socket.emit("authenticate", body)
    error = await client.event("error")
    assert error["code"] in ("INVALID_PAYLOAD", "MISSING_USER_ID")
    await client.closed()


@pytest.mark.parametrize("event", ROOM_EVENTS)
async def test_room_missing(chat, event):
    async with await ChatClient.connect(chat) as client:
        await client.refused(event, rest(event), codes={"MISSING_ROOM_ID"})
        await client.refused(event, {**rest(event), "room_id": ""}, codes={"MISSING_ROOM_ID", "INVALID_ROOM_ID"})
        await client.refused(event, {**rest(event), "room_id": None}, codes={"MISSING_ROOM_ID", "INVALID_ROOM_ID", "INVALID_PAYLOAD"})
        await client.assert_still_connected()


@pytest.mark.parametrize("event", ROOM_EVENTS)
async def test_room_of_the_wrong_type(chat, event):
    async with await ChatClient.connect(chat) as client:
        for value in (1, 1.5, True, [], {}, ["r"], {"room_id": "r"}):
            await client.refused(event, {**rest(event), "room_id": value}, codes={"INVALID_ROOM_ID", "INVALID_PAYLOAD"})
        await client.assert_still_connected()


BAD_ROOMS = ["r" * 129, "é" * 65, "r" * 100_000, "r" * 900_000, "a\x00b", "a\nb", "\x1b[31m", "\x7f", "a\tb"]


@pytest.mark.parametrize("room", BAD_ROOMS, ids=lambda room: ascii(room)[:16])
@pytest.mark.parametrize("event", ROOM_EVENTS)
async def test_room_ids_too_long_or_with_control_bytes(chat, event, room):
    async with await ChatClient.connect(chat) as client:
        await client.refused(event, {**rest(event), "room_id": room}, codes={"INVALID_ROOM_ID"})
        await client.assert_still_connected()


@pytest.mark.parametrize("room", ["r" * 128, "é" * 64, "a b", "a/b", "Räume", "😀", "r"])
async def test_room_ids_that_are_allowed(chat, room):
    async with await ChatClient.connect(chat) as client:
        answer = await client.call("join", {"room_id": room})
        assert (answer["status"], answer.get("room_id")) == ("ok", room), answer
        assert client.user in answer["users"]


INTERNAL = ["status:x", "user:x", "room:x", "presence:x", "a#b", "/#x", "{slot}", "a{b}c", "../", "../../etc/passwd", "*", "__proto__", "constructor",
            "socket.io#/#", "message", "a:b:c", "%2e%2e%2f", "'; DROP TABLE rooms; --"]


@pytest.mark.parametrize("room", INTERNAL)
async def test_room_ids_that_look_like_internal_names(chat, room):
    """Refused, or a chat room like any other."""
    async with await ChatClient.connect(chat) as client, await ChatClient.connect(chat) as other:
        answer = await client.call("join", {"room_id": room})
        if answer["status"] == "error":
            assert answer["code"] == "INVALID_ROOM_ID"
            return
        await client.call("message", {"room_id": room, "content": "mine"})
        assert (await client.event("message"))["room_id"] == room
        await other.call("message", {"room_id": room, "content": "not a member"})
        assert [event for event, _ in await client.events_until_now() if event == "message"] == []


async def test_a_room_named_like_a_watched_user(chat):
    watched, watcher = unique("watched"), unique("watcher")
    async with await ChatClient.connect(chat, watcher) as client, await ChatClient.connect(chat) as intruder:
        await client.call("subscribe_status", {"target_user_id": watched})
        for room in (f"status:{watched}", f"user:{watched}", watched, f"presence:{watched}"):
            await intruder.call("join", {"room_id": room})
        async with await ChatClient.connect(chat, watched):
            await client.event("user_online")
        await client.event("user_offline", lambda data: data["user_id"] == watched)
        events = [event for event, _ in await intruder.events_until_now()]
        assert "user_online" not in events and "user_offline" not in events


async def test_a_room_named_like_a_socket(chat):
    async with await ChatClient.connect(chat) as victim, await ChatClient.connect(chat) as intruder:
        for room in (victim.socket.sid, f"/#{victim.socket.sid}", victim.socket.engine.handshake["sid"]):
            await intruder.call("join", {"room_id": room})
            await intruder.call("message", {"room_id": room, "content": "for your eyes only"})
        events = [event for event, _ in await victim.events_until_now()]
        assert "message" not in events and "user_joined" not in events


@pytest.mark.parametrize("event", STATUS_EVENTS)
async def test_status_target(chat, event):
    async with await ChatClient.connect(chat) as client:
        await client.refused(event, {}, codes={"MISSING_TARGET_USER_ID"})
        await client.refused(event, {"target_user_id": ""}, codes={"MISSING_TARGET_USER_ID", "INVALID_PAYLOAD"})
        for value in (1, None, {}, [], True, "u" * 100_000):
            await client.refused(event, {"target_user_id": value}, codes={"MISSING_TARGET_USER_ID", "INVALID_PAYLOAD"})
        await client.assert_still_connected()


async def in_room(server):
    client = await ChatClient.connect(server)
    client.room = unique("room")
    assert (await client.call("join", {"room_id": client.room}))["status"] == "ok"
    return client


@pytest.mark.parametrize("content", [None, 1, {}, [], True, "", "   ", "\n\t", "\u2003\u00a0", "x" * 10_001, "😀" * 10_001], ids=lambda content: ascii(content)[:16])
async def test_message_content(chat, content):
    async with await in_room(chat) as client:
        body = {"room_id": client.room, "content": content}
        await client.refused("message", body, codes={"INVALID_CONTENT"} if isinstance(content, str) else {"INVALID_CONTENT", "INVALID_PAYLOAD"})
        await client.refused("message", {"room_id": client.room}, codes={"INVALID_CONTENT"})
        await client.assert_still_connected()


@pytest.mark.parametrize("content", ["x" * 10_000, "😀" * 10_000, "<b>&amp;</b>", "  kept  ", "\u0000", "\u202e", "\u200b"], ids=lambda content: ascii(content)[:16])
async def test_message_content_that_is_allowed(chat, content):
    async with await in_room(chat) as client:
        answer = await client.call("message", {"room_id": client.room, "content": content})
        assert answer["status"] == "ok", answer
        assert (await client.event("message"))["content"] == content


@pytest.mark.parametrize(
    "field",
    [{"type": 1}, {"type": {}}, {"title": 1}, {"title": []}, {"payload": 1}, {"payload": "x"}, {"payload": [1]}, {"attachment_urls": "x"},
     {"attachment_urls": {}}, {"attachment_urls": [1]}, {"attachment_urls": [["x"]]}, {"attachment_urls": [None]}, {"client_id": 1},
     {"client_id": {}}, {"client_id": "c" * 129}, {"client_id": "é" * 65}],
    ids=lambda field: dumps(field)[:32],
)
async def test_message_fields_of_the_wrong_kind(chat, field):
    async with await in_room(chat) as client:
        await client.refused("message", {"room_id": client.room, "content": "x", **field}, codes={"INVALID_PAYLOAD"})
        await client.assert_still_connected()


async def test_message_to_a_room_of_others(chat):
    async with await in_room(chat) as member, await ChatClient.connect(chat) as outsider:
        await outsider.refused("message", {"room_id": member.room, "content": "x"}, codes={"NOT_ROOM_MEMBER"})
        await outsider.refused("typing", {"room_id": member.room, "is_typing": True}, codes={"NOT_ROOM_MEMBER"})
        await outsider.refused("read", {"room_id": member.room, "seq": 1}, codes={"NOT_ROOM_MEMBER"})
        assert {event for event, _ in await member.events_until_now()} <= {"room_users"}


@pytest.mark.parametrize("event, field", [(event, field) for event, fields in {
    "join": [{"after": "1"}, {"after": -1}, {"after": 1.5}, {"after": {}}, {"after": 2**64}],
    "history": [{"after": "1"}, {"before": {}}, {"before": -1}, {"limit": "5"}, {"limit": -1}, {"limit": 1.5}, {"limit": []}, {"after": 10**30}],
    "typing": [{"is_typing": "yes"}, {"is_typing": 1}, {"is_typing": None}, {"is_typing": {}}],
    "read": [{"seq": "1"}, {"seq": -1}, {"seq": 1.5}, {"seq": None}, {"seq": {}}, {"seq": 10**30}],
}.items() for field in fields], ids=str)
async def test_fields_of_the_wrong_kind(chat, event, field):
    async with await in_room(chat) as client:
        await client.refused(event, {"room_id": client.room, **rest(event), **field}, codes={"INVALID_PAYLOAD"})
        await client.assert_still_connected()


@pytest.mark.parametrize("event", EVENTS)
async def test_unknown_fields_are_passed_over(chat, event):
    async with await in_room(chat) as client:
        await client.call("message", {"room_id": client.room, "content": "first"})
        body = {"room_id": client.room, "target_user_id": client.user, **rest(event), "unknown": 1, "__proto__": {"admin": True}, "user_id": "somebody else"}
        assert (await client.call(event, body))["status"] == "ok"
        if event == "message":
            heard = await client.event("message", lambda data: data["content"] == "x")
            assert heard["user_id"] == client.user and "unknown" not in heard


async def test_more_arguments_than_one(chat):
    async with await in_room(chat) as client:
        answer = await client.call("message", {"room_id": client.room, "content": "x"}, {"content": "y"}, 3)
        assert answer["status"] == "ok" or answer["code"] == "INVALID_PAYLOAD"
        await client.assert_still_connected()


async def test_binary_where_an_object_belongs(chat):
    async with await ChatClient.connect(chat) as client:
        await client.socket.send('451-["join",{"_placeholder":true,"num":0}]', b"\x01")
        assert (await client.event("error"))["code"] == "INVALID_PAYLOAD"
        await client.assert_still_connected()


async def test_events_that_nobody_handles(chat):
    async with await ChatClient.connect(chat) as client:
        for name in ("error", "__proto__", "constructor", "user_online", "authenticated", "nothing", ""):
            await client.socket.emit(name, {"user_id": "x"})
        await client.assert_still_connected()


async def test_forged_server_events_reach_nobody(chat):
    async with await in_room(chat) as victim, await ChatClient.connect(chat) as forger:
        await forger.call("join", {"room_id": victim.room})
        await victim.event("user_joined")
        for name in ("user_left", "message_ack", "room_users", "user_offline", "error"):
            await forger.socket.emit(name, {"room_id": victim.room, "user_id": victim.user})
        await forger.assert_still_connected()
        assert [event for event, _ in await victim.events_until_now() if event != "room_users"] == []


async def test_300_rooms(chat):
    async with await ChatClient.connect(chat) as client:
        name = unique("cap")
        answers = [await client.call("join", {"room_id": f"{name}-{number}"}) for number in range(300)]
        assert all(answer["status"] == "ok" for answer in answers[:256])
        assert all(answer.get("code") == "TOO_MANY_ROOMS" for answer in answers[256:])
        assert (await client.call("leave", {"room_id": f"{name}-0"}))["status"] == "ok"
        assert (await client.call("join", {"room_id": f"{name}-299"}))["status"] == "ok"


async def test_100000_joins(limited):
    """Most are refused, cheaply; the others in the house notice nothing. (`ABUSE_JOINS` of them.)"""
    before = limited.rss_bytes
    async with await in_room(limited) as bystander:
        client = await ChatClient.connect(limited)
        name = unique("storm")
        for number in range(JOINS // 200):
            joins = [f'42{dumps(["join", {"room_id": f"{name}-{number}-{index}"}])}' for index in range(200)]
            await client.socket.engine.send_until_closed(joins)
        assert (await bystander.call("message", {"room_id": bystander.room, "content": "calm"}))["status"] == "ok"
        await client.socket.engine.close()
    assert limited.rss_bytes - before < 60_000_000


async def test_join_and_leave_in_a_storm(limited):
    async with await in_room(limited) as bystander, await ChatClient.connect(limited) as client:
        room = unique("storm")
        for _ in range(100):
            storm = [f'42{dumps([event, {"room_id": room}])}' for event in ("join", "leave") * 10]
            await client.socket.engine.send_until_closed(storm)
        answer = await client.call("join", {"room_id": room}, seconds=STALL_SECONDS)
        codes = {data["code"] for event, data in await drained(client) if event == "error"} | {answer.get("code")}
        assert "RATE_LIMITED" in codes, codes
        assert (await bystander.call("message", {"room_id": bystander.room, "content": "calm"}))["status"] == "ok"
        assert "error" not in [event for event, _ in await drained(bystander)]


async def drained(client):
    events = []
    while client.socket.backlog:
        events.append(await client.next_event())
    return events


async def test_a_message_flood(limited):
    async with await in_room(limited) as client:
        flood = [f'42{dumps(["message", {"room_id": client.room, "content": str(number)}])}' for number in range(2000)]
        await client.socket.engine.send_until_closed(flood)
        error = await client.event("error", seconds=STALL_SECONDS)
        assert error["code"] == "RATE_LIMITED", error


async def test_a_second_authenticate(chat):
    async with await in_room(chat) as client:
        for body in ({"user_id": client.user}, {"user_id": unique("other")}, {"user_id": client.user, "username": "New Name"}):
            await client.refused("authenticate", body, codes={"ALREADY_AUTHENTICATED"})
        await client.call("message", {"room_id": client.room, "content": "still me"})
        heard = await client.event("message")
        assert (heard["user_id"], heard["username"]) == (client.user, f"user_{client.user}")


async def test_two_authenticates_in_one_breath(chat):
    client = await ChatClient.open(chat)
    first, second = unique("first"), unique("second")
    await client.socket.send(f'421{dumps(["authenticate", {"user_id": first}])}', f'422{dumps(["authenticate", {"user_id": second}])}')
    packets = []
    while not packets or not packets[-1].startswith("432["):
        packets.append(await client.socket.receive())
    assert json.loads(packets[-1][3:])[0]["code"] == "ALREADY_AUTHENTICATED"
    authenticated = [json.loads(packet[2:])[1] for packet in packets if packet.startswith('42["authenticated"')]
    assert [data["user_id"] for data in authenticated] == [first]
    await client.socket.engine.close()


async def test_messages_in_somebody_elses_name(chat):
    async with await in_room(chat) as client:
        await client.call("message", {"room_id": client.room, "content": "x", "user_id": "system", "username": "System"})
        heard = await client.event("message")
        assert (heard["user_id"], heard["username"]) == (client.user, f"user_{client.user}")


@pytest.mark.parametrize("auth", [1, "x", [], {"user_id": 1}, {"user_id": {}}], ids=dumps)
async def test_bad_auth_in_the_handshake(chat, auth):
    client = await SocketIOClient.open(chat)
    await client.engine.send_until_closed([f"40{dumps(auth)}"])
    await client.engine.send_until_closed(['421["join",{"room_id":"r"}]'])
    try:
        while not (packet := await client.receive()).startswith("431["):
            assert not packet.startswith('42["authenticated"'), packet
        assert json.loads(packet[3:])[0]["code"] == "NOT_AUTHENTICATED"
    except ConnectionClosed:
        pass  # refused altogether
    await client.engine.close()


@pytest.mark.parametrize("eio", [3, 4])
async def test_bad_packets_of_both_revisions(chat, eio):
    for packet in ("4x", '42["join"', "42{}", '42["disconnect"]', "x"):
        client = await ChatClient.open(chat, eio)
        await client.socket.send(packet)
        await client.closed()
