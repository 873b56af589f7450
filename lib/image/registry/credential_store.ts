/**
 * Keeping credentials for registries where Docker keeps them: its configuration file, or a helper.
 *
 * @module
 */

import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { flock, FlockOperation } from "../../../ffi/flock.ts";
import { EngineError } from "../../errors.ts";
import { objectAt, optionalAt, parseJson } from "../../json.ts";
import { replaceFile } from "../../state/mod.ts";
import { eraseFromHelper, type HelperKey, storeInHelper } from "./credential_helper.ts";
import type { Credentials } from "./credentials.ts";
import { dockerConfigPath, helperOf, readDockerConfig } from "./docker_config.ts";
import { credentialKey, hostOf } from "./key.ts";

/** Where credentials were put. */
export type CredentialPlace = { kind: "helper"; helper: string } | { kind: "file"; path: string };

/**
 * Keeps credentials for a registry; those it had are replaced.
 *
 * @param registry The registry of a reference.
 * @param credentials The credentials.
 * @param path Docker's configuration file.
 * @returns Where they are: in the helper that the file names, or in the file itself.
 * @throws {EngineError} The file is malformed or cannot be written, or the helper does not work.
 */
export async function saveCredentials(
  registry: string,
  credentials: Credentials,
  path: string = dockerConfigPath(),
): Promise<CredentialPlace> {
  const helper = await helperFor(registry, path);
  if (helper) await storeInHelper(helper, credentials);
  await editAuths(path, (auths) => {
    // What a helper keeps has an empty entry: it tells that somebody is logged in.
    auths[credentialKey(registry)] = helper ? {} : entryOf(credentials);
  });
  return helper ? { kind: "helper", helper: helper.helper } : { kind: "file", path };
}

/**
 * Forgets the credentials for a registry; where there are none, nothing happens.
 *
 * @param registry The registry of a reference.
 * @param path Docker's configuration file.
 * @throws {EngineError} The file is malformed or cannot be written, or the helper does not work.
 */
export async function eraseCredentials(
  registry: string,
  path: string = dockerConfigPath(),
): Promise<void> {
  const helper = await helperFor(registry, path);
  const host = hostOf(credentialKey(registry));
  await editAuths(path, (auths) => {
    for (const key of Object.keys(auths)) if (hostOf(key) === host) delete auths[key];
  });
  if (helper) await eraseFromHelper(helper);
}

async function helperFor(registry: string, path: string): Promise<HelperKey | undefined> {
  return helperOf(await readDockerConfig(path), registry);
}

function entryOf(credentials: Credentials): Record<string, string> {
  if (credentials.kind === "identityToken") return { identitytoken: credentials.token };
  const { username, password } = credentials;
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return { auth: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")) };
}

/** Changes the file's part about credentials; whatever else stands in it stays. */
async function editAuths(
  path: string,
  edit: (auths: Record<string, unknown>) => void,
): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    using _lock = await lockFolder(folder);
    const document = await readDocument(path);
    const before = JSON.stringify(document);
    const auths = optionalAt(document.auths, "auths", objectAt) ?? {};
    edit(auths);
    const after = { ...document, auths };
    // Logging out where nobody is logged in shall not create a file.
    const isChange = JSON.stringify(after) !== before && !(before === "{}" && isEmpty(auths));
    if (isChange) await replaceFile(path, JSON.stringify(after, null, "\t"), { mode: 0o600 });
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError(`Cannot save credentials in "${path}"`, { kind: "system", cause: error });
  }
}

/** Two logins at once would lose one; the lock is on the folder itself and leaves no file there. */
async function lockFolder(folder: string): Promise<Disposable> {
  const fd = open(folder, OpenFlag.RDONLY | OpenFlag.DIRECTORY | OpenFlag.CLOEXEC);
  try {
    await flock(fd, FlockOperation.EXCLUSIVE);
  } catch (error) {
    close(fd);
    throw error;
  }
  return { [Symbol.dispose]: () => close(fd) };
}

async function readDocument(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
  // It has been checked by who has read it for its helpers.
  return objectAt(parseJson(text), "the file");
}

function isEmpty(record: Record<string, unknown>): boolean {
  return Object.keys(record).length === 0;
}
