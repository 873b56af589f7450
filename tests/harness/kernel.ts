/**
 * What the kernel that tests run on can do.
 *
 * @module
 */

/**
 * Compares the kernel's version.
 *
 * @param wantedMajor The first number.
 * @param wantedMinor The second one.
 * @returns Whether it is that version or a later one.
 */
export function isKernelSince(wantedMajor: number, wantedMinor: number): boolean {
  const [major = 0, minor = 0] = Deno.osRelease().split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * Lists what may be recorded of a command that another supervisor had started.
 *
 * @param code Its exit code.
 * @returns The code; before Linux 6.15, where only a parent is told of it, 255 as well.
 */
export function adoptedExitCodes(code: number): number[] {
  return isKernelSince(6, 15) ? [code] : [code, 255];
}

/**
 * Tells why a back-end of iptables cannot be tested here.
 *
 * @param backend The back-end.
 * @returns The reason; nothing where it works.
 */
export async function missingBackend(backend: "nft" | "legacy"): Promise<string | undefined> {
  const args = ["--net", `iptables-${backend}`, "-t", "nat", "-S"];
  const { stderr, success } = await new Deno.Command("unshare", { args }).output();
  return success ? undefined : new TextDecoder().decode(stderr).trim();
}
