/**
 * What a container has mounted besides its root: folders of the host, volumes, memory.
 *
 * @module
 */

export { type BindMount, checkBindSource, type Propagation, PROPAGATIONS } from "./bind.ts";
export { createBindSource, type FolderOwner } from "./bind_source.ts";
export {
  createVolumeFolder,
  discardVolumeFolder,
  emptyVolumeTrash,
  volumeData,
  volumeDirectory,
  volumesDirectory,
} from "./folder.ts";
export {
  checkDriver,
  isSharedMount,
  LOCAL_DRIVER,
  localMount,
  localMountError,
  resolveServer,
} from "./local_driver.ts";
export { cleanPath, targetProblem } from "./mount_path.ts";
export { checkVolumeName, generateVolumeName } from "./name.ts";
export { ANONYMOUS_LABEL, type NewVolume, type VolumeRecord, VolumeStore } from "./store.ts";
export { parseTmpfs, type TmpfsMount } from "./tmpfs.ts";
export type { LocalMount, VolumeMount, VolumeRequest } from "./volume_mount.ts";
export { parseVolumesFrom, parseVolumeText, type VolumeText } from "./volume_text.ts";
