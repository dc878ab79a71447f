/**
 * Reads an opening handshake and responds to it: over HTTP 1.1 with a 101, or a rejection that ends
 * the socket; otherwise over an HTTP/2 stream, or outside of the engine. HTTP's own writer is not
 * used: it is gone once a socket is handed over.
 *
 * Source: RFC 6455 section 4.2.2.
 */
import { Buffer } from 'node:buffer';
import {
  type IncomingMessage,
  STATUS_CODES,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { argumentError } from '../../protocol/errors.ts';
import type { Rejection } from '../../protocol/handshake-rejection.ts';
import {
  checkAdoptedRequest,
  checkUpgradeRequest,
  type RequestVerdict,
} from '../../protocol/handshake-request.ts';
import type { Clock } from '../clock.ts';
import { discardInput } from '../receive/discard-input.ts';
import { acceptKey } from './accept-key.ts';

/** By name; each value of a list gets its own header line, as cookies require. */
export type HeaderValues = Readonly<Record<string, string | readonly string[]>>;

export interface AcceptedUpgrade {
  readonly key: string;
  readonly protocol: string | undefined;
  /** The value of `Sec-WebSocket-Extensions`, if any were agreed. */
  readonly extensions: string | undefined;
  readonly headers: HeaderValues;
}

export interface RejectionOptions {
  readonly clock: Clock;
  readonly closeTimeout: number;
  readonly discardLimit: number;
}

export interface HandshakeTransport {
  check(request: IncomingMessage): RequestVerdict;
  /** Sends the acceptance, or returns it as bytes that leave with the first frames. */
  accept(upgrade: AcceptedUpgrade): Uint8Array | undefined;
  reject(socket: Duplex, rejection: Rejection, options: RejectionOptions): void;
}

/** The answers to a client whose handshake is not HTTP 1.1; see `WebSocketServer.adopt`. */
export interface AdoptionAnswers {
  /**
   * Sends the acceptance: the agreed subprotocol and extensions, and the headers of `authorize`.
   * Without it the client has got its answer already, and nothing is agreed on.
   */
  accept?(upgrade: Pick<AcceptedUpgrade, 'protocol' | 'extensions' | 'headers'>): void;
  /** Sends a rejection, and ends the stream. Without it the stream is destroyed. */
  reject?(rejection: Pick<Rejection, 'status' | 'headers' | 'body' | 'contentType'>): void;
}

export const HTTP1_TRANSPORT: HandshakeTransport = Object.freeze({
  check: checkUpgradeRequest,
  accept: formatAccepted,
  reject: rejectUpgrade,
});

export function adoptionTransport({ accept, reject }: AdoptionAnswers): HandshakeTransport {
  return {
    check: (request) =>
      checkAdoptedRequest(request.rawHeaders, { isAnswered: accept === undefined }),
    accept: (upgrade) => {
      accept?.(upgrade);
      return undefined;
    },
    reject: (socket, rejection) => {
      if (reject === undefined) socket.destroy();
      else reject(rejection);
    },
  };
}

/** Headers that belong to the handshake or to the framing of the response. */
const OWN_HEADERS =
  /^(connection|upgrade|content-length|transfer-encoding|content-type|sec-websocket-.*)$/i;

/** The 101 as it is sent. */
export function formatAccepted(upgrade: AcceptedUpgrade): Buffer {
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(upgrade.key)}`,
  ];
  if (upgrade.protocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${upgrade.protocol}`);
  if (upgrade.extensions !== undefined) {
    lines.push(`Sec-WebSocket-Extensions: ${upgrade.extensions}`);
  }
  pushHeaders(lines, upgrade.headers);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/**
 * Rejects headers of the application that would break the response.
 *
 * @throws for a name or value that HTTP does not allow, or a header that the application may not
 * set.
 */
export function checkHeaders(headers: HeaderValues): void {
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    for (const each of Array.isArray(value) ? value : [value]) validateHeaderValue(name, each);
    if (OWN_HEADERS.test(name)) {
      throw argumentError(`header ${name} is set by the handshake`);
    }
  }
}

/** Responds, ends our side, and drains the peer's side until it ends too or the time is up. */
export function rejectUpgrade(
  socket: Duplex,
  rejection: Rejection,
  { clock, closeTimeout, discardLimit }: RejectionOptions,
): void {
  // A client that has already left needs no response.
  socket.on('error', ignore);
  const timer = clock.setTimeout(() => socket.destroy(), closeTimeout);
  socket.on('close', () => timer.clear());
  discardInput(socket, discardLimit);
  socket.end(formatRejection(rejection));
}

function formatRejection({ status, headers, body, contentType }: Rejection): Buffer {
  const content = Buffer.from(body);
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`];
  pushHeaders(lines, {
    Connection: 'close',
    'Content-Type': contentType,
    'Content-Length': String(content.length),
    ...headers,
  });
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), content]);
}

function pushHeaders(lines: string[], headers: HeaderValues): void {
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'object') for (const each of value) lines.push(`${name}: ${each}`);
    else lines.push(`${name}: ${value}`);
  }
}

function ignore(): void {}
