/**
 * A machine with systemd: a second kernel, whose files are this machine's until it changes them, and
 * then stay changed from one boot to the next.
 *
 * @module
 */
import {
  CONTAINER_MODULES,
  type Guest,
  loadModules,
  MAKE_DISK,
  missingForGuest,
  quoted,
} from "./user_mode_linux.ts";

const SYSTEMD = "/lib/systemd/systemd";
/** What only costs time there. */
const MASKED = [
  "console-getty.service",
  "modprobe@.service",
  "systemd-journal-flush.service",
  "systemd-logind.service",
  "systemd-modules-load.service",
  "systemd-random-seed.service",
  "systemd-sysctl.service",
  "systemd-sysusers.service",
  "systemd-tmpfiles-clean.timer",
  "systemd-tmpfiles-setup-dev.service",
  "systemd-tmpfiles-setup.service",
  "systemd-update-utmp.service",
  "systemd-user-sessions.service",
];

/**
 * Tells why there can be no such machine here.
 *
 * @returns The reason; nothing where there can be one.
 */
export function missingForSystemd(): string | undefined {
  try {
    Deno.statSync(SYSTEMD);
  } catch {
    return "systemd is missing";
  }
  return missingForGuest();
}

/**
 * Boots the machine, does something once all its services are up, and shuts it down.
 *
 * @param guest The guest, whose folder is `/guest` there.
 * @param script What to do, in the shell; its output is the folder's file `output` afterwards.
 * @param timeoutSeconds Seconds that all of it may take.
 * @returns What the kernel and systemd printed.
 */
export async function bootSystemd(
  guest: Guest,
  script: string,
  timeoutSeconds: number,
): Promise<string> {
  await Deno.writeTextFile(`${guest.folder}/script`, script);
  return await guest.boot(initScript(guest.folder), timeoutSeconds);
}

/**
 * An overlay keeps what this machine would see otherwise; the state of containers is on the disk, as
 * it cannot be on an overlay.
 */
function initScript(folder: string): string {
  return `#!/bin/sh
set -e
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
${MAKE_DISK}
${loadModules(CONTAINER_MODULES)}
mkdir /run/machine /run/root
mount -t ext4 /run/disk /run/machine
first=no
[ -e /run/machine/tsd ] || first=yes
mkdir -p /run/machine/upper /run/machine/work /run/machine/tsd
mount -t overlay -o lowerdir=/,upperdir=/run/machine/upper,workdir=/run/machine/work overlay /run/root
cd /run/root
mkdir -p guest before var/lib/tsd var/cache/tsd
mount --bind ${quoted(folder)} guest
mount --bind ${quoted(`${folder}/cache`)} var/cache/tsd
mount --bind /run/machine/tsd var/lib/tsd
if [ $first = yes ]; then
  # What runs on this machine is of no interest there.
  rm -rf etc/systemd/system/*.wants .dockerenv
  mkdir etc/systemd/system/multi-user.target.wants
  for unit in ${MASKED.join(" ")}; do ln -sf /dev/null etc/systemd/system/$unit; done
  echo 0123456789abcdef0123456789abcdef >etc/machine-id
  printf '' >etc/fstab
  cat >etc/systemd/system/script.service <<'END'
[Unit]
After=tsd.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c '/bin/sh /guest/script >/guest/output 2>&1; systemctl --no-block poweroff'
END
  ln -s ../script.service etc/systemd/system/multi-user.target.wants/
fi
pivot_root . before
cd /
umount -l /before
exec chroot . ${SYSTEMD} --show-status=true </dev/console >/dev/console 2>&1
`;
}
