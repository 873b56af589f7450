/**
 * The options of networks' drivers.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { BridgeOption, type Network } from "./network.ts";

const LONGEST_INTERFACE_NAME = 15;
const LEAST_MTU = 68;
const LARGEST_MTU = 65_535;

const boolean = (value: string) => /^(true|false|1|0)$/i.test(value);
const isMtu = (value: string) =>
  /^\d+$/.test(value) && Number(value) >= LEAST_MTU && Number(value) <= LARGEST_MTU;

const COMMON: Readonly<Record<string, (value: string) => boolean>> = {
  [BridgeOption.MTU]: isMtu,
  mtu: isMtu,
};

/** The options of each driver, and which values they take. */
const OPTIONS: Readonly<Record<string, typeof COMMON>> = {
  bridge: {
    ...COMMON,
    [BridgeOption.NAME]: isInterfaceName,
    [BridgeOption.ICC]: boolean,
    [BridgeOption.MASQUERADE]: boolean,
    [BridgeOption.HOST_BINDING]: () => true,
  },
  macvlan: {
    ...COMMON,
    parent: isInterfaceName,
    "macvlan_mode": (value) => ["bridge", "private", "vepa", "passthru"].includes(value),
  },
  ipvlan: {
    ...COMMON,
    parent: isInterfaceName,
    "ipvlan_mode": (value) => ["l2", "l3", "l3s"].includes(value),
    "ipvlan_flag": (value) => ["bridge", "private", "vepa"].includes(value),
  },
};

/**
 * Checks the options of a new network.
 *
 * @param driver Its driver.
 * @param options The options, with Docker's names.
 * @throws {EngineError} `invalid`: one is unknown, or has a wrong value.
 */
export function checkNetworkOptions(
  driver: string,
  options: Readonly<Record<string, string>>,
): void {
  const known = OPTIONS[driver] ?? {};
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) {
      throw new EngineError(
        `Cannot create the network: the driver ${driver} has no option "${name}", only ` +
          Object.keys(known).join(", "),
        { kind: "invalid" },
      );
    }
    if (!known[name]!(value)) {
      throw new EngineError(`Cannot create the network: invalid value "${value}" of "${name}"`, {
        kind: "invalid",
      });
    }
  }
}

/**
 * Tells whether the kernel would take a name for an interface's.
 *
 * @param name The name.
 * @returns Whether it would.
 */
export function isInterfaceName(name: string): boolean {
  return name.length <= LONGEST_INTERFACE_NAME && /^[^\s/:]+$/.test(name) &&
    name !== "." && name !== "..";
}

/**
 * Gives the size of the largest packet that a network was asked to have.
 *
 * @param network The network.
 * @returns Bytes; nothing where it was not asked.
 */
export function wantedMtu({ options }: Pick<Network, "options">): number | undefined {
  const text = options[BridgeOption.MTU] ?? options.mtu;
  return text === undefined ? undefined : Number(text);
}
