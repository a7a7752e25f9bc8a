# Licensed under the MIT licence.
"""Identity, rooms and messages, as each client sees them."""

from chat import assert_recent, join, ok, say


def test_authenticate(chat, kind, name):
    client, ann = chat.stranger(kind), name("ann")
    assert ok(client.call("authenticate", {"user_id": ann, "username": "Ann Ørsted"}))["user_id"] == ann
    assert client.expect("authenticated") == {"user_id": ann, "username": "Ann Ørsted"}


def test_the_default_username(chat, kind, name):
    client, ann = chat.stranger(kind), name("ann")
    answer = ok(client.call("authenticate", {"user_id": ann}))
    assert (answer["user_id"], answer["username"]) == (ann, f"user_{ann}")
    assert client.expect("authenticated")["username"] == f"user_{ann}"


def test_authentication_in_the_handshake(chat, kind, name):
    ann = name("ann")
    client = chat.client(kind).connect(auth={"user_id": ann, "username": "Ann"})
    assert client.expect("authenticated") == {"user_id": ann, "username": "Ann"}
    assert join(client, name("room"))["users"] == [ann]


def test_a_handshake_without_an_identity_leaves_the_choice_open(chat, kind, name):
    client = chat.client(kind).connect(auth={"theme": "dark"})
    ok(client.call("authenticate", {"user_id": name("ann")}))
    assert client.expect("authenticated")["user_id"] == name("ann")


def test_the_transport_is_the_one_asked_for(chat, kind):
    client = chat.stranger(kind)
    # An upgrading client may have left polling behind before it is connected to the namespace.
    if client.transport != "upgrade":
        assert client.first_transport == client.transport
    assert client.upgraded == (client.transport != "polling")


def test_a_seed_client_needs_no_acknowledgement(chat, kind, name):
    client, ann, room = chat.stranger(kind), name("ann"), name("room")
    client.emit("authenticate", {"user_id": ann, "username": "Ann"})
    assert client.expect("authenticated") == {"user_id": ann, "username": "Ann"}
    client.emit("join", {"room_id": room})
    assert client.expect("room_users") == {"room_id": room, "users": [ann]}
    client.emit("message", {"room_id": room, "content": "Hello team!"})
    message = client.expect("message")
    receipt = client.expect("message_ack")
    assert (message["content"], message["id"]) == ("Hello team!", receipt["message_id"])
    client.emit("leave", {"room_id": room})
    client.emit("message", {"room_id": room, "content": "anyone?"})
    assert client.expect("error")["code"] == "NOT_ROOM_MEMBER"


def test_two_users_in_two_rooms(chat, kind, name):
    ann, ben = chat.user(kind, name("ann"), "Ann"), chat.user(chat.partner(kind), name("ben"), "Ben")
    red, blue = name("red"), name("blue")
    assert join(ann, red)["users"] == [ann.user_id]
    answer = join(ann, blue)
    assert (answer["users"], answer["last_seq"]) == ([ann.user_id], 0)
    ok(ben.call("join", {"room_id": blue}))
    assert ben.expect("room_users") == {"room_id": blue, "users": sorted([ann.user_id, ben.user_id])}
    assert ann.expect("user_joined") == {
        "type": "user_joined",
        "room_id": blue,
        "user_id": ben.user_id,
        "username": "Ben",
    }

    say(ann, red, "only mine")
    say(ann, blue, "for both")
    assert ben.expect("message")["content"] == "for both"
    assert [message["content"] for message in ann.expect_many("message", 2)] == ["only mine", "for both"]
    say(ben, blue, "thanks")
    assert (ann.expect("message")["content"], ben.expect("message")["content"]) == ("thanks", "thanks")

    assert ok(ben.call("leave", {"room_id": blue}))["room_id"] == blue
    assert ann.expect("user_left") == {"type": "user_left", "room_id": blue, "user_id": ben.user_id, "username": "Ben"}
    assert ben.received("user_left") == [], "who leaves is not told"
    say(ann, blue, "gone?")
    join(ben, red)
    chat.fence(ann, [ann, ben], red)
    ben.expect_none("message", room_id=blue)


def test_a_message_with_every_field(chat, kind, name):
    ann, ben = chat.user(kind, name("ann"), "Ann"), chat.user(chat.partner(kind), name("ben"))
    room = name("room")
    join(ann, room)
    join(ben, room)
    sent = {
        "room_id": room,
        "content": '  <b>5 > 3 & "so"</b>\n\tÅ¿ 日本 👩‍👩‍👧‍👦🇩🇰  ',
        "type": "image",
        "title": "A title 🎉",
        "payload": {"z": 1, "a": [True, None, {"deep": "é"}], "": "", "f": 0.5},
        "client_id": "c-1",
        "attachment_urls": ["https://example.com/a.pdf", "https://example.com/b%20c?d=é"],
    }
    answer = ok(ann.call("message", sent))
    assert_recent(answer["timestamp"])
    for receiver in (ann, ben):
        message = receiver.expect("message")
        assert message == {
            "type": "message",
            "id": answer["message_id"],
            "seq": 1,
            "room_id": room,
            "user_id": ann.user_id,
            "username": "Ann",
            "content": sent["content"],
            "message_type": "image",
            "title": sent["title"],
            "payload": sent["payload"],
            "attachment_urls": sent["attachment_urls"],
            "client_id": "c-1",
            "created_at": answer["timestamp"],
        }
        assert list(message["payload"]) == ["z", "a", "", "f"]
    assert ann.expect("message_ack") == {
        "message_id": answer["message_id"],
        "seq": 1,
        "timestamp": answer["timestamp"],
        "client_id": "c-1",
    }
    assert ben.received("message_ack") == []


def test_a_message_with_defaults(chat, kind, name):
    ann, room = chat.user(kind, name("ann")), name("room")
    join(ann, room)
    answer = say(ann, room, "plain")
    message = ann.expect("message")
    assert (message["message_type"], message["username"]) == ("text", f"user_{ann.user_id}")
    assert message["title"] is None
    assert message["payload"] is None
    assert message["attachment_urls"] == []
    assert "client_id" not in message and "client_id" not in answer
    assert "client_id" not in ann.expect("message_ack")


def test_typing_reaches_the_others(chat, kind, name):
    ann, ben = chat.user(chat.partner(kind), name("ann"), "Ann"), chat.user(kind, name("ben"))
    room = name("room")
    join(ann, room)
    join(ben, room)
    # Volatile: lost when ben polls and has no request open, so ann types until he notices.
    for is_typing in (True, False):
        for _ in range(50):
            ok(ann.call("typing", {"room_id": room, "is_typing": is_typing}))
            chat.fence(ann, [ben], room)
            if ben.received("typing", is_typing=is_typing):
                break
        assert ben.expect("typing", is_typing=is_typing) == {
            "room_id": room,
            "user_id": ann.user_id,
            "username": "Ann",
            "is_typing": is_typing,
        }
    assert ann.received("typing") == []


def test_read_reaches_the_others(chat, kind, name):
    ann, ben = chat.user(kind, name("ann")), chat.user(chat.partner(kind), name("ben"))
    room = name("room")
    join(ann, room)
    join(ben, room)
    seq = say(ben, room, "read this")["seq"]
    ann.expect("message", seq=seq)
    ok(ann.call("read", {"room_id": room, "seq": seq}))
    assert ben.expect("read") == {"room_id": room, "user_id": ann.user_id, "seq": seq}
    chat.fence(ann, [ann], room)
    ann.expect_none("read")


def test_read_reaches_the_readers_other_devices(chat, kind, name):
    ann, room = name("ann"), name("room")
    phone, laptop, tablet = (chat.user(each, ann) for each in (kind, chat.partner(kind), kind))
    ben = chat.user(chat.partner(kind), name("ben"))
    for client in (phone, laptop, ben):
        join(client, room)
    last = [say(ben, room, f"number {number}")["seq"] for number in range(1, 6)][-1]
    # The tablet is in another room: what counts is whose it is.
    join(tablet, name("other"))
    ok(phone.call("read", {"room_id": room, "seq": 3}))
    for client in (laptop, tablet, ben):
        assert client.expect("read") == {"room_id": room, "user_id": ann, "seq": 3}
    # A step back is no news, and nobody has read what does not exist.
    ok(laptop.call("read", {"room_id": room, "seq": 2}))
    ok(laptop.call("read", {"room_id": room, "seq": 10**9}))
    for client in (phone, tablet, ben):
        assert client.expect("read")["seq"] == last
        client.expect_none("read")
    chat.fence(ben, [phone, laptop], room)
    for client in (phone, laptop):
        client.expect_none("read")


def test_a_join_tells_what_is_unread(chat, kind, name):
    ann, ben, room = name("ann"), chat.user(chat.partner(kind), name("ben")), name("room")

    def state(client):
        answer = join(client, room)
        return answer["last_seq"], answer["last_read_seq"], answer["unread"]

    phone = chat.user(kind, ann)
    assert state(phone) == (0, 0, 0)
    join(ben, room)
    for number in range(5):
        say(ben, room, f"number {number}")
    assert state(phone) == (5, 0, 5)
    ok(phone.call("read", {"room_id": room, "seq": 3}))
    assert state(chat.user(chat.partner(kind), ann)) == (5, 3, 2)
    phone.disconnect()
    # Nobody is in the room any more but ben, who has read nothing.
    assert state(ben) == (5, 0, 5)
    laptop = chat.user(kind, ann)
    assert state(laptop) == (5, 3, 2)
    say(laptop, room, "one's own counts")
    assert state(laptop) == (6, 3, 3)


def test_a_second_device_joins_and_leaves_silently(chat, kind, name):
    ann, ben = name("ann"), chat.user(chat.partner(kind), name("ben"))
    room = name("room")
    join(ben, room)
    phone, laptop = chat.user(kind, ann), chat.user(chat.partner(kind), ann)
    join(phone, room)
    ben.expect("user_joined", user_id=ann)
    assert join(laptop, room)["users"] == sorted([ann, ben.user_id])
    say(ben, room, "to both devices")
    phone.expect("message", content="to both devices")
    laptop.expect("message", content="to both devices")
    ok(phone.call("leave", {"room_id": room}))
    chat.fence(laptop, [ben], room)
    ben.expect_none("user_joined")
    ben.expect_none("user_left")
    laptop.disconnect()
    assert ben.expect("user_left") == {"type": "user_left", "room_id": room, "user_id": ann, "username": f"user_{ann}"}


def test_disconnecting_leaves_every_room(chat, kind, name):
    ann, ben = chat.user(kind, name("ann")), chat.user(chat.partner(kind), name("ben"))
    rooms = [name("one"), name("two")]
    for room in rooms:
        join(ben, room)
        join(ann, room)
    ann.disconnect()
    for room in rooms:
        ben.expect("user_left", room_id=room, user_id=ann.user_id)
        assert join(ben, room)["users"] == [ben.user_id]


def test_a_room_is_gone_with_its_last_member_and_its_name_can_be_used_again(chat, kind, name):
    ann, room = chat.user(kind, name("ann")), name("room")
    for _ in range(3):
        assert join(ann, room)["users"] == [ann.user_id]
        ok(ann.call("leave", {"room_id": room}))


def test_joining_twice_changes_nothing(chat, kind, name):
    ann, ben = chat.user(kind, name("ann")), chat.user(chat.partner(kind), name("ben"))
    room = name("room")
    join(ben, room)
    join(ann, room)
    ben.expect("user_joined", user_id=ann.user_id)
    assert join(ann, room)["users"] == sorted([ann.user_id, ben.user_id])
    say(ben, room, "once")
    chat.fence(ben, [ann, ben], room)
    assert len(ann.received("message", content="once")) == 1
    ben.expect_none("user_joined")


def test_every_generation_in_one_room(chat, name, generations):
    kinds = [
        f"{generation}-{transport}" for generation in generations for transport in ("polling", "websocket", "upgrade")
    ]
    members = [chat.user(kind, name(kind)) for kind in kinds]
    room = name("room")
    for member in members:
        join(member, room)
    assert join(members[0], room)["users"] == sorted(name(kind) for kind in kinds)
    contents = [f"{kind} says 你好 🧑🏽‍🚀" for kind in kinds]
    for member, content in zip(members, contents, strict=True):
        say(member, room, content, payload={"raw": b"\x00\xff\x1e" + content.encode(), "emoji": "🫠"})
    for member in members:
        messages = member.expect_many("message", len(kinds))
        assert [message["content"] for message in messages] == contents, member.kind
        assert [message["seq"] for message in messages] == list(range(1, len(kinds) + 1)), member.kind
        assert [message["payload"] for message in messages] == [
            {"raw": b"\x00\xff\x1e" + content.encode(), "emoji": "🫠"} for content in contents
        ], member.kind
