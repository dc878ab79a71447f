/** Writes handshakes and frames to the debug log of a server. */
import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { FrameObserver } from '../../protocol/frame-observer.ts';
import type { Role } from '../../protocol/role.ts';
import { acceptKey, acceptText } from '../handshake/accept-key.ts';
import type { ObserveFrame } from '../send/sender.ts';
import type { DebugEntry, Direction, HandshakeEntry } from './debug-log-entries.ts';
import { FrameLog } from './frame-log.ts';

export interface DebugOptions {
  readonly write: (entry: DebugEntry) => void;
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

  /** Creates the observer of the frames that a connection receives. */
  observeReceived(connectionId: string): FrameObserver {
    return this.#startLog(connectionId, 'received');
  }

  /** Creates a function that is shown the frames of a connection as they are sent. */
  observeSent(connectionId: string, sender: Role): ObserveFrame {
    const log = this.#startLog(connectionId, 'sent');
    return (frame) => log.recordSent(frame, sender);
  }

  #startLog(connectionId: string, direction: Direction): FrameLog {
    return new FrameLog(this.#options.payloadBytes, (entry) =>
      this.#record({ connectionId, direction, ...entry }),
    );
  }

  #record(entry: DebugEntry): void {
    try {
      this.#options.write(entry);
    } catch (error) {
      this.#options.handleError(error);
    }
  }
}
