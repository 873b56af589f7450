/**
 * Mounts that may have to wait for a server.
 *
 * @module
 */

import { Annotation, type OverlayRoot, type Spec } from "../runtime/mod.ts";

/**
 * File systems that answer by themselves: what lies on others may be looked at by a process of the
 * container's own only, as others would wait with it where a server has gone.
 */
const REMOTE =
  /^(nfs4?|cifs|smb3|smbfs|fuse|fuseblk|fuse\..*|ceph|9p|virtiofs|glusterfs|lustre|afs|ncpfs|coda|gfs2|ocfs2|autofs)$/;

/**
 * Tells whether setting a container up may have to wait for a server.
 *
 * @param spec Its configuration.
 * @param own The instance's folder, of which that is not looked at.
 * @param readMounts Reads the host's mounts (proc_pid_mountinfo(5)).
 * @returns Whether it mounts from one, or a folder of one.
 */
export function needsServer(
  spec: Pick<Spec, "annotations" | "mounts">,
  own: string,
  readMounts: () => string = () => Deno.readTextFileSync("/proc/self/mountinfo"),
): boolean {
  if (spec.mounts.some(({ staged, type = "" }) => staged !== undefined || REMOTE.test(type))) {
    return true;
  }
  const overlay = spec.annotations?.[Annotation.OVERLAY];
  const { lower } = JSON.parse(overlay ?? '{"lower":[]}') as Pick<OverlayRoot, "lower">;
  const binds = spec.mounts.filter(({ type }) => type === "bind").map(({ source = "" }) => source);
  const foreign = [...lower, ...binds].filter((path) => !path.startsWith(`${own}/`));
  if (foreign.length === 0) return false;
  const remote = readMounts().split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    return REMOTE.test(after.split(" ")[0]!) ? [before.split(" ")[4]!] : [];
  });
  return foreign.some((path) => remote.some((mount) => `${path}/`.startsWith(`${mount}/`)));
}
