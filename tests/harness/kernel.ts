/**
 * What the kernel that tests run on can do.
 *
 * @module
 */

export { isKernelSince } from "../../lib/kernel_version.ts";

/**
 * Tells why a back-end of iptables cannot be tested here.
 *
 * @param backend The back-end.
 * @returns The reason; nothing where it works.
 */
export async function missingBackend(backend: "nft" | "legacy"): Promise<string | undefined> {
  // A chain, as lists are empty where there are no tables.
  const args = ["--net", `iptables-${backend}`, "-N", "test"];
  const { stderr, success } = await new Deno.Command("unshare", { args }).output();
  return success ? undefined : new TextDecoder().decode(stderr).trim();
}
