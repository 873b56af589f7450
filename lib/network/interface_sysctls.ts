/**
 * Kernel parameters of single interfaces of a container.
 *
 * They exist once the interface does: whoever makes it sets them, and not whoever sets the others.
 *
 * @module
 */

import { EngineError } from "../errors.ts";

const OF_INTERFACE = /^net\.ipv[46]\.(?:conf|neigh)\.(eth\d+)\.\w+$/;

/**
 * Tells whether a kernel parameter is one of an interface that a network gives to a container.
 *
 * @param name Its name, as sysctl(8) has it with dots.
 * @returns Whether it is.
 */
export function isInterfaceSysctl(name: string): boolean {
  return OF_INTERFACE.test(name);
}

/**
 * Sets the kernel parameters of an interface of the calling thread's network namespace.
 *
 * @param interfaceName The interface.
 * @param sysctls Values by name, also of other parameters.
 * @throws {EngineError} `invalid`: the kernel has no such parameter, or does not take the value.
 */
export function setInterfaceSysctls(
  interfaceName: string,
  sysctls: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(sysctls)) {
    if (OF_INTERFACE.exec(name)?.[1] !== interfaceName) continue;
    try {
      Deno.writeTextFileSync(`/proc/sys/${name.replaceAll(".", "/")}`, value, { create: false });
    } catch (error) {
      throw new EngineError(`setting the kernel parameter "${name}"`, {
        kind: "invalid",
        cause: error,
      });
    }
  }
}
