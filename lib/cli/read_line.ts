/**
 * Reading what a person types.
 *
 * @module
 */

/**
 * Reads one line.
 *
 * @param input Where it comes from.
 * @param signal Ends the wait.
 * @returns The line without its end; what there is where the input ends before.
 * @throws The signal's reason.
 */
export async function readLine(
  input: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<string> {
  const reader = input.getReader();
  const decoder = new TextDecoder();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  let text = "";
  try {
    signal.throwIfAborted();
    while (!text.includes("\n")) {
      const { done, value } = await Promise.race([reader.read(), aborted.promise]);
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    signal.removeEventListener("abort", abort);
    reader.releaseLock();
  }
  return text.split("\n", 1)[0]!;
}
