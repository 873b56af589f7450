/**
 * Folders that look like a cgroup.
 *
 * @module
 */

import type { CgroupLayout } from "./layout.ts";

/** The cgroup's path. */
export const CGROUP = "/tsd/one";

const V1_CONTROLLERS = [
  "memory",
  "cpu",
  "cpuacct",
  "cpuset",
  "blkio",
  "pids",
  "devices",
  "hugetlb",
  "net_cls",
  "net_prio",
];

/** A cgroup of a host that has all controllers, on v1 in one hierarchy. */
export class FakeCgroup implements Disposable {
  /** The host's layout. */
  readonly layout: CgroupLayout;
  readonly #folder: string;
  readonly #mountPoint = Deno.makeTempDirSync();

  /**
   * Makes the cgroup.
   *
   * @param version The host's.
   * @param files What it holds, by name.
   */
  constructor(version: "v1" | "v2", files: Record<string, string> = {}) {
    this.#folder = `${this.#mountPoint}${CGROUP}`;
    const controllers = version === "v1" ? V1_CONTROLLERS : [];
    this.layout = { version, hierarchies: [{ controllers, mountPoint: this.#mountPoint }] };
    Deno.mkdirSync(this.#folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      Deno.writeTextFileSync(`${this.#folder}/${name}`, text);
    }
  }

  /**
   * Lists what was written.
   *
   * @returns The files that hold anything, by name.
   */
  written(): Record<string, string> {
    return Object.fromEntries(
      [...Deno.readDirSync(this.#folder)]
        .map(({ name }) => [name, Deno.readTextFileSync(`${this.#folder}/${name}`)] as const)
        .filter(([, text]) => text !== "")
        .toSorted(),
    );
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.#mountPoint, { recursive: true });
  }
}
