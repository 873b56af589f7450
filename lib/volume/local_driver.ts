/**
 * The `local` driver: a folder, or a file system that is mounted while a container uses it.
 *
 * @module
 */

import { hostProgram } from "../../ffi/mod.ts";
import { EngineError } from "../errors.ts";
import type { LocalMount } from "./volume_mount.ts";

/** The only driver there is. */
export const LOCAL_DRIVER = "local";

// Which other options an option needs, as Docker has it.
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  type: ["device"],
  device: ["type"],
  o: ["device", "type"],
};
const NETWORK_TYPE = /^(nfs|nfs4|cifs|smb3)$/;
const ADDRESS = /^addr=(.+)$/;
const NUMERIC_ADDRESS = /^(\d+\.){3}\d+$|:/;

/**
 * Checks the driver of a new volume and its options.
 *
 * @param volume The volume's name, for the message.
 * @param driver The driver's name.
 * @param options Its options by name.
 * @throws {EngineError} `notFound`: there is no such driver; `invalid`: an option is unknown, empty
 * or lacks another one.
 */
export function checkDriver(
  volume: string,
  driver: string,
  options: Readonly<Record<string, string>>,
): void {
  if (driver !== LOCAL_DRIVER) {
    throw new EngineError(
      `create ${volume}: error looking up volume plugin ${driver}: plugin "${driver}" not found`,
      { kind: "notFound" },
    );
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(NEEDED, name)) continue;
    throw new EngineError(`create ${volume}: invalid option: "${name}"`, { kind: "invalid" });
  }
  for (const name of Object.keys(options)) {
    const missing = NEEDED[name]!.find((needed) => (options[needed] ?? "") === "");
    if (missing === undefined) continue;
    throw new EngineError(`create ${volume}: missing required option: "${missing}"`, {
      kind: "invalid",
    });
  }
}

/**
 * Tells what is mounted for a volume while it is in use.
 *
 * @param options The driver's options.
 * @returns The mount; nothing where the volume is a folder of its own.
 */
export function localMount(options: Readonly<Record<string, string>>): LocalMount | undefined {
  const { device = "", o = "", type = "" } = options;
  if (device === "") return undefined;
  const words = o.split(",").filter((word) => word !== "");
  const isBind = words.includes("bind") || words.includes("rbind");
  return { type: isBind ? "bind" : type, source: device, options: words };
}

/**
 * Tells whether a file system is mounted for all containers that have the volume: one in memory they
 * could not share otherwise, and one on a device is not theirs to mount, as devices are kept from
 * them. Others may have to wait for a server, which is for each of them to do.
 *
 * @param mount What is mounted.
 * @returns Whether it is.
 */
export function isSharedMount({ source, type }: LocalMount): boolean {
  // `//server/share` is CIFS.
  return type === "tmpfs" || type !== "bind" && /^\/(?!\/)/.test(source);
}

/**
 * Says that a volume's file system cannot be mounted.
 *
 * @param data Where it was to be mounted.
 * @param cause What the kernel says.
 * @returns The error, with Docker's words.
 */
export function localMountError(data: string, cause: unknown): EngineError {
  return new EngineError(
    `error while mounting volume '${data}': failed to mount local volume`,
    { kind: "invalid", cause },
  );
}

/**
 * Turns the name of a server into its address: mount(2) takes nothing else.
 *
 * @param mount What is mounted.
 * @returns The same with an address in place of the name.
 * @throws {EngineError} `unavailable`: the name has no address.
 */
export async function resolveServer(mount: LocalMount): Promise<LocalMount> {
  const at = mount.options.findIndex((word) => ADDRESS.test(word));
  const name = ADDRESS.exec(mount.options[at] ?? "")?.[1];
  if (name === undefined || !NETWORK_TYPE.test(mount.type) || NUMERIC_ADDRESS.test(name)) {
    return mount;
  }
  // getent asks whatever this machine asks, /etc/hosts included.
  const { stdout } = await hostProgram("getent", { args: ["ahosts", name] }).output();
  const address = new TextDecoder().decode(stdout).split(/\s/, 1)[0]!;
  if (address === "") {
    throw new EngineError(`Cannot mount "${mount.source}": the server "${name}" has no address`, {
      kind: "unavailable",
    });
  }
  return { ...mount, options: mount.options.with(at, `addr=${address}`) };
}
