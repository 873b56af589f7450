import assert from "node:assert/strict";
import { FakeInstance } from "../../container/_instance_fixture.ts";
import type { ContainerStatus } from "../../container/record/status.ts";
import { inspectContainer } from "../describe/container.ts";
import { inspectHealth, inspectHealthcheck } from "../describe/health.ts";
import { withOptional } from "../instance/optional_fields.ts";

// deno-lint-ignore no-explicit-any -- as templates see it.
type Loose = any;

function inspect(
  status: ContainerStatus,
  changes: Parameters<FakeInstance["add"]>[1] = {},
  settings: Parameters<FakeInstance["add"]>[2] = {},
): Loose {
  using instance = new FakeInstance();
  const record = instance.add(status, changes, settings);
  return inspectContainer(record, instance.roots, `${instance.roots.root}/containers/${record.id}`);
}

Deno.test("withOptional() hides what is empty and keeps it in reach", () => {
  const fields = withOptional({ A: 1 }, { B: null, C: "", D: {}, E: [], F: 0, G: false, H: "x" });
  assert.equal(JSON.stringify(fields), '{"A":1,"F":0,"G":false,"H":"x"}');
  for (const name of "BCDE") assert.ok(Object.hasOwn(fields, name), name);
});

Deno.test("inspectContainer() says what state a container is in", () => {
  const process = { pid: 42, start: 1, bootId: "boot" };
  const cases: [ContainerStatus, string, [boolean, boolean, boolean], number][] = [
    ["running", "running", [true, false, false], 42],
    ["paused", "paused", [true, true, false], 42],
    ["restarting", "restarting", [true, false, true], 0],
    ["stopped", "exited", [false, false, false], 0],
    ["created", "created", [false, false, false], 0],
  ];
  for (const [status, expected, [running, paused, restarting], pid] of cases) {
    const { State } = inspect(status, { process });
    assert.equal(State.Status, expected);
    assert.deepEqual([State.Running, State.Paused, State.Restarting], [
      running,
      paused,
      restarting,
    ]);
    assert.equal(State.Pid, pid, status);
  }
});

Deno.test("inspectContainer() nests settings as Docker does", () => {
  const found = inspect("stopped", { name: "web", exitCode: 3, restartCount: 2, startedAt: 0 }, {
    command: ["-c", "echo"],
    entrypoint: ["sh"],
    exposedPorts: ["80/tcp"],
    stopSignal: "SIGUSR1",
    stopTimeout: 0,
    tmpfs: [{ target: "/scratch", options: ["size=1m", "mode=700"] }],
    binds: [{ source: "/a", target: "/b", readonly: true }],
    restart: { name: "on-failure", maximumRetryCount: 5 },
    log: { driver: "json-file", options: { "max-size": "1m" } },
    publish: [{ containerPort: 80, protocol: "tcp", hostPort: 8080 }],
  });
  assert.deepEqual([found.Name, found.Path, found.Args], ["/web", "sh", ["-c", "echo"]]);
  assert.deepEqual([found.RestartCount, found.State.ExitCode], [2, 3]);
  assert.deepEqual(
    [found.State.StartedAt, found.State.FinishedAt],
    ["1970-01-01T00:00:00.000Z", "0001-01-01T00:00:00Z"],
  );
  assert.match(found.LogPath, new RegExp(`/containers/${found.Id}/${found.Id}-json.log$`));
  const { Binds, LogConfig, PortBindings, RestartPolicy, Tmpfs } = found.HostConfig;
  assert.deepEqual(Binds, ["/a:/b:ro"]);
  assert.deepEqual(LogConfig, { Type: "json-file", Config: { "max-size": "1m" } });
  assert.deepEqual(PortBindings, { "80/tcp": [{ HostIp: "", HostPort: "8080" }] });
  assert.deepEqual(RestartPolicy, { Name: "on-failure", MaximumRetryCount: 5 });
  assert.deepEqual(Tmpfs, { "/scratch": "size=1m,mode=700" });
  assert.deepEqual(found.Mounts, [
    {
      Type: "bind",
      Source: "/a",
      Destination: "/b",
      Mode: "ro",
      RW: false,
      Propagation: "rprivate",
    },
  ]);
  const { ExposedPorts, StopSignal, StopTimeout } = JSON.parse(JSON.stringify(found.Config));
  assert.deepEqual([ExposedPorts, StopSignal, StopTimeout], [{ "80/tcp": {} }, "SIGUSR1", 0]);
});

Deno.test("inspectHealth() and inspectHealthcheck() have Docker's fields and units", () => {
  const log = [{ start: 0, end: 1500, exitCode: 1, output: "no\n" }];
  assert.deepEqual(inspectHealth({ status: "unhealthy", failingStreak: 4, log }), {
    Status: "unhealthy",
    FailingStreak: 4,
    Log: [{
      Start: "1970-01-01T00:00:00.000Z",
      End: "1970-01-01T00:00:01.500Z",
      ExitCode: 1,
      Output: "no\n",
    }],
  });
  const times = { interval: 1500, timeout: 30_000, startPeriod: 0, startInterval: 5000 };
  const check = inspectHealthcheck({ test: ["CMD-SHELL", "true"], retries: 3, ...times });
  assert.deepEqual(JSON.parse(JSON.stringify(check)), {
    Test: ["CMD-SHELL", "true"],
    Interval: 1_500_000_000,
    Timeout: 30_000_000_000,
    StartInterval: 5_000_000_000,
    Retries: 3,
  });
  assert.deepEqual([inspectHealth(undefined), inspectHealthcheck(undefined)], [null, null]);
});

Deno.test("inspectContainer() shows the namespaces that are shared", () => {
  const { HostConfig } = inspect("created", {}, { namespaces: { pid: "host", ipc: "shareable" } });
  const { CgroupnsMode, IpcMode, PidMode, UTSMode } = HostConfig;
  assert.deepEqual([PidMode, IpcMode, UTSMode, CgroupnsMode], ["host", "shareable", "", "private"]);
});

Deno.test("inspectContainer() has null, empty lists and nothing where Docker has", () => {
  const found = inspect("created", {}, { command: [], log: { driver: "none", options: {} } });
  const json = JSON.parse(JSON.stringify(found));
  const { Config, HostConfig, NetworkSettings, State } = json;
  assert.deepEqual([Config.Cmd, Config.Entrypoint, Config.Volumes], [null, null, null]);
  assert.deepEqual([HostConfig.Binds, HostConfig.Devices, HostConfig.CapAdd], [null, [], null]);
  assert.deepEqual(NetworkSettings.Ports, {});
  assert.equal(json.LogPath, "");
  assert.equal(json.ExecIDs, null);
  const absent = [
    State.Health,
    Config.StopSignal,
    Config.Healthcheck,
    HostConfig.Tmpfs,
    json.SizeRw,
  ];
  assert.deepEqual(absent, absent.map(() => undefined));
  // Templates find them all the same.
  assert.deepEqual([found.State.Health, found.Config.StopSignal, found.SizeRw], [null, "", null]);
});
