/**
 * Fetches a blob over as many connections as it takes.
 *
 * @module
 */

import type { Descriptor } from "../spec/manifest.ts";
import { bodyChunks } from "./body.ts";
import { networkError, RegistryError } from "./error.ts";
import type { RetryBudget } from "./retry.ts";

/** A blob's content from some offset on. */
export interface OpenBlob {
  /** The content. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** Where in the blob the content begins; 0 where the server does not know ranges. */
  readonly offset: number;
  /** Who sends it, for the messages. */
  readonly host: string;
}

/** Takes the next piece of a blob. */
export type BlobSink = (chunk: Uint8Array) => void | Promise<void>;

/** A blob on its way, which outlives connections and servers. */
export interface BlobTransfer {
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
  /** How long a server may stay silent. */
  readonly idleMilliseconds: number;
  /** How much has to come in that time, on the average. */
  readonly bytesPerSecond: number;
  /** What is fetched. */
  readonly descriptor: Descriptor;
  /** Takes the pieces, in order and each byte once. */
  readonly sink: BlobSink;
  /** How many bytes the sink has, those from before this transfer included. */
  received: number;
}

// Attempts begin anew only after so much: a server that sends a byte a connection is given up.
const PROGRESS_BYTES = 1024 * 1024;

/**
 * Fetches the rest of a blob; resumes where a connection broke off.
 *
 * @param transfer The blob; `received` says how far it came, also after an error.
 * @param open Opens the blob at an offset, or before it.
 * @param budget Decides how often to try.
 * @throws {RegistryError} It could not be fetched, or has another length than its descriptor says.
 * @throws What the sink threw; it is not tried again.
 */
export async function downloadRest(
  transfer: BlobTransfer,
  open: (offset: number) => Promise<OpenBlob>,
  budget: RetryBudget,
): Promise<void> {
  while (transfer.received < transfer.descriptor.size) {
    const before = transfer.received;
    try {
      await receive(transfer, await open(before));
    } catch (error) {
      if (transfer.received - before >= PROGRESS_BYTES) budget.refill();
      await budget.spend(error);
    }
  }
}

async function receive(transfer: BlobTransfer, opened: OpenBlob): Promise<void> {
  const { descriptor: { digest, size }, sink } = transfer;
  const { host } = opened;
  let position = opened.offset;
  for await (const chunk of networkChunks(transfer, opened)) {
    const end = position + chunk.length;
    if (end > size) throw lengthError(host, digest, `it has more than its ${size} bytes`, "final");
    if (end > transfer.received) {
      const news = chunk.subarray(Math.max(0, transfer.received - position));
      await sink(news);
      transfer.received = end;
    }
    position = end;
  }
  if (position < size) {
    throw lengthError(host, digest, `it ended after ${position} of ${size} bytes`, "transient");
  }
}

/** Tells failures of the network from failures of the consumer. */
async function* networkChunks(
  { bytesPerSecond, idleMilliseconds, signal }: BlobTransfer,
  { body, host }: OpenBlob,
): AsyncGenerator<Uint8Array, void, void> {
  const chunks = bodyChunks(body, idleMilliseconds, bytesPerSecond);
  try {
    while (true) {
      const { done, value } = await chunks.next().catch((error) => {
        signal?.throwIfAborted();
        throw networkError(host, error);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await chunks.return();
  }
}

function lengthError(
  host: string,
  digest: string,
  state: string,
  persistence: "final" | "transient",
): RegistryError {
  return new RegistryError(`Cannot fetch blob ${digest} from ${host}: ${state}`, {
    kind: "unavailable",
    persistence,
  });
}
