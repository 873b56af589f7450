/**
 * Network namespaces that stand for machines: a host, another machine beside it, and whoever lives
 * behind bridges of the host. Nothing of it touches the real host's interfaces and rules.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { hostCommand } from "./host_command.ts";
import { PACE } from "./pace.ts";

const SERVER = fileURLToPath(new URL("./answering_program.ts", import.meta.url));

/** How long an answer may take that is expected not to come, in seconds. */
const PATIENCE = PACE;

/** A set of machines. */
export class NetworkWorld implements AsyncDisposable {
  readonly #mark: string = `tsdw${Deno.pid}`;
  readonly #machines = new Set<string>();
  readonly #servers: Deno.ChildProcess[] = [];

  /**
   * Gives the network namespace of a machine.
   *
   * @param machine Its name here.
   * @returns The namespace's name, for `ip netns`.
   */
  namespace(machine: string): string {
    return `${this.#mark}-${machine}`;
  }

  /**
   * Adds a machine.
   *
   * @param machine Its name here.
   */
  async add(machine: string): Promise<void> {
    await hostCommand("ip", ["netns", "add", this.namespace(machine)]);
    this.#machines.add(machine);
    await this.run(machine, "ip link set lo up");
  }

  /**
   * Runs a shell script on a machine.
   *
   * @param machine The machine.
   * @param script The script, for bash.
   * @returns What it wrote to stdout, without the final line break.
   */
  async run(machine: string, script: string): Promise<string> {
    return await this.command(machine, ["bash", "-euc", script]);
  }

  /**
   * Runs a program on a machine.
   *
   * @param machine The machine.
   * @param command The program and its arguments.
   * @returns What it wrote to stdout, without the final line break.
   */
  async command(machine: string, command: string[]): Promise<string> {
    return await hostCommand("ip", ["netns", "exec", this.namespace(machine), ...command]);
  }

  /**
   * Connects two machines by a cable.
   *
   * @param one A machine and the name of its interface.
   * @param other Another one.
   */
  async connect(one: [string, string], other: [string, string]): Promise<void> {
    const [first, second] = [one, other].map(([machine]) => this.namespace(machine));
    await hostCommand("ip", [
      ...["-n", first!, "link", "add", one[1], "type", "veth"],
      ...["peer", "name", other[1], "netns", second!],
    ]);
    for (const [machine, name] of [one, other]) await this.run(machine, `ip link set ${name} up`);
  }

  /**
   * Connects a machine to the real host by a cable, which goes with the machine.
   *
   * @param name The name of the host's interface.
   * @param machine The machine and the name of its interface.
   */
  async connectHost(name: string, [machine, device]: [string, string]): Promise<void> {
    await hostCommand("ip", [
      ...["link", "add", name, "type", "veth"],
      ...["peer", "name", device, "netns", this.namespace(machine)],
    ]);
    await hostCommand("ip", ["link", "set", name, "up"]);
    await this.run(machine, `ip link set ${device} up`);
  }

  /**
   * Has a machine answer on TCP ports 80 and 81 and UDP port 53, of both versions of IP, with its name
   * and the address of whoever asked.
   *
   * @param machine The machine.
   */
  async answer(machine: string): Promise<void> {
    const child = new Deno.Command("ip", {
      args: [
        ...["netns", "exec", this.namespace(machine)],
        ...[Deno.execPath(), "run", "-A", "--unstable-net", SERVER, machine],
      ],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#servers.push(child);
    const reader = child.stdout.getReader();
    const { done } = await reader.read();
    reader.releaseLock();
    if (done) throw new Error(`Cannot have ${machine} answer: its server has ended`);
  }

  /**
   * Asks over TCP.
   *
   * @param machine Who asks.
   * @param host Whom: an address.
   * @param port Its port.
   * @returns The answer, `NAME ADDRESS`; nothing where none comes.
   */
  async ask(machine: string, host: string, port: number): Promise<string | undefined> {
    return await this.#answerTo(machine, `exec 3<>/dev/tcp/${host}/${port}; cat <&3`);
  }

  /**
   * Asks over UDP.
   *
   * @param machine Who asks.
   * @param host Whom: an address.
   * @param port Its port.
   * @returns The answer, `NAME ADDRESS`; nothing where none comes.
   */
  async askUdp(machine: string, host: string, port: number): Promise<string | undefined> {
    const script = `exec 3<>/dev/udp/${host}/${port}; echo hello >&3; dd bs=512 count=1 <&3`;
    return await this.#answerTo(machine, script);
  }

  async #answerTo(machine: string, script: string): Promise<string | undefined> {
    const { stdout, success } = await new Deno.Command("ip", {
      args: [
        ...["netns", "exec", this.namespace(machine)],
        ...["timeout", `${PATIENCE}`, "bash", "-c", script],
      ],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() || undefined : undefined;
  }

  /** Ends the servers and removes the namespaces. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      try {
        server.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
      await server.stdout.cancel();
      await server.status;
    }
    for (const machine of this.#machines) {
      await hostCommand("ip", ["netns", "del", this.namespace(machine)]);
    }
  }
}
