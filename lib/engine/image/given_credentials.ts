/**
 * Credentials that were given for one pull or push.
 *
 * @module
 */

import type { Credentials, CredentialSource } from "../../image/registry/credentials.ts";

/**
 * Has a registry, and no other server such as a mirror, be told what was given for it.
 *
 * @param registry The registry of the image's reference.
 * @param credentials What was given; nothing where what a login has kept is to be used.
 * @returns The option that says so, for pulls and pushes.
 */
export function givenCredentials(
  registry: string,
  credentials: Credentials | undefined,
): { credentials?: CredentialSource } {
  if (credentials === undefined) return {};
  return {
    credentials: {
      get: (asked) => Promise.resolve(asked === registry ? credentials : undefined),
    },
  };
}
