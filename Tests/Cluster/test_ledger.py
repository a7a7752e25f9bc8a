# Licensed under the MIT licence.
"""The checker finds what it is there to find: histories that are right, and the same with one fault each."""

import random

import pytest

from ledger import Acknowledged, Got, Joined, Left, check, check_history, differences

ROOM = "r"


def message(seq):
    return (ROOM, seq, f"id{seq}", f"content {seq}")


def history():
    """Two clients; one is away while three and four are sent, and comes back."""
    events = [Joined("a", ROOM, None, 0), Joined("b", ROOM, None, 0)]
    for seq in (1, 2):
        events += [Acknowledged(*message(seq)), Got("a", *message(seq)), Got("b", *message(seq))]
    for seq in (3, 4):
        events += [Got("a", *message(seq)), Acknowledged(*message(seq))]
    events += [Got("b", *message(3)), Got("b", *message(4)), Joined("b", ROOM, 2, 4)]
    events += [Got("b", *message(5)), Acknowledged(*message(5)), Got("a", *message(5)), Left("a", ROOM)]
    return [*events, Acknowledged(*message(6)), Got("b", *message(6))]


def test_a_good_history_passes():
    verdict = check(history())
    assert verdict.violations == []
    assert (verdict.acknowledged, verdict.received, verdict.spans) == (6, 11, 2)


def without(events, event):
    return [each for each in events if each != event]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (lambda events: without(events, Got("a", *message(2))), "a was not given r [2]"),
        (lambda events: without(events, Got("b", *message(6))), "b never got r [6]"),
        (lambda events: without(events, Got("b", *message(3))), "b was not given r [3]"),
        (lambda events: without(events, Got("b", *message(4))), "b was not given r [4]"),
        (lambda events: [*events, Got("b", *message(6))], "b got r 6 behind 6"),
        (lambda events: [*events, Got("a", *message(6))], "a got r 6, where it is not"),
        (lambda events: [*events, Got("b", ROOM, 7, "id6", "content 6")], "'content 6' is at ('r', 6)"),
        (lambda events: [*events, Acknowledged(ROOM, 6, "other", "other")], "r 6 is ('id6', 'content 6')"),
        (lambda events: [*events, Acknowledged(*message(7))], "b never got r [7]"),
        (lambda events: [events[0], events[1], *reversed(events[2:8]), *events[8:]], "behind"),
    ],
)
def test_a_fault_is_found(fault, words):
    violations = check(fault(history())).violations
    assert any(words in violation for violation in violations), violations


def test_what_was_never_acknowledged_may_be_missing():
    events = [event for event in history() if event != Acknowledged(*message(2))]
    assert check(without(events, Got("a", *message(2)))).violations == []


def test_any_lost_delivery_of_an_acknowledged_message_is_found():
    seed = random.SystemRandom().randrange(1 << 32)
    generator = random.Random(seed)
    for _ in range(50):
        events = [Joined(client, ROOM, None, 0) for client in "abc"]
        for seq in range(1, 30):
            step = [Acknowledged(*message(seq)), *(Got(client, *message(seq)) for client in "abc")]
            generator.shuffle(step)
            events += step
        assert check(events).violations == [], f"seed {seed}"
        lost = generator.choice([event for event in events if isinstance(event, Got)])
        assert check(without(events, lost)).violations, f"seed {seed}: {lost}"


def test_histories():
    events = history()
    full = {ROOM: [message(seq)[1:] for seq in range(1, 7)]}
    assert check_history(events, full) == []
    assert len(check_history(events, {ROOM: full[ROOM][:-1]})) == 1
    assert len(check_history(events, {ROOM: [*full[ROOM][:-1], (6, "other", "content 6")]})) == 1
    assert len(check_history(events, {ROOM: full[ROOM][::-1]})) == 1


def test_differences():
    assert differences("users", ["a", "b"], ["b", "a"]) == []
    assert differences("users", ["a"], ["b"]) == ["users: too many ['b'], missing ['a']"]
