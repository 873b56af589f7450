/**
 * What clients and the supervisor tell each other over its socket.
 *
 * A connection carries frames both ways: one byte of {@linkcode FrameType}, the payload's length as
 * four bytes (big-endian), the payload. A client's first frame is a message that says what it wants;
 * the rest of the connection belongs to that.
 *
 * ```text
 * client                                  supervisor
 *   |-- start (or attach) ------------------->|
 *   |<------------------ started (or failed) --|
 *   |-- STDIN, closeStdin, resize, signal ---->|
 *   |<------------------------------ inputTaken --|
 *   |<------------------------ STDOUT, STDERR --|
 *   |<-------------------------------- exited --|
 * ```
 *
 * An older program may have left a supervisor that holds containers. So the protocol has a version,
 * which a supervisor announces in its lock's file (presence.ts) and a client's first message carries.
 * A version understands all that older ones say, in the same meaning: a client speaks the
 * supervisor's version if that is older, and has it replaced if it cannot be asked for what is wanted
 * (client.ts). What a supervisor finds to be newer than itself it refuses.
 *
 * | Version | What came with it                                             |
 * | ------- | ------------------------------------------------------------- |
 * | 0       | all but the following; announced by nobody                    |
 * | 1       | `attach` with `nextAfter`, `resizeContainer`, `already`       |
 *
 * @module
 */

import type { ProcessIdentity } from "../process/identity.ts";
import type { ErrorKind } from "../errors.ts";
import type { EndpointWishes } from "../network/mod.ts";

/** The version of the protocol that this program speaks. */
export const PROTOCOL_VERSION = 1;

/** What a frame holds. The first three are the numbers of the streams. */
export const FrameType = { STDIN: 0, STDOUT: 1, STDERR: 2, MESSAGE: 3 } as const;

/** A process that looks after a command that it has executed in a container. */
export interface ExecClient {
  /** The process. */
  process: ProcessIdentity;
  /** Its descriptors of pipes that it reads the command's output from. */
  outputs: readonly number[];
}

/** What a client says. */
export type ClientMessage =
  | {
    /** Starts a container. */
    kind: "start";
    /** Its whole id. */
    id: string;
    /** Whether its output is wanted. */
    attach: boolean;
    /** Whether it is killed when this connection is lost. */
    owner: boolean;
    /** The terminal's size, where it has one. */
    size?: TerminalDimensions;
  }
  | {
    /** Wants the output of a running container from now on, and to know how it ends. */
    kind: "attach";
    /** Its whole id. */
    id: string;
    /** Whether it is killed when this connection is lost. */
    owner: boolean;
    /**
     * If it does not run: when its last run began, in milliseconds since the epoch, or null if it has
     * never run. Its next run is waited for then, all of whose output is wanted.
     */
    nextAfter?: number | null;
  }
  | {
    /** Sets the size of the terminal of a running container that this client is not attached to. */
    kind: "resizeContainer";
    /** Its whole id. */
    id: string;
    /** The size. */
    size: TerminalDimensions;
  }
  | {
    /** Asks a container's command to end, and waits until it has. */
    kind: "stop";
    /** Its whole id. */
    id: string;
    /** Whether nobody wants it stopped but the machine, so that a boot may start it again. */
    untilBoot: boolean;
    /** The signal that asks, in place of the container's own. */
    signal?: number;
    /** Seconds until SIGKILL, in place of the container's own; -1 for ever. */
    timeoutSeconds?: number;
  }
  | {
    /** Ends a running container's command as `stop` does, and starts it again at once. */
    kind: "restart";
    /** Its whole id. */
    id: string;
    /** The signal that asks, in place of the container's own. */
    signal?: number;
    /** Seconds until SIGKILL, in place of the container's own; -1 for ever. */
    timeoutSeconds?: number;
  }
  | {
    /** Sends a container's command a signal. */
    kind: "kill";
    /** Its whole id. */
    id: string;
    /** The signal's number. */
    signal: number;
  }
  | {
    /** Waits until a container's command has ended. */
    kind: "wait";
    /** Its whole id. */
    id: string;
  }
  | {
    /** Pauses a container until `letGo`, or until this connection is lost. */
    kind: "holdStill";
    /** Its whole id. */
    id: string;
  }
  | {
    /** Lets a container run on that `holdStill` has paused. */
    kind: "letGo";
  }
  | {
    /** Wants the end of a command to be told that was executed in a container, and lives on. */
    kind: "watchExec";
    /** The container's whole id. */
    id: string;
    /** The command's id. */
    exec: string;
    /** Its process. */
    process: ProcessIdentity;
    /** Who looks after the command, and tells its end where it lives to see it. */
    client?: ExecClient;
  }
  | {
    /** Connects a container that is held to a network. */
    kind: "connect";
    /** Its whole id. */
    id: string;
    /** The network's whole id. */
    network: string;
    /** What it asks for there. */
    wishes: EndpointWishes;
  }
  | {
    /** Disconnects a container that is held from a network. */
    kind: "disconnect";
    /** Its whole id. */
    id: string;
    /** The network's whole id. */
    network: string;
    /** Whether it is taken off the record whatever becomes of its interface. */
    force: boolean;
  }
  | {
    /** Wants to know about the supervisor itself. */
    kind: "describe";
  }
  | {
    /** Nothing more will come for the command's standard input. */
    kind: "closeStdin";
  }
  | {
    /** The client goes away on purpose. */
    kind: "detach";
  }
  | {
    /** The client's terminal has another size now. */
    kind: "resize";
    /** The size. */
    size: TerminalDimensions;
  }
  | {
    /** Sends a signal to the command. */
    kind: "signal";
    /** Its number. */
    signal: number;
  };

/** What a client says first: the version that it is in is beside it. */
export type Request = ClientMessage & {
  /** The version; 0 where absent. */
  version?: number;
};

/**
 * Tells which version of the protocol a message needs.
 *
 * @param message A client's first message.
 * @returns The first version that has it.
 */
export function versionOf(message: ClientMessage): number {
  const isNew = message.kind === "resizeContainer" ||
    message.kind === "attach" && message.nextAfter !== undefined;
  return isNew ? 1 : 0;
}

/** A terminal's size, in characters. */
export interface TerminalDimensions {
  /** Lines. */
  rows: number;
  /** Characters in a line. */
  columns: number;
}

/** What the supervisor says. */
export type SupervisorMessage =
  | {
    /** The command runs; output, if it was wanted, follows. */
    kind: "started";
    /** Whether it ran before it was asked for. */
    already?: boolean;
  }
  | {
    /** The container does not run yet; `started` follows once it does. */
    kind: "waiting";
  }
  | {
    /** The command's standard input, or its terminal, has taken what was sent as STDIN. */
    kind: "inputTaken";
    /** How many bytes of it. */
    bytes: number;
  }
  | {
    /** What was wanted is done. */
    kind: "done";
  }
  | {
    /** The supervisor itself. */
    kind: "description";
    /** Its pid. */
    pid: number;
    /** When it started, in milliseconds since the epoch. */
    startedAt: number;
    /** Whole ids of the containers it holds. */
    containers: string[];
  }
  | {
    /** What was wanted cannot be done. */
    kind: "failed";
    /** What a caller can do about it. */
    error: ErrorKind;
    /** One line. */
    message: string;
  }
  | {
    /** What was to be watched has ended already. */
    kind: "gone";
  }
  | {
    /** The command has ended, all its output was sent, and with `--rm` the container is gone. */
    kind: "exited";
    /** Its code, or 128 and the signal's number. */
    exitCode: number;
  };

/** A frame that was received. */
export interface Frame {
  /** A value of {@linkcode FrameType}. */
  type: number;
  /** Its payload, valid until the next frame is asked for. */
  payload: Uint8Array<ArrayBuffer>;
}

/** Bytes in front of a payload. */
export const FRAME_HEADER_SIZE = 5;
/** The longest payload either side accepts, in bytes. */
export const LONGEST_PAYLOAD = 1 << 20;
/**
 * How many bytes of input a client sends at most before the command has taken them: messages behind
 * them, a signal say, must not have to wait until the command reads.
 */
export const INPUT_WINDOW = 256 << 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Builds what stands in front of a payload.
 *
 * @param type A value of {@linkcode FrameType}.
 * @param length The payload's, at most {@linkcode LONGEST_PAYLOAD} bytes.
 * @returns The header.
 */
export function encodeHeader(type: number, length: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(FRAME_HEADER_SIZE);
  header[0] = type;
  new DataView(header.buffer).setUint32(1, length);
  return header;
}

/**
 * Builds a frame.
 *
 * @param type A value of {@linkcode FrameType}.
 * @param payload At most {@linkcode LONGEST_PAYLOAD} bytes.
 * @returns Header and payload.
 */
export function encodeFrame(type: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(FRAME_HEADER_SIZE + payload.length);
  frame.set(encodeHeader(type, payload.length));
  frame.set(payload, FRAME_HEADER_SIZE);
  return frame;
}

/**
 * Builds a frame of a message.
 *
 * @param message The message.
 * @returns Header and payload.
 */
export function encodeMessage(message: Request | SupervisorMessage): Uint8Array<ArrayBuffer> {
  return encodeFrame(FrameType.MESSAGE, encoder.encode(JSON.stringify(message)));
}

/**
 * Reads the message of a frame; the other side is this same program, or one of another version.
 *
 * @param frame A frame of type `MESSAGE`.
 * @returns The message.
 */
export function decodeMessage<T extends Request | SupervisorMessage>(frame: Frame): T {
  return JSON.parse(decoder.decode(frame.payload)) as T;
}
