/**
 * `tsd generate systemd`: writes a unit that starts containers after a reboot.
 *
 * @module
 */

import { resolveRoots } from "../../state/mod.ts";
import { cleanPath } from "../../volume/mod.ts";
import { defineCommand } from "../command_line/mod.ts";

/** The command. */
export const generateSystemd = defineCommand({
  usage: "",
  options: [],
  arity: { least: 0, most: 0 },
  examples: [
    "tsd generate systemd > /etc/systemd/system/tsd.service",
    "systemctl enable tsd.service",
  ],
  run(_args, context) {
    const { root } = resolveRoots({ root: context.root });
    const program = cleanPath(context.env("TSD_PROGRAM") ?? Deno.execPath());
    context.stdout.write(unit(program, root));
    return Promise.resolve(0);
  },
});

/**
 * Writes the unit (systemd.service(5)).
 *
 * The containers' supervisor moves to a cgroup of its own, so that the unit's end is not theirs.
 *
 * @param program The program's absolute path.
 * @param root The instance's `TSD_ROOT`.
 * @returns The unit.
 */
export function unit(program: string, root: string): string {
  return `[Unit]
Description=Containers of tsd in ${root}
Wants=network-online.target
After=network-online.target local-fs.target
RequiresMountsFor=${root}

[Service]
Type=oneshot
RemainAfterExit=yes
KillMode=process
Environment=TSD_ROOT=${root}
ExecStart=${program} system boot

[Install]
WantedBy=multi-user.target
`;
}
