import assert from "node:assert/strict";
import type { PublishedPort } from "../../network/port/published_port.ts";
import { NO_USAGE } from "../../engine/mod.ts";
import { portLines } from "./container/port.ts";
import { usageRow } from "./container/stats.ts";

const PORTS: PublishedPort[] = [
  { containerPort: 100, protocol: "tcp", hostAddress: "0.0.0.0", hostPort: 8081 },
  { containerPort: 80, protocol: "tcp", hostAddress: "0.0.0.0", hostPort: 8080 },
  { containerPort: 80, protocol: "tcp", hostAddress: "::", hostPort: 8080 },
  { containerPort: 53, protocol: "udp", hostAddress: "127.0.0.1", hostPort: 5353 },
];

Deno.test("portLines() lists all ports, or where one can be reached", () => {
  assert.deepEqual(portLines(PORTS, "web"), [
    "53/udp -> 127.0.0.1:5353",
    "80/tcp -> 0.0.0.0:8080",
    "80/tcp -> [::]:8080",
    "100/tcp -> 0.0.0.0:8081",
  ]);
  assert.deepEqual(portLines(PORTS, "web", "80"), ["0.0.0.0:8080", "[::]:8080"]);
  assert.deepEqual(portLines(PORTS, "web", "53/udp"), ["127.0.0.1:5353"]);
  assert.deepEqual(portLines([], "web"), []);
});

Deno.test("portLines() says what is not published and what is no port", () => {
  const cases: [string, string][] = [
    ["53", "No public port '53' published for web"],
    ["80/udp", "No public port '80/udp' published for web"],
    ["http", "invalid port (http): it must be a number up to 65535"],
    ["70000/tcp", "invalid port (70000): it must be a number up to 65535"],
  ];
  for (const [port, message] of cases) {
    assert.throws(() => portLines(PORTS, "web", port), { name: "EngineError", message });
  }
});

const USAGE = {
  at: 1500,
  cpuNanoseconds: 3_750_000_000,
  memoryUsage: 64 << 20,
  memoryLimit: 256 << 20,
  receivedBytes: 1234,
  sentBytes: 5_600_000,
  readBytes: 4096,
  writtenBytes: 0,
  pids: 7,
};

Deno.test("usageRow() has Docker's fields and units", () => {
  const id = "0123456789abcdef".repeat(4);
  const before = { ...USAGE, at: 1000, cpuNanoseconds: 3_000_000_000 };
  assert.deepEqual(usageRow({ id, name: "web" }, before, USAGE, true), {
    Container: "0123456789ab",
    ID: "0123456789ab",
    Name: "web",
    // 750 ms of processors in half a second.
    CPUPerc: "150.00%",
    MemUsage: "64MiB / 256MiB",
    MemPerc: "25.00%",
    NetIO: "1.23kB / 5.6MB",
    BlockIO: "4.1kB / 0B",
    PIDs: "7",
  });
  assert.equal(usageRow({ id, name: "web" }, before, USAGE, false).ID, id);
});

Deno.test("usageRow() shows nothing of what does not run or has just begun", () => {
  const record = { id: "0".repeat(64), name: "web" };
  const { CPUPerc, MemPerc, MemUsage, PIDs } = usageRow(record, NO_USAGE, NO_USAGE, true);
  assert.deepEqual([CPUPerc, MemPerc, MemUsage, PIDs], ["0.00%", "0.00%", "0B / 0B", "0"]);
  assert.equal(usageRow(record, NO_USAGE, USAGE, true).CPUPerc, "0.00%");
  // Started anew: it has used less than before.
  const more = { ...USAGE, at: 1000, cpuNanoseconds: 9e9 };
  assert.equal(usageRow(record, more, USAGE, true).CPUPerc, "0.00%");
});
