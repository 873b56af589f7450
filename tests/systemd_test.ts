import assert from "node:assert/strict";
import { busyboxRoot } from "./harness/images.ts";
import { bootSystemd, missingForSystemd } from "./harness/systemd_machine.ts";
import { prepareGuest } from "./harness/user_mode_linux.ts";

const missing = missingForSystemd();
if (missing !== undefined) {
  // deno-lint-ignore no-console -- the reason belongs in the tests' output.
  console.warn(`The test with systemd is skipped: ${missing}`);
}

// Of one boot, on a kernel that is much slower than this machine's.
const TIMEOUT_SECONDS = 300;

const PATH = "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The container serves a page, and tells in a file of its own that it was asked to end. */
const INSTALL = `${PATH}
set -e
install -m 755 /guest/tsd /usr/local/bin/tsd
ip link set lo up
tar -C /guest/root -c . | tsd import - base >/dev/null
tsd run -d --name web --restart unless-stopped --stop-signal INT -p 127.0.0.1:8080:80 base sh -c '
  trap "echo asked to end >>/end; exit 7" INT
  echo page >/home/index.html
  httpd -p 80 -h /home
  while :; do sleep 0.1; done'
tsd run -d --name once --stop-signal KILL base sleep 100000
tsd run -d --name stopped --restart unless-stopped --stop-signal KILL base sleep 100000
tsd stop stopped
tsd generate systemd >/etc/systemd/system/tsd.service
systemctl enable --now tsd.service
echo installed
`;

const LOOK = `${PATH}
ip link set lo up
systemctl is-active tsd.service
tsd inspect -f '{{.Name}} {{.State.Status}}' web once stopped
tsd exec web cat /end
busybox wget -q -O - http://127.0.0.1:8080/
systemctl stop tsd.service
tsd ps -q
pgrep -f tsd-mode || echo nothing left
systemctl is-system-running
`;

const LOOK_OUTPUT = `active
/web running
/once exited
/stopped exited
asked to end
page
nothing left
starting
`;

Deno.test({
  name:
    "on a machine with systemd, what should run is asked to end at shutdown and runs after the boot",
  ignore: missing !== undefined,
  fn: async () => {
    await using guest = await prepareGuest();
    await busyboxRoot(`${guest.folder}/root`);
    const first = await bootSystemd(guest, INSTALL, TIMEOUT_SECONDS);
    const installed = await guest.read("output");
    assert.match(installed, /\ninstalled\n$/, `${installed}\n${first}`);
    // Everything was over before systemd looked for what it does not know.
    assert.doesNotMatch(first, /Failed unmounting|Waiting for process/);
    const second = await bootSystemd(guest, LOOK, TIMEOUT_SECONDS);
    assert.equal(await guest.read("output"), LOOK_OUTPUT, second);
  },
});
