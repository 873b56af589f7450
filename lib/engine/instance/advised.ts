/**
 * Saying with an error what to type.
 *
 * @module
 */

import { storageFailure } from "../../state/storage_failure.ts";

/**
 * Adds to an error of a full disk what to type.
 *
 * @param error What was thrown.
 * @param instance Which instance was meant: its configuration file and `TSD_ROOT`; absent, the defaults.
 * @returns The error to report.
 */
export async function advised(
  error: unknown,
  { config, root }: { config?: string | undefined; root?: string | undefined },
): Promise<unknown> {
  if (storageFailure(error) !== "full") return error;
  const { withStorageAdvice } = await import("../../state/storage_advice.ts");
  const [{ loadConfig }, { resolveRoots }] = await Promise.all([
    import("../../config.ts"),
    import("../../state/roots.ts"),
  ]);
  const roots = resolveRoots({ root: root ?? loadConfig(config).dataRoot });
  return withStorageAdvice(error, roots.root);
}
