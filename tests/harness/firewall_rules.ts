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

/**
 * Empties a chain, as somebody else might do, in whichever back-end of iptables has it.
 *
 * @param table The chain's table.
 * @param chain The chain.
 */
export async function flushChain(table: string, chain: string): Promise<void> {
  for (const program of ["iptables-nft", "iptables-legacy"]) {
    const args = ["-t", table, "-F", chain];
    const { success } = await new Deno.Command(program, { args, stderr: "null" }).output();
    if (success) return;
  }
  throw new Error(`Cannot flush "${chain}" in the table ${table}: there is no such chain`);
}
