import assert from "node:assert/strict";
import type { ContainerDefaults } from "../../image/spec/config.ts";
import type { CreateContainerOptions } from "./options.ts";
import { defaultsOf } from "./defaults.ts";
import { containerSettings } from "./settings.ts";

const ID = "0123456789ab".padEnd(64, "0");
const IMAGE: ContainerDefaults = {
  Env: ["PATH=/bin", "A=1"],
  Entrypoint: ["/e"],
  Cmd: ["c"],
  User: "app",
  WorkingDir: "/srv",
  Labels: { one: "1" },
  StopSignal: "SIGINT",
  ExposedPorts: { "80/tcp": {} },
  Volumes: { "/data": {} },
  Healthcheck: { Test: ["CMD", "x"], Interval: 5e9, Retries: 7 },
};

function defaults(
  config: ContainerDefaults,
  options: Partial<CreateContainerOptions>,
): ContainerDefaults {
  const settings = containerSettings(ID, { config, layers: [] }, { image: "x", ...options });
  return defaultsOf(settings, config);
}

Deno.test("defaultsOf() gives back what the image said of a container that asked for nothing", () => {
  assert.deepEqual(defaults(IMAGE, { terminal: true }), IMAGE);
  assert.deepEqual(defaults({ Cmd: ["c"] }, { terminal: true }), { Cmd: ["c"], Env: [] });
});

Deno.test("defaultsOf() keeps what was asked for", () => {
  const given = defaults(IMAGE, {
    env: ["A=2", "B=3"],
    command: ["d"],
    user: "0",
    workingDirectory: "/",
    labels: { two: "2" },
    stopSignal: "SIGTERM",
    health: { disabled: true },
  });
  assert.deepEqual(given, {
    ...IMAGE,
    Env: ["PATH=/bin", "A=2", "B=3"],
    Cmd: ["d"],
    User: "0",
    WorkingDir: "/",
    Labels: { one: "1", two: "2" },
    StopSignal: "SIGTERM",
    Healthcheck: { Test: ["NONE"] },
  });
});
