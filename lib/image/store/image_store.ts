/**
 * The image store of an instance.
 *
 * @module
 */

import type { Database } from "../../state/mod.ts";
import { BlobStore } from "./blobs.ts";
import { LayerStore } from "./layers.ts";
import { StoreLayout } from "./layout.ts";
import { FileLock } from "./lock.ts";
import { Nearby } from "./nearby.ts";
import { Trash } from "./trash.ts";

/** Images, layers and blobs of one `TSD_ROOT`; any number of processes may use it at once. */
export class ImageStore {
  /** The instance's database. */
  readonly database: Database;
  /** Where what is. */
  readonly layout: StoreLayout;
  /** What is being deleted. */
  readonly trash: Trash;
  /** Manifests, configs and compressed layers. */
  readonly blobs: BlobStore;
  /** Unpacked layers. */
  readonly layers: LayerStore;
  readonly #nearby: Nearby;
  #isCreated = false;

  /**
   * Opens the store; touches no file.
   *
   * @param database The instance's database.
   * @param root Absolute path of `TSD_ROOT`.
   */
  constructor(database: Database, root: string) {
    this.database = database;
    this.layout = new StoreLayout(root);
    this.trash = new Trash(this.layout);
    this.blobs = new BlobStore(this.layout);
    this.layers = new LayerStore(database, this.layout, this.trash);
    this.#nearby = new Nearby(this.layout.nearby);
  }

  /**
   * Begins a pull: until it ends nobody takes what it has stored for a leftover.
   *
   * @param signal Ends the wait for somebody who is removing leftovers.
   * @returns Ends the pull when disposed.
   */
  async beginPull(signal?: AbortSignal): Promise<Disposable> {
    this.create();
    using pull = new DisposableStack();
    pull.use(await FileLock.acquire(this.layout.pullsLock, "shared", signal));
    // Of a pull that was killed: its place is that of layers which may have been removed since.
    this.#nearby.leave();
    pull.defer(() => this.#nearby.leave());
    return pull.move();
  }

  /**
   * Makes an empty directory for a layer to be unpacked into, near to those of the same pull.
   *
   * @param path Its absolute path, in the folder of what is not complete; nothing is there.
   */
  makeLayerDirectory(path: string): void {
    this.#nearby.makeDirectory(path);
  }

  /** Creates the store's folders; needed before anything is written. */
  create(): void {
    if (!this.#isCreated) this.layout.create();
    this.#isCreated = true;
  }
}
