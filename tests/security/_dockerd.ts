/**
 * A Docker daemon to compare with, which touches neither bridges nor the firewall.
 *
 * @module
 */

import { hostCommand } from "../harness/host_command.ts";
import { busyboxRoot, layer } from "../harness/images.ts";
import { waitUntil } from "../harness/wait_until.ts";

/** The image that {@linkcode Dockerd.start} imports. */
export const DOCKER_IMAGE = "alpine:test";

/** A running daemon. */
export class Dockerd implements AsyncDisposable {
  readonly #folder: string;
  readonly #process: Deno.ChildProcess;

  private constructor(folder: string, process: Deno.ChildProcess) {
    this.#folder = folder;
    this.#process = process;
  }

  /**
   * Starts a daemon with an image of busybox.
   *
   * @returns The daemon.
   * @throws {Error} It does not come up.
   */
  static async start(): Promise<Dockerd> {
    const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "docker-test-" });
    const options = ["-H", `unix://${folder}/sock`, "--pidfile", `${folder}/pid`];
    options.push("--data-root", `${folder}/data`, "--exec-root", `${folder}/exec`);
    options.push("--bridge=none", "--iptables=false", "--ip6tables=false");
    // Its log goes to a file: a pipe that no one empties would stop it.
    const script = 'log=$1; shift; exec dockerd "$@" >"$log" 2>&1';
    const process = new Deno.Command("sh", {
      args: ["-c", script, "sh", `${folder}/log`, ...options],
      stdin: "null",
    }).spawn();
    const daemon = new Dockerd(folder, process);
    try {
      await waitUntil("a Docker daemon that answers", async () => {
        const { success } = await daemon.output(["version"]);
        return success;
      }, { timeoutMs: 30_000, intervalMs: 100 });
      const tar = await layer(busyboxRoot);
      const path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
      await hostCommand("docker", [
        ...["-H", `unix://${folder}/sock`, "import", "-c", path, "-", DOCKER_IMAGE],
      ], { stdin: tar });
      return daemon;
    } catch (error) {
      await daemon[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Runs `docker`.
   *
   * @param args Its arguments.
   * @returns What it printed.
   */
  async output(
    args: readonly string[],
  ): Promise<{ success: boolean; stdout: string; stderr: string }> {
    const { success, stderr, stdout } = await new Deno.Command("docker", {
      args: ["-H", `unix://${this.#folder}/sock`, ...args],
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { success, stdout: text(stdout), stderr: text(stderr) };
  }

  /** Ends the daemon and deletes everything of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/**
 * Tells whether there is a Docker to compare with.
 *
 * @returns Whether its programs are installed; says so where they are not.
 */
export async function hasDocker(): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", "command -v docker && command -v dockerd"],
    stdout: "null",
  }).output();
  // deno-lint-ignore no-console -- says why tests are skipped
  if (!success) console.warn("Comparison with Docker is skipped: it is not installed");
  return success;
}
