# Licensed under the MIT licence.
"""Three nodes behind a balancer are restarted one after the other, while members of every generation talk: nothing is lost or repeated.

Each run has a seed, which decides who is in which room and who sends when. `ROLLING_SEED` chooses one.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter

import pytest
import requests

from balancers import BALANCERS
from clients import DEADLINE
from nodes import NODE_TTL, Nodes
from rolling import Member, Sender

# Seconds: how long nodes have to send their clients away, which is more than the 3 in which balancers are to learn of it, and how
# much later a busy machine may end the process.
DRAIN = 4
MARGIN = 8
KINDS = [
    *["browser-websocket", "browser-polling", "browser-upgrade"] * 2,
    *["v4-websocket", "v4-websocket", "v4-polling", "v2-websocket", "v2-websocket", "v2-polling"],
]
SENDERS = 8
ROOMS = 3


@pytest.fixture
def nodes():
    with Nodes(3, DRAIN_TIMEOUT=DRAIN * 1000) as nodes:
        yield nodes


@pytest.fixture(params=list(BALANCERS))
def balancer(request, nodes):
    with BALANCERS[request.param](nodes.servers) as balancer:
        yield balancer


@pytest.fixture
def chosen():
    seed = int(os.environ.get("ROLLING_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"seed {seed} (ROLLING_SEED={seed} runs it again)")
    return random.Random(seed)


@pytest.fixture
def members(balancer, chosen, drivers, generations, name):
    """Members in all of the rooms but one, so that each room has another company."""
    rooms = [name(f"room-{number}") for number in range(ROOMS)]
    made = []
    for number, kind in enumerate(kind for kind in KINDS if kind.split("-")[0] in generations):
        own = chosen.sample(rooms, ROOMS - 1)
        made.append(Member(drivers, kind, balancer.url, name(f"{number}-{kind}"), own))
    yield made
    for member in made:
        member.end()


def restart(node, balancer):
    """Restarts a node as an operator would, until it has clients again, and returns how long it took to end."""
    assert readiness(node) == 200
    asked = time.monotonic()
    node.process.send_signal(signal.SIGTERM)
    words = []
    while (status := waited(node.process)) is None:
        assert time.monotonic() < asked + DRAIN + MARGIN, f"does not end: {node.output()}"
        words.append(readiness(node))
    took = time.monotonic() - asked
    assert status == 0, node.output()
    assert "not every connection closed" not in node.output()
    # The signal may come a moment later than we knock; from then on nobody is sent here.
    unready = [word for word in words if word != 200]
    assert unready and words[-len(unready) :] == unready and set(unready) <= {503, None}, words
    node.start()
    until(lambda: readiness(node) == 200, "a node that is ready")
    # Balancers have their own times after which they look.
    name = name_of_node(node.url)
    until(lambda: name_of_node(balancer.url) == name, "a node that is given clients")
    return took


def name_of_node(url):
    """The name of the process that takes a new session, which is part of the session's id."""
    url += "/socket.io/?EIO=4&transport=polling"
    sid = requests.get(url, timeout=DEADLINE).text.split('"sid":"')[1].split('"')[0]
    requests.post(f"{url}&sid={sid}", data="1", timeout=DEADLINE)
    return sid[20:]


def readiness(node):
    """The status of `/ready`; nothing if the door is closed, as it is once a node has sent its clients away."""
    try:
        return requests.get(node.url + "/ready", timeout=DEADLINE).status_code
    except requests.ConnectionError:
        return None


def waited(process):
    try:
        return process.wait(0.05)
    except subprocess.TimeoutExpired:
        return None


def until(condition, what, seconds=DEADLINE):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)  # until it is asked again


def history(balancer, room):
    messages, has_more = [], True
    while has_more:
        after = messages[-1]["seq"] if messages else 0
        url = f"{balancer.url}/rooms/{room}/messages?after={after}&limit=200"
        answer = requests.get(url, timeout=DEADLINE).json()
        messages += answer["messages"]
        has_more = answer["has_more"]
    return messages


def close_with_a_fence(balancer, members):
    """Has a last message go to each room, and waits until all members have it."""
    for room in {room for member in members for room in member.rooms}:
        answer = requests.post(balancer.url + "/messages", json={"room_id": room, "content": "end"}, timeout=DEADLINE)
        assert answer.status_code == 200, answer.text
        for member in members:
            if room in member.rooms:
                member.wait_for_seq(room, answer.json()["seq"])


def message_faults(balancer, members, senders):
    """Where a member's messages are not the room's history, or that is not what was acknowledged."""
    histories = {room: history(balancer, room) for member in members for room in member.rooms}
    for room, messages in histories.items():
        if [message["seq"] for message in messages] != list(range(1, len(messages) + 1)):
            yield f"the history of {room} has gaps: {[message['seq'] for message in messages]}"
        again = [content for content, count in Counter(each["content"] for each in messages).items() if count > 1]
        if again:
            yield f"stored more than once in {room}: {again}"
    stored = {(room, each["seq"], each["id"], each["content"]) for room in histories for each in histories[room]}
    for sender in senders:
        if missing := set(sender.acknowledged) - stored:
            yield f"acknowledged and not in the history: {sorted(missing)}"
    for member in members:
        if set(member.messages) != set(member.rooms):
            yield f"{member.user_id} was told of {set(member.messages)} and is in {member.rooms}"
        for room in member.rooms:
            given, kept = member.messages[room], histories[room]
            if given != kept:
                seqs = [message["seq"] for message in given]
                missing = sorted(set(range(1, len(kept) + 1)) - set(seqs))
                breaks = [seq for before, seq in zip(seqs, seqs[1:], strict=False) if seq != before + 1]
                yield f"{member.user_id} in {room}: {len(seqs)} of {len(kept)}, missing {missing}, breaks at {breaks}"


def presence_faults(nodes, members):
    """Where a node's word on who is there differs from what is so."""
    for node in nodes.servers:
        for room in {room for member in members for room in member.rooms}:
            users = requests.get(f"{node.url}/rooms/{room}/users", timeout=DEADLINE).json()["users"]
            if users != sorted(member.user_id for member in members if room in member.rooms):
                yield f"{node.url} has {users} in {room}"
        for member in members:
            status = requests.get(f"{node.url}/users/{member.user_id}/status", timeout=DEADLINE).json()
            if not status["is_online"]:
                yield f"{node.url} has {member.user_id} offline"


def false_words(members):
    """What members were told of each other that was not so."""
    for member in members:
        yield from (f"{member.user_id}: {fault}" for fault in member.faults)
        if member.refusals:
            yield f"{member.user_id} was refused: {member.refusals}"
        for other in members:
            away = len(other.disconnections)
            if member.offline[other.user_id] > away:
                yield f"{member.user_id} has seen {other.user_id} go {member.offline[other.user_id]} times, who went {away} times"
                own = [entry for entry in member.diary if entry[1] in (member.user_id, other.user_id)]
                for moment, *words in sorted(own + [entry for entry in other.diary if entry[1] == other.user_id]):
                    yield f"    {moment:.3f} {words}"
            for room in other.rooms:
                if member.left[room, other.user_id] > away:
                    left = member.left[room, other.user_id]
                    yield f"{member.user_id} has seen {other.user_id} leave {room} {left} times, who went {away} times"


def test_no_message_is_lost_or_repeated(nodes, balancer, members, chosen):
    for member in members:
        member.start()
    for watcher in {member.kind: member for member in members}.values():
        watcher.watch([member.user_id for member in members])
    senders = [Sender(member, chosen.randrange(1 << 32)) for member in chosen.sample(members, min(SENDERS, len(members)))]
    began = time.monotonic()
    for sender in senders:
        sender.thread.start()
    drains = []
    try:
        for node in nodes.servers:
            drains.append(restart(node, balancer))
        for member in members:
            member.wait_settled()
    finally:
        for sender in senders:
            sender.end()
    took = time.monotonic() - began
    close_with_a_fence(balancer, members)
    print(figures(members, senders, drains, took))
    found = [*message_faults(balancer, members, senders), *false_words(members)]
    assert not found, "\n".join(found)
    until(lambda: not list(presence_faults(nodes, members)), "everybody's presence", NODE_TTL + DEADLINE)
    for member in members:
        until(lambda member=member: all(member.statuses.values()), f"word to {member.user_id} that all are back")


def figures(members, senders, drains, took):
    recovered = Counter(outcome for member in members if member.is_recoverable for outcome in member.recovered)
    reasons = Counter(f"{member.kind}: {reason}" for member in members for reason in member.disconnections)
    refusals = Counter(f"{member.kind}: {reason}" for member in members for reason in member.refusals)
    return (
        f"{sum(len(sender.acknowledged) for sender in senders)} messages acknowledged in {took:.1f} s, "
        f"{sum(sender.repeats for sender in senders)} sent again, "
        f"{sum(len(given) for member in members for given in member.messages.values())} received; "
        f"nodes ended after {', '.join(f'{drain:.2f}' for drain in drains)} s; disconnected {dict(reasons)}, "
        f"recovered {recovered[True]}, not {recovered[False]}; refused {dict(refusals)}; "
        f"sent before joining {sum(member.kept for member in members)}, "
        f"user_left {sum(sum(member.left.values()) for member in members)}, "
        f"user_offline {sum(sum(member.offline.values()) for member in members)}"
    )
