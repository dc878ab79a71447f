/**
 * A connection of the load: a raw socket that reads into a buffer shared by all.
 *
 * It is open as soon as the first message may be sent; from then on it passes received bytes to
 * `handleBytes` and errors to `onError`.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { CHUNK_BYTES_MAX } from './answer-reader.ts';
import { DIALECTS, type DialectName, GREETING } from './dialect.ts';
import { encodeFrame, OPCODES, readServerFrame } from './frames.ts';

export interface PeerOptions {
  readonly port: number;
  readonly dialect: DialectName;
  readonly deflate: boolean;
  readonly tls?: boolean | undefined;
}

/** The bytes are valid during the call only. */
type BytesHandler = (bytes: Buffer, byteCount: number) => void;

const DEFLATE_OFFER = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';

const sharedBuffer = Buffer.alloc(CHUNK_BYTES_MAX);

export class Peer {
  readonly socket: Socket;
  /** Time from the start of connecting until the first message may be sent. */
  openedInMs = Number.NaN;
  /** Called with the bytes that arrive after the connection is open. */
  handleBytes: BytesHandler = () => {};
  /** Called when the other side ends the connection. */
  handleEnd: () => void = () => this.#fail(new Error('the server ended a connection'));
  #onError: (error: Error) => void = () => {};
  #opening: Buffer | undefined = Buffer.alloc(0);
  #resolveOpen: () => void = () => {};
  readonly #options: PeerOptions;
  readonly #beganAtMs = performance.now();
  #isUpgraded = false;

  constructor(options: PeerOptions, onError: (error: Error) => void) {
    const { path } = DIALECTS[options.dialect];
    this.#options = options;
    this.#onError = onError;
    this.socket = options.tls === true ? this.#connectTls() : this.#connect();
    this.socket.on(options.tls === true ? 'secureConnect' : 'connect', () => {
      if (path !== undefined) this.socket.write(upgradeRequest(path, options));
    });
    this.socket.on('error', (error) => this.#fail(error));
    this.socket.on('end', () => this.handleEnd());
  }

  /** Resolves when the first message may be sent. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const onError = this.#onError;
      this.#onError = reject;
      this.#resolveOpen = () => {
        this.#onError = onError;
        resolve();
      };
    });
  }

  #connect(): Socket {
    return connect({
      port: this.#options.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: sharedBuffer,
        callback: (byteCount, bytes) => this.#read(byteCount, bytes),
      },
    });
  }

  /** The certificate of a measured server is self-signed. */
  #connectTls(): Socket {
    const socket = connectTls({
      port: this.#options.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
    });
    socket.setNoDelay(true);
    return socket.on('data', (bytes) => this.#read(bytes.length, bytes));
  }

  #read(byteCount: number, bytes: Uint8Array): boolean {
    try {
      // The buffer is `sharedBuffer`.
      if (this.#opening === undefined) this.handleBytes(bytes as Buffer, byteCount);
      else this.#readOpening(Buffer.concat([this.#opening, bytes.subarray(0, byteCount)]));
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
    return true;
  }

  #readOpening(bytes: Buffer): void {
    this.#opening = bytes;
    if (this.#options.dialect === 'raw') this.#readGreeting(bytes);
    else if (!this.#isUpgraded) this.#takeUpgrade(bytes);
    if (this.#isUpgraded && this.#options.dialect === 'socketio') this.#greetSocketIo();
  }

  #readGreeting(bytes: Buffer): void {
    if (!bytes.equals(GREETING)) return;
    this.#opening = undefined;
    this.#finishOpening();
  }

  #takeUpgrade(bytes: Buffer): void {
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1) return;
    checkAnswer(bytes.toString('latin1', 0, end), this.#options);
    this.#isUpgraded = true;
    this.#opening = bytes.subarray(end + 4);
    if (this.#options.dialect === 'websocket') this.#finishOpening();
  }

  /** Engine.IO sends `0`; the client joins the main namespace with `40` and receives `40`. */
  #greetSocketIo(): void {
    for (;;) {
      const bytes = this.#opening;
      const frame = bytes === undefined ? undefined : readServerFrame(bytes);
      if (bytes === undefined || frame === undefined) return;
      this.#opening = bytes.subarray(frame.byteCount);
      const packet = frame.payload.toString('latin1', 0, 2);
      if (packet === '40') this.#finishOpening();
      else if (packet.startsWith('0')) this.socket.write(NAMESPACE_REQUEST);
      else throw new Error(`Socket.IO began with '${packet}'`);
    }
  }

  #finishOpening(): void {
    if ((this.#opening?.length ?? 0) > 0) throw new Error('the server spoke first');
    this.#opening = undefined;
    this.openedInMs = performance.now() - this.#beganAtMs;
    this.#resolveOpen();
  }

  #fail(error: Error): void {
    this.socket.destroy();
    this.#onError(error);
  }
}

const NAMESPACE_REQUEST = encodeFrame(Buffer.from('40'), {
  opcode: OPCODES.text,
  maskKey: Uint8Array.of(1, 2, 3, 4),
});

function upgradeRequest(path: string, { port, deflate }: PeerOptions): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(deflate ? [`Sec-WebSocket-Extensions: ${DEFLATE_OFFER}`] : []),
    '\r\n',
  ].join('\r\n');
}

/** The accept value of the key above (RFC 6455 section 1.3). */
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

function checkAnswer(head: string, { deflate }: PeerOptions): void {
  const [status = ''] = head.split('\r\n', 1);
  if (!status.startsWith('HTTP/1.1 101 ')) throw new Error(`the upgrade was answered '${status}'`);
  if (!head.includes(ACCEPT)) throw new Error('the upgrade was answered with a wrong key');
  if (deflate && !/server_no_context_takeover/i.test(head)) {
    throw new Error('the server did not agree to permessage-deflate without context takeover');
  }
}

/** Maximum number of connections that are opened at the same time. */
const OPENING_MAX = 100;

/** Opens `count` connections in batches. */
export async function openPeers(
  count: number,
  options: PeerOptions,
  onError: (error: Error) => void,
): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  while (peers.length < count) {
    const portion = Array.from(
      { length: Math.min(OPENING_MAX, count - peers.length) },
      () => new Peer(options, onError),
    );
    await Promise.all(portion.map((peer) => peer.open()));
    peers.push(...portion);
  }
  return peers;
}
