/**
 * Where a push goes, and the requests it makes there.
 *
 * @module
 */

import type { Reference } from "../spec/reference.ts";
import type { Endpoint } from "../registry/endpoint.ts";
import { type RegistryError, responseError } from "../registry/error.ts";
import type { RegistryHttp, RegistryRequest } from "../registry/http.ts";
import type { RetryBudget } from "../registry/retry.ts";

/** A repository that is pushed to. */
export interface PushTarget {
  /** Sends the requests. */
  readonly http: RegistryHttp;
  /** The server. */
  readonly endpoint: Endpoint;
  /** An image of the repository, for the messages too. */
  readonly reference: Reference;
  /** Ends the requests. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Decides how often something is tried. */
  readonly budget: (subject: string) => RetryBudget;
}

/** A request to a {@linkcode PushTarget}. */
export interface PushRequest extends Pick<RegistryRequest, "method" | "path" | "body"> {
  /** What it is about, for the messages: `blob sha256:…`. */
  readonly object: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further scopes, such as `repository:library/alpine:pull`. */
  readonly scopes?: readonly string[];
}

// A registry answers the last request of a blob when its storage has it, which for a large one on a
// remote storage takes minutes.
const RESPONSE_MILLISECONDS = 600_000;

/**
 * Sends a request that may write to the repository.
 *
 * @param target The repository.
 * @param request What.
 * @returns The answer, of any status.
 * @throws {RegistryError} No answer came.
 */
export async function send(target: PushTarget, request: PushRequest): Promise<Response> {
  const { http, endpoint, reference, signal } = target;
  const { object: _, scopes = [], ...rest } = request;
  return await http.request(endpoint, {
    ...rest,
    scopes: [`repository:${reference.repository}:pull,push`, ...scopes],
    responseMilliseconds: RESPONSE_MILLISECONDS,
    signal,
  });
}

/**
 * Sends a request and ends its answer, of which the headers are enough.
 *
 * @param target The repository.
 * @param request What.
 * @param statuses Those that are well.
 * @returns The answer, without a body.
 * @throws {RegistryError} No answer came, or one of another status.
 */
export async function sendExpecting(
  target: PushTarget,
  request: PushRequest,
  ...statuses: number[]
): Promise<Response> {
  const response = await send(target, request);
  if (!statuses.includes(response.status)) throw await refusal(target, request, response);
  await response.body?.cancel();
  return response;
}

/**
 * Puts a refused request into words; consumes the answer's body.
 *
 * @param target The repository.
 * @param request What was asked.
 * @param response The answer.
 * @returns The error to throw.
 */
export async function refusal(
  target: PushTarget,
  { object }: PushRequest,
  response: Response,
): Promise<RegistryError> {
  const { reference, endpoint: { host } } = target;
  return await responseError(response, { verb: "push", reference, object, host }, target.now());
}

/**
 * Does something until it succeeds or has failed too often.
 *
 * @param target The repository.
 * @param subject What is tried, for the reports.
 * @param task Does it.
 * @returns What the task returned.
 */
export async function retrying<T>(
  target: PushTarget,
  subject: string,
  task: () => Promise<T>,
): Promise<T> {
  const budget = target.budget(subject);
  while (true) {
    try {
      return await task();
    } catch (error) {
      await budget.spend(error);
    }
  }
}
