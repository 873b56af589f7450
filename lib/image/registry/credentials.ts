/**
 * Who is asking a registry.
 *
 * @module
 */

/** Who is asking: a name and password, or a token that stands for them. */
export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  | { readonly kind: "identityToken"; readonly token: string };

/** Where credentials come from. */
export interface CredentialSource {
  /**
   * Looks a registry's credentials up.
   *
   * @param registry The registry of a reference: `docker.io`, `localhost:5000`.
   * @returns The credentials, or undefined where there are none.
   */
  get(registry: string): Promise<Credentials | undefined>;
}
