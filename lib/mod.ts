/**
 * tsd as a library: images, containers, networks and volumes from a Deno script.
 *
 * @example Pull an image, run a command in a container of it, and print what it says
 * ```ts ignore
 * import { Engine } from "./lib/mod.ts";
 *
 * using engine = Engine.open();
 * await engine.images.pull("alpine");
 * const { exitCode, stdout } = await engine.run("alpine", ["cat", "/etc/os-release"], {
 *   autoRemove: true,
 * });
 * console.log(exitCode, new TextDecoder().decode(stdout));
 * ```
 *
 * @module
 */

export * from "./engine/mod.ts";
export * from "./errors.ts";
export { onUserSignal } from "../ffi/user_signal.ts";
