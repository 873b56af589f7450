/**
 * The network of a container while it is made.
 *
 * @module
 */

import { close } from "../../../ffi/mod.ts";

/** A container's network that is being made. */
export class ContainerNetwork implements AsyncDisposable {
  readonly #namespace: number;
  /** Leads init to its namespace. */
  readonly path: string;
  /** Settles once the container is connected. */
  readonly ready: Promise<void>;

  /**
   * Takes charge of a namespace.
   *
   * @param namespace A descriptor of it.
   * @param path Leads init to it.
   * @param ready Settles once the container is connected.
   */
  constructor(namespace: number, path: string, ready: Promise<void>) {
    this.#namespace = namespace;
    this.path = path;
    this.ready = ready;
  }

  /** Lets go of the namespace, once nobody is at work on it: from then on it is its processes'. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.ready.catch(() => {});
    close(this.#namespace);
  }
}
