/**
 * What goes wrong with a registry, in words.
 *
 * @module
 */

import { EngineError, type EngineErrorOptions } from "../../errors.ts";
import { familiarName, familiarRepository, type Reference } from "../spec/reference.ts";
import { readBounded } from "./body.ts";
import { retryAfterMilliseconds } from "./retry.ts";

/**
 * Whether trying again may help:
 *
 * - `final`: it will not
 * - `unreachable`: nothing answers at the address; only where it answered a moment ago
 * - `transient`: the registry is overloaded or the connection broke off
 */
export type Persistence = "final" | "unreachable" | "transient";

/** Options of {@linkcode RegistryError}. */
export interface RegistryErrorOptions extends EngineErrorOptions {
  /** Whether trying again may help. */
  persistence: Persistence;
  /** How long the registry asked to wait. */
  retryAfterMilliseconds?: number | undefined;
  /** What the registry called it, see {@linkcode ReportedError}. */
  code?: string | undefined;
}

/** A failure of, or on the way to, a registry. */
export class RegistryError extends EngineError {
  /** The class's name, as `Error.prototype.name` is. */
  override readonly name: string = "RegistryError";
  /** Whether trying again may help. */
  readonly persistence: Persistence;
  /** How long the registry asked to wait. */
  readonly retryAfterMilliseconds?: number;
  /** What the registry called it: `blob upload unknown`; absent where it did not. */
  readonly code?: string;

  /**
   * Creates an error.
   *
   * @param message What could not be done and why.
   * @param options Its kind and whether trying again may help.
   */
  constructor(message: string, options: RegistryErrorOptions) {
    super(message, options);
    this.persistence = options.persistence;
    if (options.retryAfterMilliseconds !== undefined) {
      this.retryAfterMilliseconds = options.retryAfterMilliseconds;
    }
    if (options.code !== undefined) this.code = options.code;
  }
}

/** What was asked of a registry when it refused. */
export interface RegistryTask {
  /** What the user wants done: `pull`, `push`. */
  readonly verb: string;
  /** The image. */
  readonly reference: Reference;
  /** What was asked for, such as `manifest` or `blob sha256:…`. */
  readonly object: string;
  /** The host that was asked. */
  readonly host: string;
}

/** An error as a registry reports it (distribution-spec, "Error Codes"). */
export interface ReportedError {
  /** Such as `manifest unknown`, in Docker's spelling of the code. */
  readonly code: string;
  /** Docker's words for the whole error: `manifest unknown: manifest unknown`. */
  readonly text: string;
}

const LONGEST_ERROR_BODY = 64 * 1024;
const LONGEST_QUOTE = 300;

/**
 * Puts a network failure into words.
 *
 * @param host The host that was asked.
 * @param error What `fetch` threw.
 * @returns The error to throw.
 */
export function networkError(host: string, error: unknown): RegistryError {
  // fetch has no error codes: the reason stands in the text of the error or of its cause.
  const text = error instanceof Error
    ? error.cause instanceof Error ? error.cause.message : error.message
    : String(error);
  const [state, persistence] = networkState(host, text);
  // Without the cause: its text holds the URL, and with it signatures and tokens.
  return new RegistryError(`Cannot reach registry "${host}": ${state}`, {
    kind: "unavailable",
    persistence,
  });
}

function networkState(host: string, text: string): [state: string, persistence: Persistence] {
  const certificate = /invalid peer certificate: (.*)$/.exec(text)?.[1];
  if (certificate !== undefined || /self.?signed certificate/i.test(text)) {
    const reason = /^[A-Za-z]+/.exec(certificate ?? "")?.[0] ?? "self-signed";
    const hint = `put its authority's certificate into /etc/tsd/certs.d/${host}/ca.crt`;
    return [`its certificate is not trusted (${reason}), ${hint}`, "final"];
  }
  if (/connection refused/i.test(text)) return ["connection refused", "unreachable"];
  if (/dns error|failed to lookup/i.test(text)) return ["no such host", "unreachable"];
  if (/corrupt message|wrong version number|InvalidContentType/i.test(text)) {
    return [`it does not speak HTTPS, list it under "insecure-registries" to use HTTP`, "final"];
  }
  if (/requests to port \d+ are blocked/i.test(text)) {
    return ["its port is reserved for another protocol", "final"];
  }
  if (/proxy|tunnel/i.test(text)) return [`the proxy refused: ${redactUrls(text)}`, "unreachable"];
  if (/unreachable|no route/i.test(text)) return ["network is unreachable", "unreachable"];
  if (/timed? ?out/i.test(text)) return ["it does not answer in time", "transient"];
  if (/reset|closed|broken pipe|end of file|reading a body|eof/i.test(text)) {
    return ["the connection broke off", "transient"];
  }
  return [redactUrls(text), "transient"];
}

/**
 * Puts a registry's refusal into words, Docker's where scripts look for them; consumes the body.
 *
 * @param response The answer, of a status other than the wanted one.
 * @param task What was asked.
 * @param now Milliseconds since 1970.
 * @returns The error to throw.
 */
export async function responseError(
  response: Response,
  task: RegistryTask,
  now: number,
): Promise<RegistryError> {
  const { status } = response;
  const { verb, reference, object, host } = task;
  const reported = await readReported(response);
  const opening = `Cannot ${verb} image "${familiarName(reference)}"`;
  const details = reported === undefined ? "" : `: ${reported.text}`;
  const final = (kind: EngineErrorOptions["kind"], state: string) =>
    new RegistryError(`${opening}: ${state}`, {
      kind,
      persistence: "final",
      code: reported?.code,
    });

  if (status === 401 || status === 403 || reported?.code === "denied") {
    return final(
      "denied",
      `${verb} access denied for ${familiarRepository(reference)}, repository does not exist or ` +
        `may require 'tsd login'${details}`,
    );
  }
  if (status === 429 || status === 408 || status >= 500) {
    return new RegistryError(
      `${opening}: ${host} answered ${object} with HTTP ${status}${details}`,
      {
        kind: "unavailable",
        persistence: status === 501 ? "final" : "transient",
        retryAfterMilliseconds: retryAfterMilliseconds(response.headers.get("retry-after"), now),
      },
    );
  }
  if (reported?.code === "name unknown") {
    return final("notFound", `repository ${familiarRepository(reference)} not found${details}`);
  }
  if (isForeign(response, reported)) return notRegistryError(response, task);
  if (status === 404 && object === "manifest") {
    const text = details || ": manifest unknown: manifest unknown";
    return final("notFound", `manifest for ${familiarName(reference)} not found${text}`);
  }
  const kind = status === 404 ? "notFound" : "unavailable";
  return final(kind, `${host} answered ${object} with HTTP ${status}${details}`);
}

/**
 * Says that what answered is not a registry.
 *
 * @param response The answer.
 * @param task What was asked.
 * @returns The error to throw.
 */
export function notRegistryError(response: Response, task: RegistryTask): RegistryError {
  const type = response.headers.get("content-type")?.replace(/;.*$/s, "") ?? "no content type";
  return new RegistryError(
    `Cannot ${task.verb} image "${familiarName(task.reference)}": ${task.host} does not answer ` +
      `as a registry (HTTP ${response.status}, ${quote(type)})`,
    { kind: "unavailable", persistence: "final" },
  );
}

/**
 * Reads what a registry or a token server says about its refusal.
 *
 * @param response The answer; its body is consumed, of which 64 KiB are read.
 * @returns The first error it reports, or undefined.
 */
export async function readReported(response: Response): Promise<ReportedError | undefined> {
  const bytes = await readBounded(response, LONGEST_ERROR_BODY);
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // not JSON, or cut at the bound: there are no words to quote
  }
  if (typeof body !== "object" || body === null) return undefined;
  const { errors, details } = body as { errors?: unknown; details?: unknown };
  if (typeof details === "string") return { code: "", text: quote(details) };
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (typeof first !== "object" || first === null) return undefined;
  const { code, message } = first as { code?: unknown; message?: unknown };
  if (typeof code !== "string") return undefined;
  const words = code.toLowerCase().replaceAll("_", " ");
  return { code: words, text: quote(typeof message === "string" ? `${words}: ${message}` : words) };
}

/**
 * Leaves out the queries of the URLs in a text: they carry signatures and tokens.
 *
 * @param text Any text.
 * @returns The text with `?…` for each query, and without users and passwords.
 */
export function redactUrls(text: string): string {
  return text.replaceAll(/(https?:\/\/[^\s?#)"']*)\?[^\s)"']*/g, "$1?…")
    .replaceAll(/(https?:\/\/)[^\s/@]*@/g, "$1");
}

function isForeign(response: Response, reported: ReportedError | undefined): boolean {
  if (reported !== undefined) return false;
  return /text\/html|application\/xhtml/i.test(response.headers.get("content-type") ?? "");
}

/** A registry's own words, made safe for one line of a terminal. */
function quote(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters could rewrite the terminal
  const line = redactUrls(text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim());
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)}…` : line;
}
