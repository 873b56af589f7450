import assert from "node:assert/strict";
import type { CreateContainerOptions } from "../../engine/mod.ts";
import { parseOptions } from "../command_line/parse_options.ts";
import { CREATE_OPTIONS, createOptions, type CreateOptionValues } from "./_run_options.ts";

const ENV: Readonly<Record<string, string>> = { HERE: "value" };

/** What a command line after `tsd run` asks the engine for. */
function wanted(...args: string[]): CreateContainerOptions {
  const { operands, options } = parseOptions(args, {
    declarations: CREATE_OPTIONS,
    interspersed: false,
  });
  return createOptions(options as CreateOptionValues, operands, (name) => ENV[name]);
}

const MAPPED: [args: string[], wanted: Partial<CreateContainerOptions>][] = [
  [["alpine"], {
    image: "alpine",
    command: [],
    env: [],
    labels: {},
    binds: [],
    tmpfs: [],
    volumes: [],
    readonlyRoot: false,
    terminal: false,
    openStdin: false,
    networks: undefined,
    autoRemove: false,
    pull: "missing",
    entrypoint: undefined,
    user: undefined,
    hostname: undefined,
    workingDirectory: undefined,
    stopSignal: undefined,
    platform: undefined,
    name: undefined,
    containerIdFile: undefined,
  }],
  [["alpine", "ls", "-l", "--rm"], { command: ["ls", "-l", "--rm"], autoRemove: false }],
  [["--rootfs", "/", "ls", "-l"], { rootfs: "/", command: ["ls", "-l"] }],
  [["--rootfs=/", "--", "ls"], { rootfs: "/", command: ["ls"] }],
  [["-it", "--rm", "a"], { openStdin: true, terminal: true, autoRemove: true }],
  [["-i=false", "--rm=false", "a"], { openStdin: false, autoRemove: false }],
  [["-e", "A=b", "-eHERE", "--env=C=", "-e", "MISSING", "a"], { env: ["A=b", "HERE=value", "C="] }],
  [["-w", "/srv", "-u", "1:2", "-h", "box", "--name", "web", "a"], {
    workingDirectory: "/srv",
    user: "1:2",
    hostname: "box",
    name: "web",
  }],
  [["--entrypoint", "", "a"], { entrypoint: "" }],
  // A variable of a script that is empty.
  [["--name=", "--cidfile=", "--pull=", "--platform=", "--stop-signal=", "--ip=", "--ip6=", "a"], {
    name: undefined,
    containerIdFile: undefined,
    pull: "missing",
    platform: undefined,
    stopSignal: undefined,
    networks: undefined,
  }],
  [["-l", "a", "-l", "b=", "--label", "c=d=e", "-l", "a=2", "x"], {
    labels: { a: "2", b: "", c: "d=e" },
  }],
  [["-v", "/a:/b:ro", "-v", "/c:/d/../e", "x"], {
    binds: [
      { source: "/a", target: "/b", readonly: true, mode: "ro" },
      { source: "/c", target: "/e", readonly: false },
    ],
    volumes: [],
  }],
  [["--tmpfs", "/run:size=1m", "--tmpfs=/tmp", "--read-only", "x"], {
    tmpfs: [{ target: "/run", options: ["size=1m"] }, { target: "/tmp", options: [] }],
    readonlyRoot: true,
  }],
  [["--network", "host", "x"], { networks: [{ name: "host" }] }],
  [["--net=host", "x"], { networks: [{ name: "host" }] }],
  [["--network", "one", "--network", "name=two,alias=b,alias=c,ip=10.1.0.9,ip6=fd00:0::9", "x"], {
    networks: [
      { name: "one" },
      { name: "two", aliases: ["b", "c"], address4: "10.1.0.9", address6: "fd00::9" },
    ],
  }],
  [["--network-alias", "web", "--ip", "10.1.0.9", "--mac-address", "02:42:AA:00:00:01", "x"], {
    networks: [
      { name: "bridge", aliases: ["web"], address4: "10.1.0.9", mac: "02:42:aa:00:00:01" },
    ],
  }],
  [["--dns", "192.0.2.53", "--dns-search", ".", "--dns-option", "ndots:2", "x"], {
    dns: { servers: ["192.0.2.53"], search: ["."], options: ["ndots:2"] },
  }],
  [["--add-host", "db:10.1.0.3", "--add-host=v6=[fd00::3]", "--add-host", "h:host-gateway", "x"], {
    extraHosts: ["db:10.1.0.3", "v6:fd00::3", "h:host-gateway"],
  }],
  [["--pull", "always", "--platform", "linux/arm64", "x"], {
    pull: "always",
    platform: "linux/arm64",
  }],
  [["--stop-signal", "SIGINT", "--cidfile", "/tmp/id", "x"], {
    stopSignal: "SIGINT",
    containerIdFile: "/tmp/id",
  }],
];

for (const [args, expected] of MAPPED) {
  Deno.test(`createOptions() of ${JSON.stringify(args)}`, () => {
    const found = wanted(...args) as Record<string, unknown>;
    for (const [name, value] of Object.entries(expected)) {
      assert.deepEqual(found[name], value, name);
    }
    assert.equal("image" in found, !("rootfs" in found));
  });
}

const WRONG: [args: string[], kind: string, message: string][] = [
  [
    ["-e", "=x", "a"],
    "invalid",
    "Cannot set a variable: invalid environment variable: =x",
  ],
  [["-l", "a b=x", "a"], "invalid", "label 'a b=x' contains whitespaces"],
  [["-l", "=x", "a"], "invalid", 'Cannot set the label "=x": it has no name'],
  [
    ["--network", "alias=x", "a"],
    "invalid",
    'invalid argument "alias=x" for "--network" flag: network name/id is not specified',
  ],
  [
    ["--network", "name=x,ip=10.1.0.2", "--ip", "10.1.0.3", "a"],
    "invalid",
    "conflicting options: cannot specify both --ip and per-network IPv4 address",
  ],
  [
    ["--dns", "name", "a"],
    "invalid",
    'invalid argument "name" for "--dns" flag: name is not an ip address',
  ],
  [["--add-host", "x", "a"], "invalid", 'bad format for add-host: "x"'],
  [["--add-host", "x:y", "a"], "invalid", 'invalid IP address in add-host: "y"'],
  [
    ["--pull", "sometimes", "a"],
    "invalid",
    `Cannot use --pull "sometimes": invalid pull option: 'sometimes': must be one of "always", ` +
    `"missing" or "never"`,
  ],
  [
    ["-v", "a:/b", "x"],
    "invalid",
    "create a: volume name is too short, names should be at least two alphanumeric characters",
  ],
  [["--tmpfs", "x", "x"], "invalid", 'Cannot mount a tmpfs on "x": mount path must be absolute'],
];

for (const [args, kind, message] of WRONG) {
  Deno.test(`createOptions() refuses ${JSON.stringify(args)}`, () => {
    assert.throws(() => wanted(...args), { name: "EngineError", kind, message });
  });
}

Deno.test("createOptions() reads files of variables, which -e overrides", async () => {
  const folder = await Deno.makeTempDir();
  const [one, two] = [`${folder}/one`, `${folder}/two`];
  await Deno.writeTextFile(one, "# comment\nA=1\nHERE\n");
  await Deno.writeTextFile(two, "A=2\n");
  const { env } = wanted("-e", "A=3", "--env-file", one, "--env-file", two, "x");
  assert.deepEqual(env, ["A=1", "HERE=value", "A=2", "A=3"]);
  await Deno.writeTextFile(two, "A B=2\n");
  assert.throws(() => wanted("--env-file", two, "x"), {
    kind: "invalid",
    message: `Cannot read the variables in "${two}": line 1: poorly formatted environment: ` +
      "variable 'A B' contains whitespaces",
  });
  assert.throws(() => wanted("--env-file", `${folder}/missing`, "x"), { kind: "invalid" });
  await Deno.remove(folder, { recursive: true });
});
