# Licensed under the MIT licence.
"""Three nodes, three hundred clients, and everything that can go wrong: nothing that was acknowledged is lost, nobody is left behind."""

import asyncio
import os
from functools import partial

import pytest

from balancers import BALANCERS
from chaos import Chaos
from nodes_under_test import NODE_TTL, NodesUnderTest, StallingProxy
from redis_servers import Cluster, Standalone, WithSentinels
from server import ROOT

OLD_PYTHON = os.environ.get("V2_PYTHON", str(ROOT / ".build/venv-v2/bin/python"))
CLIENTS = int(os.environ.get("MARTLET_CLUSTER_CLIENTS", "300"))


@pytest.fixture
def redis(request):
    servers = request.param()
    try:
        yield servers.start()
    finally:
        servers.remove()


def run(name, nodes, seed, seconds, faults):
    async def scenario():
        chaos = Chaos(name, nodes, seed, seconds, OLD_PYTHON, CLIENTS)
        await chaos.run(*faults(chaos))

    asyncio.run(scenario())


@pytest.mark.parametrize("redis", [Standalone], indirect=True)
def test_nodes_are_killed(redis, seconds, seed):
    with NodesUnderTest(3, redis.node_settings()) as nodes:
        run(
            "kill",
            nodes,
            seed,
            seconds,
            lambda chaos: [
                (0.2, "kill -9 of a node", lambda: chaos.kill(nodes[2])),
                (0.6, "kill -9 of another", lambda: chaos.kill(nodes[0])),
            ],
        )


@pytest.mark.parametrize("balancer", BALANCERS)
@pytest.mark.parametrize("redis", [Standalone], indirect=True)
def test_nodes_are_restarted_one_after_the_other(redis, balancer, seconds, seed):
    with (
        NodesUnderTest(3, redis.node_settings()) as nodes,
        BALANCERS[balancer]([node.martlet for node in nodes.nodes]) as nodes.door,
    ):
        run(
            "rolling",
            nodes,
            seed,
            seconds,
            lambda chaos: [
                (share, f"restart of {node.name}", partial(chaos.restart, node))
                for share, node in zip((0.1, 0.35, 0.6), nodes.nodes, strict=True)
            ],
        )


@pytest.mark.parametrize("redis", [Standalone], indirect=True)
def test_a_node_is_frozen(redis, seconds, seed):
    with NodesUnderTest(3, redis.node_settings()) as nodes:
        run(
            "freeze",
            nodes,
            seed,
            seconds,
            lambda chaos: [
                (0.2, "a node is frozen for longer than its lease", lambda: chaos.freeze(nodes[1], 3 * NODE_TTL)),
                (0.7, "another for less", lambda: chaos.freeze(nodes[2], NODE_TTL / 2)),
            ],
        )


@pytest.mark.parametrize("redis", [Standalone], indirect=True)
def test_redis_is_restarted(redis, seconds, seed):
    with NodesUnderTest(3, redis.node_settings()) as nodes:
        run(
            "restart",
            nodes,
            seed,
            seconds,
            lambda chaos: [
                (0.25, "Redis is killed, and started after 2 s", lambda: chaos.blocking(redis.restart, 2)),
                (0.45, "for longer than leases last", lambda: chaos.blocking(redis.restart, NODE_TTL * 2)),
                (0.8, "and again, at once", lambda: chaos.blocking(redis.restart, 0)),
            ],
        )


@pytest.mark.parametrize("redis", [WithSentinels], indirect=True)
def test_sentinels_choose_another_master(redis, seconds, seed):
    async def lose(chaos):
        server = await chaos.blocking(redis.kill_master)
        await asyncio.sleep(3)
        await chaos.blocking(server.start)

    with NodesUnderTest(3, redis.node_settings()) as nodes:
        run(
            "sentinel",
            nodes,
            seed,
            seconds,
            lambda chaos: [
                (0.2, "the master is killed", lambda: lose(chaos)),
                (0.7, "a failover is asked for", lambda: chaos.blocking(redis.switch)),
            ],
        )


@pytest.mark.parametrize("redis", [Cluster], indirect=True)
def test_a_cluster_loses_a_primary_and_moves_a_slot(redis, seconds, seed):
    async def lose(chaos):
        server = await chaos.blocking(redis.kill_primary)
        await chaos.blocking(server.start)

    with NodesUnderTest(3, redis.node_settings()) as nodes:
        run(
            "cluster",
            nodes,
            seed,
            seconds,
            lambda chaos: [
                (0.15, "a primary is killed", lambda: lose(chaos)),
                (0.5, "a slot in use is moved", lambda: chaos.blocking(redis.move_slot, "{room0}", 1)),
                (0.7, "a failover is asked for", lambda: chaos.blocking(redis.switch)),
            ],
        )


@pytest.mark.parametrize("redis", [Standalone], indirect=True)
def test_packets_between_a_node_and_redis_are_lost(redis, seconds, seed):
    async def scenario():
        proxies = [await StallingProxy(redis.address).start() for _ in range(3)]
        try:
            nodes = NodesUnderTest(3, redis.node_settings(), proxies)
            # In a thread, since the proxies work in this one.
            await asyncio.to_thread(nodes.__enter__)
            try:
                chaos = Chaos("loss", nodes, seed, seconds, OLD_PYTHON, CLIENTS)

                async def cut():
                    proxies[0].cut()

                await chaos.run(
                    (0.2, "a node hears nothing from Redis for 2 s", lambda: proxies[0].stall(2)),
                    (0.4, "another for longer than its lease", lambda: proxies[1].stall(2 * NODE_TTL)),
                    (0.8, "the connections of a node are cut", cut),
                )
            finally:
                await asyncio.to_thread(nodes.__exit__, None, None, None)
        finally:
            for proxy in proxies:
                await proxy.close()

    asyncio.run(scenario())
