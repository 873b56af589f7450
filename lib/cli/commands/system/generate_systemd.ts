/**
 * `tsd generate systemd`: writes a unit that starts containers with the machine, and stops them with it.
 *
 * @module
 */

import { programCommand, resolveRoots } from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";

/** The command. */
export const generateSystemd = defineCommand({
  usage: "",
  options: [],
  arity: { least: 0, most: 0 },
  examples: [
    "tsd generate systemd > /etc/systemd/system/tsd.service",
    "systemctl enable --now tsd.service",
  ],
  async run(_args, context) {
    const { resolve } = await import("node:path/posix");
    const { root } = resolveRoots({ root: context.root });
    const { args, path } = programCommand([]);
    // The portable file's own path is not that of what it starts.
    const portable = context.env("TSD_PROGRAM");
    const command = portable ? [resolve(portable)] : [path, ...args];
    const chosen = {
      TSD_ROOT: root,
      TSD_RUN: context.env("TSD_RUN"),
      TSD_CONFIG: context.config ?? context.env("TSD_CONFIG"),
    };
    // The unit is started from another folder.
    const environment = Object.entries(chosen)
      .flatMap(([name, value]) => value ? [[name, resolve(value)]] : []);
    context.stdout.write(unit(command, Object.fromEntries(environment)));
    return 0;
  },
});

/**
 * Writes the unit (systemd.service(5)).
 *
 * Containers and their supervisor are in cgroups of their own, which systemd does not know: left to
 * it, they would be killed at the very end, each with the same signal.
 *
 * @param command The program: an absolute path, and arguments.
 * @param environment The variables that say which instance it is; `TSD_ROOT` is one.
 * @returns The unit.
 */
export function unit(command: readonly string[], environment: Record<string, string>): string {
  const root = environment.TSD_ROOT!;
  const variables = Object.entries(environment)
    .map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  const program = command.map((word) => quoted(word).replaceAll("$", "$$$$")).join(" ");
  return `[Unit]
Description=Containers of tsd in ${root.replaceAll("%", "%%")}
Wants=network-online.target
After=network-online.target local-fs.target
RequiresMountsFor=${quoted(root)}

[Service]
Type=oneshot
RemainAfterExit=yes
KillMode=process
${variables.join("\n")}
ExecStart=${program} system boot
ExecStop=${program} system shutdown
TimeoutStopSec=5min

[Install]
WantedBy=multi-user.target
`;
}

/** Quotes a word where it has to be (systemd.syntax(7)); what begins with `%` would be replaced. */
function quoted(text: string): string {
  const escaped = text.replaceAll(/["\\]/g, "\\$&").replaceAll("%", "%%");
  return /[\s"'\\;#]/.test(text) ? `"${escaped}"` : escaped;
}
