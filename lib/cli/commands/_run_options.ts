/**
 * The options of commands that create containers.
 *
 * @module
 */

import {
  type CreateContainerOptions,
  parseLogOptions,
  parseNamespaceMode,
  parseRestartPolicy,
  parseVariable,
  parseVariableFile,
  type PullPolicy,
} from "../../engine/mod.ts";
import { EngineError } from "../../errors.ts";
import type { OptionDeclaration, OptionValues } from "../command_line/mod.ts";
import { containerLimits, LIMIT_OPTIONS } from "./_limit_options.ts";
import { NETWORK_OPTIONS, networkOptions } from "./_network_options.ts";
import { PORT_OPTIONS, portOptions } from "./_port_options.ts";
import { SECURITY_OPTIONS, securityOptions } from "./_security_options.ts";
import { MOUNT_OPTIONS, mountOptions } from "./_mount_options.ts";

const DEFAULT_PULL_POLICY = "missing";

/** The options. */
export const CREATE_OPTIONS = [
  {
    name: "cgroupns",
    type: "string",
    summary: "Cgroup namespace to use (host|private)",
  },
  { name: "cidfile", type: "string", summary: "Write the container ID to the file" },
  { name: "entrypoint", type: "string", summary: "Overwrite the default ENTRYPOINT of the image" },
  { name: "env", short: "e", type: "list", summary: "Set environment variables" },
  { name: "env-file", type: "list", summary: "Read in a file of environment variables" },
  { name: "health-cmd", type: "string", summary: "Command to run to check health" },
  {
    name: "health-interval",
    type: "duration",
    summary: "Time between running the check (default 30s)",
  },
  {
    name: "health-retries",
    type: "int",
    summary: "Consecutive failures needed to report unhealthy (default 3)",
  },
  {
    name: "health-start-interval",
    type: "duration",
    summary: "Time between running the check during the start period (default 5s)",
  },
  {
    name: "health-start-period",
    type: "duration",
    summary: "Start period for the container to initialize before counting retries",
  },
  {
    name: "health-timeout",
    type: "duration",
    summary: "Maximum time to allow one check to run (default 30s)",
  },
  { name: "hostname", short: "h", type: "string", summary: "Container host name" },
  {
    name: "init",
    type: "bool",
    summary: "Run an init inside the container that forwards signals and reaps processes",
  },
  {
    name: "interactive",
    short: "i",
    type: "bool",
    summary: "Keep standard input open and pass it on",
  },
  {
    name: "ipc",
    type: "string",
    summary: "IPC mode to use (private|shareable|host|container:NAME)",
  },
  { name: "label-file", type: "list", summary: "Read in a line delimited file of labels" },
  { name: "label", short: "l", type: "list", summary: "Set meta data on a container" },
  { name: "log-driver", type: "string", summary: "Logging driver for the container" },
  { name: "log-opt", type: "list", summary: "Log driver options" },
  { name: "name", type: "string", summary: "Assign a name to the container" },
  {
    name: "no-healthcheck",
    type: "bool",
    summary: "Disable any container-specified HEALTHCHECK",
  },
  {
    name: "oom-score-adj",
    type: "int",
    summary: "Tune host's OOM preferences (-1000 to 1000)",
  },
  { name: "pid", type: "string", summary: "PID namespace to use (host|container:NAME)" },
  {
    name: "platform",
    type: "string",
    summary: "Platform of the image, such as linux/arm64, where it is made for several",
  },
  {
    name: "pull",
    type: "string",
    summary: 'Pull image before running ("always", "missing", "never")',
    default: DEFAULT_PULL_POLICY,
  },
  { name: "quiet", short: "q", type: "bool", summary: "Suppress the pull output" },
  {
    name: "read-only",
    type: "bool",
    summary: "Mount the container's root file system as read only",
  },
  {
    name: "restart",
    type: "string",
    summary: "Restart policy to apply when a container exits",
    default: "no",
  },
  {
    name: "rm",
    type: "bool",
    summary: "Automatically remove the container when it exits",
  },
  {
    name: "rootfs",
    type: "string",
    word: "dir",
    summary: "Use a folder as the image, without writing to it; / is this machine's own",
  },
  { name: "stop-signal", type: "string", summary: "Signal to stop the container" },
  {
    name: "stop-timeout",
    type: "int",
    summary: "Timeout (in seconds) to stop a container",
  },
  { name: "tty", short: "t", type: "bool", summary: "Allocate a pseudo-TTY" },
  {
    name: "user",
    short: "u",
    type: "string",
    summary: "User name or UID (format: <name|uid>[:<group|gid>])",
  },
  {
    name: "userns",
    type: "string",
    summary: "User namespace to use (host), where the configuration has another",
  },
  { name: "uts", type: "string", summary: "UTS namespace to use (host)" },
  {
    name: "workdir",
    short: "w",
    type: "string",
    summary: "Working directory inside the container",
  },
  ...NETWORK_OPTIONS,
  ...PORT_OPTIONS,
  ...LIMIT_OPTIONS,
  ...SECURITY_OPTIONS,
  ...MOUNT_OPTIONS,
] as const satisfies readonly OptionDeclaration[];

/** The values of {@linkcode CREATE_OPTIONS}. */
export type CreateOptionValues = OptionValues<typeof CREATE_OPTIONS>;

/**
 * Turns options and operands into what the engine is asked for.
 *
 * @param options The options.
 * @param operands The image, unless a folder is given in its place, and the command.
 * @param lookUp Looks an environment variable up.
 * @returns What the engine is asked for.
 * @throws {EngineError} `invalid`: an option's value cannot be.
 */
export function createOptions(
  options: CreateOptionValues,
  operands: readonly string[],
  lookUp: (name: string) => string | undefined,
): CreateContainerOptions {
  const hasImage = options.rootfs === undefined;
  const image = hasImage ? operands[0] : undefined;
  const command = hasImage ? operands.slice(1) : operands;
  return {
    ...image !== undefined && { image },
    ...options.rootfs !== undefined && { rootfs: options.rootfs },
    command,
    entrypoint: options.entrypoint,
    name: options.name || undefined,
    env: variables(options, lookUp),
    user: options.user,
    workingDirectory: options.workdir,
    hostname: options.hostname,
    labels: Object.fromEntries([...labelsOfFiles(options.labelFile), ...options.label.map(label)]),
    ...mountOptions(options),
    readonlyRoot: options.readOnly,
    terminal: options.tty,
    openStdin: options.interactive,
    ...options.init && { init: true },
    ...networkOptions(options),
    namespaces: {
      pid: parseNamespaceMode("pid", options.pid),
      ipc: parseNamespaceMode("ipc", options.ipc),
      uts: parseNamespaceMode("uts", options.uts),
      cgroup: parseNamespaceMode("cgroup", options.cgroupns),
      user: parseNamespaceMode("user", options.userns),
    },
    stopSignal: options.stopSignal || undefined,
    autoRemove: options.rm,
    restart: parseRestartPolicy(options.restart),
    log: { driver: options.logDriver, options: parseLogOptions(options.logOpt) },
    stopTimeout: options.stopTimeout,
    oomScoreAdj: options.oomScoreAdj,
    limits: containerLimits(options),
    health: {
      command: options.healthCmd,
      interval: options.healthInterval,
      timeout: options.healthTimeout,
      retries: options.healthRetries,
      startPeriod: options.healthStartPeriod,
      startInterval: options.healthStartInterval,
      disabled: options.noHealthcheck || undefined,
    },
    ...portOptions(options),
    ...securityOptions(options),
    containerIdFile: options.cidfile || undefined,
    pull: pullPolicy(options.pull || DEFAULT_PULL_POLICY),
    platform: options.platform || undefined,
  };
}

/** Files first: `-e` overrides them. */
function variables(
  options: CreateOptionValues,
  lookUp: (name: string) => string | undefined,
): string[] {
  const fromFiles = options.envFile.flatMap((path) =>
    parseVariableFile(path, readOptionFile(path), lookUp)
  );
  const own = options.env.flatMap((text) => parseVariable(text, lookUp) ?? []);
  return [...fromFiles, ...own];
}

/** Files first: `--label` overrides them. */
function labelsOfFiles(paths: readonly string[]): [name: string, value: string][] {
  return paths.flatMap((path) =>
    readOptionFile(path).split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map(label)
  );
}

function readOptionFile(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new EngineError(`Cannot read the file "${path}"`, { kind: "invalid", cause: error });
  }
}

function label(text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  const name = at === -1 ? text : text.slice(0, at);
  if (name === "") {
    throw new EngineError(`Cannot set the label "${text}": it has no name`, { kind: "invalid" });
  }
  if (/\s/.test(name)) {
    throw new EngineError(`label '${text}' contains whitespaces`, { kind: "invalid" });
  }
  return [name, at === -1 ? "" : text.slice(at + 1)];
}

function pullPolicy(text: string): PullPolicy {
  if (text === "always" || text === "missing" || text === "never") return text;
  throw new EngineError(
    `Cannot use --pull "${text}": invalid pull option: '${text}': must be one of "always", ` +
      `"missing" or "never"`,
    { kind: "invalid" },
  );
}
