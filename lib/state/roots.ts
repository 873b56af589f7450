/**
 * Where an instance keeps its state.
 *
 * @module
 */

import { EngineError } from "../errors.ts";

/** The default of `TSD_ROOT`. */
export const DEFAULT_ROOT = "/var/lib/tsd";
/** The default of `TSD_RUN` for the default root. */
export const DEFAULT_RUN = "/run/tsd";

// sun_path holds 108 bytes, its final NUL included (unix(7)).
const LONGEST_RUN = 107 - "/supervisor.sock".length;

/** The folders of one instance; instances with different roots share nothing. */
export interface Roots {
  /** What is kept: state, images, containers (`TSD_ROOT`). */
  root: string;
  /** What a reboot may remove: sockets, FIFOs (`TSD_RUN`). */
  run: string;
  /** A short name of the instance, for cgroups and such: `tsd`, or `tsd-` and a hash of the root. */
  instance: string;
}

/** Which folders were asked for; what is absent takes its default. */
export interface RootsOptions {
  /** Overrides `TSD_ROOT`. */
  root?: string | undefined;
  /** Overrides `TSD_RUN`. */
  run?: string | undefined;
}

/**
 * Finds an instance's folders: the options first, then `TSD_ROOT` and `TSD_RUN`, then the defaults.
 *
 * @param options Which folders were asked for.
 * @returns Absolute paths.
 * @throws {EngineError} `invalid`: a path is relative, or the run folder's is too long for a socket.
 */
export function resolveRoots(options: RootsOptions = {}): Roots {
  const root = absolute(options.root ?? Deno.env.get("TSD_ROOT") ?? DEFAULT_ROOT, "TSD_ROOT");
  const instance = root === DEFAULT_ROOT ? "tsd" : `tsd-${hash(root)}`;
  const fallback = root === DEFAULT_ROOT ? DEFAULT_RUN : `/run/${instance}`;
  const run = absolute(options.run ?? Deno.env.get("TSD_RUN") ?? fallback, "TSD_RUN");
  if (new TextEncoder().encode(run).length > LONGEST_RUN) {
    throw new EngineError(
      `Cannot use TSD_RUN "${run}": its path is longer than the ${LONGEST_RUN} bytes that leave ` +
        `room for a socket's name, set TSD_RUN to a shorter one`,
      { kind: "invalid" },
    );
  }
  return { root, run, instance };
}

function absolute(path: string, variable: string): string {
  if (!path.startsWith("/")) {
    throw new EngineError(`Cannot use ${variable} "${path}": it must be an absolute path`, {
      kind: "invalid",
    });
  }
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

/** 32-bit FNV-1a: names an instance, protects nothing. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  }
  return value.toString(16).padStart(8, "0");
}
