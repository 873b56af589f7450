/**
 * Which registry hosts may be spoken to without a verified certificate.
 *
 * @module
 */

/**
 * Tells whether a host is this machine by its name or address.
 *
 * @param host A host, with or without port: `localhost:5000`, `127.0.0.1`, `[::1]:5000`.
 * @returns True for `localhost`, 127.0.0.0/8 and ::1.
 */
export function isLoopback(host: string): boolean {
  const name = hostName(host).toLowerCase();
  return name === "localhost" || inRange(name, "127.0.0.0/8") || inRange(name, "::1/128");
}

/**
 * Tells whether a host is listed as insecure.
 *
 * @param host The host, and its port where it has one.
 * @param insecure Hosts, `host:port`s and CIDR ranges; ranges match hosts given by address.
 * @returns True where an entry matches exactly, or a range contains the address.
 */
export function isInsecure(host: string, insecure: readonly string[]): boolean {
  const lower = host.toLowerCase();
  return insecure.some((entry) =>
    entry.includes("/") ? inRange(hostName(lower), entry) : entry.toLowerCase() === lower
  );
}

/**
 * Gives a host without its port and without the brackets of an IPv6 address.
 *
 * @param host The host.
 * @returns Its name or address.
 */
export function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host)?.[1];
  return bracketed ?? host.replace(/:\d*$/, "");
}

function inRange(address: string, range: string): boolean {
  const [network, length] = range.split("/");
  const left = addressBits(address);
  const right = addressBits(network!);
  const prefix = Number(length);
  if (left === undefined || right === undefined || left.length !== right.length) return false;
  return prefix <= left.length && left.slice(0, prefix) === right.slice(0, prefix);
}

/** An address as a string of 32 or 128 binary digits. */
function addressBits(address: string): string | undefined {
  const digits = (values: number[], width: number) =>
    values.map((value) => value.toString(2).padStart(width, "0")).join("");
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) {
    const bytes = address.split(".").map(Number);
    return bytes.every((byte) => byte < 256) ? digits(bytes, 8) : undefined;
  }
  // The URL parser knows every spelling of an IPv6 address and writes one of them.
  const canonical = address.includes(":") ? URL.parse(`http://[${address}]`)?.hostname : undefined;
  if (canonical === undefined) return undefined;
  const [head, tail] = canonical.slice(1, -1).split("::").map((part) =>
    part === "" ? [] : part.split(":").map((group) => parseInt(group, 16))
  );
  const zeros = tail === undefined ? 0 : 8 - head!.length - tail.length;
  return digits([...head!, ...Array(zeros).fill(0), ...tail ?? []], 16);
}
