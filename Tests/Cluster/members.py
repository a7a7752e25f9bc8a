# Licensed under the MIT licence.
"""Clients that wander: they join, leave, send, lose their connections and come back, and write down all they are told."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from connections import Closed, OldConnection, OldDriver, RawConnection, StockConnection
from ledger import Acknowledged, Got, Joined, Left

LIVE = Path(__file__).resolve().parents[1] / "Live"
ANSWER_DEADLINE = 8
# Most rooms that one client is in.
MOST_ROOMS = 5
# How many users one client watches.
WATCHED = 2
PAUSE = 0.25


@dataclass
class Kind:
    """How a client speaks; how many of a hundred are of it."""

    name: str
    share: int


KINDS = [
    Kind("raw4", 44),
    Kind("raw3", 40),
    Kind("stock4-websocket", 5),
    Kind("stock4-polling", 3),
    Kind("stock3-websocket", 5),
    Kind("stock3-polling", 3),
]


@dataclass
class Statistics:
    sent: int = 0
    refused: int = 0
    unknown: int = 0
    connections: int = 0
    errors: dict = field(default_factory=dict)


class Swarm:
    """All clients of a scenario, and what they wrote down."""

    def __init__(self, nodes, generator, count, rooms, old_python):
        self.nodes = nodes
        self.generator = generator
        self.rooms = [f"room{number}" for number in range(rooms)]
        self.events = []
        self.statistics = Statistics()
        self.is_wandering = True
        self.is_ending = False
        self.old_python = old_python
        self.members = []
        self.farewells = set()
        kinds = [kind.name for kind in KINDS for _ in range(kind.share)]
        generator.shuffle(kinds)
        for number in range(count):
            # Some users have two devices.
            user = f"user{number if number < count * 7 // 8 else number - count * 7 // 8}"
            self.members.append(Member(self, f"client{number}", user, kinds[number % len(kinds)]))

    async def __aenter__(self):
        connector = aiohttp.TCPConnector(limit=0, force_close=False)
        self.http = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=ANSWER_DEADLINE))
        self.old_driver = await OldDriver().start(self.old_python, LIVE / "python_driver.py")
        return self

    async def __aexit__(self, *failure):
        self.is_ending = True
        for task in (member.task for member in self.members if member.task is not None):
            task.cancel()
        await asyncio.gather(*(member.close() for member in self.members))
        await asyncio.gather(*self.farewells)
        await self.old_driver.close()
        await self.http.close()

    def connection(self, kind, on_event, on_closed):
        match kind.split("-"):
            case ["raw4"]:
                return RawConnection(4, self.http, on_event, on_closed)
            case ["raw3"]:
                return RawConnection(3, self.http, on_event, on_closed)
            case ["stock4", transport]:
                return StockConnection(transport, self.http, on_event, on_closed)
            case ["stock3", transport]:
                return OldConnection(self.old_driver, transport, self.http, on_event, on_closed)

    async def start(self):
        """Connects everybody, some at a time, and lets them wander then."""
        gate = asyncio.Semaphore(20)
        await asyncio.gather(*(member.begin(gate) for member in self.members))
        for member in self.members:
            member.task = asyncio.ensure_future(member.live())

    def see_off(self, connection):
        """Has the server know that a connection is over, meanwhile."""
        if (farewell := connection.farewell()) is not None:
            task = asyncio.ensure_future(farewell)
            self.farewells.add(task)
            task.add_done_callback(self.farewells.discard)

    def pause(self):
        """Nobody begins anything new; who has lost a connection still comes back."""
        self.is_wandering = False

    def resume(self):
        self.is_wandering = True

    @property
    def settled(self):
        """Whether everybody is where they want to be, and knows what became of what they sent."""
        return not self.farewells and all(member.is_settled for member in self.members)

    def unsettled(self):
        return [f"{member.name} ({member.kind}): {member.doing}" for member in self.members if not member.is_settled]

    def broken(self):
        """Who was told something that nobody may be told."""
        tasks = {member: member.task for member in self.members if member.task.done() and not member.task.cancelled()}
        return [f"{member.name}: {task.exception()!r}" for member, task in tasks.items() if task.exception()]

    def users_in(self, room):
        return {member.user for member in self.members if room in member.inside}

    def told_wrongly(self):
        """What members believe by what they were told of each other, and is not so."""
        online, found = self.users_online(), []
        users = {room: self.users_in(room) for room in self.rooms}
        for member in self.members:
            if not member.is_connected:
                continue
            for room in sorted(member.inside):
                if wrong := member.rosters.get(room, set()) ^ users[room]:
                    who = f"{member.name} ({member.kind}) at {member.node.name}"
                    found.append(f"{who}: in {room} is wrong {sorted(wrong)}")
            for user, is_online in member.statuses.items():
                if is_online != (user in online):
                    found.append(f"{member.name} ({member.kind}) at {member.node.name} was told {user}: {is_online}")
        return found

    def clients_of(self, users):
        """The clients of these users, for a report: what each is, where, and since how many seconds."""
        now = time.monotonic()
        return ", ".join(
            f"{member.user} by {member.name} ({member.kind}) at {member.node.name} for {now - member.since:.0f} s"
            for member in self.members
            if member.user in users
        )

    def users_online(self):
        return {member.user for member in self.members if member.is_connected}

    async def request(self, method, url, **options):
        """A REST request: its JSON, or nothing if there was none in time."""
        try:
            async with self.http.request(method, url, **options) as response:
                return response.status, await response.json()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return None, None

    async def request_all(self, urls):
        """The JSON of each of many, some at a time; nothing where there was none in time."""
        gate = asyncio.Semaphore(20)

        async def one(url):
            async with gate:
                status, answer = await self.request("GET", url)
                return answer if status == 200 else None

        return await asyncio.gather(*(one(url) for url in urls))

    async def post(self, room, content, client_id):
        """Posts a message to any node, again until somebody says that it is stored."""
        body = {"room_id": room, "content": content, "client_id": client_id}
        for _ in range(60):
            status, answer = await self.request("POST", self.nodes.pick(self.generator).url + "/messages", json=body)
            if status == 200:
                self.events.append(Acknowledged(room, answer["seq"], answer["message_id"], content))
                return answer["seq"]
            self.statistics.refused += 1
            await asyncio.sleep(PAUSE * 2)
        raise AssertionError(f"nobody stores {content} in {room}")


class Member:
    """One client: what it wants (`wanted`), where it is (`inside`), and the last `seq` that it has of each room (`last`)."""

    def __init__(self, swarm, name, user, kind):
        self.swarm = swarm
        self.name = name
        self.user = user
        self.kind = kind
        self.wanted = set()
        self.inside = set()
        self.last = {}
        # Who is in a room, and who is online of those it watches, by what it was told event by event.
        self.rosters = {}
        self.statuses = {}
        self.connection = None
        self.node = None
        self.since = 0.0
        self.task = None
        self.numbers = 0
        self.doing = "nothing"
        self.is_quitting = False
        self.lost = asyncio.Event()

    @property
    def is_connected(self):
        return self.connection is not None and not self.connection.is_over and self.connection.authenticated.done()

    @property
    def is_settled(self):
        if self.is_quitting:
            return not self.is_connected
        return self.is_connected and self.inside == self.wanted and self.doing == "nothing"

    async def begin(self, gate):
        self.wanted = set(self.swarm.generator.sample(self.swarm.rooms, 3))
        async with gate:
            await self.come()
        self.doing = "nothing"

    # What it is told

    def told(self, connection, name, argument):
        # Who quits counts as gone from that moment on, though a few more may come.
        if self.is_quitting:
            return
        if name == "message":
            self.got(argument)
        elif connection is self.connection:
            self.hear(name, argument)

    def hear(self, name, argument):
        match name:
            case "room_users":
                self.rosters[argument["room_id"]] = set(argument["users"])
            case "user_joined":
                self.rosters.setdefault(argument["room_id"], set()).add(argument["user_id"])
            case "user_left":
                self.rosters.setdefault(argument["room_id"], set()).discard(argument["user_id"])
            case "user_online" | "user_offline":
                self.statuses[argument["user_id"]] = argument["is_online"]

    def got(self, argument):
        room, seq = argument["room_id"], argument["seq"]
        self.swarm.events.append(Got(self.name, room, seq, argument["id"], argument["content"]))
        self.last[room] = max(seq, self.last.get(room, 0))

    def closed(self, connection):
        if connection is self.connection:
            self.inside = set()
            self.lost.set()

    # What it does

    async def live(self):
        while not self.swarm.is_ending:
            try:
                if not self.is_connected or self.inside != self.wanted:
                    await self.come()
                elif self.swarm.is_wandering:
                    self.lost.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self.lost.wait(), self.swarm.generator.expovariate(1 / 5))
                    if self.swarm.is_wandering and self.is_connected:
                        await self.act()
                else:
                    await asyncio.sleep(0.05)
            except (Closed, TimeoutError, OSError, aiohttp.ClientError) as failure:
                self.note(failure)
                await self.close()
            finally:
                self.doing = "nothing"
            if self.is_quitting:
                return await self.close()

    def note(self, failure):
        errors = self.swarm.statistics.errors
        errors[type(failure).__name__] = errors.get(type(failure).__name__, 0) + 1

    async def come(self):
        """Connects, if it is not connected, and is in all rooms where it wants to be; at any node that is there."""
        while not self.is_quitting and not self.swarm.is_ending:
            try:
                if not self.is_connected:
                    self.doing = "connecting"
                    await self.connect()
                for room in self.wanted - self.inside:
                    self.doing = f"joining {room}"
                    await self.join(room)
                return
            except (Closed, TimeoutError, OSError, aiohttp.ClientError) as failure:
                self.note(failure)
                await self.close()
                await asyncio.sleep(self.swarm.generator.uniform(0.1, 0.6))

    async def connect(self):
        await self.close()
        self.node, self.since = self.swarm.nodes.pick(self.swarm.generator), time.monotonic()
        connection = self.swarm.connection(
            self.kind, lambda *event: self.told(connection, *event), lambda: self.closed(connection)
        )
        self.rosters, self.statuses = {}, {}
        self.connection = connection
        await connection.connect(self.node.url, {"user_id": self.user})
        self.swarm.statistics.connections += 1
        for member in self.swarm.generator.sample(self.swarm.members, WATCHED):
            answer = await connection.call("subscribe_status", {"target_user_id": member.user}, ANSWER_DEADLINE)
            if answer["status"] != "ok":
                self.expect_unavailable(answer)

    async def join(self, room):
        for _ in range(40):
            after = self.last.get(room)
            request = {"room_id": room} | ({} if after is None else {"after": after})
            connection = self.connection
            if connection is None:
                raise Closed
            answer = await connection.call(
                "join", request, ANSWER_DEADLINE, lambda answer, after=after: self.joined(room, after, answer)
            )
            if answer["status"] == "ok":
                return
            self.expect_unavailable(answer)
            await asyncio.sleep(PAUSE)
        raise TimeoutError

    def joined(self, room, after, answer):
        if answer["status"] != "ok":
            return
        self.swarm.events.append(Joined(self.name, room, after, answer["last_seq"]))
        self.last[room] = max(answer["last_seq"], self.last.get(room, 0))
        self.inside.add(room)

    async def leave(self, room):
        self.doing = f"leaving {room}"
        self.wanted.discard(room)
        try:
            answer = await self.connection.call(
                "leave", {"room_id": room}, ANSWER_DEADLINE, lambda answer: self.left(room)
            )
        except (Closed, TimeoutError):
            # Without a connection it is out of all rooms, and does not come back to this one.
            await self.close()
            self.left(room)
            raise
        assert answer["status"] == "ok" or answer["code"] == "NOT_ROOM_MEMBER", answer

    def left(self, room):
        self.inside.discard(room)
        if self.last.pop(room, None) is None:
            return
        self.swarm.events.append(Left(self.name, room))

    async def act(self):
        generator = self.swarm.generator
        chance = generator.random()
        if chance < 0.66 and self.inside:
            await self.send(generator.choice(sorted(self.inside)))
        elif chance < 0.76 and len(self.wanted) < MOST_ROOMS:
            self.wanted.add(generator.choice(self.swarm.rooms))
        elif chance < 0.86 and len(self.wanted) > 1 and self.inside == self.wanted:
            await self.leave(generator.choice(sorted(self.wanted)))
        elif chance < 0.92:
            self.doing = "going away"
            await self.close()
            await asyncio.sleep(generator.uniform(0, 1))
        else:
            self.doing = "posting"
            room = generator.choice(self.swarm.rooms)
            await self.swarm.post(room, self.content(), f"{self.name}-{self.numbers}")

    def content(self):
        self.numbers += 1
        return f"{self.name} says {self.numbers}"

    async def send(self, room):
        """Sends a message, and again with the same client id until its fate is known; gives up once it is out of the room."""
        content = self.content()
        request = {"room_id": room, "content": content, "client_id": f"{self.name}-{self.numbers}"}
        self.swarm.statistics.sent += 1
        for _ in range(60):
            self.doing = f"sending to {room}"
            try:
                if room not in self.inside or not self.is_connected:
                    await self.come()
                if self.connection is None:
                    return
                answer = await self.connection.call("message", request, ANSWER_DEADLINE)
            except (Closed, TimeoutError, OSError, aiohttp.ClientError) as failure:
                self.note(failure)
                self.swarm.statistics.unknown += 1
                if isinstance(failure, Closed):
                    await self.close()
                if self.is_quitting or self.swarm.is_ending:
                    return
                continue
            if answer["status"] == "ok":
                event = Acknowledged(room, answer["seq"], answer["message_id"], content)
                self.swarm.events.append(event)
                return
            self.swarm.statistics.refused += 1
            self.expect_unavailable(answer)
            await asyncio.sleep(PAUSE)

    def expect_unavailable(self, answer):
        # A member that was just put out of a room since the room could not be read learns it from the next thing it asks.
        if answer["code"] == "NOT_ROOM_MEMBER":
            self.inside = set()
            raise Closed
        assert answer["code"] == "UNAVAILABLE", answer

    async def close(self):
        connection, self.connection = self.connection, None
        self.inside = set()
        if connection is not None:
            try:
                await connection.close()
            finally:
                self.swarm.see_off(connection)

    def quit(self):
        """Stays away when its connection is lost."""
        self.is_quitting = True
        for room in list(self.wanted):
            self.swarm.events.append(Left(self.name, room))
        self.wanted = set()

