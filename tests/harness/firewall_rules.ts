/**
 * The rules of the host's firewall.
 *
 * @module
 */

/**
 * Reads the rules of whichever back-ends of iptables the kernel has.
 *
 * @returns What their programs print.
 */
export async function firewallRules(): Promise<string> {
  const saved = await Promise.all(
    ["iptables-nft-save", "iptables-legacy-save"].map((program) =>
      new Deno.Command(program, { stdin: "null", stderr: "null" }).output()
    ),
  );
  return saved.map(({ stdout }) => new TextDecoder().decode(stdout)).join("");
}
