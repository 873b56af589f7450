/**
 * The environment of whoever typed the command, without what the runtime would obey.
 *
 * Variables choose what code the runtime runs (`NODE_OPTIONS=--require`), what it trusts (`DENO_CERT`),
 * what it writes (`SSLKEYLOGFILE`, `DENO_V8_FLAGS=--logfile`) and whom it connects to (`OTEL_DENO`): a
 * caller who may run this program as root, and nothing else, is to choose none of that. So they are
 * hidden from it by another first letter, and found here all the same: `run -e NODE_OPTIONS` means the
 * caller's.
 *
 * @module
 */

/** How names of variables begin that are hidden; eight bytes at most. */
export const HIDDEN_PREFIXES: readonly string[] = [
  "DENO",
  "NODE_",
  "OTEL_",
  // Registries of packages, of which the bundle has none to load.
  "JSR_",
  "NPM_",
  "npm_",
  // TLS keys are appended to the file it names.
  "SSLKEYLO",
  // Has the runtime print completions of its own command line.
  "COMPLETE",
  "X_DENO_F",
];

/** What is in place of a hidden name's first letter. */
export const HIDDEN_LETTER = "_";

/** What the runtime is told instead. Certificates are the host's, and `SSL_CERT_FILE` names others. */
export const RUNTIME_VARIABLES: Readonly<Record<string, string>> = {
  DENO_NO_UPDATE_CHECK: "1",
  DENO_TLS_CA_STORE: "system,mozilla",
  // It would look for a "node" in PATH, and put one there.
  DENO_DISABLE_NODE_SHIM: "1",
};

/**
 * Looks up a variable of the caller's.
 *
 * @param name Its name.
 * @returns Its value, or `undefined` where it is not set.
 */
export function callerVariable(name: string): string | undefined {
  if (!isHidden(name)) return Deno.env.get(name);
  return Deno.env.get(hiddenName(name)) ?? Deno.env.get(name);
}

/**
 * Hides the variables from a runtime that has started already: what it reads later, it no longer finds.
 * The portable form has hidden them before (scripts/compile/launcher.ts).
 */
export function hideRuntimeVariables(): void {
  for (const [name, value] of Object.entries(Deno.env.toObject())) {
    if (!isHidden(name)) continue;
    Deno.env.delete(name);
    Deno.env.set(hiddenName(name), value);
  }
  for (const [name, value] of Object.entries(RUNTIME_VARIABLES)) Deno.env.set(name, value);
}

function isHidden(name: string): boolean {
  return HIDDEN_PREFIXES.some((prefix) => name.startsWith(prefix));
}

function hiddenName(name: string): string {
  return HIDDEN_LETTER + name.slice(1);
}
