/**
 * Network namespaces of containers.
 *
 * @module
 */

import { CloneFlag, close, open, OpenFlag, setInterfaceUp, setns, unshare } from "../../ffi/mod.ts";
import { EngineError } from "../errors.ts";

/**
 * Makes a network namespace with nothing in it but its own loopback.
 *
 * @returns A descriptor of it; it goes with the last descriptor and process.
 * @throws {EngineError} `unavailable`: the kernel does not allow it.
 */
export function createNetworkNamespace(): number {
  return inOwnNamespaceAgain(() => {
    try {
      unshare(CloneFlag.NEWNET);
    } catch (error) {
      throw new EngineError("Cannot make a network namespace: the kernel does not allow it", {
        kind: "unavailable",
        cause: error,
      });
    }
    setInterfaceUp("lo");
    return open("/proc/thread-self/ns/net", OpenFlag.RDONLY);
  });
}

/**
 * Switches on the loopback of a network namespace that has nothing else in it yet.
 *
 * @param namespace A descriptor of it.
 * @throws {SyscallError} The kernel refused.
 */
export function switchLoopbackOn(namespace: number): void {
  inNetworkNamespace(namespace, () => setInterfaceUp("lo"));
}

/**
 * Does something in a network namespace.
 *
 * @param namespace A descriptor of it.
 * @param action What to do. It must be synchronous, and start no thread: that one would stay there.
 * @returns What it returned.
 */
export function inNetworkNamespace<T>(namespace: number, action: () => T): T {
  return inOwnNamespaceAgain(() => {
    setns(namespace, CloneFlag.NEWNET);
    return action();
  });
}

/** Only the calling thread moves; before anything else runs on it, it is back. */
function inOwnNamespaceAgain<T>(action: () => T): T {
  const own = open("/proc/thread-self/ns/net", OpenFlag.RDONLY);
  try {
    return action();
  } finally {
    setns(own, CloneFlag.NEWNET);
    close(own);
  }
}
