# Licensed under the MIT licence.
"""What is delivered, in which order, and what is kept."""

import time

import pytest

from chat import join, ok, refused, say

SENDERS = 4
EACH = 40


def a_room(chat, kind, name):
    """A room with two members, the first of the kind under test."""
    ann, ben, room = chat.user(kind, name("ann")), chat.user(chat.partner(kind), name("ben")), name("room")
    join(ann, room)
    join(ben, room)
    return ann, ben, room


def test_emoji_in_every_text(chat, kind, name):
    ann, ben, room = a_room(chat, kind, name)
    text = "😀 𝄞 ​ 👍🏿 ﷽ \u2028\u2029 \u0001"
    for sender, receiver in ((ann, ben), (ben, ann)):
        say(sender, room, text, title=text, type=text, payload={text: [text]}, attachment_urls=[text], client_id=text)
        message = receiver.expect("message", user_id=sender.user_id)
        assert [message[field] for field in ("content", "title", "message_type", "client_id")] == [text] * 4
        assert (message["payload"], message["attachment_urls"]) == ({text: [text]}, [text])


def test_binary_in_the_payload(chat, kind, name):
    ann, ben, room = a_room(chat, kind, name)
    payload = {"first": bytes(range(256)), "between": "text", "list": [b"\x00", {"second": b"\x1e\x04b4"}]}
    for sender, receiver in ((ann, ben), (ben, ann)):
        say(sender, room, "with bytes", payload=payload)
        assert receiver.expect("message", user_id=sender.user_id)["payload"] == payload
        assert sender.expect("message", user_id=sender.user_id)["payload"] == payload


def test_binary_is_kept(chat, kind, name):
    ann, ben, room = a_room(chat, kind, name)
    payload = {"bytes": b"\x00kept\xff"}
    say(ann, room, "before ben came back", payload=payload)
    ok(ben.call("leave", {"room_id": room}))
    ben.expect("message")
    join(ben, room, after=0)
    assert ben.expect("message")["payload"] == payload
    assert ok(ann.call("history", {"room_id": room}))["messages"][0]["payload"] == payload


# The Python clients escape what is not ASCII: there the second text is 494 kB on the wire.
@pytest.mark.parametrize("text", ["x" * 500_000, "né😀" * 26_000], ids=["ascii", "emoji"])
def test_500_kilobytes(chat, kind, name, text):
    ann, ben, room = a_room(chat, kind, name)
    for sender, receiver in ((ann, ben), (ben, ann)):
        say(sender, room, "big", payload={"blob": text})
        assert receiver.expect("message", user_id=sender.user_id)["payload"]["blob"] == text


def test_500_kilobytes_of_binary(chat, kind, name):
    ann, ben, room = a_room(chat, kind, name)
    blob = bytes(range(256)) * 1954
    for sender, receiver in ((ann, ben), (ben, ann)):
        say(sender, room, "big", payload={"blob": blob})
        assert receiver.expect("message", user_id=sender.user_id)["payload"]["blob"] == blob


def test_the_longest_content(chat, kind, name):
    ann, ben, room = a_room(chat, kind, name)
    longest = "𝄞" * 10_000
    say(ann, room, longest)
    assert ben.expect("message")["content"] == longest
    refused(ann, "message", {"room_id": room, "content": longest + "x"}, code="INVALID_CONTENT")


def test_a_repeated_client_id_is_one_message(chat, kind, name):
    ann, ben, room = a_room(chat, kind, name)
    first = say(ann, room, "once", client_id="k-1")
    repeat = say(ann, room, "once", client_id="k-1")
    assert (repeat["message_id"], repeat["seq"]) == (first["message_id"], first["seq"])
    receipts = ann.expect_many("message_ack", 2)
    assert [receipt["message_id"] for receipt in receipts] == [first["message_id"]] * 2
    # The same name from another user, and in another room, is another message.
    assert say(ben, room, "mine", client_id="k-1")["seq"] == 2
    other = name("other")
    join(ann, other)
    assert say(ann, other, "elsewhere", client_id="k-1")["message_id"] != first["message_id"]
    chat.fence(ben, [ben, ann], room)
    assert [message["content"] for message in ben.expect_many("message", 2)] == ["once", "mine"]
    assert [answer["seq"] for answer in ok(ann.call("history", {"room_id": room}))["messages"]] == [1, 2, 3]


def test_concurrent_senders_share_one_sequence(chat, kind, name):
    room = name("room")
    members = [chat.user(kind if index % 2 else chat.partner(kind), name(f"user{index}")) for index in range(SENDERS)]
    for member in members:
        join(member, room)
    replies = [
        (member, number, member.request("message", {"room_id": room, "content": f"{member.user_id} {number}"}))
        for number in range(EACH)
        for member in members
    ]
    seqs = {f"{member.user_id} {number}": ok(reply.wait(30))["seq"] for member, number, reply in replies}
    assert sorted(seqs.values()) == list(range(1, SENDERS * EACH + 1))
    for member in members:
        messages = member.expect_many("message", SENDERS * EACH, timeout=30)
        assert [message["seq"] for message in messages] == list(range(1, SENDERS * EACH + 1)), member.kind
        assert {message["content"]: message["seq"] for message in messages} == seqs
        receipts = member.expect_many("message_ack", EACH)
        assert [receipt["seq"] for receipt in receipts] == [
            seqs[f"{member.user_id} {number}"] for number in range(EACH)
        ]


def test_history_pages(chat, kind, name):
    ann, room = chat.user(kind, name("ann")), name("room")
    join(ann, room)
    answers = [
        reply.wait()
        for reply in [ann.request("message", {"room_id": room, "content": str(number)}) for number in range(1, 61)]
    ]
    assert [answer["seq"] for answer in answers] == list(range(1, 61))

    def page(**query):
        answer = ok(ann.call("history", {"room_id": room} | query))
        return [message["seq"] for message in answer["messages"]], answer["has_more"]

    assert page() == (list(range(11, 61)), True)
    assert page(limit=200) == (list(range(1, 61)), False)
    assert page(after=0, limit=20) == (list(range(1, 21)), True)
    assert page(after=40, limit=20) == (list(range(41, 61)), False)
    assert page(after=55) == ([56, 57, 58, 59, 60], False)
    assert page(after=60) == ([], False)
    assert page(before=11, limit=5) == ([6, 7, 8, 9, 10], True)
    assert page(before=4) == ([1, 2, 3], False)
    assert page(before=1) == ([], False)
    message = ok(ann.call("history", {"room_id": room, "limit": 1}))["messages"][0]
    assert message == ann.expect("message", seq=60)


def test_joining_after_a_seq_brings_what_was_missed_before_anything_live(chat, kind, name):
    ann, ben, room = a_room(chat, kind, name)
    for number in range(1, 6):
        say(ann, room, f"missed {number}")
    ok(ben.call("leave", {"room_id": room}))
    ben.expect_many("message", 5)
    late = chat.user(kind, name("late"))
    total = 5 + 60
    replies = [ann.request("message", {"room_id": room, "content": f"live {number}"}) for number in range(6, 36)]
    joined = late.request("join", {"room_id": room, "after": 2})
    replies += [
        ann.request("message", {"room_id": room, "content": f"live {number}"}) for number in range(36, total + 1)
    ]
    last_seq = ok(joined.wait())["last_seq"]
    assert last_seq >= 5
    for reply in replies:
        ok(reply.wait())
    messages = late.expect_many("message", total - 2)
    assert [message["seq"] for message in messages] == list(range(3, total + 1))
    assert messages[0]["content"] == "missed 3"


def test_joining_without_after_brings_only_what_comes(chat, kind, name):
    ann, ben, room = a_room(chat, kind, name)
    say(ann, room, "old")
    late = chat.user(kind, name("late"))
    assert join(late, room)["last_seq"] == 1
    say(ben, room, "new")
    assert late.expect("message")["content"] == "new"


def test_messages_while_the_transport_is_upgraded(chat, name, generations):
    """The session moves from polling to WebSocket while a busy room writes to it: nothing is lost or repeated."""
    room = name("room")
    talker = chat.user(f"{generations[-1]}-websocket", name("talker"))
    join(talker, room)
    for generation in generations:
        listener = chat.client(f"{generation}-upgrade").start_connecting(auth={"user_id": name("listener")})
        joined = None
        first = say(talker, room, "first")["seq"]
        while not listener.upgraded:
            if joined is None and listener.received("authenticated"):
                joined = listener.request("join", {"room_id": room, "after": first})
            last = say(talker, room, "going on")["seq"]
            time.sleep(0.01)  # the pace: more than the room keeps would be lost
        listener.expect("authenticated")
        joined = joined or listener.request("join", {"room_id": room, "after": first})
        ok(joined.wait())
        last = say(talker, room, "last")["seq"]
        listener.expect("message", seq=last)
        seqs = [arguments[0]["seq"] for arguments in listener.received("message")]
        assert seqs == list(range(first + 1, last)), generation
