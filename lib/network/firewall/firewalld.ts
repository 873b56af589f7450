/**
 * Getting along with firewalld.
 *
 * It keeps tables of its own, in which it rejects what it does not know of, whatever other tables
 * accept: containers would reach nothing outside. So it is told to trust the bridges, as Docker and
 * Podman tell it; what gets in and out is left to our own rules.
 *
 * @module
 */

import { hostProgram } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import type { FirewallState } from "./state.ts";

const PROGRAM = "firewall-cmd";

/**
 * Has firewalld, where it runs, trust the bridges.
 *
 * @param state What is to be let through.
 * @param trusted The bridges that it was told to trust.
 * @param again Whether to tell it of those too: it may have been started since.
 * @returns The bridges that it now trusts.
 */
export async function trustBridges(
  state: FirewallState,
  trusted: readonly string[],
  again: boolean,
): Promise<string[]> {
  const bridges = state.networks.map(({ bridge }) => bridge);
  const added = bridges.filter((bridge) => again || !trusted.includes(bridge));
  const removed = trusted.filter((bridge) => !bridges.includes(bridge));
  if (added.length > 0 && await isRunning()) {
    await run(["--zone=trusted", ...added.map((bridge) => `--change-interface=${bridge}`)]);
  }
  await untrustBridges(removed);
  return bridges;
}

/**
 * Has firewalld, where it runs, forget bridges.
 *
 * @param bridges The bridges.
 */
export async function untrustBridges(bridges: readonly string[]): Promise<void> {
  if (bridges.length === 0 || !await isRunning()) return;
  for (const bridge of bridges) {
    // It may know nothing of this one.
    await attempt(["--zone=trusted", `--remove-interface=${bridge}`]);
  }
}

async function isRunning(): Promise<boolean> {
  return (await attempt(["--state"]))?.success ?? false;
}

async function run(args: string[]): Promise<void> {
  const output = await attempt(args);
  if (output?.success) return;
  const reason = new TextDecoder().decode(output?.stderr).trim();
  throw new EngineError(`Cannot have firewalld trust the bridges: ${reason}`, { kind: "system" });
}

/** Nothing where there is no firewalld on this host. */
async function attempt(args: string[]): Promise<Deno.CommandOutput | undefined> {
  try {
    return await hostProgram(PROGRAM, { args, stdin: "null" }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
