/**
 * The error every part of the engine reports on purpose.
 *
 * @module
 */

/**
 * What a caller can do about an {@linkcode EngineError}:
 *
 * - `notFound`: the named object does not exist
 * - `conflict`: the object exists, or its state forbids the operation
 * - `invalid`: the request itself is wrong and must be changed
 * - `denied`: permission or credentials are missing
 * - `unavailable`: something outside did not answer or lacks a feature; may work later or elsewhere
 * - `system`: the kernel or the disk refused
 * - `commandNotFound`, `commandNotExecutable`: the container's command could not be executed
 */
export type ErrorKind =
  | "notFound"
  | "conflict"
  | "invalid"
  | "denied"
  | "unavailable"
  | "system"
  | "commandNotFound"
  | "commandNotExecutable";

/** Options of {@linkcode EngineError}. */
export interface EngineErrorOptions {
  /** What the caller can do about it. */
  kind: ErrorKind;
  /** The error that led to this one. */
  cause?: unknown;
}

/** A failure the engine reports on purpose; anything else that is thrown is a bug. */
export class EngineError extends Error {
  /** The class's name, as `Error.prototype.name` is. */
  override readonly name: string = "EngineError";
  /** What the caller can do about it. */
  readonly kind: ErrorKind;

  /**
   * Creates an error; the message opens with `Cannot <verb> <object "name">`.
   *
   * @param message What could not be done, then `:` and the state found.
   * @param options The kind, and the cause where there is one.
   */
  constructor(message: string, options: EngineErrorOptions) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.kind = options.kind;
  }
}

/**
 * Makes the error of a request that is wrong and must be changed.
 *
 * @param message What is wrong with it, and what would be right.
 * @returns An error of kind `invalid`.
 */
export function invalid(message: string): EngineError {
  return new EngineError(message, { kind: "invalid" });
}

/** `No such file or directory (os error 2): readfile '/etc/x'`. */
const RUNTIME_DETAILS = / \(os error \d+\)(: [a-z_ ]+ '.*')?$/;

/**
 * Joins the messages of an error and its causes into one line, outermost first.
 *
 * A cause whose text is already part of what was said is left out.
 *
 * @param error Anything that was thrown.
 * @returns One line; the name of an error without a message.
 */
export function describeError(error: unknown): string {
  if (error instanceof SuppressedError) {
    // What went wrong first comes first; what went wrong while cleaning up after it stands beside it.
    return `${describeError(error.suppressed)} (and then: ${describeError(error.error)})`;
  }
  const parts: string[] = [];
  for (let at = error; at !== undefined && at !== null; at = (at as Error).cause) {
    const said = at instanceof Error ? at.message || at.name : String(at);
    const line = withoutControls(said.trim().replaceAll(/\s*\n\s*/g, " "));
    // As a cause, the runtime repeats what the message before it has said.
    const text = parts.length > 0 ? line.replace(RUNTIME_DETAILS, "") : line;
    if (!parts.some((part) => part.includes(text))) parts.push(text);
    if (!(at instanceof Error)) break;
  }
  return parts.join(": ");
}

/** Texts of archives and registries may hold what a terminal obeys. */
function withoutControls(text: string): string {
  return text.replaceAll(
    // deno-lint-ignore no-control-regex -- they are what is looked for.
    /[\x00-\x1f\x7f-\x9f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
