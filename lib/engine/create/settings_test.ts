import assert from "node:assert/strict";
import type { ContainerSettings } from "../../container/mod.ts";
import { containerSettings, type ImageOfContainer } from "./settings.ts";
import type { CreateContainerOptions } from "./options.ts";

const ID = "0123456789abcdef".repeat(4);
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

type Config = ImageOfContainer["config"];

function settings(config: Config, options: CreateContainerOptions = {}): ContainerSettings {
  return containerSettings(ID, { config, layers: ["/layers/1", "/layers/2"] }, options);
}

Deno.test("containerSettings() of the plainest image and no wishes", () => {
  const { log: _log, ...rest } = settings({ Cmd: ["sh"] });
  assert.deepEqual(rest, {
    hostname: "0123456789ab",
    user: "",
    env: [PATH, "HOSTNAME=0123456789ab"],
    entrypoint: [],
    command: ["sh"],
    workingDirectory: "/",
    labels: {},
    stopSignal: "SIGTERM",
    exposedPorts: [],
    volumes: [],
    terminal: false,
    openStdin: false,
    attached: true,
    binds: [],
    tmpfs: [],
    readonlyRoot: false,
    network: "none",
    autoRemove: false,
    restart: { name: "no", maximumRetryCount: 0 },
    stopTimeout: 10,
    layers: ["/layers/1", "/layers/2"],
  });
});

const COMMANDS: [
  config: Config,
  options: CreateContainerOptions,
  entrypoint: string[],
  command: string[],
][] = [
  [{ Cmd: ["a", "b"] }, {}, [], ["a", "b"]],
  [{ Cmd: ["a", "b"] }, { command: [] }, [], ["a", "b"]],
  [{ Cmd: ["a", "b"] }, { command: ["c"] }, [], ["c"]],
  [{ Entrypoint: ["e", "f"], Cmd: ["a"] }, {}, ["e", "f"], ["a"]],
  [{ Entrypoint: ["e", "f"], Cmd: ["a"] }, { command: ["c", "d"] }, ["e", "f"], ["c", "d"]],
  [{ Entrypoint: ["e"] }, {}, ["e"], []],
  // The image's command was made for the image's entrypoint.
  [{ Entrypoint: ["e"], Cmd: ["a"] }, { entrypoint: "x y" }, ["x y"], []],
  [{ Entrypoint: ["e"], Cmd: ["a"] }, { entrypoint: "x", command: ["c"] }, ["x"], ["c"]],
  [{ Entrypoint: ["e"], Cmd: ["a"] }, { entrypoint: "", command: ["c"] }, [], ["c"]],
];

Deno.test("containerSettings() puts entrypoint and command together as Docker does", () => {
  for (const [config, options, entrypoint, command] of COMMANDS) {
    const found = settings(config, options);
    assert.deepEqual([found.entrypoint, found.command], [entrypoint, command]);
  }
});

Deno.test("containerSettings() takes what is wished for before what the image says", () => {
  const config: Config = {
    Cmd: ["sh"],
    Env: ["PATH=/image", "A=image", "B=image"],
    User: "image",
    WorkingDir: "/image/",
    Labels: { a: "image", b: "image" },
    StopSignal: "SIGINT",
    StopTimeout: 3,
    ExposedPorts: { "80/tcp": {}, "53/udp": {} },
    Volumes: { "/data/": {} },
  };
  const ofImage = settings(config);
  assert.deepEqual(ofImage.env, ["PATH=/image", "HOSTNAME=0123456789ab", "A=image", "B=image"]);
  assert.deepEqual(
    [ofImage.user, ofImage.workingDirectory, ofImage.stopSignal, ofImage.stopTimeout],
    ["image", "/image", "SIGINT", 3],
  );
  assert.deepEqual(ofImage.labels, { a: "image", b: "image" });
  assert.deepEqual([ofImage.exposedPorts, ofImage.volumes], [["80/tcp", "53/udp"], ["/data"]]);
  const wished = settings(config, {
    env: ["A=own", "C=own"],
    user: "own",
    workingDirectory: "/own/../srv",
    labels: { a: "own", c: "own" },
    stopSignal: "9",
    stopTimeout: 0,
    hostname: "box.example",
    terminal: true,
    openStdin: true,
    readonlyRoot: true,
    autoRemove: true,
    containerIdFile: "/tmp/id",
  });
  assert.deepEqual(wished.env, [
    "PATH=/image",
    "HOSTNAME=box.example",
    "TERM=xterm",
    "A=own",
    "B=image",
    "C=own",
  ]);
  assert.deepEqual(wished.labels, { a: "own", b: "image", c: "own" });
  assert.deepEqual(
    [wished.user, wished.workingDirectory, wished.stopSignal, wished.stopTimeout, wished.hostname],
    ["own", "/srv", "9", 0, "box.example"],
  );
  assert.deepEqual(
    [wished.terminal, wished.openStdin, wished.readonlyRoot, wished.autoRemove],
    [true, true, true, true],
  );
  assert.equal(wished.containerIdFile, "/tmp/id");
  // An empty wish is one as well.
  assert.equal(settings(config, { user: "" }).user, "");
  assert.equal(settings(config, { workingDirectory: "" }).workingDirectory, "/");
});

Deno.test("containerSettings() takes the host's name with the host's network, whatever it is", () => {
  const config = { Cmd: ["sh"] };
  assert.equal(settings(config, { network: "host" }).hostname, Deno.hostname());
  assert.equal(settings(config, { network: "host", hostname: "box" }).hostname, "box");
  const own = Deno.hostname;
  Deno.hostname = () => "under_score";
  try {
    assert.equal(settings(config, { network: "host" }).hostname, "under_score");
  } finally {
    Deno.hostname = own;
  }
});

Deno.test("containerSettings() accepts host names as Docker does", () => {
  for (const hostname of ["a", "A1", "a-b", "a.b-c.d", "0", "a_b", "-a", "x".repeat(64)]) {
    assert.equal(settings({ Cmd: ["sh"] }, { hostname }).hostname, hostname);
  }
});

const bind = (target: string, source = "/") => ({ source, target, readonly: false });
const cannot = (reason: string) => `Cannot create the container: ${reason}`;

const WRONG: [options: CreateContainerOptions, message: string, config?: Config][] = [
  [{}, cannot("no command specified"), {}],
  [{ entrypoint: "" }, cannot("no command specified")],
  [{ command: ["a\0b"] }, cannot("the command holds a NUL")],
  [{ entrypoint: "\0" }, cannot("the command holds a NUL")],
  ...["a b", "ä", "a\nb", "x".repeat(65)].map((
    hostname,
  ): [CreateContainerOptions, string] => [
    { hostname },
    cannot(`invalid hostname format: ${hostname}`),
  ]),
  [
    { workingDirectory: "srv" },
    cannot("the working directory 'srv' is invalid, it needs to be an absolute path"),
  ],
  [{}, cannot("the working directory './x' is invalid, it needs to be an absolute path"), {
    Cmd: ["sh"],
    WorkingDir: "./x",
  }],
  [{ stopSignal: "SIGNOPE" }, "invalid signal: SIGNOPE"],
  [{}, "invalid signal: 99", { Cmd: ["sh"], StopSignal: "99" }],
  [{ binds: [bind("/a"), bind("/a", "/etc")] }, cannot("Duplicate mount point: /a")],
  [
    { binds: [bind("/a")], tmpfs: [{ target: "/a", options: [] }] },
    cannot("Duplicate mount point: /a"),
  ],
  [
    { binds: [bind("/a", "/does/not/exist")] },
    'Cannot mount "/does/not/exist": bind source path does not exist: /does/not/exist; create it ' +
    "first, or have --mount type=bind,...,bind-create-src do so",
  ],
  [
    { autoRemove: true, restart: { name: "always", maximumRetryCount: 0 } },
    cannot("can't create 'AutoRemove' container with restart policy"),
  ],
  [{ oomScoreAdj: 1001 }, cannot("Invalid value 1001, range for oom score adj is [-1000, 1000]")],
];

for (const [options, message, config = { Cmd: ["sh"] }] of WRONG) {
  Deno.test(`containerSettings() refuses ${JSON.stringify(options)} of ${JSON.stringify(config)}`, () => {
    assert.throws(() => settings(config, options), {
      name: "EngineError",
      kind: "invalid",
      message,
    });
  });
}
