/**
 * `tsd info`: describes the instance and its host.
 *
 * @module
 */

import type { SystemInfo } from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { humanBinarySize } from "../../units.ts";
import { formatObject } from "../_object_format.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const info = defineCommand({
  usage: "[OPTIONS]",
  options: [{ name: "format", short: "f", type: "string", summary: "Go template or json" }],
  arity: { least: 0, most: 0 },
  examples: ["tsd info --format '{{.CgroupVersion}}'"],
  async run({ options: { format } }, context) {
    using engine = openEngine(context);
    const described = await engine.system.info();
    if (format) {
      context.stdout.write(await formatObject(described, format));
      return 0;
    }
    context.stdout.write(layOut(described));
    for (const warning of described.Warnings) context.stderr.line(warning);
    return 0;
  },
});

type Rows = [level: number, name: string, value?: unknown][];

/** Docker's layout: a level is a blank; an item of a list, whose value is null, has no colon. */
function layOut(info: SystemInfo): string {
  const rows: Rows = [
    [0, "Client"],
    [1, "Version", info.ServerVersion],
    [1, "Context", "default"],
    [1, "Debug Mode", info.Debug],
    [-1, ""],
    [0, "Server"],
    [1, "Containers", info.Containers],
    [2, "Running", info.ContainersRunning],
    [2, "Paused", info.ContainersPaused],
    [2, "Stopped", info.ContainersStopped],
    [1, "Images", info.Images],
    [1, "Server Version", info.ServerVersion],
    [1, "Storage Driver", info.Driver],
    ...(info.DriverStatus as [string, string][]).map(([name, value]): Rows[0] => [2, name, value]),
    [1, "Logging Driver", info.LoggingDriver],
    [1, "Cgroup Driver", info.CgroupDriver],
    [1, "Cgroup Version", info.CgroupVersion],
    [1, "Plugins"],
    ...pluginRows(info),
    [1, "Runtimes", Object.keys(info.Runtimes as object).join(" ")],
    [1, "Default Runtime", info.DefaultRuntime],
    [1, "Init Binary", info.InitBinary],
    ...securityRows(info),
    [1, "Kernel Version", info.KernelVersion],
    [1, "Operating System", info.OperatingSystem],
    [1, "OSType", info.OSType],
    [1, "Architecture", info.Architecture],
    [1, "CPUs", info.NCPU],
    [1, "Total Memory", humanBinarySize(info.MemTotal as number)],
    [1, "Name", info.Name],
    [1, "ID", info.ID],
    [1, "Docker Root Dir", info.DockerRootDir],
    [1, "Run Dir", info.RunDir],
    ...proxyRows(info),
    ...registryRows(info),
    [1, "Live Restore Enabled", info.LiveRestoreEnabled],
    [-1, ""],
  ];
  return rows.map(([level, name, value]) => {
    if (level < 0) return "\n";
    const text = value === null ? "" : value === undefined ? ":" : `: ${value}`;
    return `${" ".repeat(level)}${name}${text}\n`;
  }).join("");
}

function pluginRows({ Plugins }: SystemInfo): Rows {
  const { Volume, Network, Log } = Plugins as Record<string, string[]>;
  return [
    [2, "Volume", Volume!.join(" ")],
    [2, "Network", Network!.join(" ")],
    [2, "Log", Log!.join(" ")],
  ];
}

/** An option is `name=NAME`, and its facts `,KEY=VALUE`. */
function securityRows({ SecurityOptions }: SystemInfo): Rows {
  const options = SecurityOptions as string[];
  if (options.length === 0) return [];
  const rows = options.flatMap((option): Rows => {
    const [[, name = ""] = [], ...facts] = option.split(",").map((part) => part.split("="));
    return [
      [2, name, null],
      ...facts.map(([key = "", value]): Rows[0] => [3, capital(key), value]),
    ];
  });
  return [[1, "Security Options"], ...rows];
}

function proxyRows({ HttpProxy, HttpsProxy, NoProxy }: SystemInfo): Rows {
  const rows: Rows = [[1, "HTTP Proxy", HttpProxy], [1, "HTTPS Proxy", HttpsProxy], [
    1,
    "No Proxy",
    NoProxy,
  ]];
  return rows.filter(([, , value]) => value !== "");
}

function registryRows({ RegistryConfig }: SystemInfo): Rows {
  const { InsecureRegistryCIDRs, IndexConfigs } = RegistryConfig as {
    InsecureRegistryCIDRs: string[];
    IndexConfigs: Record<string, { Name: string; Mirrors: string[]; Secure: boolean }>;
  };
  const indexes = Object.values(IndexConfigs);
  const insecure = indexes.filter(({ Secure }) => !Secure).map(({ Name }) => Name);
  const rows: Rows = [
    [1, "Insecure Registries"],
    ...[...insecure, ...InsecureRegistryCIDRs].map((name): Rows[0] => [2, name, null]),
  ];
  const mirrored = indexes.filter(({ Mirrors }) => Mirrors.length > 0);
  if (mirrored.length > 0) rows.push([1, "Registry Mirrors"]);
  for (const { Name, Mirrors } of mirrored) {
    rows.push(
      ...Mirrors.map((url): Rows[0] => [2, Name === "docker.io" ? url : `${Name} ${url}`, null]),
    );
  }
  return rows;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
