/**
 * The log for looking into a fault: each handshake and each frame, spelled out.
 * It shows no payload unless it is told how much, and of a request nothing that
 * could be a secret. Requirements WS-242, WS-246 to WS-248.
 */
import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorCode } from '../../protocol/errors.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import { type ReceivedEvent, Receiver, type ReceiverOptions } from '../../protocol/receiver.ts';
import type { Role } from '../../protocol/role.ts';
import { acceptKey, acceptText } from '../handshake/accept-key.ts';
import type { FlushQueue } from '../send/flush-queue.ts';
import { OutgoingBuffer, type OutgoingSink, type SendCallback } from '../send/outgoing-buffer.ts';
import { encodeMessage } from '../send/prepared-frame.ts';
import { FrameScanner, type ScannedFrame } from './frame-scanner.ts';

export type Direction = 'received' | 'sent';

export interface HandshakeEntry {
  readonly kind: 'handshake';
  /** Where a connection came of it. */
  readonly connectionId?: string;
  /** `accepted`, or the reason of the refusal. */
  readonly result: string;
  readonly status: number;
  /**
   * Of the request: `Connection`, `Upgrade`, and the key, version and extensions.
   * Not the subprotocols: browsers have no other place for a token. Empty where the server's
   * own port could not read it.
   */
  readonly request: Readonly<Record<string, string>>;
  /** The text that proves the handshake understood, and its SHA-1 in hexadecimal. */
  readonly hashed?: string;
  readonly hash?: string;
  /** `Sec-WebSocket-Accept` of the answer: the hash in base64. */
  readonly accept?: string;
  readonly protocol?: string;
  readonly extensions?: readonly string[];
}

export interface FrameEntry {
  readonly kind: 'frame';
  readonly connectionId: string;
  readonly direction: Direction;
  /** `text`, `continuation` …; a number for an opcode that is reserved. */
  readonly opcode: string;
  readonly isFinal: boolean;
  /** RSV1 to RSV3 as 0x40, 0x20, 0x10; 0x40 marks a compressed message. */
  readonly reservedBits: number;
  readonly isMasked: boolean;
  readonly payloadBytes: number;
  /** Of a message in several frames: which one it is, from 1. */
  readonly fragment?: number;
  /** And how many bytes the message has so far, with this frame. */
  readonly messageBytes?: number;
  /** The header as it was on the wire, in hexadecimal; the mask key with it. */
  readonly header: string;
  /** The first bytes, unmasked, in hexadecimal; only with `debugPayloadBytes`. */
  readonly payload?: string;
}

/** What came is no frame, or no text; nothing of this direction is told any more. */
export interface FaultEntry {
  readonly kind: 'fault';
  readonly connectionId: string;
  readonly direction: Direction;
  readonly code: ErrorCode;
  /** The bytes up to the fault, in hexadecimal; of text that is not UTF-8 the frame's header. */
  readonly header: string;
  /**
   * The byte at which a text stops being UTF-8, counted from the start of the message, or where
   * it ends within a character. Not told of compressed text.
   */
  readonly position?: number;
}

export type DebugEntry = HandshakeEntry | FrameEntry | FaultEntry;

/** What it throws is told as `error` of the server, and changes nothing else. */
export type DebugLog = (entry: DebugEntry) => void;

export interface DebugOptions {
  readonly log: DebugLog;
  readonly payloadBytes: number;
  readonly handleFault: (error: unknown) => void;
}

/** Request headers that tell of the handshake, and of nobody. */
const HANDSHAKE_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-extensions',
]);

const OPCODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(OPCODES).map(([name, opcode]) => [opcode, name]),
);

export class DebugRecorder {
  readonly #terms: DebugOptions;

  constructor(terms: DebugOptions) {
    this.#terms = terms;
  }

  recordAccepted(
    request: IncomingMessage,
    connection: { id: string; protocol: string; extensions: readonly string[] },
  ): void {
    const { id: connectionId, protocol, extensions } = connection;
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = acceptKey(key);
    const hash = Buffer.from(accept, 'base64').toString('hex');
    const proof = { hashed: acceptText(key), hash, accept };
    const answer = { connectionId, result: 'accepted', status: 101, ...proof };
    this.recordHandshake(request, { ...answer, protocol, extensions });
  }

  recordHandshake(
    request: IncomingMessage,
    answer: Omit<HandshakeEntry, 'kind' | 'request'>,
  ): void {
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      HANDSHAKE_HEADERS.has(name) ? [[name, String(value)]] : [],
    );
    this.#record({ kind: 'handshake', ...answer, request: Object.fromEntries(headers) });
  }

  /** The port refused what came before it was a request. */
  recordUnread(answer: Pick<HandshakeEntry, 'result' | 'status'>): void {
    this.#record({ kind: 'handshake', ...answer, request: {} });
  }

  /** A receiver whose bytes are looked at before it unmasks them. */
  createReceiver(connectionId: string, rules: ReceiverOptions): Receiver {
    return new WatchedReceiver(rules, this.#scanner(connectionId, 'received', rules.sender));
  }

  /** An outgoing buffer whose bytes are looked at as they are queued. */
  createOutgoing(
    connectionId: string,
    sender: Role,
    ...rest: [socket: Duplex, queue: FlushQueue, sink: OutgoingSink]
  ): OutgoingBuffer {
    return new WatchedOutgoing(sender, this.#scanner(connectionId, 'sent', sender), ...rest);
  }

  #scanner(connectionId: string, direction: Direction, sender: Role): FrameScanner {
    const { payloadBytes } = this.#terms;
    return new FrameScanner(sender, payloadBytes, {
      handleFrame: (frame) => this.#record(toEntry(connectionId, direction, frame)),
      handleFault: (code, headerBytes, position) => {
        const header = toHex(headerBytes);
        const place = position === undefined ? {} : { position };
        this.#record({ kind: 'fault', connectionId, direction, code, header, ...place });
      },
    });
  }

  #record(entry: DebugEntry): void {
    try {
      this.#terms.log(entry);
    } catch (error) {
      this.#terms.handleFault(error);
    }
  }
}

class WatchedReceiver extends Receiver {
  readonly #scanner: FrameScanner;
  /** What came before the connection was open, and is told behind its handshake. */
  #early: Uint8Array[] | undefined = [];

  constructor(rules: ReceiverOptions, scanner: FrameScanner) {
    super(rules);
    this.#scanner = scanner;
  }

  override push(chunk: Uint8Array, byteCount = chunk.length): void {
    const bytes = chunk.subarray(0, byteCount);
    if (this.#early === undefined) this.#scanner.push(bytes);
    // A copy: they are unmasked where they lie.
    else this.#early.push(Uint8Array.from(bytes));
    super.push(chunk, byteCount);
  }

  /** Asked only once the connection is open. */
  override next(): ReceivedEvent | undefined {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const bytes of early) this.#scanner.push(bytes);
    return super.next();
  }
}

class WatchedOutgoing extends OutgoingBuffer {
  readonly #scanner: FrameScanner;
  /** The first that a server queues is its 101. */
  #isAnswerOwed: boolean;

  constructor(
    sender: Role,
    scanner: FrameScanner,
    ...rest: [socket: Duplex, queue: FlushQueue, sink: OutgoingSink]
  ) {
    super(...rest);
    this.#scanner = scanner;
    this.#isAnswerOwed = sender === 'server';
  }

  override append(part: Uint8Array, done?: SendCallback, isRest?: boolean): void {
    if (this.#isAnswerOwed) this.#isAnswerOwed = false;
    else this.#scanner.push(part);
    super.append(part, done, isRest);
  }

  protected override insertControl(frame: Uint8Array, done?: SendCallback): void {
    this.#scanner.push(frame);
    super.insertControl(frame, done);
  }

  override appendMessage(opcode: number, data: string | Uint8Array, done?: SendCallback): void {
    this.append(encodeMessage(opcode, data), done);
  }
}

function toEntry(
  connectionId: string,
  direction: Direction,
  { header, headerBytes, payload, part }: ScannedFrame,
): FrameEntry {
  return {
    kind: 'frame',
    connectionId,
    direction,
    opcode: OPCODE_NAMES.get(header.opcode) ?? String(header.opcode),
    isFinal: header.isFinal,
    reservedBits: header.reservedBits,
    isMasked: ((headerBytes[1] ?? 0) & 0x80) !== 0,
    payloadBytes: header.payloadBytes,
    ...part,
    header: toHex(headerBytes),
    ...(payload.length > 0 && { payload: toHex(payload) }),
  };
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
