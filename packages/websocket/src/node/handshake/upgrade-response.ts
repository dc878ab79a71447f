/** Opening handshakes over HTTP 1.1 (RFC 6455 section 4.2.2), HTTP/2, or outside of the engine. */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import {
  type IncomingMessage,
  STATUS_CODES,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { argumentError } from '../../protocol/errors.ts';
import type { Rejection, RejectionReason } from '../../protocol/handshake-rejection.ts';
import {
  checkAdoptedRequest,
  checkUpgradeRequest,
  type UpgradeRequest,
} from '../../protocol/handshake-request.ts';
import { type MessageHead, valuesOf } from '../../protocol/header-grammar.ts';
import { reportRejection } from '../call-application.ts';
import type { Clock } from '../clock.ts';

/** By name; each value of a list gets its own header line, as cookies require. */
export type HeaderValues = Readonly<Record<string, string | readonly string[]>>;

export interface AcceptedUpgrade {
  readonly key: string;
  readonly protocol: string | undefined;
  /** The value of `Sec-WebSocket-Extensions`, if any were agreed. */
  readonly extensions: string | undefined;
  readonly headers: HeaderValues;
}

/**
 * Latin-1 for values that `checkHeaders` accepts, UTF-8 for unchecked ones: Latin-1 drops upper bytes,
 * so that other characters become CR and LF.
 */
type HeaderEncoding = 'latin1' | 'utf8';

export type RejectionResponse = Pick<Rejection, 'status' | 'headers' | 'body' | 'contentType'>;

interface RejectionOptions {
  readonly clock: Clock;
  readonly closeTimeout: number;
  readonly discardLimit: number;
}

export interface HandshakeTransport {
  check(request: IncomingMessage): UpgradeRequest | RejectionReason;
  /** Sends the acceptance, or returns it as bytes that leave with the first frames. */
  accept(upgrade: AcceptedUpgrade): Uint8Array | undefined;
  reject(socket: Duplex, rejection: Rejection, options: RejectionOptions): void;
}

/**
 * The answers to a client whose handshake is not HTTP 1.1; see `WebSocketServer.adopt`. If one throws
 * or rejects, the server destroys the stream and emits `error`.
 */
export interface AdoptionAnswers {
  /**
   * Sends the acceptance: the agreed subprotocol and extensions, and the headers of `authorize`.
   * Without it the client has got its answer already, and nothing is agreed on.
   */
  accept?(upgrade: Pick<AcceptedUpgrade, 'protocol' | 'extensions' | 'headers'>): void;
  /** Sends a rejection, and ends the stream. Without it the stream is destroyed. */
  reject?(rejection: RejectionResponse): void;
}

export const HTTP1_TRANSPORT: HandshakeTransport = Object.freeze({
  check: (request: IncomingMessage) => checkUpgradeRequest(headOf(request)),
  accept: formatAccepted,
  reject: rejectUpgrade,
});

/**
 * Requests of test harnesses and of HTTP/2 have nothing but `headers`: values may be numbers, and
 * `Host`, which a parsed request must have, may be missing.
 */
export function headOf(request: Partial<IncomingMessage> & MessageHead): MessageHead {
  if (request.rawHeaders?.length > 0) return request;
  const { method, headers = {}, httpVersion = '1.1' } = request;
  const rawHeaders = Object.entries(headers).flatMap(([name, values = []]) =>
    [values].flat().flatMap((value) => [name, String(value)]),
  );
  if (valuesOf(rawHeaders, 'host') === undefined) rawHeaders.push('Host', 'localhost');
  return { method, httpVersion, rawHeaders };
}

/** @param handleFailure Gets what the promise of an answer rejects with. */
export function adoptionTransport(
  { accept, reject }: AdoptionAnswers,
  handleFailure: (error: unknown) => void,
): HandshakeTransport {
  return {
    check: (request) =>
      checkAdoptedRequest(headOf(request).rawHeaders, { isAnswered: accept === undefined }),
    accept: (upgrade) => {
      reportRejection(accept?.(upgrade), handleFailure);
      return undefined;
    },
    reject: (socket, rejection) => {
      if (reject === undefined) socket.destroy();
      else reportRejection(reject(rejection), handleFailure);
    },
  };
}

/** Headers that belong to the handshake or to the framing of the response. */
const OWN_HEADERS =
  /^(connection|upgrade|content-length|transfer-encoding|content-type|sec-websocket-.*)$/i;

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'; // Section 1.3.

/** The proof that the handshake was understood, from the text of the key as it was sent. */
export function acceptKey(key: string): string {
  return hash('sha1', acceptText(key), 'base64');
}

export function acceptText(key: string): string {
  return `${key}${GUID}`;
}

const ACCEPTED =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';

export function formatAccepted(
  { key, protocol, extensions, headers }: AcceptedUpgrade,
  encoding: HeaderEncoding = 'latin1',
): Buffer {
  let text = `${ACCEPTED}Sec-WebSocket-Accept: ${acceptKey(key)}\r\n`;
  if (protocol !== undefined) text += `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  if (extensions !== undefined) text += `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  return Buffer.from(`${text}${formatHeaders(headers)}\r\n`, encoding);
}

/** @throws for a header that HTTP does not allow, or that the application may not set. */
export function checkHeaders(headers: HeaderValues): void {
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    for (const each of Array.isArray(value) ? value : [value]) checkHeaderValue(name, each);
    if (OWN_HEADERS.test(name)) {
      throw argumentError(`header ${name} is set by the handshake`);
    }
  }
}

/** @throws for a value that is not text of one line. */
export function checkHeaderValue(name: string, value: unknown): void {
  if (typeof value !== 'string') throw argumentError(`header ${name} must be a string`);
  validateHeaderValue(name, value);
}

/**
 * Responds, ends our side, and discards what the peer still sends, up to limits of time and bytes: a
 * socket that is closed with unread bytes resets the connection, which may overtake the response.
 * The caller listens for `error`.
 */
export function rejectUpgrade(
  socket: Duplex,
  { status, headers, body, contentType }: RejectionResponse,
  { clock, closeTimeout, discardLimit }: RejectionOptions,
  encoding: HeaderEncoding = 'latin1',
): void {
  const timer = clock.setTimeout(() => socket.destroy(), closeTimeout);
  socket.on('close', () => timer.clear());
  let bytesLeft = discardLimit;
  socket.on('data', (chunk: Uint8Array) => {
    bytesLeft -= chunk.length;
    if (bytesLeft < 0) socket.destroy();
  });
  socket.resume();
  const content = Buffer.from(body);
  const own = {
    Connection: 'close',
    'Content-Type': contentType,
    'Content-Length': String(content.length),
  };
  const text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${formatHeaders({ ...own, ...headers })}\r\n`;
  socket.end(Buffer.concat([Buffer.from(text, encoding), content]));
}

function formatHeaders(headers: HeaderValues): string {
  let text = '';
  for (const [name, value] of Object.entries(headers)) {
    if (Array.isArray(value)) for (const each of value) text += `${name}: ${each}\r\n`;
    else text += `${name}: ${value}\r\n`;
  }
  return text;
}
