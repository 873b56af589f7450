import assert from "node:assert/strict";
import { SupervisorRequests } from "../lib/engine/instance/supervisor_requests.ts";
import { resolveRoots } from "../lib/state/mod.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });

async function supervisorPid(): Promise<number> {
  const { stdout } = await shared.tsd.run(["system", "supervisor", "--format", "{{.PID}}"]);
  return Number(stdout);
}

/** What the supervisor's descriptors are of, sockets left out: clients come and go. */
function descriptors(pid: number): string[] {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/${pid}/fd/${name}`)];
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }).filter((target) => !target.startsWith("socket:")).toSorted();
}

function namespaces(pid: number): string[] {
  return ["mnt", "net", "uts", "ipc", "cgroup"].map((name) =>
    Deno.readLinkSync(`/proc/${pid}/ns/${name}`)
  );
}

Deno.test("starts that fail at any step leave the supervisor as it was", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await tsd.run(["run", "-d", "--name", "stays", image, "sleep", "1000"]);
  const failing: [code: number, ...args: string[]][] = [
    [127, image, "nosuch"],
    [126, image, "/etc"],
    [125, "-u", "nosuch", image, "true"],
    [125, "-w", "/etc/passwd/x", image, "true"],
    [125, "-v", `${tsd.home}:/etc/passwd`, image, "true"],
    [125, "-v", `${tsd.home}:/proc/sys`, image, "true"],
    [125, "-t", "-u", "nosuch", image, "true"],
    [127, "-t", image, "nosuch"],
    [127, "--init", image, "nosuch"],
    [125, "--network", "none", "-u", "nosuch", image, "true"],
    [125, "--sysctl", "net.ipv4.ip_forward=x", image, "true"],
  ];
  const round = async () => {
    for (const [code, ...args] of failing) {
      await tsd.run(["run", "--rm", ...args], { expect: code });
    }
  };
  // The first time, modules are loaded and a bridge is made.
  await round();
  const pid = await supervisorPid();
  const before = { descriptors: descriptors(pid), namespaces: namespaces(pid) };
  await round();
  await round();
  assert.deepEqual({ descriptors: descriptors(pid), namespaces: namespaces(pid) }, before);
  assert.equal(await supervisorPid(), pid);
  await tsd.run(["rm", "-f", "stays"]);
});

Deno.test("a volume that needs a server's file system is mounted by the container's own init", async () => {
  const { tsd } = shared;
  const folders = ["lower", "upper", "work"].map((name) => `${tsd.home}/${name}`);
  await Promise.all(folders.map((folder) => Deno.mkdir(folder)));
  await Deno.writeTextFile(`${tsd.home}/lower/file`, "of the volume\n");
  const [lower, upper, work] = folders;
  const data = `o=lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  await tsd.run([
    "volume",
    "create",
    "-o",
    "type=overlay",
    "-o",
    "device=overlay",
    "-o",
    data,
    "layered",
  ]);
  const script = "cat /data/file; echo changed > /data/file; cat /proc/1/oom_score_adj; tty";
  const args = [
    "-v",
    "layered:/data",
    "--oom-score-adj",
    "7",
    shared.image("alpine"),
    "sh",
    "-c",
    script,
  ];
  const { stdout } = await tsd.run(["run", "--rm", ...args], { expect: 1 });
  assert.equal(stdout, "of the volume\n7\nnot a tty\n");
  assert.equal(await Deno.readTextFile(`${tsd.home}/upper/file`), "changed\n");
  const terminal = await tsd.run(["run", "--rm", "-t", ...args.slice(0, -1), "tty"]);
  assert.equal(terminal.stdout, "/dev/pts/0\r\n");
  await tsd.run(["volume", "rm", "layered"]);
});

Deno.test("a start of a container that was removed meanwhile does not keep the supervisor", async () => {
  const { tsd } = shared;
  const id = (await tsd.run(["run", "-d", shared.image("alpine"), "sleep", "1000"])).stdout.trim();
  const pid = await supervisorPid();
  await tsd.run(["rm", "-f", id]);
  const requests = new SupervisorRequests(resolveRoots({ root: tsd.root, run: tsd.runDir }));
  const start = requests.ask({ kind: "start", id, attach: false, owner: false });
  await assert.rejects(start, { message: /^No such container: / });
  // Now it ends as soon as it has nothing to do.
  Deno.kill(pid, "SIGTERM");
  await waitUntil("the end of the supervisor", async () => {
    return !(await tsd.processes(false)).some((one) => one.pid === pid);
  });
});
