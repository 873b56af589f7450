import assert from "node:assert/strict";
import { FakeInstance } from "../container/_instance_fixture.ts";
import { containerRow } from "./container_row.ts";

const networks = { ids: [], names: ["front", "back"], addresses: ["10.1.0.2", "fd00::2"] };
const imageOfName = undefined;

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
  const short = containerRow({ record, networks, imageOfName }, true);
  const whole = containerRow({ record, networks, imageOfName }, false);
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
  const record = { ...instance.add("stopped"), ports: [port] };
  const row = containerRow({ record, imageOfName }, true);
  assert.deepEqual([row.Pid, row.Ports, row.State], [0, "", "exited"]);
});

Deno.test("containerRow() says how healthy a container is, and how large where it was measured", () => {
  using instance = new FakeInstance();
  const health = { status: "unhealthy" as const, failingStreak: 3, log: [] };
  const record = { ...instance.add("running"), health };
  const size = { writable: 1000, root: 5_000_000 };
  assert.equal(containerRow({ record, imageOfName }, true).Health, "unhealthy");
  assert.equal(containerRow({ record, imageOfName }, true).Size, "0B");
  assert.equal(containerRow({ record, imageOfName, size }, true).Size, "1kB (virtual 5MB)");
});
