/**
 * Mounts that may have to wait for a server.
 *
 * @module
 */

import { Annotation, type OverlayRoot, type Spec } from "../../runtime/mod.ts";

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
 * @returns Whether it mounts from one, or a folder of one, or one below a folder.
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
  const folders = [
    ...lower.map((path) => ({ path, withBelow: false })),
    ...spec.mounts.filter(({ type }) => type === "bind").map(({ options = [], source = "" }) => ({
      path: source,
      withBelow: options.includes("rbind"),
    })),
  ].filter(({ path }) => !path.startsWith(`${own}/`));
  if (folders.length === 0) return false;
  const remote = remoteMounts(readMounts());
  return remote.length > 0 &&
    folders.some(({ path, withBelow }) => leadsTo(path, remote, withBelow));
}

function remoteMounts(mountinfo: string): string[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    if (!REMOTE.test(after.split(" ")[0]!)) return [];
    const path = before.split(" ")[4]!;
    return [
      path.replaceAll(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8))),
    ];
  });
}

// As the kernel's: path_resolution(7).
const MOST_LINKS = 40;

/**
 * Tells whether a path leads into one of some mounts, without looking into any: whoever does may wait.
 *
 * @param withBelow Whether what is mounted below the path counts as well.
 */
function leadsTo(path: string, mounts: readonly string[], withBelow: boolean): boolean {
  const rest = path.split("/");
  let at = "";
  let links = 0;
  for (let name; (name = rest.shift()) !== undefined;) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
      continue;
    }
    const next = `${at}/${name}`;
    if (mounts.includes(next)) return true;
    const target = linkTarget(next);
    if (target === undefined) at = next;
    else if (++links > MOST_LINKS) return false;
    else {
      rest.unshift(...target.split("/"));
      if (target.startsWith("/")) at = "";
    }
  }
  return withBelow && mounts.some((mount) => mount.startsWith(`${at}/`));
}

function linkTarget(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    // No link, or nothing at all: whoever mounts it says so.
    return undefined;
  }
}
