/**
 * Volumes in memory or on a device of their own, which the containers that run share and nobody else
 * sees.
 *
 * They are mounted in the supervisor's mount namespace, from which those of its containers are made,
 * while a container with them runs. What the kernel ends with the last of our processes needs no
 * clean-up; a supervisor that takes over gets hold of such a volume through a container that has it.
 *
 * @module
 */

import {
  attachMount,
  close,
  closing,
  mount,
  open,
  OpenFlag,
  umount,
  UmountFlag,
} from "../../../ffi/mod.ts";
import type { ContainerRecord } from "../../container/mod.ts";
import { openProcess, type ProcessIdentity } from "../../process/mod.ts";
import { cloneMountOf } from "../../runtime/root/mounts.ts";
import { parseMountOptions } from "../../runtime/spec/mount_options.ts";
import type { Roots } from "../../state/mod.ts";
import {
  isSharedMount,
  type LocalMount,
  localMountError,
  volumeData,
  type VolumeMount,
} from "../../volume/mod.ts";

/** The volumes in memory, and on devices, of containers that run. */
export class SharedVolumes {
  readonly #roots: Roots;
  readonly #users = new Map<string, Set<string>>();

  /**
   * Holds none yet.
   *
   * @param roots The instance's.
   */
  constructor(roots: Roots) {
    this.#roots = roots;
  }

  /**
   * Mounts what a container needs that is about to start.
   *
   * @param record The container.
   * @throws {EngineError} `invalid`: the kernel refused, because of a wrong option for example.
   */
  hold(record: ContainerRecord): void {
    for (const { local, name } of shared(record)) {
      this.#add(name, record.id, (target) => mountLocal(local!, target));
    }
  }

  /**
   * Takes over what a container has that another supervisor had started.
   *
   * @param record The container, which runs.
   */
  adopt(record: ContainerRecord): void {
    for (const { name, subpath, target } of shared(record)) {
      // It has a part only; the next one to start mounts the whole.
      if (subpath !== undefined) continue;
      this.#add(name, record.id, (place) => {
        const source = mountIn(record.process!, target);
        const at = open(place, OpenFlag.PATH | OpenFlag.DIRECTORY);
        try {
          attachMount(source, at, place);
        } finally {
          [source, at].forEach(close);
        }
      });
    }
  }

  /**
   * Unmounts what no container needs any more.
   *
   * @param record The container, which has ended.
   */
  release(record: ContainerRecord): void {
    for (const { name } of shared(record)) {
      const users = this.#users.get(name);
      if (!users?.delete(record.id) || users.size > 0) continue;
      this.#users.delete(name);
      umount(volumeData(this.#roots, name), UmountFlag.DETACH);
    }
  }

  #add(name: string, user: string, perform: (target: string) => void): void {
    const users = this.#users.get(name);
    if (users === undefined) perform(volumeData(this.#roots, name));
    this.#users.set(name, (users ?? new Set()).add(user));
  }
}

/** Takes hold of what a container has mounted. */
function mountIn(identity: ProcessIdentity, path: string): number {
  using process = openProcess(identity);
  return closing(process.open("ns/mnt"), (namespace) => cloneMountOf(namespace, path, false));
}

function mountLocal({ options, source, type }: LocalMount, target: string): void {
  const { data, flags } = parseMountOptions(options);
  try {
    mount(source, target, type, flags, data);
  } catch (error) {
    throw localMountError(target, error);
  }
}

function shared({ settings }: ContainerRecord): VolumeMount[] {
  return (settings.volumeMounts ?? []).filter(({ local }) => local && isSharedMount(local));
}
