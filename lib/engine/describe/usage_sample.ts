/**
 * What a container had used of the machine at a moment.
 *
 * @module
 */

/** What a container had used at a moment. */
export interface UsageSample {
  /** The moment, in milliseconds of a clock that only goes forward. */
  at: number;
  /** Time on all processors together, in nanoseconds. */
  cpuNanoseconds: number;
  /** Bytes of memory in use, as Docker counts. */
  memoryUsage: number;
  /** The most it may use, in bytes: the machine's memory where nothing limits it. */
  memoryLimit: number;
  /** Bytes received through its network interfaces. */
  receivedBytes: number;
  /** Bytes sent through its network interfaces. */
  sentBytes: number;
  /** Bytes read from block devices. */
  readBytes: number;
  /** Bytes written to block devices. */
  writtenBytes: number;
  /** Processes and threads. */
  pids: number;
}

/** A sample where nothing runs. */
export const NO_USAGE: UsageSample = {
  at: 0,
  cpuNanoseconds: 0,
  memoryUsage: 0,
  memoryLimit: 0,
  receivedBytes: 0,
  sentBytes: 0,
  readBytes: 0,
  writtenBytes: 0,
  pids: 0,
};

const NANOSECONDS_PER_MILLISECOND = 1e6;

/**
 * Compares two samples of a container.
 *
 * @param before The earlier one.
 * @param after The later one.
 * @returns Percent of one processor it has used between them: 200 is two processors all the time.
 */
export function cpuPercent(before: UsageSample, after: UsageSample): number {
  const elapsed = (after.at - before.at) * NANOSECONDS_PER_MILLISECOND;
  const used = after.cpuNanoseconds - before.cpuNanoseconds;
  // Less than nothing where it was started anew between them.
  return elapsed > 0 && used > 0 && before !== NO_USAGE ? used / elapsed * 100 : 0;
}
