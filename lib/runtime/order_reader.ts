/**
 * The half of init, or of a joining process, of the pipe its parent gives orders through.
 *
 * @module
 */

import { read } from "../../ffi/mod.ts";
import { InitFd, type InitOrder, parseMessages } from "./messages.ts";

const BUFFER_SIZE = 4096;

/** Reads orders, waiting for them. */
export class OrderReader<T = InitOrder> {
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  readonly #decoder = new TextDecoder();
  #orders: T[] = [];
  #text = "";

  /**
   * Waits for the next order.
   *
   * @returns The order, or nothing where the parent is gone.
   */
  next(): T | undefined {
    while (this.#orders.length === 0) {
      const count = read(InitFd.ORDERS, this.#buffer);
      if (!count) return undefined;
      this.#text += this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true });
      const { messages, rest } = parseMessages<T>(this.#text);
      this.#orders = messages;
      this.#text = rest;
    }
    return this.#orders.shift();
  }
}
