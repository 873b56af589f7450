/**
 * A second kernel, with cgroup v2 and nothing else: Debian's user-mode-linux runs as a process, with
 * this machine's files as its own.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { hostCommand } from "./host_command.ts";

/** What is run there. */
export interface GuestTests {
  /** The test files, relative to the repository. */
  files: readonly string[];
  /** Only tests whose names match, as `deno test --filter` has it. */
  filter?: string;
  /** Seconds that all of it may take. */
  timeoutSeconds: number;
}

/** What came of it. */
export interface GuestResult {
  /** The exit code of `deno test`; nothing where the guest did not come so far. */
  code: number | undefined;
  /** What `deno test` printed. */
  output: string;
  /** What the guest's kernel and its first process printed. */
  console: string;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const KERNEL = "/usr/bin/linux.uml";
/** A disk for what tests write: of tmpfs, that kernel's shows no owners to user namespaces. */
const DISK_SIZE = 16 * 2 ** 30;
// Of block devices that are files of the machine (arch/um/drivers/ubd_kern.c).
const DISK_MAJOR = 98;
/** A second there is about that of a much slower machine. */
const PACE = 5;
const MODULES = [
  "overlay",
  "veth",
  "bridge",
  "ip_tables",
  "iptable_nat",
  "iptable_filter",
  "iptable_raw",
  "iptable_mangle",
  "nf_tables",
  "nft_compat",
  "ip6_tables",
  "ip6table_filter",
  "ip6table_nat",
  "ip6table_raw",
  "ip6table_mangle",
  "xt_MASQUERADE",
  "xt_nat",
  "xt_addrtype",
  "xt_conntrack",
  "xt_comment",
  "ipt_REJECT",
  "ip6t_REJECT",
  "nf_conntrack_netlink",
  "xt_tcpudp",
  "xt_mark",
  // For networks of these kinds, and for an address of the host.
  "macvlan",
  "ipvlan",
  "dummy",
  // For a file system that limits what containers write.
  "loop",
  "quota_v2",
];

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
 * Runs end-to-end tests of the compiled program on a kernel with cgroup v2.
 *
 * @param tests Which.
 * @returns What came of it.
 */
export async function testInGuest(tests: GuestTests): Promise<GuestResult> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-guest-" });
  try {
    // Tests look at it as other users.
    await Deno.chmod(folder, 0o755);
    await prepareProgram(folder);
    await makeDisk(`${folder}/disk`);
    await Deno.writeTextFile(`${folder}/init`, initScript(folder, tests), { mode: 0o755 });
    const console = await boot(folder, tests.timeoutSeconds);
    const code = await readIfThere(`${folder}/code`);
    return {
      code: code === "" ? undefined : Number(code),
      output: await readIfThere(`${folder}/output`),
      console,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
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

/** What must not reach this machine's files is covered: temporary ones, caches, and /run. */
function initScript(folder: string, { files, filter }: GuestTests): string {
  const args = ["test", "-A", "--no-check", "--no-lock", "--quiet"];
  if (filter !== undefined) args.push("--filter", filter);
  const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME") ?? "/root"}/.cache/deno`;
  return `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir -p /run/guest /run/source /run/lock /dev/pts /dev/shm
mount --bind ${quoted(folder)} /run/guest
mount --bind ${quoted(ROOT)} /run/source
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
for place in /dev/shm /tmp /var/cache; do mount -t tmpfs -o mode=1777 tmpfs $place; done
mknod /run/disk b ${DISK_MAJOR} 0
mount -t ext4 /run/disk /var/tmp
chmod 1777 /var/tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/modules/lib/modules /var/cache/tsd /tmp/deno
ln -s "/usr/lib/uml/modules/$(uname -r)" /run/modules/lib/modules/
for name in ${MODULES.join(" ")}; do modprobe -d /run/modules $name; done
ip link set lo up
ip link add dummy0 type dummy
ip addr add 192.0.2.1/24 dev dummy0
ip link set dummy0 up
mount --bind /run/guest/cache /var/cache/tsd
# procps does not understand this kernel's /proc/cpuinfo, and then has no times.
printf 'processor\\t: 0\\n\\n' >/run/cpuinfo
cat >/run/plain-ps <<'END'
#!/bin/sh
exec unshare --mount /bin/sh -c 'mount --bind /run/cpuinfo /proc/cpuinfo && exec /run/ps "$@"' ps "$@"
END
chmod 755 /run/plain-ps
touch /run/ps
mount --bind /usr/bin/ps /run/ps
mount --bind /run/plain-ps /usr/bin/ps
ln -s ${quoted(`${cache}/npm`)} /tmp/deno/npm
export DENO_DIR=/tmp/deno TSD_TEST_PROGRAM=/run/guest/tsd TSD_TEST_PACE=${PACE} NO_COLOR=1 DENO_NO_UPDATE_CHECK=1
cd /run/source
${quoted(Deno.execPath())} ${[...args, ...files].map(quoted).join(" ")} >/run/guest/output 2>&1
echo $? >/run/guest/code
busybox poweroff -f
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
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

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
