# Licensed under the MIT licence.
"""What a message and a broadcast cost Redis while more and more nodes share it and one has the members: no more than with few."""

import asyncio
import re

import aiohttp

from connections import RawConnection
from nodes_under_test import NodesUnderTest
from redis_servers import RedisServer, cli

COUNTS = (2, 4, 8)
MESSAGES = 200
# Of all of them every node may hear that does not listen to rooms by their very names: ids as long as a socket's, and as long with a mark.
ROOMS = ("room", "a room of 17 byte", "a room of 20 letters")
# So many of each command for a message may come by the clock, such as for leases and numbers of subscribers.
CLOCK = 0.4


def cost(port):
    """How many commands Redis has carried out, but for those that keep nodes alive or ask for this, and how many bytes it has sent."""
    commands = {}
    for name, calls in re.findall(r"cmdstat_([^:]+):calls=(\d+)", cli(port, "INFO", "commandstats")):
        if name not in ("info", "ping", "hello", "client|setinfo", "config|resetstat", "time", "zrangebyscore", "zscore", "zadd"):
            commands[name] = int(calls)
    sent = int(re.search(r"total_net_output_bytes:(\d+)", cli(port, "INFO", "stats"))[1])
    return commands, sent


async def measure(nodes, port):
    """The cost of a message and a typing notice in rooms whose members are all at one node."""
    async with aiohttp.ClientSession() as http:
        received = asyncio.Queue()
        members = []
        for number in range(3):

            def take(name, argument, number=number):
                if name == "message":
                    received.put_nowait((number, argument["seq"]))

            member = RawConnection(4, http, take, lambda: None)
            await member.connect(nodes[0].url, {"user_id": f"user{number}"})
            for room in ROOMS:
                assert (await member.call("join", {"room_id": room}, 10))["status"] == "ok"
            members.append(member)
        # Somebody at each of the others, in a room of their own.
        for node in nodes[1:]:
            other = RawConnection(4, http, lambda name, argument: None, lambda: None)
            await other.connect(node.url, {"user_id": node.name})
            assert (await other.call("join", {"room_id": f"room of {node.name}"}, 10))["status"] == "ok"
            members.append(other)
        commands_before, sent_before = cost(port)
        for number in range(MESSAGES):
            room = ROOMS[number % len(ROOMS)]
            answer = await members[0].call("message", {"room_id": room, "content": f"message {number}"}, 10)
            assert answer["status"] == "ok", answer
        for _ in range(3 * MESSAGES):
            await asyncio.wait_for(received.get(), 10)
        # What goes over the adapter is a broadcast to the room, and one command for Redis.
        for number in range(MESSAGES):
            typing = {"room_id": ROOMS[number % len(ROOMS)], "is_typing": number // len(ROOMS) % 2 == 0}
            answer = await members[0].call("typing", typing, 10)
            assert answer["status"] == "ok", answer
        commands, sent = cost(port)
        for member in members:
            await member.close()
    spent = {name: calls - commands_before.get(name, 0) for name, calls in commands.items()}
    return {name: calls / MESSAGES for name, calls in spent.items() if calls}, (sent - sent_before) / MESSAGES


def differences(commands, fewest):
    """Commands that cost more or less than with the fewest nodes; what nodes do by the clock is one for many messages."""
    names = commands.keys() | fewest.keys()
    return [name for name in names if abs(commands.get(name, 0) - fewest.get(name, 0)) > CLOCK]


def test_a_message_costs_the_same_however_many_nodes_there_are():
    figures = {}
    for count in COUNTS:
        redis = RedisServer()
        try:
            redis.start()
            settings = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": redis.port, "SERVER_THREADS": 1, "NODE_TTL": 600_000}
            with NodesUnderTest(count, settings) as nodes:
                figures[count] = asyncio.run(measure(nodes.nodes, redis.port))
        finally:
            redis.remove()
        commands, sent = figures[count]
        each = ", ".join(f"{name} {calls:.2f}" for name, calls in sorted(commands.items()))
        print(f"  {count} nodes: {sum(commands.values()):.2f} commands and {sent:.0f} bytes out for a message and a typing notice ({each})")
    fewest, fewest_bytes = figures[COUNTS[0]]
    for count in COUNTS[1:]:
        commands, sent = figures[count]
        assert not differences(commands, fewest), figures
        assert sent <= fewest_bytes * 1.1 + 20, figures
