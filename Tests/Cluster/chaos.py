# Licensed under the MIT licence.
"""A scenario: clients wander for a while, something breaks, and in the end everything must be as if nothing had."""

import asyncio
import os
import random
import sys
import time

from ledger import check, check_history, differences
from members import Swarm
from nodes_under_test import NODE_TTL

CLIENTS = 300
ROOMS = 60
# How much later than the promise a slow machine may be asked, in seconds.
SLACK = float(os.environ.get("MARTLET_CLUSTER_SLACK", "1.5"))
SETTLING = 20 + 10 * SLACK
# What a process may hold more at the end than when everybody had come.
MOST_GROWTH = 150 * 1024 * 1024
# With nobody connected: what a process has, a dozen connections to Redis, and those that our own requests keep open.
MOST_DESCRIPTORS = 70


class Chaos:
    """Runs one scenario."""

    def __init__(self, name, nodes, seed, seconds, old_python, clients=CLIENTS):
        self.name = name
        self.nodes = nodes
        self.seconds = seconds
        self.generator = random.Random(seed)
        self.swarm = Swarm(nodes, self.generator, clients, max(4, clients * ROOMS // CLIENTS), old_python)
        self.problems = []
        self.faults = []
        print(f"{name}: seed {seed}, {clients} clients, {seconds:g} s (MARTLET_CLUSTER_SEED={seed} runs it again)")

    async def run(self, *faults):
        """Runs faults, each (share of the time, name, coroutine function), and everything around them."""
        async with self.swarm as swarm:
            began = time.monotonic()
            await swarm.start()
            self.began = time.monotonic()
            self.say(f"everybody has come in {self.began - began:.1f} s")
            idle = {node.name: (node.resident_bytes(), node.descriptors()) for node in self.nodes.up}
            telling = asyncio.ensure_future(self.tell())
            try:
                for share, name, fault in faults:
                    await asyncio.sleep(max(0, self.began + self.seconds * share - time.monotonic()))
                    self.say(f"now: {name}")
                    await fault()
                    self.say(f"over: {name}")
                await asyncio.sleep(max(0, self.began + self.seconds - time.monotonic()))
                await self.settle()
                await self.verify()
                await self.verify_resources(idle)
                await self.empty()
            finally:
                telling.cancel()
        statistics = swarm.statistics
        self.say(f"{statistics}")
        for problem in self.problems[:10]:
            self.say(f"PROBLEM {problem}"[:2500])
        assert not self.problems, "\n".join(self.problems[:40])

    # Progress

    def say(self, text):
        at = f"{time.monotonic() - self.began:5.1f} s" if hasattr(self, "began") else "start"
        print(f"  {self.name} {at}  {text}", flush=True)

    async def tell(self):
        """A line in place every second on a terminal; one every ten seconds elsewhere."""
        pause = 1 if sys.stdout.isatty() else 10
        while True:
            await asyncio.sleep(pause)
            online = sum(member.is_connected for member in self.swarm.members)
            line = f"{online} connected, {self.swarm.statistics.sent} sent, {len(self.swarm.events)} events"
            if sys.stdout.isatty():
                print(f"\r\033[K  {self.name} {time.monotonic() - self.began:5.1f} s  {line}", end="", flush=True)
            else:
                self.say(line)

    # The end

    async def until(self, condition, seconds):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True

    async def settle(self):
        """Everybody comes to rest, and a last message in each room shows that all members are given what there is."""
        swarm = self.swarm
        swarm.pause()
        if not await self.until(lambda: swarm.settled, SETTLING):
            self.problems.append(f"not at rest after {SETTLING} s: {swarm.unsettled()[:10]}")
        fences = {}
        for room in swarm.rooms:
            fences[room] = await swarm.post(room, f"fence of {room}", f"fence-{room}")

        def has_all():
            return all(
                member.last.get(room, 0) >= fences[room] for member in swarm.members for room in member.inside
            )

        await self.until(has_all, SETTLING)

    async def verify(self):
        swarm = self.swarm
        verdict = check(swarm.events)
        self.problems += verdict.violations + swarm.broken()
        self.say(f"{verdict.acknowledged} acknowledged, {verdict.received} received in {verdict.spans} stays")
        if verdict.acknowledged < self.seconds:
            self.problems.append(f"only {verdict.acknowledged} messages were acknowledged: that proves nothing")
        histories = {room: await self.history(room) for room in swarm.rooms}
        self.problems += check_history(swarm.events, histories)
        self.problems += await self.promptly("at the end", self.presence_problems)
        self.problems += await self.promptly("by what members were told", self.telling_problems)
        if dead := self.nodes.dead():
            self.problems.append(f"died: {dead}")

    async def promptly(self, when, problems, since=None):
        """Problems that are still there when `NODE_TTL` + 2 s are over."""
        deadline = (since or time.monotonic()) + NODE_TTL + 2 + SLACK
        while found := await problems():
            if time.monotonic() > deadline:
                return [f"{when}: {problem}" for problem in found]
            await asyncio.sleep(0.2)
        return []

    async def presence_problems(self):
        """Where a node's word on who is there differs from what is so."""
        swarm, found = self.swarm, []
        online = swarm.users_online()
        for node in self.nodes.up:
            for room, users in zip(swarm.rooms, await self.users(node, swarm.rooms), strict=True):
                for difference in differences(f"users of {room} at {node.name}", swarm.users_in(room), users):
                    found.append(f"{difference}; {swarm.clients_of(swarm.users_in(room) ^ set(users))}")
            everybody = sorted({member.user for member in swarm.members})
            for user, is_online in zip(everybody, await self.statuses(node, everybody), strict=True):
                if is_online != (user in online):
                    is_there = "" if user in online else "not "
                    found.append(f"{swarm.clients_of({user})} at {node.name}: {is_online}, and is {is_there}there")
        return found

    async def telling_problems(self):
        return self.swarm.told_wrongly()[:10]

    async def users(self, node, rooms):
        """Who is in each of these rooms, by a node's word."""
        answers = await self.swarm.request_all(f"{node.url}/rooms/{room}/users" for room in rooms)
        return [answer["users"] if answer else ["no answer"] for answer in answers]

    async def statuses(self, node, users):
        """Whether each of these users is online, by a node's word; nothing where there is none."""
        answers = await self.swarm.request_all(f"{node.url}/users/{user}/status" for user in users)
        return [answer["is_online"] if answer else None for answer in answers]

    async def history(self, room):
        """Everything that is kept of a room, as any node tells."""
        messages, after = [], 0
        while True:
            url = f"{self.nodes.pick(self.generator).url}/rooms/{room}/messages?after={after}&limit=200"
            _, answer = await self.swarm.request("GET", url)
            assert answer is not None and "messages" in answer, answer
            messages += [(each["seq"], each["id"], each["content"]) for each in answer["messages"]]
            if not answer["has_more"]:
                return messages
            after = messages[-1][0]

    async def verify_resources(self, idle):
        for node in self.nodes.up:
            memory, descriptors = node.resident_bytes(), node.descriptors()
            self.say(f"{node.name}: {memory >> 20} MiB, {descriptors} descriptors")
            if node.name in idle and memory > idle[node.name][0] + MOST_GROWTH:
                self.problems.append(f"{node.name} grew from {idle[node.name][0]} to {memory} bytes")

    async def empty(self):
        """Everybody goes; nobody and nothing is left behind."""
        swarm = self.swarm
        swarm.is_ending = True
        await asyncio.gather(*(member.close() for member in swarm.members))
        for member in swarm.members:
            member.wanted = set()
        self.problems += await self.promptly("when all had gone", self.presence_problems)

        def descriptors():
            return [
                f"{node.name} holds {node.descriptors()} descriptors with nobody connected"
                for node in self.nodes.up
                if node.descriptors() > MOST_DESCRIPTORS
            ]

        if not await self.until(lambda: not descriptors(), 10):
            self.problems += descriptors()

    # Faults

    async def blocking(self, function, *arguments):
        return await asyncio.to_thread(function, *arguments)

    async def kill(self, node, returns=True):
        """Kills a node; some of its clients never come back, and must be gone everywhere in time."""
        there = [member for member in self.swarm.members if member.node is node and member.is_connected]
        users = {}
        for member in self.swarm.members:
            users[member.user] = users.get(member.user, 0) + 1
        quitters = [member for member in there if users[member.user] == 1][:5]
        for member in quitters:
            member.quit()
        node.kill()
        killed = time.monotonic()
        gone = sorted(member.user for member in quitters)

        async def ghosts():
            found = []
            for other in self.nodes.up:
                for user, is_online in zip(gone, await self.statuses(other, gone), strict=True):
                    if is_online is not False:
                        found.append(f"{user} is still online at {other.name}")
                for room, users in zip(self.swarm.rooms, await self.users(other, self.swarm.rooms), strict=True):
                    found += [f"{user} is still in {room} at {other.name}" for user in gone if user in users]
            return found

        problems = await self.promptly("after a kill", ghosts, killed)
        self.problems += problems
        self.say(f"gone from everywhere {time.monotonic() - killed:.1f} s after the kill")
        if returns:
            await self.blocking(node.start)

    async def restart(self, node):
        """Restarts a node as an operator would: it sends its clients away, ends, and takes others once it is there again."""
        clients = node.descriptors()
        status, took = await self.blocking(node.stop)
        self.say(f"{node.name} had {clients} descriptors, and ended with {status} after {took:.2f} s")
        if status != 0:
            self.problems.append(f"{node.name} ended with {status}")
        await self.blocking(node.start)

    async def freeze(self, node, seconds):
        """Stops a node; its users are offline to the others in time, and there again soon after it goes on."""
        here = {member.user for member in self.swarm.members if member.node is node and member.is_connected}
        elsewhere = {member.user for member in self.swarm.members if member.node is not node}
        probes = sorted(here - elsewhere)[:5]
        others = [other for other in self.nodes.up if other is not node]
        node.freeze()
        frozen = time.monotonic()

        async def online():
            return await self.status_problems(others, probes, False)

        if seconds > NODE_TTL + 2 + SLACK:
            self.problems += await self.promptly("while a node is frozen", online, frozen)
            self.say(f"its users are offline {time.monotonic() - frozen:.1f} s after it froze")
        await asyncio.sleep(max(0, frozen + seconds - time.monotonic()))
        node.thaw()

    async def status_problems(self, nodes, users, is_online):
        found = []
        # Whoever came back by another node is there again.
        moved = {member.user for member in self.swarm.members if member.is_connected and member.node in nodes}
        users = [user for user in users if user not in moved]
        for node in nodes:
            for user, status in zip(users, await self.statuses(node, users), strict=True):
                if status is not is_online:
                    found.append(f"{user} at {node.name} is online: {status}")
        return found
