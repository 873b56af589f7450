/**
 * What interfaces of ours make of IPv6.
 *
 * Any container with CAP_NET_RAW can say that it is a router (RFC 4861, router advertisement); whoever
 * believes it sends it what is meant for others (CVE-2020-13401, CVE-2024-32473). Addresses and routes
 * are ours to give, so nobody here has to listen.
 *
 * The settings are described in the kernel's documentation (networking/ip-sysctl).
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { readIfPresent } from "../if_present.ts";

/** What an interface is to make of IPv6. */
export interface Ipv6Settings {
  /** Whether it listens to routers, by the kernel's numbers: `0` for never. */
  "accept_ra": string;
  /** Whether it believes whoever tells it of a better router, `0` for never; absent: as it is. */
  "accept_redirects"?: string;
  /** `1`: it has no IPv6 at all; absent: as it is. */
  "disable_ipv6"?: string;
}

/** Of an interface that neither has to listen nor to have IPv6. */
export const DEAF: Ipv6Settings = { "accept_ra": "0" };

/**
 * Tells what an interface of ours on the host is to make of IPv6.
 *
 * @param ipv6 Whether its network has IPv6.
 * @returns The settings.
 */
export function hostIpv6Settings(ipv6: boolean): Ipv6Settings {
  return { ...DEAF, "accept_redirects": "0", "disable_ipv6": ipv6 ? "0" : "1" };
}

/**
 * Tells what a container's interface is to make of IPv6: what its user says by `--sysctl`, of this
 * interface or of all; otherwise it has IPv6 if it has an address, as in Docker, and never listens to
 * routers.
 *
 * @param name The interface.
 * @param ipv6 Whether it is given an address.
 * @param sysctls What the user says, by name of the setting.
 * @returns The settings.
 */
export function containerIpv6Settings(
  name: string,
  ipv6: boolean,
  sysctls: Readonly<Record<string, string>> = {},
): Required<Omit<Ipv6Settings, "accept_redirects">> {
  const wish = (setting: string) =>
    [name, "default", "all"].map((of) => sysctls[`net.ipv6.conf.${of}.${setting}`])
      .find((value) => value !== undefined);
  return {
    "accept_ra": wish("accept_ra") ?? DEAF["accept_ra"],
    "disable_ipv6": wish("disable_ipv6") ?? (ipv6 ? "0" : "1"),
  };
}

/**
 * Sets what an interface of the calling thread's network namespace makes of IPv6.
 *
 * @param name The interface.
 * @param settings The settings.
 * @throws {EngineError} `unavailable`: this machine does not let them be changed, and they are others.
 */
export function setIpv6(name: string, settings: Ipv6Settings): void {
  for (const [setting, value] of Object.entries(settings)) {
    const path = settingPath(name, setting);
    // Writing takes a lock that all interfaces of the machine share.
    const before = readSetting(path);
    if (before === undefined || before === value) continue;
    try {
      Deno.writeTextFileSync(path, value);
    } catch (error) {
      throw new EngineError(
        `Cannot set "${path}" to ${value}: containers could give the interface "${name}" routes, ` +
          `have /proc/sys mounted for writing`,
        { kind: "unavailable", cause: error },
      );
    }
  }
}

/**
 * Tells whether an interface of the calling thread's network namespace has settings.
 *
 * @param name The interface.
 * @param settings The settings.
 * @returns Whether there is nothing to be set.
 */
export function hasIpv6(name: string, settings: Ipv6Settings): boolean {
  return Object.entries(settings).every(([setting, value]) => {
    const before = readSetting(settingPath(name, setting));
    return before === undefined || before === value;
  });
}

function settingPath(name: string, setting: string): string {
  return `/proc/sys/net/ipv6/conf/${name}/${setting}`;
}

/** Nothing where the kernel has no IPv6, or the interface's packets are too small for it. */
function readSetting(path: string): string | undefined {
  return readIfPresent(path)?.trim();
}
