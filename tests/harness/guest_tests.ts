/**
 * End-to-end tests on a second kernel.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import {
  CONTAINER_MODULES,
  loadModules,
  MAKE_DISK,
  prepareGuest,
  quoted,
} from "./user_mode_linux.ts";

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
/** A second there is about that of a much slower machine. */
const PACE = 5;
const MODULES = [
  ...CONTAINER_MODULES,
  "iptable_mangle",
  "nf_tables",
  "nft_compat",
  "ip6_tables",
  "ip6table_filter",
  "ip6table_nat",
  "ip6table_raw",
  "ip6table_mangle",
  "ipt_REJECT",
  "ip6t_REJECT",
  "xt_mark",
  // For networks of these kinds, and for an address of the host.
  "macvlan",
  "ipvlan",
  "dummy",
  // For looking at sockets.
  "unix_diag",
  // For a file system that limits what containers write.
  "loop",
  "quota_v2",
];

/**
 * Runs end-to-end tests of the compiled program on a kernel with cgroup v2.
 *
 * @param tests Which.
 * @returns What came of it.
 */
export async function testInGuest(tests: GuestTests): Promise<GuestResult> {
  await using guest = await prepareGuest();
  const console = await guest.boot(initScript(guest.folder, tests), tests.timeoutSeconds);
  const code = await guest.read("code");
  return {
    code: code === "" ? undefined : Number(code),
    output: await guest.read("output"),
    console,
  };
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
${MAKE_DISK}
mount -t ext4 /run/disk /var/tmp
chmod 1777 /var/tmp
mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup
mkdir -p /var/cache/tsd /tmp/deno
${loadModules(MODULES)}
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
