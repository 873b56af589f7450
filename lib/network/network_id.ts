/**
 * Ids of networks and endpoints.
 *
 * @module
 */

const ID_BYTES = 32;

/**
 * Makes up an id.
 *
 * @returns 64 hexadecimal digits.
 */
export function generateNetworkId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
