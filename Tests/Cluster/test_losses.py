# Licensed under the MIT licence.
"""Redis forgets: rooms go on behind what their members have, and everybody is known again."""

import asyncio

import aiohttp
import pytest

from connections import RawConnection
from nodes_under_test import NodesUnderTest
from redis_servers import RedisServer, cli

ROOM = "room"


async def until(condition, what, seconds=30):
    deadline = asyncio.get_running_loop().time() + seconds
    while not await condition():
        assert asyncio.get_running_loop().time() < deadline, f"waited {seconds} s for {what}"
        await asyncio.sleep(0.05)


async def everybody_goes_on(nodes, redis, forget):
    async with aiohttp.ClientSession() as http:
        inboxes, members = [asyncio.Queue(), asyncio.Queue()], []
        for number, inbox in enumerate(inboxes):

            def take(name, argument, inbox=inbox):
                if name == "message":
                    inbox.put_nowait(argument["seq"])

            member = RawConnection(4, http, take, lambda: None)
            await member.connect(nodes[number].url, {"user_id": f"user{number}"})
            assert (await member.call("join", {"room_id": ROOM}, 10))["status"] == "ok"
            members.append(member)

        async def post(node):
            """Posts by a node that has no members, and so does not know how far the room is."""
            body = {"room_id": ROOM, "content": "hello"}
            async with http.post(nodes[node].url + "/messages", json=body) as response:
                return (await response.json())["seq"] if response.status == 200 else None

        for seq in range(1, 11):
            assert await post(2) == seq
        for inbox in inboxes:
            assert [await asyncio.wait_for(inbox.get(), 10) for _ in range(10)] == list(range(1, 11))

        await asyncio.to_thread(forget)

        async def is_raised():
            return await asyncio.to_thread(cli, redis.port, "HGET", "martlet:room:{room}:state", "seq") == "10"

        await until(is_raised, "word of how far the room is")

        async def all_ready():
            for node in nodes.nodes:
                async with http.get(node.url + "/ready") as response:
                    if response.status != 200:
                        return False
            return True

        await until(all_ready, "all nodes")
        assert await post(2) == 11
        assert (await members[0].call("message", {"room_id": ROOM, "content": "here"}, 10))["seq"] == 12
        for inbox in inboxes:
            assert [await asyncio.wait_for(inbox.get(), 10) for _ in range(2)] == [11, 12]

        async def is_known():
            for node in nodes.nodes:
                async with http.get(f"{node.url}/rooms/{ROOM}/users") as response:
                    if (await response.json())["users"] != ["user0", "user1"]:
                        return False
            return True

        await until(is_known, "everybody in the room")
        for member in members:
            await member.close()


@pytest.mark.parametrize("way", ["restart", "flush"])
def test_redis_forgets_everything(way):
    redis = RedisServer()
    try:
        redis.start()

        def forget():
            if way == "flush":
                assert cli(redis.port, "FLUSHALL") == "OK"
            else:
                redis.kill()
                redis.start()

        settings = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": redis.port}
        with NodesUnderTest(3, settings) as nodes:
            asyncio.run(everybody_goes_on(nodes, redis, forget))
    finally:
        redis.remove()
