/**
 * A container to step into, and the commands in it.
 *
 * @module
 */
import type { Suite } from "./suite.ts";
import type { Tsd } from "./tsd.ts";
import { waitUntil } from "./wait_until.ts";

/**
 * Starts a container that sleeps until the block that started it ends.
 *
 * @param shared What the test file shares.
 * @param options Options of `run`.
 * @param image One that was pulled.
 * @returns Its ID.
 */
export async function sleeper(
  shared: Suite,
  options: readonly string[] = [],
  image: "alpine" | "configured" = "alpine",
): Promise<AsyncDisposable & { id: string }> {
  const command = ["--entrypoint", "sleep", shared.image(image), "1000"];
  const { stdout } = await shared.tsd.run(["run", "-d", "--rm", ...options, ...command]);
  const id = stdout.trim();
  return {
    id,
    async [Symbol.asyncDispose]() {
      await shared.tsd.run(["rm", "-f", id]);
    },
  };
}

/**
 * Waits until a command runs in a container: what is typed before would go to the shell.
 *
 * @param tsd The instance.
 * @param command The command and its arguments.
 * @returns Its pid on the host.
 */
export async function untilRuns(tsd: Tsd, command: string): Promise<number> {
  return await waitUntil(`"${command}" to run`, async () => {
    return (await tsd.processes(true)).find((one) => one.command === command)?.pid;
  });
}

/**
 * Makes the file for which a container waits to end, which may be quicker than the end of `touch`.
 *
 * @param tsd The instance.
 * @param container The container.
 * @param file The file's path in it.
 */
export async function letEnd(tsd: Tsd, container: string, file: string): Promise<void> {
  await tsd.run(["exec", container, "touch", file], { expect: "any" });
}
