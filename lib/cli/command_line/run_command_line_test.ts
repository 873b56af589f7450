import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import { createTextOutput } from "../text_output.ts";
import { type CommandContext, defineCommand, runCommandLine, UsageError } from "./mod.ts";
import type { ProcessContext, Registry } from "./mod.ts";

const stop = defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: [
    {
      name: "timeout",
      short: "t",
      type: "int",
      summary: "Seconds to wait before killing the container",
      default: 10,
    },
    { name: "signal", short: "s", type: "string", summary: "Signal to send to the container" },
  ],
  arity: { least: 1 },
  examples: ["tsd stop -t 2 web"],
  run: ({ options, operands }, { stdout }) => {
    // The declarations give the options their types.
    const timeout: number = options.timeout;
    const signal: string | undefined = options.signal;
    stdout.line(`${operands} ${timeout} ${signal}`);
    return Promise.resolve(0);
  },
});

/** Makes a command that does what `act` does. */
function commandOf(
  act: (context: CommandContext, operands: string[]) => unknown,
  failureCode = 1,
): ReturnType<typeof defineCommand> {
  return defineCommand({
    usage: "[OPTIONS] [ARG...]",
    options: [{ name: "quiet", short: "q", type: "bool", summary: "Only print ids" }],
    arity: { least: 0 },
    failureCode,
    run: async ({ operands }, context) => {
      await act(context, operands);
      return operands.length;
    },
  });
}

function fail(error: unknown): () => never {
  return () => {
    throw error;
  };
}

const engineFailure = new EngineError('Cannot pull image "x": not found', { kind: "notFound" });
const noCommand = new EngineError('Cannot execute "nope"', { kind: "commandNotFound" });
const broken = fail(new EngineError("Never loaded", { kind: "system" }));

const REGISTRY: Registry = {
  program: "tsd",
  version: "1.2.3",
  summary: "A container engine in one file",
  groups: [
    { name: "image", summary: "Manage images" },
    { name: "container", summary: "Manage containers" },
  ],
  commands: [
    {
      names: ["container run", "run"],
      summary: "Create and run a new container from an image",
      common: true,
      load: () => Promise.resolve(commandOf(fail(engineFailure), 125)),
    },
    {
      names: ["container exec", "exec"],
      summary: "Execute a command in a running container",
      common: true,
      load: () => Promise.resolve(commandOf(fail(noCommand))),
    },
    {
      names: ["image ls", "image list", "images"],
      summary: "List images",
      common: true,
      load: () => Promise.resolve(commandOf(({ stdout }) => stdout.line("REPOSITORY"))),
    },
    {
      names: ["container stop", "stop"],
      summary: "Stop one or more running containers",
      load: () => Promise.resolve(stop),
    },
    {
      names: ["info"],
      summary: "Display system-wide information",
      load: () =>
        Promise.resolve(commandOf((context) => {
          context.debug("looking");
          context.stdout.line(`${context.root} ${context.config} ${context.isDebug}`);
        })),
    },
    {
      names: ["wait"],
      summary: "Block until containers stop",
      load: () => Promise.resolve(commandOf(fail(new UsageError("conflicting options")))),
    },
    { names: ["secret"], summary: "Not for people", hidden: true, load: broken },
  ],
};

/** Runs a command line in a process of its own making. */
async function run(
  args: string[],
  env: Record<string, string> = {},
  columns = 80,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr"): ProcessContext["stdout"] =>
    createTextOutput({
      writeSync: (bytes) => {
        written[name] += new TextDecoder().decode(bytes);
        return bytes.length;
      },
      isTerminal: () => false,
    });
  const code = await runCommandLine(REGISTRY, args, {
    stdout: output("stdout"),
    stderr: output("stderr"),
    stdin: { readable: new ReadableStream(), isTerminal: () => false },
    signal: new AbortController().signal,
    env: (name) => env[name],
    terminalSize: () => ({ columns, rows: 24 }),
  });
  return { code, ...written };
}

const PROGRAM_HELP = `Usage:  tsd [OPTIONS] COMMAND

A container engine in one file

Common Commands:
  run         Create and run a new container from an image
  exec        Execute a command in a running container
  images      List images

Management Commands:
  container   Manage containers
  image       Manage images

Commands:
  info        Display system-wide information
  stop        Stop one or more running containers
  wait        Block until containers stop

Global Options:
      --config file   Configuration file (default /etc/tsd/config.json)
  -D, --debug         Print each step with its time
      --root dir      Directory of the engine's state (default $TSD_ROOT
                      or /var/lib/tsd)
  -v, --version       Print version information and quit

Run 'tsd COMMAND --help' for more information on a command.
`;

const GROUP_HELP = `Usage:  tsd container COMMAND

Manage containers

Commands:
  exec        Execute a command in a running container
  run         Create and run a new container from an image
  stop        Stop one or more running containers

Run 'tsd container COMMAND --help' for more information on a command.
`;

const STOP_HELP = `Usage:  tsd stop [OPTIONS] CONTAINER [CONTAINER...]

Stop one or more running containers

Aliases:
  tsd container stop, tsd stop

Options:
  -s, --signal string   Signal to send to the container
  -t, --timeout int     Seconds to wait before killing the container
                        (default 10)

Examples:
  tsd stop -t 2 web
`;

const PRINTED: [args: string[], stdout: string][] = [
  [["--help"], PROGRAM_HELP],
  [["-h"], PROGRAM_HELP],
  [["help"], PROGRAM_HELP],
  [["container", "--help"], GROUP_HELP],
  [["help", "container"], GROUP_HELP],
  [["stop", "--help"], STOP_HELP],
  [["help", "stop"], STOP_HELP],
  [["stop", "web", "-h", "--bogus"], STOP_HELP],
  [["container", "stop", "--help"], STOP_HELP.replace("tsd stop", "tsd container stop")],
  [["--version"], "tsd version 1.2.3\n"],
  [["-v"], "tsd version 1.2.3\n"],
  [["stop", "a", "-t", "3", "b", "--signal=INT"], "a,b 3 INT\n"],
  [["container", "stop", "a"], "a 10 undefined\n"],
  [["images"], "REPOSITORY\n"],
  [["image", "ls"], "REPOSITORY\n"],
  [["image", "list", "-q"], "REPOSITORY\n"],
  [["info"], "undefined undefined false\n"],
  [["--root", "/x", "--config=/c", "info"], "/x /c false\n"],
];

for (const [args, stdout] of PRINTED) {
  Deno.test(`runCommandLine() answers tsd ${args.join(" ")}`, async () => {
    assert.deepEqual(await run(args), { code: 0, stdout, stderr: "" });
  });
}

Deno.test("runCommandLine() shows help on standard error where no command is named", async () => {
  assert.deepEqual(await run([]), { code: 0, stdout: "", stderr: PROGRAM_HELP });
  assert.deepEqual(await run(["container"]), { code: 0, stdout: "", stderr: GROUP_HELP });
});

const USAGE = "Usage:  tsd stop [OPTIONS] CONTAINER [CONTAINER...]\n\n" +
  "Run 'tsd stop --help' for more information\n";

const FAILED: [args: string[], code: number, stderr: string][] = [
  [["stop"], 1, `tsd: 'tsd stop' requires at least 1 argument\n\n${USAGE}`],
  [
    ["container", "stop"],
    1,
    `tsd: 'tsd container stop' requires at least 1 argument\n\n${
      USAGE.replaceAll("tsd stop", "tsd container stop")
    }`,
  ],
  [["stop", "--timeuot", "1"], 125, `unknown flag: --timeuot\nDid you mean --timeout?\n\n${USAGE}`],
  [["stop", "-x", "a"], 125, `unknown shorthand flag: 'x' in -x\n\n${USAGE}`],
  [
    ["--debgu", "stop"],
    125,
    "unknown flag: --debgu\nDid you mean --debug?\n\nUsage:  tsd [OPTIONS] COMMAND [ARG...]\n\n" +
    "Run 'tsd --help' for more information\n",
  ],
  [
    ["container", "--nmae"],
    125,
    "unknown flag: --nmae\n\nUsage:  tsd container COMMAND\n\n" +
    "Run 'tsd container --help' for more information\n",
  ],
  [
    ["imgaes"],
    1,
    "tsd: 'imgaes' is not a tsd command.\nDid you mean 'tsd images'?\n\n" +
    "Run 'tsd --help' for more information\n",
  ],
  [
    ["image", "lss"],
    1,
    "tsd: 'image lss' is not a tsd command.\nDid you mean 'tsd image ls'?\n\n" +
    "Run 'tsd image --help' for more information\n",
  ],
  [
    ["help", "frobnicate"],
    1,
    "tsd: 'frobnicate' is not a tsd command.\n\nRun 'tsd --help' for more information\n",
  ],
  [["run"], 125, 'tsd: Cannot pull image "x": not found\n'],
  [["exec"], 127, 'tsd: Cannot execute "nope"\n'],
  [
    ["wait"],
    125,
    "conflicting options\n\nUsage:  tsd wait [OPTIONS] [ARG...]\n\n" +
    "Run 'tsd wait --help' for more information\n",
  ],
];

for (const [args, code, stderr] of FAILED) {
  Deno.test(`runCommandLine() fails with ${code} on tsd ${args.join(" ")}`, async () => {
    assert.deepEqual(await run(args), { code, stdout: "", stderr });
  });
}

Deno.test("runCommandLine() returns the command's exit code", async () => {
  assert.equal((await run(["images", "a", "b"])).code, 2);
});

Deno.test("runCommandLine() takes the root from --root, else from TSD_ROOT", async () => {
  const env = { TSD_ROOT: "/env" };
  assert.equal((await run(["info"], env)).stdout, "/env undefined false\n");
  assert.equal((await run(["--root=/x", "info"], env)).stdout, "/x undefined false\n");
  assert.equal((await run(["info"], { TSD_ROOT: "" })).stdout, "undefined undefined false\n");
});

Deno.test("runCommandLine() prints steps with their time and stacks with --debug", async () => {
  assert.match((await run(["-D", "info"])).stderr, /^\[ +\d+\.\d ms\] looking\n$/);
  assert.match((await run(["--debug", "run"])).stderr, /^tsd: .*\nEngineError: .*\n {4}at /);
});

Deno.test("runCommandLine() fits help to the terminal", async () => {
  const { stdout } = await run(["stop", "--help"], {}, 120);
  assert.match(stdout, /Seconds to wait before killing the container \(default 10\)\n/);
});

Deno.test("runCommandLine() ends with 141 where the reader has gone", async () => {
  const gone = createTextOutput({
    writeSync: () => {
      throw new Deno.errors.BrokenPipe("gone");
    },
    isTerminal: () => false,
  });
  const process: ProcessContext = {
    stdout: gone,
    stderr: gone,
    stdin: { readable: new ReadableStream(), isTerminal: () => false },
    signal: new AbortController().signal,
    env: () => undefined,
    terminalSize: () => undefined,
  };
  for (const args of [["images"], ["--help"], ["stop"], ["run"]]) {
    assert.equal(await runCommandLine(REGISTRY, args, process), 141, args.join(" "));
  }
});
