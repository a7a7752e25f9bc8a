#!/usr/bin/env python3
# Licensed under the MIT licence.
"""Makes Tests/Vectors/redis.json: broadcasts as servers and emitters of the classic Redis adapter publish them.

Run by hand, when a case is added, with the PyPI package `msgpack`:  python3 dev/make-redis-vectors.py

`@socket.io/redis-adapter` 8.3 (`lib/index.ts`, `broadcast`) and `@socket.io/redis-emitter` 5.1 (`lib/broadcast-operator.ts`, `emit`)
publish `[uid, packet, options]` in MessagePack by notepack.io; see make-messagepack-vectors.py for why `msgpack` stands in for it. Emitters
in other languages do the same with the packer of theirs; what is peculiar to one is named in its row.

`received`: `channel`, `body` in hexadecimal, and `sent`: what a client of `/` in room `r` is sent, none if nothing.
`published`: what our server has to emit, and the exact `body` that this has to become with the uid `UUUUUU`.
The output is the same in every run.
"""

import json
from pathlib import Path

import msgpack

FILE = Path(__file__).resolve().parents[1] / "Tests" / "Vectors" / "redis.json"
ALL, ROOM = "socket.io#/#", "socket.io#/#r#"


class Written:
    """A value that only JavaScript has, in its bytes."""

    def __init__(self, hexadecimal):
        self.bytes = bytes.fromhex(hexadecimal)


UNDEFINED = Written("d4 00 00")
DATE = Written("d7 00 00 00 00 df b7 62 9c 00")
TIMESTAMP = Written("d6 ff 39 45 79 80")
BYTE_ARRAY = Written("c7 04 00 01 02 03 04")


def pack(value, **options):
    if isinstance(value, Written):
        return value.bytes
    if isinstance(value, list):
        head = msgpack.Packer().pack_array_header(len(value))
        return head + b"".join(pack(item, **options) for item in value)
    if isinstance(value, dict):
        head = msgpack.Packer().pack_map_header(len(value))
        return head + b"".join(pack(key, **options) + pack(item, **options) for key, item in value.items())
    return msgpack.packb(value, **options)


def event(*data, nsp="/", type=2):
    packet = {"type": type, "data": list(data)}
    if nsp is not None:
        packet["nsp"] = nsp
    return packet


def to(rooms=(), excepted=(), **flags):
    return {"rooms": list(rooms), "except": list(excepted), "flags": flags}


def received():
    one = ['2["a"]']
    placeholder = '{"_placeholder":true,"num":0}'
    rows = [
        ("the adapter, to all", ALL, ["uid128", event("a"), to()], one),
        ("the adapter, to a room", ROOM, ["uid128", event("a"), to(["r"])], one),
        ("the adapter without flags", ROOM, ["uid128", event("a"), {**to(["r"]), "flags": UNDEFINED}], one),
        ("the adapter, volatile, compressed", ROOM, ["uid128", event("a"), to(["r"], volatile=True, compress=True)], one),
        ("the adapter, to two rooms", ALL, ["uid128", event("a"), to(["x", "r"])], one),
        ("the adapter, to others' room", ALL, ["uid128", event("a"), to(["x", "y"])], []),
        ("the adapter, excepting", ALL, ["uid128", event("a"), to([], ["r"])], []),
        ("the emitter", ROOM, ["emitter", event("a", {"b": [1, None, True, "c"]}), {"rooms": ["r"], "flags": {}, "except": []}],
         ['2["a",{"b":[1,null,true,"c"]}]']),
        ("a packet with an id and options", ALL, ["emitter", {**event("a"), "id": 3, "options": {"compress": True}}, to()], one),
        ("numbers", ALL, ["emitter", event("a", 2**53, -2**40, 2**64 - 1, 1.5, -1, 300), to()],
         ['2["a",9007199254740992,-1099511627776,18446744073709551615,1.5,-1,300]']),
        ("undefined and dates", ALL, ["emitter", event("a", UNDEFINED, DATE, TIMESTAMP, {"b": UNDEFINED}), to()],
         ['2["a",null,"2000-06-13T00:00:00.000Z","2000-06-13T00:00:00.000Z",{}]']),
        ("a buffer", ALL, ["emitter", event("a", b"\1\2"), to()], [f'51-["a",{placeholder}]', "<1 2>"]),
        ("a byte array", ALL, ["emitter", event("a", BYTE_ARRAY), to()], [f'51-["a",{placeholder}]', "<1 2 3 4>"]),
        ("binary data called so", ALL, ["emitter", event("a", b"\1", type=5), to()], [f'51-["a",{placeholder}]', "<1>"]),
        ("a number for a room", "socket.io#/#7#", ["emitter", event("a"), to([7])], one),
        ("a number for a room, as a double", "socket.io#/#7#", ["emitter", event("a"), to([7.0])], one),
        ("no namespace", ALL, ["emitter", event("a", nsp=None), to()], one),
        ("another namespace", ALL, ["emitter", event("a", nsp="/b"), to()], []),
        ("no options", ALL, ["emitter", event("a")], one),
        ("options that are nil", ALL, ["emitter", event("a"), None], one),
        ("no except, no flags", ROOM, ["emitter", event("a"), {"rooms": ["r"]}], one),
        ("PHP's empty flags", ROOM, ["emitter", event("a"), {"rooms": ["r"], "flags": []}], one),
        ("PHP's array with a hole", ROOM, ["emitter", event("a"), {"rooms": {1: "r"}, "flags": []}], one),
        ("one room by itself", ROOM, ["emitter", event("a"), {"rooms": "r"}], one),
        ("one element more", ALL, ["emitter", event("a"), to(), {"later": 1}], one),
        ("no sender", ALL, [None, event("a"), to()], one),
        ("a number for a name", ALL, ["emitter", event(1, 2), to()], ['2["1",2]']),
    ]
    for name, channel, body, sent in rows:
        yield {"name": name, "channel": channel, "body": pack(body).hex(), "sent": sent}
    raw = pack(["emitter", event("a", "ä"), to(["r"])], use_bin_type=False)
    yield {"name": "a packer from before there were bytes", "channel": ROOM, "body": raw.hex(), "sent": ['2["a","ä"]']}


def published():
    uid = "UUUUUU"
    rows = [
        ("nothing", "a", "", [], [], False, event("a")),
        ("a room", "news", '1,"x",null', ["r"], [], False, event("news", 1, "x", None)),
        ("rooms", "a", "", ["r", "s"], ["t"], False, event("a")),
        ("volatile", "a", "", [], [], True, event("a")),
        ("values", "a", '{"b":[1,-1,1.5,true]},65536,9007199254740993,"ä"', [], [], False,
         event("a", {"b": [1, -1, 1.5, True]}, 65536, 9007199254740993, "ä")),
        ("long", "a", json.dumps("x" * 300), [], [], False, event("a", "x" * 300)),
    ]
    for name, called, arguments, rooms, excepted, volatile, packet in rows:
        options = to(rooms, excepted, **({"volatile": True} if volatile else {}))
        yield {"name": name, "event": called, "arguments": arguments, "rooms": rooms, "except": excepted,
               "volatile": volatile, "body": pack([uid, packet, options]).hex()}


def write(file, name, rows):
    file.write(f' "{name}": [\n')
    file.write(",\n".join("  " + json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows))
    file.write("\n ]")


with FILE.open("w") as file:
    file.write(f'{{\n "encoder": "msgpack {".".join(map(str, msgpack.version))}",\n')
    write(file, "received", received())
    file.write(",\n")
    write(file, "published", published())
    file.write("\n}\n")
