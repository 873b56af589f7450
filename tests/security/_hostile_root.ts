/**
 * Root file systems that an attacker has prepared.
 *
 * @module
 */

import { busyboxRoot } from "../harness/images.ts";

/** A folder to run a container of, with `--rootfs`. */
export class HostileRoot implements AsyncDisposable {
  /** The folder. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Prepares a root with busybox.
   *
   * @param fill Does the attacker's part.
   * @returns The root.
   */
  static async create(fill: (dir: string) => void | Promise<void>): Promise<HostileRoot> {
    const root = new HostileRoot(
      await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-hostile-" }),
    );
    await Deno.chmod(root.path, 0o755);
    await busyboxRoot(root.path);
    await fill(root.path);
    return root;
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** A folder of the test's. */
export class Folder implements AsyncDisposable {
  /** Its path. */
  readonly path: string = Deno.makeTempDirSync({ dir: "/var/tmp", prefix: "tsd-folder-" });

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
