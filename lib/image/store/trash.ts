/**
 * What is being deleted: out of the way at once, gone soon after.
 *
 * @module
 */

import { ifPresent } from "../../if_present.ts";
import { removeTree } from "../../state/mod.ts";
import { FileLock } from "./lock.ts";
import type { StoreLayout } from "./layout.ts";

/** The trash of one image store. */
export class Trash {
  readonly #layout: StoreLayout;

  /**
   * Opens the trash of a store.
   *
   * @param layout Where it is.
   */
  constructor(layout: StoreLayout) {
    this.#layout = layout;
  }

  /**
   * Moves a file or directory of the store into the trash.
   *
   * @param path What; missing is fine.
   */
  put(path: string): void {
    ifPresent(() => Deno.renameSync(path, `${this.#layout.trash}/${crypto.randomUUID()}`));
  }

  /** Deletes what is in the trash, also what a process that died left there. */
  async empty(): Promise<void> {
    // Two at once would trip over each other's deletions.
    using _lock = await FileLock.acquire(this.#layout.trashLock, "alone");
    for await (const { name } of Deno.readDir(this.#layout.trash)) {
      await removeTree(`${this.#layout.trash}/${name}`);
    }
  }
}
