/** Records handshakes and frames in the debug log, by scanning the bytes that pass. */
import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { OPCODES } from '../../protocol/opcodes.ts';
import { type ReceivedEvent, Receiver, type ReceiverOptions } from '../../protocol/receiver.ts';
import type { Role } from '../../protocol/role.ts';
import { acceptKey, acceptText } from '../handshake/accept-key.ts';
import type { FlushQueue } from '../send/flush-queue.ts';
import { encodeMessage } from '../send/message-encoder.ts';
import { type OutgoingSink, type SendCallback, SocketWriter } from '../send/socket-writer.ts';
import type {
  DebugEntry,
  DebugLog,
  Direction,
  FrameEntry,
  HandshakeEntry,
} from './debug-log-entries.ts';
import { FrameScanner, type ScannedFrame } from './frame-scanner.ts';

export interface DebugOptions {
  readonly log: DebugLog;
  readonly payloadBytes: number;
  readonly handleError: (error: unknown) => void;
}

/** Request headers that describe the handshake and identify no user. */
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
  readonly #options: DebugOptions;

  constructor(options: DebugOptions) {
    this.#options = options;
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

  /** The port rejected the input before it was a request. */
  recordUnread(answer: Pick<HandshakeEntry, 'result' | 'status'>): void {
    this.#record({ kind: 'handshake', ...answer, request: {} });
  }

  /** Creates a receiver whose bytes are scanned before it unmasks them. */
  createReceiver(connectionId: string, rules: ReceiverOptions): Receiver {
    return new ScannedReceiver(rules, this.#scanner(connectionId, 'received', rules.sender));
  }

  /** Creates an outgoing buffer whose bytes are scanned as they are queued. */
  createOutgoing(
    connectionId: string,
    sender: Role,
    ...rest: [socket: Duplex, queue: FlushQueue, sink: OutgoingSink]
  ): SocketWriter {
    return new ScannedOutgoing(sender, this.#scanner(connectionId, 'sent', sender), ...rest);
  }

  #scanner(connectionId: string, direction: Direction, sender: Role): FrameScanner {
    const { payloadBytes } = this.#options;
    return new FrameScanner(sender, payloadBytes, {
      handleFrame: (frame) => this.#record(toEntry(connectionId, direction, frame)),
      handleError: (code, headerBytes, position) => {
        const header = toHex(headerBytes);
        const positionField = position === undefined ? {} : { position };
        this.#record({ kind: 'fault', connectionId, direction, code, header, ...positionField });
      },
    });
  }

  #record(entry: DebugEntry): void {
    try {
      this.#options.log(entry);
    } catch (error) {
      this.#options.handleError(error);
    }
  }
}

class ScannedReceiver extends Receiver {
  readonly #scanner: FrameScanner;
  /** Bytes that arrived before the connection was open; they are reported after its handshake. */
  #early: Uint8Array[] | undefined = [];

  constructor(rules: ReceiverOptions, scanner: FrameScanner) {
    super(rules);
    this.#scanner = scanner;
  }

  override push(chunk: Uint8Array, byteCount = chunk.length): void {
    const bytes = chunk.subarray(0, byteCount);
    if (this.#early === undefined) this.#scanner.push(bytes);
    // A copy: they are unmasked in place.
    else this.#early.push(Uint8Array.from(bytes));
    super.push(chunk, byteCount);
  }

  /** Called only after the connection is open. */
  override next(): ReceivedEvent | undefined {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const bytes of early) this.#scanner.push(bytes);
    return super.next();
  }
}

class ScannedOutgoing extends SocketWriter {
  readonly #scanner: FrameScanner;
  /** The first chunk that a server queues is its 101. */
  #isResponsePending: boolean;

  constructor(
    sender: Role,
    scanner: FrameScanner,
    ...rest: [socket: Duplex, queue: FlushQueue, sink: OutgoingSink]
  ) {
    super(...rest);
    this.#scanner = scanner;
    this.#isResponsePending = sender === 'server';
  }

  override append(fragment: Uint8Array, done?: SendCallback, isRest?: boolean): void {
    if (this.#isResponsePending) this.#isResponsePending = false;
    else this.#scanner.push(fragment);
    super.append(fragment, done, isRest);
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
  { header, headerBytes, payload, fragment }: ScannedFrame,
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
    ...fragment,
    header: toHex(headerBytes),
    ...(payload.length > 0 && { payload: toHex(payload) }),
  };
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
