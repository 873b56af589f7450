/**
 * Whether the host shares a mount, so that what is mounted there later reaches a container.
 *
 * @module
 */

import { EngineError } from "../errors.ts";

/** What /proc/self/mountinfo says of a mount (proc_pid_mountinfo(5)). */
interface Mount {
  target: string;
  isShared: boolean;
  isSlave: boolean;
}

/**
 * Checks that a path lies on a mount that passes on what a propagation type needs.
 *
 * @param path An absolute path on the host.
 * @param propagation The type.
 * @param mountinfo The mounts of the host, as `/proc/self/mountinfo` lists them.
 * @throws {EngineError} `invalid`: it does not.
 */
export function checkPropagation(path: string, propagation: string, mountinfo?: string): void {
  const wantsShared = propagation.endsWith("shared");
  if (!wantsShared && !propagation.endsWith("slave")) return;
  const text = mountinfo ?? Deno.readTextFileSync("/proc/self/mountinfo");
  const real = mountinfo === undefined ? Deno.realPathSync(path) : path;
  const mount = mountOf(real, text);
  if (mount === undefined || mount.isShared || !wantsShared && mount.isSlave) return;
  const kind = wantsShared ? "shared" : "shared or slave";
  throw new EngineError(
    `Cannot mount "${path}" as ${propagation}: path ${path} is mounted on ${mount.target} but it ` +
      `is not a ${kind} mount`,
    { kind: "invalid" },
  );
}

/** The mount a path lies on: the last of those with the longest target. */
function mountOf(path: string, mountinfo: string): Mount | undefined {
  let found: Mount | undefined;
  for (const line of mountinfo.split("\n")) {
    const fields = line.split(" ");
    const target = unescape(fields[4] ?? "");
    const isAbove = target === path || target === "/" || path.startsWith(`${target}/`);
    if (target === "" || !isAbove || target.length < (found?.target.length ?? 0)) continue;
    const optional = fields.slice(6, fields.indexOf("-"));
    found = {
      target,
      isShared: optional.some((field) => field.startsWith("shared:")),
      isSlave: optional.some((field) => field.startsWith("master:")),
    };
  }
  return found;
}

/** Space, tab, line feed and backslash are written as `\040` and such. */
function unescape(text: string): string {
  return text.replaceAll(
    /\\([0-7]{3})/g,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 8)),
  );
}
