/**
 * Credentials for registries, from Docker's own configuration file.
 *
 * @module
 * @see https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties
 */

import { EngineError } from "../../errors.ts";
import { compact, objectAt, optionalAt, parseJson, recordAt, stringAt } from "../../json.ts";
import { type HelperKey, readFromHelper } from "./credential_helper.ts";
import type { Credentials, CredentialSource } from "./credentials.ts";
import { credentialKey, hostOf } from "./key.ts";

/** The part of Docker's `config.json` that is about credentials. */
export interface DockerConfig {
  /** Credentials by registry. */
  readonly auths: Readonly<Record<string, Credentials | undefined>>;
  /** The helper program of a registry, without `docker-credential-`. */
  readonly credHelpers: Readonly<Record<string, string>>;
  /** The helper program of all other registries. */
  readonly credsStore?: string;
}

/** Reads credentials from Docker's configuration file and its helpers, once for each registry. */
export class DockerCredentials implements CredentialSource {
  readonly #path: string;
  readonly #found = new Map<string, Promise<Credentials | undefined>>();
  #config: Promise<DockerConfig> | undefined;

  /**
   * Creates a source; nothing is read yet.
   *
   * @param path The file.
   */
  constructor(path: string = dockerConfigPath()) {
    this.#path = path;
  }

  /**
   * Looks a registry's credentials up.
   *
   * @param registry The registry of a reference.
   * @returns The credentials, or undefined where there are none.
   * @throws {EngineError} The file is malformed, or the helper does not work.
   */
  get(registry: string): Promise<Credentials | undefined> {
    let found = this.#found.get(registry);
    if (found === undefined) this.#found.set(registry, found = this.#look(registry));
    return found;
  }

  async #look(registry: string): Promise<Credentials | undefined> {
    const config = await (this.#config ??= readDockerConfig(this.#path));
    const helper = helperOf(config, registry);
    if (helper !== undefined) return await readFromHelper(helper);
    const key = credentialKey(registry);
    return ownValue(config.auths, key) ??
      Object.entries(config.auths).find(([name]) => hostOf(name) === hostOf(key))?.[1];
  }
}

/**
 * Gives the path of Docker's configuration file.
 *
 * @returns `$DOCKER_CONFIG/config.json`, or `~/.docker/config.json`.
 */
export function dockerConfigPath(): string {
  const folder = Deno.env.get("DOCKER_CONFIG") || `${Deno.env.get("HOME") ?? "/root"}/.docker`;
  return `${folder}/config.json`;
}

/**
 * Tells which helper keeps a registry's credentials.
 *
 * @param config Docker's configuration.
 * @param registry The registry of a reference.
 * @returns The helper and what to ask it for, or undefined where the file keeps them.
 */
export function helperOf(config: DockerConfig, registry: string): HelperKey | undefined {
  const key = credentialKey(registry);
  const helper = ownValue(config.credHelpers, registry) ?? ownValue(config.credHelpers, key) ??
    config.credsStore;
  return helper === undefined ? undefined : { helper, key };
}

/**
 * Reads Docker's configuration file; one that does not exist is an empty one.
 *
 * @param path The file.
 * @returns Its part about credentials.
 * @throws {EngineError} `invalid`: it is malformed; `system`: it cannot be read.
 */
export async function readDockerConfig(path: string): Promise<DockerConfig> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { auths: {}, credHelpers: {} };
    throw new EngineError(`Cannot read credentials "${path}"`, { kind: "system", cause: error });
  }
  try {
    const document = objectAt(parseJson(text), "the file");
    return compact({
      auths: optionalAt(document.auths, "auths", (v, at) => recordAt(v, at, authAt)) ?? {},
      credHelpers: optionalAt(document.credHelpers, "credHelpers", (v, at) =>
        recordAt(v, at, stringAt)) ?? {},
      credsStore: optionalAt(document.credsStore, "credsStore", stringAt) || undefined,
    });
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    // Without the cause: V8's syntax errors quote the document, and it holds passwords.
    throw new EngineError(`Cannot read credentials "${path}": ${error.message}`, {
      kind: "invalid",
    });
  }
}

function authAt(value: unknown, path: string): Credentials | undefined {
  const entry = objectAt(value, path);
  const member = (name: string) => optionalAt(entry[name], `${path}.${name}`, stringAt);
  const token = member("identitytoken");
  if (token) return { kind: "identityToken", token };
  const auth = member("auth");
  const [username, password] = auth ? decodeAuth(auth, path) : [
    member("username"),
    member("password"),
  ];
  return username ? { kind: "password", username, password: password ?? "" } : undefined;
}

/** `auth` is the base64 of `user:password`; Docker pads some with NUL. */
function decodeAuth(auth: string, path: string): [username: string, password: string] {
  let text: string;
  try {
    text = new TextDecoder().decode(Uint8Array.from(atob(auth), (c) => c.charCodeAt(0)));
  } catch {
    throw new TypeError(`${path}.auth must be base64`); // atob's error would quote the secret
  }
  const colon = text.indexOf(":");
  if (colon < 0) throw new TypeError(`${path}.auth must be the base64 of "user:password"`);
  return [text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, "")];
}

function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
