import assert from "node:assert/strict";
import { FakeInstance } from "../container/_instance_fixture.ts";
import { containerRow, statusText } from "./container_row.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");
const MINUTE = 60_000;

Deno.test("statusText() says what state a container is in, and since when", () => {
  using instance = new FakeInstance();
  const record = instance.add("created");
  const times = { startedAt: NOW - 5 * MINUTE, finishedAt: NOW - 2 * MINUTE };
  const cases = {
    creating: "Created",
    created: "Created",
    running: "Up 5 minutes",
    paused: "Up 5 minutes (Paused)",
    restarting: "Restarting (3) 2 minutes ago",
    stopped: "Exited (3) 2 minutes ago",
    removing: "Removal In Progress",
  } as const;
  for (const [status, expected] of Object.entries(cases)) {
    const as = status as keyof typeof cases;
    assert.equal(statusText({ ...record, ...times, exitCode: 3, status: as }, NOW), expected);
  }
});

Deno.test("statusText() says how healthy a container is that runs", () => {
  using instance = new FakeInstance();
  const record = { ...instance.add("running"), startedAt: NOW - 5 * MINUTE };
  const cases = {
    starting: "Up 5 minutes (health: starting)",
    healthy: "Up 5 minutes (healthy)",
    unhealthy: "Up 5 minutes (unhealthy)",
  } as const;
  for (const [name, expected] of Object.entries(cases)) {
    const health = { status: name as keyof typeof cases, failingStreak: 0, log: [] };
    assert.equal(statusText({ ...record, health }, NOW), expected);
    assert.equal(containerRow({ ...record, health }, true, { networksOf, findImage }).Health, name);
  }
});

const findImage = () => undefined;
const networksOf = () => ({ names: ["front", "back"], addresses: ["10.1.0.2", "fd00::2"] });

Deno.test("containerRow() has Docker's fields, shortened or whole", () => {
  using instance = new FakeInstance();
  const process = { pid: 42, start: 1, bootId: "boot" };
  const record = instance.add("running", { name: "web", process, restartCount: 2 }, {
    command: ["sh", "-c", 'echo "hello world"; sleep 100'],
    labels: { b: "2", a: "1" },
    binds: [{ source: "/a/very/long/path/of/the/host", target: "/x", readonly: false }],
  });
  record.ports = [
    { containerPort: 80, protocol: "tcp", hostAddress: "0.0.0.0", hostPort: 8080 },
    { containerPort: 80, protocol: "tcp", hostAddress: "::", hostPort: 8080 },
  ];
  const short = containerRow(record, true, { networksOf, findImage });
  const whole = containerRow(record, false, { networksOf, findImage });
  assert.equal(short.ID, record.id.slice(0, 12));
  assert.equal(whole.ID, record.id);
  assert.equal(short.Command, '"sh -c \'echo \\"hello …"');
  assert.equal(whole.Command, '"sh -c \'echo \\"hello world\\"; sleep 100\'"');
  assert.equal(short.Mounts, "/a/very/long/p…");
  assert.equal(whole.Mounts, "/a/very/long/path/of/the/host");
  assert.equal(short.Ports, "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp");
  assert.equal(short.Labels, "a=1,b=2");
  assert.equal((short.Label as (name: string) => string)("b"), "2");
  const { Driver, Health, IPs, Names, Networks, Pid, Restarts, State } = short;
  assert.deepEqual(
    { Driver, Health, IPs, Names, Networks, Pid, Restarts, State },
    {
      Driver: "overlay",
      Health: "",
      IPs: "10.1.0.2,fd00::2",
      Names: "web",
      Networks: "front,back",
      Pid: 42,
      Restarts: "2",
      State: "running",
    },
  );
});

Deno.test("containerRow() shows neither process nor ports of what does not run", () => {
  using instance = new FakeInstance();
  const port = { containerPort: 80, protocol: "tcp", hostAddress: "::", hostPort: 1 } as const;
  const row = containerRow({ ...instance.add("stopped"), ports: [port] }, true, {
    networksOf,
    findImage,
  });
  assert.deepEqual([row.Pid, row.Ports, row.State], [0, "", "exited"]);
});
