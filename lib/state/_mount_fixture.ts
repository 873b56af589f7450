/**
 * File systems for tests: small ones, full ones, those that say little of themselves.
 *
 * @module
 */

import assert from "node:assert/strict";

/** A file system that is mounted until this is disposed of. Needs root. */
export class FixtureMount implements AsyncDisposable {
  /** Where it is mounted. */
  readonly directory: string;
  readonly #isOwn: boolean;

  /**
   * Mounts an empty file system.
   *
   * @param type Its type, such as `tmpfs`.
   * @param options Its options, as mount(8) takes them.
   * @param directory Where; absent, at a temporary directory.
   */
  constructor(type: string, options: string, directory?: string) {
    this.directory = directory ?? Deno.makeTempDirSync({ prefix: "tsd-mount-" });
    this.#isOwn = directory === undefined;
    run("mount", "-t", type, "-o", options, "none", this.directory);
  }

  /** Unmounts it. */
  async [Symbol.asyncDispose](): Promise<void> {
    run("umount", this.directory);
    if (this.#isOwn) await Deno.remove(this.directory);
  }
}

function run(program: string, ...args: string[]): void {
  const { code, stderr } = new Deno.Command(program, { args }).outputSync();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}
