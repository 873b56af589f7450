/**
 * Being told when memory runs out in a cgroup.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/memory.html#oom-control
 */

import { eventfdCreate } from "../../ffi/eventfd.ts";
import { close, inotifyCreate, InotifyEvent, inotifyWatch, open, OpenFlag } from "../../ffi/mod.ts";
import { neededController } from "./controller.ts";
import type { CgroupLayout } from "./layout.ts";

/** How the kernel tells. */
export interface OomNotice {
  /** Readable, without waiting, once there is something to tell, or when the cgroup goes. */
  fd: number;
  /**
   * Whether it tells of nothing but that memory has run out (v1): before the kernel kills, so that
   * nothing is counted yet. Otherwise (v2) it is for the counters to say what it was.
   */
  isCertain: boolean;
}

/**
 * Asks the kernel to tell when memory runs out in a cgroup.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param layout The host's layout.
 * @returns How it tells; reading the descriptor until nothing is left makes it ready for more.
 * @throws {EngineError} `unavailable`: the host has no memory controller.
 * @throws {SyscallError} There is no such cgroup, or the kernel refuses.
 */
export function openOomNotice(path: string, layout?: CgroupLayout): OomNotice {
  const folder = neededController(path, "memory", layout);
  return folder.version === "v2"
    ? { fd: watchEvents(`${folder.path}/memory.events`), isCertain: false }
    : { fd: registerEvent(folder.path), isCertain: true };
}

function watchEvents(file: string): number {
  const notice = inotifyCreate();
  try {
    inotifyWatch(notice, file, InotifyEvent.MODIFY);
    return notice;
  } catch (error) {
    close(notice);
    throw error;
  }
}

function registerEvent(folder: string): number {
  const notice = eventfdCreate();
  try {
    const control = open(`${folder}/memory.oom_control`, OpenFlag.RDONLY);
    try {
      const text = `${notice} ${control}`;
      Deno.writeTextFileSync(`${folder}/cgroup.event_control`, text, { create: false });
    } finally {
      // The kernel has its own hold of what it was told.
      close(control);
    }
    return notice;
  } catch (error) {
    close(notice);
    throw error;
  }
}
