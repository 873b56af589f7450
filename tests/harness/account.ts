/**
 * The only account of the test registries with authentication.
 *
 * @module
 */

/** Its name and password. */
export const ACCOUNT = { username: "alice", password: "wonderland" } as const;

/** Value of an `Authorization` header that logs in by name and password. */
export const BASIC_AUTHORIZATION: string = `Basic ${
  btoa(`${ACCOUNT.username}:${ACCOUNT.password}`)
}`;

/** The account's line of an htpasswd file: bcrypt by crypt(3), with a fixed salt. */
export const HTPASSWD_LINE: string =
  `${ACCOUNT.username}:$2y$05$abcdefghijklmnopqrstuuA0vov2GDneHB3.8.cv9UF9g.RdvScIW\n`;
