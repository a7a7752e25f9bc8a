# Licensed under the MIT licence.
"""The namespace of Socket.IO's Admin UI, with python-socketio as the UI and as the clients it looks at."""

import asyncio

import pytest
import socketio

from harness import PROMPT_SECONDS, within
from harness.process import ServerProcess

# "changeit", from the reference's own tests (socket.io-admin-ui 0.5.1, test/index.ts).
HASH = "$2b$10$nu1FHRkuxkZkqID.31gz4uQsyERZAn.m4IIruysTsHDODBtrqS5Me"
# "pleaseletmein" (unix-scrypt.txt).
SCRYPT_HASH = "$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D"
PASSWORD = {"username": "admin", "password": "changeit"}
COMMANDS = ["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"]


class Client:
    """A client in one namespace; what it is told waits in a queue."""

    def __init__(self, server, namespace="/", auth=None, transports=("websocket",)):
        self.server, self.namespace, self.auth, self.transports = server, namespace, auth, list(transports)
        self.told = asyncio.Queue()
        self.refusals = asyncio.Queue()
        self.client = socketio.AsyncClient(reconnection=False)
        self.client.on("*", self.on_event, namespace=namespace)
        self.client.on("connect_error", self.refusals.put, namespace=namespace)
        self.left = asyncio.Event()
        self.client.on("disconnect", self.on_disconnect, namespace=namespace)

    async def on_event(self, name, *arguments):
        await self.told.put((name, *arguments))

    async def on_disconnect(self, *_):
        self.left.set()

    async def __aenter__(self):
        await self.client.connect(
            f"http://{self.server.netloc}", namespaces=[self.namespace], auth=self.auth, transports=self.transports,
            wait_timeout=PROMPT_SECONDS,
        )
        return self

    async def __aexit__(self, *_):
        await self.client.disconnect()

    @property
    def sid(self):
        return self.client.get_sid(self.namespace)

    async def emit(self, name, *arguments):
        await self.client.emit(name, arguments, namespace=self.namespace)

    async def next(self, name, *beginning):
        """The arguments of the next event of this name that begins with these; others are passed over."""
        async def found():
            while True:
                event, *arguments = await self.told.get()
                if event == name and arguments[:len(beginning)] == list(beginning):
                    return arguments

        return await within(PROMPT_SECONDS, found())


def admin(server, auth=None, **options):
    return Client(server, "/admin", auth, **options)


@pytest.fixture
def open_server(servers):
    return servers.conformance(ADMIN="development")


@pytest.fixture
def guarded(servers):
    return servers.conformance(ADMIN="production", ADMIN_PASSWORD_HASH=HASH)


async def refusal(server, auth):
    client = admin(server, auth)
    with pytest.raises(socketio.exceptions.ConnectionError):
        async with client:
            pass
    data = await within(PROMPT_SECONDS, client.refusals.get())
    return data["message"] if isinstance(data, dict) else data


async def test_password_and_session(guarded):
    async with admin(guarded, PASSWORD) as first:
        session, = await first.next("session")
        assert await first.next("config") == [{"supportedFeatures": COMMANDS + ["AGGREGATED_EVENTS"]}]
        async with admin(guarded, {"sessionId": session}) as second:
            await second.next("server_stats")


async def test_scrypt(servers):
    server = servers.conformance(ADMIN="production", ADMIN_PASSWORD_HASH=SCRYPT_HASH)
    async with admin(server, {"username": "admin", "password": "pleaseletmein"}) as client:
        await client.next("session")


@pytest.mark.parametrize("auth", [None, {}, {"sessionId": "0" * 32}, {"username": "admin"}, {"username": 1, "password": 2}])
async def test_others_are_refused(guarded, auth):
    assert await refusal(guarded, auth) == "invalid credentials"


async def test_guesses_are_limited(servers):
    server = servers.conformance(ADMIN="production", ADMIN_PASSWORD_HASH=HASH, ADMIN_READ_ONLY="1")
    answers = [await refusal(server, {"username": "admin", "password": f"guess {number}"}) for number in range(7)]
    assert answers == ["invalid credentials"] * 5 + ["too many attempts, try again later"] * 2
    assert await refusal(server, PASSWORD) == "too many attempts, try again later"


async def test_statistics(guarded):
    async with admin(guarded, PASSWORD) as client, Client(guarded) as other:
        await other.next("auth")
        while True:
            statistics, = await client.next("server_stats")
            if statistics["clientsCount"] >= 2 and {"name": "/", "socketsCount": 1} in statistics["namespaces"]:
                break
        assert statistics["serverId"] == "conformance" and statistics["pid"] > 0 and statistics["uptime"] >= 0
        assert statistics["hostname"] and statistics["pollingClientsCount"] >= 0
        assert {"rawConnection", "packetsIn", "bytesIn", "packetsOut", "bytesOut"} & {
            event["type"] for event in statistics["aggregatedEvents"]
        }
        # In production there is nothing else.
        names = set()
        while not client.told.empty():
            names.add(client.told.get_nowait()[0])
        assert names <= {"server_stats", "session", "config"}


async def test_development(open_server):
    async with Client(open_server) as before, admin(open_server) as client:
        sockets, = await client.next("all_sockets")
        socket, = [socket for socket in sockets if socket["id"] == before.sid]
        assert socket["nsp"] == "/" and socket["transport"] == "websocket" and socket["rooms"] == [before.sid]
        assert socket["handshake"]["address"] == "127.0.0.1" and socket["handshake"]["query"]["EIO"] == "4"
        assert socket["handshake"]["issued"] > 1_600_000_000_000

        async with Client(open_server) as other:
            sid = other.sid
            connected = await client.next("socket_connected")
            assert connected[0]["id"] == sid and connected[1].endswith("Z")
            await other.emit("join-room", "admin-test")
            await client.next("room_joined", "/", "admin-test", sid)
            await other.emit("message", "hello", {"a": 1}, b"\x01\x02")
            received = await client.next("event_received", "/", sid, ["message", "hello", {"a": 1}, b"\x01\x02"])
            assert received[3].endswith("Z")
            await client.next("event_sent", "/", sid, ["message-back", "hello", {"a": 1}, b"\x01\x02"])
            await other.emit("leave-room", "admin-test")
            await client.next("room_left", "/", "admin-test", sid)
        left = await client.next("socket_disconnected", "/", sid)
        assert left[2] in ("client namespace disconnect", "transport close")


async def test_upgrade_is_told(open_server):
    async with admin(open_server) as client:
        async with Client(open_server, transports=["polling", "websocket"]) as other:
            connected, _ = await client.next("socket_connected")
            assert connected["id"] == other.sid
            if connected["transport"] == "polling":
                await client.next("socket_updated", {"id": other.sid, "nsp": "/", "transport": "websocket"})


async def test_commands(open_server):
    async with admin(open_server) as client, Client(open_server) as other:
        await client.emit("emit", "/", other.sid, "hello", 1, {"b": [b"\x07"]})
        assert await other.next("hello") == [1, {"b": [b"\x07"]}]
        await client.emit("join", "/", "by-admin", other.sid)
        await client.next("room_joined", "/", "by-admin", other.sid)
        await client.emit("emit", "/", "by-admin", "to-room")
        await other.next("to-room")
        await client.emit("leave", "/", "by-admin", other.sid)
        await client.next("room_left", "/", "by-admin", other.sid)
        await client.emit("_disconnect", "/", False, other.sid)
        await within(PROMPT_SECONDS, other.left.wait())


async def test_read_only(servers):
    server = servers.conformance(ADMIN="development", ADMIN_READ_ONLY="1")
    async with admin(server) as client, Client(server) as other:
        assert await client.next("config") == [{"supportedFeatures": ["AGGREGATED_EVENTS", "ALL_EVENTS"]}]
        await client.emit("emit", "/", None, "hello")
        await client.emit("_disconnect", "/", True)
        await other.emit("message", "still here")
        assert await other.next("message-back") == ["still here"]
        assert other.told.empty() and not other.left.is_set()


async def test_nonsense_is_ignored(open_server):
    async with admin(open_server) as client, Client(open_server) as other:
        for command in [
            ("emit",), ("emit", None, None, None), ("emit", "/", {"a": 1}, "x"), ("emit", "/nowhere", None, "x"),
            ("emit", "/", None, "connect"), ("emit", "/admin", None, "config"), ("join", "/", ["r"]), ("join", [], "r"),
            ("leave", "/"), ("_disconnect", "/", "yes"), ("_disconnect", "/nowhere", True), ("no-such-command", 1),
        ]:
            await client.emit(*command)
        await client.emit("emit", "/", other.sid, "hello")
        assert await other.next("hello") == []
        assert not client.left.is_set() and not other.left.is_set()


@pytest.mark.parametrize("environment", [
    {"ADMIN": "yes"},
    {"ADMIN": "production", "ADMIN_PASSWORD_HASH": "changeit"},
    {"ADMIN": "production", "ADMIN_PASSWORD_HASH": "$6$salt$hash"},
    {"ADMIN": "production", "ADMIN_PASSWORD_HASH": HASH[:-1]},
])
def test_bad_settings_stop_the_start(environment, calm):
    server = ServerProcess(calm.executable, "PORT", environment)
    server.launch()
    assert server.process.wait(PROMPT_SECONDS) == 2
    assert server.log.startswith("ADMIN") and server.log.count("\n") == 1
    assert environment.get("ADMIN_PASSWORD_HASH", "no hash") not in server.log
