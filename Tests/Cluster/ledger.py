# Licensed under the MIT licence.
"""What happened, in the order in which it happened, and what must never be found in it.

The ledger is written by the clients; the checker reads nothing else, so that made-up histories can show that it finds what it is
there to find.
"""

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Acknowledged:
    """The server said that a message is stored."""

    room: str
    seq: int
    id: str
    content: str


@dataclass(frozen=True)
class Joined:
    """A client was told that it is in a room; `after` is the last `seq` it had, if it asked for what it missed."""

    client: str
    room: str
    after: int | None
    last_seq: int


@dataclass(frozen=True)
class Got:
    """A client was given a message."""

    client: str
    room: str
    seq: int
    id: str
    content: str


@dataclass(frozen=True)
class Left:
    """A client has left a room for good: nothing that comes later concerns it."""

    client: str
    room: str


@dataclass
class Span:
    """One client's stay in one room, over all its connections."""

    last: int | None = None
    skipped: set = field(default_factory=set)


@dataclass
class Verdict:
    violations: list
    acknowledged: int = 0
    received: int = 0
    spans: int = 0


def check(events):
    """Finds what breaks the promises about messages.

    Every acknowledged message reaches every member that stayed, or came back with `after`, in `seq` order, once; a `seq` is one
    message, and a message has one `seq`. Whoever is in a room at the end of the ledger has everything that was acknowledged by then.
    """
    violations = []
    messages, places = {}, {}
    acknowledged = defaultdict(set)
    open_spans, closed = {}, []
    received = 0

    def identify(event, how):
        known = messages.setdefault((event.room, event.seq), (event.id, event.content))
        if known != (event.id, event.content):
            violations.append(f"{event.room} {event.seq} is {known} and, {how}, {(event.id, event.content)}")
        place = places.setdefault(event.content, (event.room, event.seq))
        if place != (event.room, event.seq):
            violations.append(f"{event.content!r} is at {place} and, {how}, at {(event.room, event.seq)}")

    for event in events:
        match event:
            case Acknowledged():
                acknowledged[event.room].add(event.seq)
                identify(event, "acknowledged")
            case Joined(client, room, after, last_seq):
                span = open_spans.get((client, room))
                if span is None or after is None:
                    if span is not None:
                        closed.append((client, room, span))
                    open_spans[client, room] = Span(last=last_seq)
                elif last_seq > span.last:
                    # Up to here everything was to come before the answer.
                    span.skipped |= set(range(span.last + 1, last_seq + 1))
                    span.last = last_seq
            case Got(client, room, seq):
                received += 1
                identify(event, f"to {client}")
                span = open_spans.get((client, room))
                if span is None:
                    violations.append(f"{client} got {room} {seq}, where it is not")
                elif seq <= span.last:
                    violations.append(f"{client} got {room} {seq} behind {span.last}")
                else:
                    span.skipped |= set(range(span.last + 1, seq))
                    span.last = seq
            case Left(client, room):
                span = open_spans.pop((client, room), None)
                if span is not None:
                    closed.append((client, room, span))
    for (client, room), span in open_spans.items():
        missing = {seq for seq in acknowledged[room] if seq > span.last}
        if missing:
            violations.append(f"{client} never got {room} {sorted(missing)}, and has {span.last}")
    for client, room, span in [*closed, *((client, room, span) for (client, room), span in open_spans.items())]:
        missing = span.skipped & acknowledged[room]
        if missing:
            violations.append(f"{client} was not given {room} {sorted(missing)}")
    count = sum(len(seqs) for seqs in acknowledged.values())
    return Verdict(violations, count, received, len(closed) + len(open_spans))


def check_history(events, histories):
    """Finds acknowledged messages that the rooms' histories do not have; `histories` is room → list of (seq, id, content)."""
    violations = []
    for event in events:
        if isinstance(event, Acknowledged) and (event.seq, event.id, event.content) not in histories[event.room]:
            violations.append(f"{event.room} {event.seq} {event.content!r} was acknowledged and is not in the history")
    for room, messages in histories.items():
        seqs = [seq for seq, _, _ in messages]
        if seqs != sorted(set(seqs)):
            violations.append(f"the history of {room} is out of order: {seqs}")
    return violations


def differences(what, expected, found):
    """What is too much and what is missing in a set, in words; nothing if they are equal."""
    expected, found = set(expected), set(found)
    if expected == found:
        return []
    return [f"{what}: too many {sorted(found - expected)}, missing {sorted(expected - found)}"]
