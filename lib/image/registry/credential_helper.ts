/**
 * Docker's credential helpers: programs named `docker-credential-NAME` that keep secrets.
 *
 * @module
 * @see https://github.com/docker/docker-credential-helpers, the protocol
 */

import { hostProgram } from "../../../ffi/host_program.ts";
import { EngineError } from "../../errors.ts";
import { objectAt, stringAt } from "../../json.ts";
import type { Credentials } from "./credentials.ts";
import { hostOf } from "./key.ts";

// What a helper gives, and is given, as the user when the secret is an identity token.
const TOKEN_USER = "<token>";

const VERBS = { get: "read", store: "store", erase: "erase" } as const;

/** A credential helper and the registry it is asked about. */
export interface HelperKey {
  /** The helper's name, without `docker-credential-`. */
  readonly helper: string;
  /** The name that the registry's credentials are kept under. */
  readonly key: string;
}

/**
 * Asks a helper for credentials.
 *
 * @param at Whom, and about what.
 * @returns The credentials, or undefined where it has none.
 * @throws {EngineError} `unavailable`: it does not work.
 */
export async function readFromHelper(at: HelperKey): Promise<Credentials | undefined> {
  const output = await run("get", at, at.key);
  if (output === undefined) return undefined;
  try {
    const answer = objectAt(JSON.parse(output), "the answer");
    const username = stringAt(answer.Username, "Username");
    const secret = stringAt(answer.Secret, "Secret");
    if (username === TOKEN_USER) return { kind: "identityToken", token: secret };
    return username === "" ? undefined : { kind: "password", username, password: secret };
  } catch {
    throw failure("get", at, `${programOf(at)} gave an answer that is not understood`); // a secret
  }
}

/**
 * Gives credentials to a helper.
 *
 * @param at Whom, and about what.
 * @param credentials The credentials.
 * @throws {EngineError} `unavailable`: it does not work.
 */
export async function storeInHelper(at: HelperKey, credentials: Credentials): Promise<void> {
  const [Username, Secret] = credentials.kind === "password"
    ? [credentials.username, credentials.password]
    : [TOKEN_USER, credentials.token];
  await run("store", at, JSON.stringify({ ServerURL: at.key, Username, Secret }));
}

/**
 * Has a helper forget credentials.
 *
 * @param at Whom, and about what.
 * @throws {EngineError} `unavailable`: it does not work.
 */
export async function eraseFromHelper(at: HelperKey): Promise<void> {
  await run("erase", at, at.key);
}

/** Runs a helper; secrets go through its standard input, never its arguments. */
async function run(
  action: keyof typeof VERBS,
  at: HelperKey,
  input: string,
): Promise<string | undefined> {
  const program = programOf(at);
  // A name with a slash would be run from anywhere instead of being looked up in PATH.
  if (at.helper.includes("/")) {
    throw failure(action, at, `"${program}" is not the name of a credential helper`);
  }
  let output: Deno.CommandOutput;
  try {
    output = await communicate(program, action, input);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw failure(action, at, `${program} failed`, error);
    }
    throw failure(action, at, `${program}, named in Docker's config.json, is not installed`);
  }
  const text = new TextDecoder().decode(output.stdout).trim();
  if (output.success) return text;
  if (/credentials not found/i.test(text)) return undefined;
  const state = text.split("\n")[0] || `exit code ${output.code}`;
  throw failure(action, at, `${program} failed: ${state}`);
}

async function communicate(
  program: string,
  action: string,
  input: string,
): Promise<Deno.CommandOutput> {
  const command = hostProgram(program, {
    args: [action],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  // A helper that ends without reading breaks the pipe; its exit code tells what happened.
  const written = writer.write(new TextEncoder().encode(input)).then(() => writer.close())
    .catch(() => {});
  const output = await child.output();
  await written;
  return output;
}

function programOf({ helper }: HelperKey): string {
  return `docker-credential-${helper}`;
}

function failure(
  action: keyof typeof VERBS,
  { key }: HelperKey,
  state: string,
  cause?: unknown,
): EngineError {
  return new EngineError(
    `Cannot ${VERBS[action]} credentials of registry "${hostOf(key)}": ${state}`,
    { kind: "unavailable", cause },
  );
}
