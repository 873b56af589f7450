/**
 * Unpacked layers.
 *
 * A layer is there while its row and its directory are; either of them alone is the leftover of a
 * crash. Both change inside one transaction, so that a pull and a removal at the same time cannot mix
 * them up.
 *
 * @module
 */

import { exists } from "../../if_present.ts";
import type { Database } from "../../state/mod.ts";
import { type Digest, digestHex } from "../spec/digest.ts";
import type { StoreLayout } from "./layout.ts";
import type { Trash } from "./trash.ts";

/** The unpacked layers of one image store. */
export class LayerStore {
  readonly #database: Database;
  readonly #layout: StoreLayout;
  readonly #trash: Trash;
  #bootId: string | undefined;

  /**
   * Opens the layers of a store.
   *
   * @param database Where their rows are.
   * @param layout Where their directories are.
   * @param trash Takes directories that are in the way.
   */
  constructor(database: Database, layout: StoreLayout, trash: Trash) {
    this.#database = database;
    this.#layout = layout;
    this.#trash = trash;
  }

  /**
   * Tells whether a layer can be used.
   *
   * @param diffId Its diff ID.
   * @returns Whether it is there, and whole: one unpacked just before the machine went down may not
   * have reached the disk.
   */
  has(diffId: Digest): boolean {
    const row = this.#database.get<{ boot: string | null }>(
      "SELECT unsynced_boot_id AS boot FROM layers WHERE diff_id = ?",
      diffId,
    );
    if (!row || (row.boot !== null && row.boot !== this.#boot())) return false;
    return exists(this.#layout.layer(diffId));
  }

  /**
   * Gives an unpacked layer its name and records it.
   *
   * @param diffId Its diff ID; its files are in the incoming directory.
   * @param size Bytes of its files.
   */
  commit(diffId: Digest, size: number): void {
    const directory = this.#layout.layer(diffId);
    this.#database.transaction(() => {
      // What `has` refuses: the leftover of a crash, or of a machine that went down.
      if (exists(directory)) this.#trash.put(directory);
      Deno.renameSync(this.#layout.incomingLayer(diffId), directory);
      this.#database.run(
        `INSERT INTO layers (diff_id, size, created_at, unsynced_boot_id) VALUES (?, ?, ?, ?)
         ON CONFLICT (diff_id) DO UPDATE SET size = excluded.size,
           created_at = excluded.created_at, unsynced_boot_id = excluded.unsynced_boot_id`,
        diffId,
        size,
        Date.now(),
        this.#boot(),
      );
    });
  }

  /**
   * Tells whether layers have reached the disk.
   *
   * @param layers The layers.
   * @returns Whether all of them are known to have.
   */
  areSynced(layers: readonly { diffId: Digest }[]): boolean {
    return layers.every(({ diffId }) =>
      this.#database.get(
        "SELECT 1 FROM layers WHERE diff_id = ? AND unsynced_boot_id IS NULL",
        diffId,
      ) !== undefined
    );
  }

  /**
   * Notes that layers have reached the disk.
   *
   * @param diffIds Their diff IDs.
   */
  markSynced(diffIds: readonly Digest[]): void {
    for (const diffId of diffIds) {
      this.#database.run("UPDATE layers SET unsynced_boot_id = NULL WHERE diff_id = ?", diffId);
    }
  }

  /**
   * Deletes the row and hides the directory of a layer, unless an image has it.
   *
   * @param diffId Its diff ID.
   * @returns The bytes of its files; nothing where it stays or was not there.
   */
  delete(diffId: Digest): number | undefined {
    const directory = this.#layout.layer(diffId);
    return this.#database.transaction(() => {
      const row = this.#database.get<{ size: number }>(
        `SELECT size FROM layers WHERE diff_id = ?
         AND NOT EXISTS (SELECT 1 FROM image_layers WHERE diff_id = ?)`,
        diffId,
        diffId,
      );
      if (!row) return undefined;
      this.#database.run("DELETE FROM layers WHERE diff_id = ?", diffId);
      if (exists(directory)) this.#trash.put(directory);
      const hex = digestHex(diffId);
      const copies = this.#layout.shiftedLayers().filter((copy) => copy.hex === hex);
      for (const { path } of copies) this.#trash.put(path);
      return row.size;
    });
  }

  #boot(): string {
    return this.#bootId ??= Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim();
  }
}
