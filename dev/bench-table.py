#!/usr/bin/env python3
"""Prints the reports of sio-bench as a Markdown table, each cost beside its aim.

usage: dev/bench-table.py REPORT.json…
"""

import json
import sys

# docs/performance.md: with io_uring, and without. Microseconds of the server's CPU for each delivery
# (connect: for each connection), or KiB for each connection (idle).
AIMS = {
    "fan1": (0.9, 1.6),
    "solo": (6, 6),
    "fan100": (7.5, 9),
    "open": (12, 12),
    "echo": (14, 14),
    "connect": (140, 140),
    "idle": (6, 6),
}
COLUMNS = ["scenario", "send path", "cost", "aim", "deliveries/s", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "lost", "result"]


def cost(report):
    scenario = report["settings"]["scenario"]
    if scenario == "connect":
        return report["connecting"].get("server_cpu_microseconds_per_connection"), "µs/connection"
    if scenario == "idle":
        return report.get("memory", {}).get("kib_per_connection"), "KiB/connection"
    return report["delivery"].get("server_cpu_microseconds_per_delivery"), "µs/delivery"


def aim(report):
    aims = AIMS.get(report["settings"]["scenario"])
    if aims is None:
        return "–"
    with_ring, without = aims
    path = report.get("label")
    if with_ring == without or path == "io_uring":
        return f"≤ {with_ring}"
    return f"≤ {without}" if path in ("direct", "nio") else f"≤ {with_ring} (io_uring), ≤ {without}"


def row(report):
    value, unit = cost(report)
    delivery = report.get("delivery")
    latency = delivery["latency"] if delivery else report["connecting"]["latency"]
    return [
        report["settings"]["scenario"],
        report.get("label") or "–",
        "–" if value is None else f"{value:.2f} {unit}",
        aim(report),
        f"{delivery['deliveries_per_second']:,.0f}" if delivery else "–",
        *(f"{latency[name + '_milliseconds']:.2f}" for name in ("p50", "p99", "p999", "max")),
        str(report["faults"]["lost"]),
        "clean" if report["passed"] else "FAULTY",
    ]


def main():
    reports = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            reports.append(json.load(file))
    if not reports:
        sys.exit("There are no reports.")
    reports.sort(key=lambda report: report["started_at"])
    rows = [COLUMNS, *(row(report) for report in reports)]
    widths = [max(len(line[column]) for line in rows) for column in range(len(COLUMNS))]
    rows.insert(1, ["-" * width for width in widths])
    machine = reports[0]["machine"]
    print(f"{machine['cores']} cores, {machine['cpu']}, {machine['kernel']}; server on one core, client on another")
    for line in rows:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")


main()
