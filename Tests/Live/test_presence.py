# Licensed under the MIT licence.
"""Who is online, seen by each client."""

from chat import assert_recent, join, moment, ok, say


def watcher_and_friend(chat, kind, name):
    """A watcher of the kind under test and somebody who shares a room with it, for fences."""
    watcher, friend, room = (
        chat.user(kind, name("watcher")),
        chat.user(chat.partner(kind), name("friend")),
        name("room"),
    )
    join(watcher, room)
    join(friend, room)
    return watcher, friend, room


def test_the_snapshot_of_an_unknown_user(chat, kind, name):
    watcher, nobody = chat.user(kind, name("watcher")), name("nobody")
    answer = ok(watcher.call("subscribe_status", {"target_user_id": nobody}))
    assert (answer["user_id"], answer["is_online"], answer["last_seen"]) == (nobody, False, None)
    snapshot = watcher.expect("user_offline")
    assert (snapshot["type"], snapshot["user_id"], snapshot["is_online"]) == ("user_offline", nobody, False)
    assert snapshot["last_seen"] is None
    assert_recent(snapshot["timestamp"])


def test_coming_and_going(chat, kind, name):
    watcher, ann = chat.user(kind, name("watcher")), name("ann")
    ok(watcher.call("subscribe_status", {"target_user_id": ann}))
    watcher.expect("user_offline")
    for _ in range(2):
        client = chat.user(chat.partner(kind), ann, "Ann")
        online = watcher.expect("user_online")
        assert online["type"] == "user_online"
        assert (online["user_id"], online["username"], online["is_online"]) == (ann, "Ann", True)
        assert_recent(online["last_seen"])
        assert_recent(online["timestamp"])
        client.disconnect()
        offline = watcher.expect("user_offline")
        assert offline["type"] == "user_offline"
        assert (offline["user_id"], offline["username"], offline["is_online"]) == (ann, "Ann", False)
        assert_recent(offline["last_seen"])
        assert moment(offline["last_seen"]) >= moment(online["last_seen"])


def test_the_snapshot_of_an_online_user(chat, kind, name):
    watcher, ann = chat.user(kind, name("watcher")), chat.user(chat.partner(kind), name("ann"), "Ann")
    answer = ok(watcher.call("subscribe_status", {"target_user_id": ann.user_id}))
    assert (answer["user_id"], answer["username"], answer["is_online"]) == (ann.user_id, "Ann", True)
    snapshot = watcher.expect("user_online")
    assert (snapshot["user_id"], snapshot["username"], snapshot["is_online"]) == (ann.user_id, "Ann", True)


def test_one_may_watch_oneself(chat, kind, name):
    ann = chat.user(kind, name("ann"))
    ok(ann.call("subscribe_status", {"target_user_id": ann.user_id}))
    assert ann.expect("user_online")["user_id"] == ann.user_id


def test_a_user_is_online_until_the_last_device_leaves(chat, kind, name):
    watcher, friend, room = watcher_and_friend(chat, kind, name)
    ann = name("ann")
    ok(watcher.call("subscribe_status", {"target_user_id": ann}))
    watcher.expect("user_offline")
    phone = chat.user(kind, ann)
    watcher.expect("user_online", user_id=ann)
    laptop = chat.user(chat.partner(kind), ann)
    tablet = chat.user(kind, ann)
    ok(tablet.call("subscribe_status", {"target_user_id": friend.user_id}))
    join(friend, ann)
    for device in (phone, laptop):
        join(device, ann)
    friend.expect("user_joined", room_id=ann, user_id=ann)
    tablet.disconnect()
    phone.disconnect()
    say(laptop, ann, "still here")
    friend.expect("message", content="still here")
    chat.fence(friend, [watcher], room)
    watcher.expect_none("user_online")
    watcher.expect_none("user_offline")
    laptop.disconnect()
    assert watcher.expect("user_offline")["user_id"] == ann
    friend.expect("user_left", room_id=ann, user_id=ann)
    chat.fence(friend, [watcher], room)
    watcher.expect_none("user_offline")


def test_unsubscribing_ends_the_events_and_leaves_rooms_alone(chat, kind, name):
    watcher, friend, room = watcher_and_friend(chat, kind, name)
    ann = chat.user(kind, name("ann"))
    # A room may bear the very name of the watched user.
    for client in (watcher, friend, ann):
        join(client, ann.user_id)
    watcher.expect("user_joined", room_id=ann.user_id, user_id=ann.user_id)
    for client in (watcher, friend):
        ok(client.call("subscribe_status", {"target_user_id": ann.user_id}))
        client.expect("user_online", user_id=ann.user_id)
    answer = ok(watcher.call("unsubscribe_status", {"target_user_id": ann.user_id}))
    assert answer["target_user_id"] == ann.user_id

    say(ann, ann.user_id, "you are still a member")
    watcher.expect("message", content="you are still a member")
    assert join(friend, ann.user_id)["users"] == sorted([watcher.user_id, friend.user_id, ann.user_id])
    assert join(friend, room)["users"] == sorted([watcher.user_id, friend.user_id])
    say(watcher, ann.user_id, "indeed")
    ann.expect("message", content="indeed")

    ann.disconnect()
    friend.expect("user_offline", user_id=ann.user_id)
    watcher.expect("user_left", room_id=ann.user_id, user_id=ann.user_id)
    chat.fence(friend, [watcher], room)
    watcher.expect_none("user_offline")


def test_subscribing_twice_brings_each_change_once(chat, kind, name):
    watcher, friend, room = watcher_and_friend(chat, kind, name)
    ann = name("ann")
    for _ in range(2):
        ok(watcher.call("subscribe_status", {"target_user_id": ann}))
        watcher.expect("user_offline", user_id=ann)
    ok(friend.call("subscribe_status", {"target_user_id": ann}))
    chat.user(chat.partner(kind), ann)
    watcher.expect("user_online")
    friend.expect("user_online")
    chat.fence(friend, [watcher], room)
    watcher.expect_none("user_online")
    ok(watcher.call("unsubscribe_status", {"target_user_id": ann}))
    ok(watcher.call("unsubscribe_status", {"target_user_id": ann}))
