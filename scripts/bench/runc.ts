/**
 * runc, with a bundle made ready: the part of `run` that no engine can do without.
 *
 * @module
 */

import type { Engine } from "./engines.ts";
import { timed } from "./measure.ts";

/**
 * Writes a bundle that runs busybox's `true`.
 *
 * @param directory Where it goes.
 * @returns The engine.
 * @throws {Error} busybox is not there, or runc refuses.
 */
export async function runcBundle(directory: string): Promise<Engine> {
  await Deno.mkdir(`${directory}/rootfs/bin`, { recursive: true });
  await Deno.copyFile("/bin/busybox", `${directory}/rootfs/bin/busybox`);
  await Deno.symlink("busybox", `${directory}/rootfs/bin/true`);
  await timed({ argv: ["runc", "spec", "--bundle", directory] });
  const spec = JSON.parse(await Deno.readTextFile(`${directory}/config.json`));
  spec.process.terminal = false;
  spec.process.args = ["/bin/true"];
  await Deno.writeTextFile(`${directory}/config.json`, JSON.stringify(spec));
  const root = `${directory}/state`;
  return {
    name: "runc",
    runTrue: () => ({
      argv: ["runc", "--root", root, "run", "--bundle", directory, `bench-${crypto.randomUUID()}`],
    }),
  };
}
