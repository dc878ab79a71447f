/** The debug log of a server; an entry of its own, so that other servers do not load it. */

import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { ConnectionEnd } from '../../protocol/close-sequence.ts';
import type { FrameObserver } from '../../protocol/receiver.ts';
import { callApplication } from '../call-application.ts';
import { acceptKey, acceptText } from '../handshake/upgrade-response.ts';
import { checkInteger } from '../options/option-table.ts';
import type { DebugEntry, Direction, HandshakeEntry } from './debug-log-entries.ts';
import { FrameLog } from './frame-log.ts';

export interface DebugLogOptions {
  /** Bytes of each payload in the log. Range 0 to 1,024. Default 0: contents stay private. */
  readonly payloadBytes?: number;
}

/** For the server option `debugLog`. */
export interface DebugLog {
  /** Called by the server, once; `handleError` gets what the log throws. */
  start(handleError: (error: unknown) => void): DebugRecorder;
}

/**
 * Creates a debug log, which passes each handshake and each frame to `write`. If `write` throws or
 * rejects, the server emits `error`; nothing else changes.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT` for a value that is out of its range.
 */
export function createDebugLog(
  write: (entry: DebugEntry) => void,
  { payloadBytes = 0 }: DebugLogOptions = {},
): DebugLog {
  checkInteger('payloadBytes', payloadBytes, [0, 1_024]);
  return {
    start: (handleError) =>
      new DebugRecorder(payloadBytes, (entry) => callApplication(() => write(entry), handleError)),
  };
}

/** Request headers that describe the handshake and identify no user. */
const HANDSHAKE_HEADERS = /^(?:connection|upgrade|sec-websocket-(?:key|version|extensions))$/;

export class DebugRecorder {
  readonly #payloadBytes: number;
  readonly #record: (entry: DebugEntry) => void;

  constructor(payloadBytes: number, record: (entry: DebugEntry) => void) {
    this.#payloadBytes = payloadBytes;
    this.#record = record;
  }

  recordAccepted(
    request: IncomingMessage,
    connection: { id: string; protocol: string; extensions: readonly string[] },
  ): void {
    const { id: connectionId, protocol, extensions } = connection;
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = acceptKey(key);
    const hash = Buffer.from(accept, 'base64').toString('hex');
    const answer = { connectionId, result: 'accepted', status: 101, protocol, extensions };
    this.recordHandshake({ ...answer, hashed: acceptText(key), hash, accept }, request);
  }

  /** Without a request, the port rejected the input before it was one. */
  recordHandshake(
    answer: Omit<HandshakeEntry, 'kind' | 'request'>,
    request?: IncomingMessage,
  ): void {
    const headers = Object.entries(request?.headers ?? {}).flatMap(([name, value]) =>
      HANDSHAKE_HEADERS.test(name) ? [[name, String(value)]] : [],
    );
    this.#record({ kind: 'handshake', ...answer, request: Object.fromEntries(headers) });
  }

  recordEnd(connectionId: string, { metadata: _, ...end }: ConnectionEnd): void {
    this.#record({ kind: 'end', connectionId, ...end });
  }

  observe(connectionId: string, direction: Direction): FrameObserver {
    return new FrameLog(this.#payloadBytes, (entry) =>
      this.#record({ connectionId, direction, ...entry }),
    );
  }
}
