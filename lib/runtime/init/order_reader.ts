/**
 * Init's half of the pipe its parent gives orders through.
 *
 * @module
 */

import { read } from "../../../ffi/mod.ts";
import { InitFd, type InitOrder, parseMessages } from "./messages.ts";

const BUFFER_SIZE = 4096;

/** Reads orders, waiting for them. */
export class OrderReader {
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  readonly #decoder = new TextDecoder();
  #orders: InitOrder[] = [];
  #text = "";

  /**
   * Waits for the next order.
   *
   * @returns The order, or nothing where the parent is gone.
   */
  next(): InitOrder | undefined {
    while (this.#orders.length === 0) {
      const count = read(InitFd.ORDERS, this.#buffer);
      if (!count) return undefined;
      this.#text += this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true });
      const { messages, rest } = parseMessages<InitOrder>(this.#text);
      this.#orders = messages;
      this.#text = rest;
    }
    return this.#orders.shift();
  }
}
