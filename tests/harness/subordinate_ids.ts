/**
 * Subordinate ids that only the program under test sees.
 *
 * @module
 */
import type { Tsd } from "./tsd.ts";

/**
 * Gives an account subordinate ids, of users and groups, as /etc/subuid and /etc/subgid would.
 *
 * What the host's own files say is not a test's to change: the program sees others in their place.
 *
 * @param tsd The instance, whose program is replaced; to be done once.
 * @param account The account's name, which need not exist.
 * @param range The first id, and how many there are.
 */
export async function giveSubordinateIds(
  tsd: Tsd,
  account: string,
  { count, first }: { first: number; count: number },
): Promise<void> {
  const ids = `${tsd.home}/subordinate_ids`;
  await Deno.writeTextFile(ids, `${account}:${first}:${count}\n`);
  const mounts = ["subuid", "subgid"].map((name) => `mount --bind ${ids} /etc/${name}`);
  const program = `${tsd.home}/tsd`;
  const command = tsd.command.map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(
    program,
    `#!/bin/sh\nexec unshare --mount sh -c '${
      mounts.join(" && ")
    } && exec "$@"' sh ${command} "$@"\n`,
    { mode: 0o755 },
  );
  tsd.program = [program];
}
