/**
 * A second kernel, with cgroup v2 and nothing else: Debian's user-mode-linux runs as a process, with
 * this machine's files as its own.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { hostCommand } from "./host_command.ts";

/** What is booted. */
export interface Guest extends AsyncDisposable {
  /** A folder of this machine's, in which the guest leaves what it finds; gone at the end. */
  folder: string;
  /**
   * Boots it, until it goes off by itself.
   *
   * @param init Its first program: a script, absolute paths in it are this machine's.
   * @param timeoutSeconds Seconds it may take.
   * @returns What the guest's kernel and its first process printed.
   */
  boot(init: string, timeoutSeconds: number): Promise<string>;
  /**
   * Reads what it has left.
   *
   * @param name The file, in the folder.
   * @returns Its text; nothing where there is none.
   */
  read(name: string): Promise<string>;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const KERNEL = "/usr/bin/linux.uml";
/** A disk for what tests write: of tmpfs, that kernel's shows no owners to user namespaces. */
const DISK_SIZE = 16 * 2 ** 30;
// Of block devices that are files of the machine (arch/um/drivers/ubd_kern.c).
const DISK_MAJOR = 98;

/**
 * Tells why there can be no second kernel here.
 *
 * @returns The reason; nothing where there can be one.
 */
export function missingForGuest(): string | undefined {
  const modprobe = ["/sbin/modprobe", "/usr/sbin/modprobe"].some(exists);
  if (!exists(KERNEL)) return "the package user-mode-linux is missing";
  return modprobe ? undefined : "the package kmod is missing";
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Prepares a guest: its disk, which stays as it is from one boot to the next, and in its folder the
 * compiled program as `tsd`, unpacked below `cache`.
 *
 * @returns The guest.
 */
export async function prepareGuest(): Promise<Guest> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-guest-" });
  const remove = () => Deno.remove(folder, { recursive: true });
  try {
    // Tests look at it as other users.
    await Deno.chmod(folder, 0o755);
    await prepareProgram(folder);
    await makeDisk(`${folder}/disk`);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    folder,
    boot: async (init, timeoutSeconds) => {
      await Deno.writeTextFile(`${folder}/init`, init, { mode: 0o755 });
      return await boot(folder, timeoutSeconds);
    },
    read: (name) => readIfThere(`${folder}/${name}`),
    [Symbol.asyncDispose]: remove,
  };
}

async function makeDisk(path: string): Promise<void> {
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, DISK_SIZE);
  // Nothing that would be written later, by a kernel that has one processor.
  const options = ["-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard"];
  await hostCommand("mkfs.ext4", ["-q", ...options, path]);
}

/** Compiled, as the guest is slow; and unpacked already, for the same reason. */
async function prepareProgram(folder: string): Promise<void> {
  const compile = ["run", "-A", `${ROOT}scripts/compile.ts`, "--portable", "-o", `${folder}/tsd`];
  await hostCommand(Deno.execPath(), compile);
  await hostCommand("env", [`TSD_CACHE=${folder}/cache`, `${folder}/tsd`, "--version"]);
}

async function boot(folder: string, timeoutSeconds: number): Promise<string> {
  const { stderr, stdout } = await new Deno.Command("timeout", {
    args: [
      ...["--kill-after=10", `${timeoutSeconds}`, KERNEL, "mem=2048M", `uml_dir=${folder}/`],
      `ubd0=${folder}/disk`,
      ...["root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw", `init=${folder}/init`],
      ...["con0=fd:0,fd:1", "con=null", "quiet", "loglevel=1"],
    ],
    stdin: "null",
  }).output();
  return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
}

/** Shell that makes the guest's disk `/run/disk`. */
export const MAKE_DISK = `mknod /run/disk b ${DISK_MAJOR} 0`;

/** Modules that containers and their networks need. */
export const CONTAINER_MODULES: readonly string[] = [
  "overlay",
  "veth",
  "bridge",
  "ip_tables",
  "iptable_nat",
  "iptable_filter",
  "iptable_raw",
  "xt_MASQUERADE",
  "xt_nat",
  "xt_addrtype",
  "xt_conntrack",
  "xt_comment",
  "xt_tcpudp",
  "nf_conntrack_netlink",
];

/**
 * Writes shell that loads modules of the guest's kernel.
 *
 * @param names Their names.
 * @returns The lines.
 */
export function loadModules(names: readonly string[]): string {
  return `mkdir -p /run/modules/lib/modules
ln -s "/usr/lib/uml/modules/$(uname -r)" /run/modules/lib/modules/
for name in ${names.join(" ")}; do modprobe -d /run/modules $name; done`;
}

/**
 * Quotes a word for a shell.
 *
 * @param text The word.
 * @returns It, in quotes.
 */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
