#!/usr/bin/env python3
# Licensed under the MIT licence.
"""Says what an audience needs, from measured costs: nodes, shards of Redis, memory, network.

usage: dev/simulate-scale.py [--connections N …] [--rooms small|groups|halls] [--rate MESSAGES] [--load SHARE] [--seed N]
                             [--cost NAME=VALUE …]

Rooms are drawn one by one until every connection is in as many as the pattern says, members are put on nodes at random, as a load balancer does
it, and each room sends at the pattern's rate. From that follow, for each node and each shard of Redis, how busy it is; the number of
nodes grows until the busiest of them is at most --load busy and none has more connections than fit. Nothing here is a server: what is not among the
costs (a kernel that has run out of something, a network card) is not in the answer either.
"""

import argparse
import random

# Measured; see docs/scaling.md. Times in microseconds of one core, sizes in bytes.
COSTS = {
    # A node, for each message that a client of its own sends: reading, the script, the acknowledgement.
    "node_message_us": 110.0,
    # A node with members, for each message: taking it from Redis and encoding it once.
    "node_arrival_us": 150.0,
    # A node, for each member that is sent a message.
    "node_delivery_us": 9.0,
    # A node, for a connection's heartbeat, and what it keeps of it.
    "node_ping_us": 20.0,
    "node_connection_bytes": 8_800.0,
    # A node, for each connection that comes and goes, and for each room that it joins and leaves.
    "node_connect_us": 520.0,
    "node_join_us": 350.0,
    # Redis, for each join and leave of a room, and for each connection that comes and goes.
    "redis_join_us": 120.0,
    "redis_connect_us": 20.0,
    # Redis, for each message: the script; and for each node that it goes to.
    "redis_message_us": 150.0,
    "redis_node_us": 13.0,
    # On the way from Redis to a node and from a node to a client, beside the content.
    "message_overhead_bytes": 290.0,
    # `user_joined` and `user_left`.
    "change_bytes": 120.0,
    # A message that is kept.
    "stored_message_bytes": 425.0,
}
PING_SECONDS = 25
# How long a connection lasts: phones that come and go.
SESSION_SECONDS = 1800
CONTENT_BYTES = 200
# Most connections of a node, whatever they do: memory and the time of a restart.
CONNECTIONS_PER_NODE = 250_000
CORES_PER_NODE = 8
# Name: rooms of a connection; sizes of rooms and how common each is, by members; messages of a room in an hour.
PATTERNS = {
    "small": (5, [(2, 70), (5, 20), (20, 9), (100, 1)], 20),
    "groups": (5, [(2, 30), (20, 50), (200, 18), (1000, 2)], 60),
    "halls": (1, [(1000, 50), (10_000, 49), (100_000, 1)], 120),
}
# Rooms that are drawn; more connections are as many times as much of the same.
SAMPLE_CONNECTIONS = 100_000


def sample(pattern, connections, random):
    """Sizes of rooms that such an audience has."""
    rooms_each, sizes, _ = PATTERNS[pattern]
    memberships, rooms = connections * rooms_each, []
    values, weights = zip(*sizes)
    while memberships > 0:
        size = min(random.choices(values, weights)[0], connections)
        rooms.append(size)
        memberships -= size
    return rooms


def nodes_of(size, nodes, random):
    """On how many nodes the members of a room are, when each was put somewhere at random."""
    if size > 20 * nodes:
        return nodes
    return len({random.randrange(nodes) for _ in range(size)})


def demand(pattern, rate, connections, nodes, costs, random):
    """What all nodes and Redis together have to do each second: microseconds and bytes."""
    sampled = min(connections, SAMPLE_CONNECTIONS)
    rooms = sample(pattern, sampled, random)
    per_second = (rate or PATTERNS[pattern][2]) / 3600
    size = CONTENT_BYTES + costs["message_overhead_bytes"]
    node_us = redis_us = network = redis_network = messages = deliveries = told = 0.0
    for members in rooms:
        places = nodes_of(members, nodes, random)
        # Who comes and who goes is told to the room, like a message that nobody keeps.
        changes = 2 * members / SESSION_SECONDS
        told += changes * members
        node_us += changes * (
            costs["node_join_us"] / 2 + places * costs["node_arrival_us"] + members * costs["node_delivery_us"]
        )
        redis_us += changes * (costs["redis_join_us"] / 2 + places * costs["redis_node_us"])
        network += changes * members * costs["change_bytes"]
        redis_network += changes * places * costs["change_bytes"]
        messages += per_second
        deliveries += members * per_second
        node_us += per_second * (
            costs["node_message_us"] + places * costs["node_arrival_us"] + members * costs["node_delivery_us"]
        )
        redis_us += per_second * (costs["redis_message_us"] + places * costs["redis_node_us"])
        network += per_second * members * size
        redis_network += per_second * places * size
    node_us += sampled / PING_SECONDS * costs["node_ping_us"] + sampled / SESSION_SECONDS * costs["node_connect_us"]
    redis_us += sampled / SESSION_SECONDS * costs["redis_connect_us"]
    factor = connections / sampled
    hottest = max(rooms) * per_second * costs["node_delivery_us"] / nodes
    return {
        "messages": messages * factor,
        "deliveries": deliveries * factor,
        "told": told * factor,
        "node_us": node_us * factor,
        "redis_us": redis_us * factor,
        "network": network * factor,
        "redis_network": redis_network * factor,
        "hottest_us": hottest,
    }


def plan(pattern, rate, connections, load, costs, random):
    nodes = max(1, -(-connections // CONNECTIONS_PER_NODE))
    while True:
        needed = demand(pattern, rate, connections, nodes, costs, random)
        # What a node gets of the whole varies; a room that is all on few shards more so.
        busiest = needed["node_us"] / nodes + needed["hottest_us"]
        if busiest <= load * CORES_PER_NODE * 1e6:
            break
        nodes = max(nodes + 1, int(nodes * busiest / (load * CORES_PER_NODE * 1e6)))
    # One process of Redis has one core.
    shards = max(1, -(-needed["redis_us"] // (load * 1e6)))
    return nodes, int(shards), needed


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--connections", type=int, nargs="+", default=[10_000, 100_000, 1_000_000, 10_000_000])
    options.add_argument("--rooms", choices=PATTERNS, default="groups", help="what rooms are like (default: groups)")
    options.add_argument("--rate", type=float, help="messages of a room in an hour (default: the pattern's)")
    options.add_argument("--load", type=float, default=0.5, help="how busy a core may be (default: 0.5)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--cost", action="append", default=[], metavar="NAME=VALUE", help="another cost than the measured one")
    options = options.parse_args()
    costs = dict(COSTS)
    for text in options.cost:
        name, _, value = text.partition("=")
        if name not in costs:
            raise SystemExit(f"--cost: there is no {name}; there are: {', '.join(costs)}")
        costs[name] = float(value)
    print(f"Rooms: {options.rooms}, a node has {CORES_PER_NODE} cores, cores are at most {options.load:.0%} busy.")
    print("| connections | messages/s | deliveries/s | of comings and goings/s | nodes | GiB a node | Gbit/s a node | shards of Redis | Gbit/s a shard | GiB of messages a day |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for connections in options.connections:
        chance = random.Random(options.seed)
        nodes, shards, needed = plan(options.rooms, options.rate, connections, options.load, costs, chance)
        figures = [
            f"{connections:,}",
            f"{needed['messages']:,.0f}",
            f"{needed['deliveries']:,.0f}",
            f"{needed['told']:,.0f}",
            f"{nodes:,}",
            f"{connections / nodes * costs['node_connection_bytes'] / 2**30:.1f}",
            f"{needed['network'] * 8e-9 / nodes:.2f}",
            f"{shards:,}",
            f"{needed['redis_network'] * 8e-9 / shards:.2f}",
            f"{needed['messages'] * 86_400 * costs['stored_message_bytes'] / 2**30:,.0f}",
        ]
        print("| " + " | ".join(figures) + " |")


main()
