/**
 * Getting one blob into a repository, over as many connections as it takes.
 *
 * @module
 */

import type { Descriptor } from "../spec/manifest.ts";
import { RegistryError } from "../registry/error.ts";
import type { RetryBudget } from "../registry/retry.ts";
import type { BlobContent } from "./blob_content.ts";
import {
  beginUpload,
  cancelUpload,
  finishUpload,
  hasBlob,
  LostUploadError,
  mountBlob,
  resumeUpload,
  sendPiece,
  TooLargeError,
  type UploadSession,
} from "./blob_requests.ts";
import { type PushTarget, retrying } from "./target.ts";

/** A blob that is pushed. */
export interface PushedBlob {
  /** What it is. */
  readonly descriptor: Descriptor;
  /**
   * Gives its content, once it is known that the registry does not have it.
   *
   * @returns The content.
   * @throws {EngineError} It cannot be had.
   */
  content(): Promise<BlobContent>;
  /** Repositories of the same registry that may have it: `library/alpine`. */
  readonly sources: readonly string[];
  /** Told how many bytes have been sent, which becomes less where some are sent again. */
  readonly onSent?: (sent: number) => void;
}

/** How a blob got into a repository. */
export type UploadResult =
  | { kind: "exists" }
  | { kind: "uploaded" }
  | { kind: "mounted"; from: string };

// One request less for what would not be continued anyway.
const MONOLITHIC_BYTES = 1024 * 1024;
// Many registries on the way to this one let no more than ten through; five are sent at a time.
const CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * Gets a blob into a repository, unless it is there.
 *
 * Small ones are sent in one request, others as a stream. Where that breaks off, what is left is
 * sent in chunks: from where the registry says that it has come to, or from the beginning.
 *
 * @param target The repository.
 * @param blob The blob.
 * @returns How it got there.
 * @throws {EngineError} It did not.
 */
export async function uploadBlob(target: PushTarget, blob: PushedBlob): Promise<UploadResult> {
  const { descriptor: { digest }, sources } = blob;
  if (await retrying(target, digest, () => hasBlob(target, blob.descriptor))) {
    return { kind: "exists" };
  }
  let begun: UploadSession | undefined;
  for (const from of sources) {
    const mounted = await retrying(target, digest, () => mountBlob(target, digest, from));
    if (begun && mounted) await cancelUpload(target, begun, digest).catch(ignoreRegistry);
    if (mounted === true) return { kind: "mounted", from };
    begun = mounted ?? begun;
  }
  const { descriptor, onSent } = blob;
  const upload = { descriptor, content: await blob.content(), ...onSent && { onSent } };
  await new BlobUpload(target, upload, begun).run();
  return { kind: "uploaded" };
}

type UploadedBlob = Pick<PushedBlob, "descriptor" | "onSent"> & { readonly content: BlobContent };

/** An upload, which outlives connections. */
class BlobUpload {
  readonly #target: PushTarget;
  readonly #blob: UploadedBlob;
  readonly #budget: RetryBudget;
  #session: UploadSession | undefined;
  #hasFailed = false;

  constructor(
    target: PushTarget,
    blob: UploadedBlob,
    session: UploadSession | undefined,
  ) {
    this.#target = target;
    this.#blob = blob;
    this.#session = session;
    this.#budget = target.budget(blob.descriptor.digest);
  }

  async run(): Promise<void> {
    const { digest } = this.#blob.descriptor;
    try {
      while (!await this.#attempt());
    } catch (error) {
      // Registries keep what was begun for days.
      if (this.#session) {
        await cancelUpload(this.#target, this.#session, digest).catch(ignoreRegistry);
      }
      throw error;
    }
  }

  /** Tries once; false where it is to be tried again. */
  async #attempt(): Promise<boolean> {
    const before = this.#session?.offset ?? 0;
    try {
      await this.#send();
      return true;
    } catch (error) {
      if ((this.#session?.offset ?? 0) > before) this.#budget.refill();
      await this.#recover(this.#blob.content.failure ?? error);
      return false;
    }
  }

  async #send(): Promise<void> {
    const { descriptor, content, onSent } = this.#blob;
    const { digest, size } = descriptor;
    // The registry may have got everything, and only its answer was lost.
    const isLost = this.#hasFailed && this.#session === undefined;
    if (isLost && await hasBlob(this.#target, descriptor)) return;
    let session = this.#session ??= await beginUpload(this.#target, digest);
    if (size <= MONOLITHIC_BYTES && session.offset === 0) {
      return await finishUpload(this.#target, session, digest, await content.read(0, size));
    }
    while (session.offset < size) {
      onSent?.(session.offset);
      session = this.#session = await this.#sendPiece(session);
    }
    await finishUpload(this.#target, session, digest);
  }

  async #sendPiece(session: UploadSession): Promise<UploadSession> {
    const { descriptor: { digest, size }, content } = this.#blob;
    const { offset, leastChunk } = session;
    const isWhole = !this.#hasFailed && offset === 0 && leastChunk === 0;
    const length = isWhole ? size : Math.min(size - offset, Math.max(CHUNK_BYTES, leastChunk));
    const body = isWhole
      ? content.open((sent) => this.#blob.onSent?.(sent))
      : await content.read(offset, length);
    const next = await sendPiece(this.#target, session, digest, { body, length });
    if (next.offset > offset && next.offset <= size) return next;
    throw new LostUploadError(
      `Cannot push blob ${digest}: ${this.#target.endpoint.host} says that it has ` +
        `${next.offset} bytes of ${size}`,
      { kind: "unavailable", persistence: "transient" },
    );
  }

  /** Waits, and finds out from where to go on. */
  async #recover(error: unknown): Promise<void> {
    const isTooLarge = error instanceof TooLargeError && !this.#hasFailed;
    if (!isTooLarge) await this.#budget.spend(error);
    this.#hasFailed = true;
    const session = this.#session;
    this.#session = undefined;
    if (session && !isTooLarge && !(error instanceof LostUploadError)) {
      const { digest } = this.#blob.descriptor;
      this.#session = await resumeUpload(this.#target, session, digest).catch(ignoreRegistry);
    }
    this.#blob.onSent?.(this.#session?.offset ?? 0);
  }
}

/** What comes of such a request changes nothing: an upload is begun again, or was given up. */
function ignoreRegistry(error: unknown): undefined {
  if (!(error instanceof RegistryError || error instanceof DOMException)) throw error;
}
