/**
 * All four gateways over one domain with a fake clock, on a real port; the test decides who may
 * connect.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ERROR_CODES } from '@parley/protocol';
import type { WebSocketServerOptions } from '@parley/websocket';
import { type ClientOptions, WebSocket } from 'ws';
import { toChatError } from '../../src/domain/errors.ts';
import { channelsDialect } from '../../src/gateways/channels/commands.ts';
import { flatCodec } from '../../src/gateways/common/flat-codec.ts';
import { WebSocketGateway } from '../../src/gateways/common/web-socket-gateway.ts';
import { directDialect } from '../../src/gateways/direct/commands.ts';
import { nativeCodec } from '../../src/gateways/native/native-codec.ts';
import { SocketIoGateway } from '../../src/gateways/socketio/socketio-gateway.ts';
import type { UpgradeGateway } from '../../src/http/upgrade-router.ts';
import type { Identity } from '../../src/model/identity.ts';
import type { Logger, LogRecord } from '../../src/ports/logger.ts';
import { systemCrypto } from '../../src/system/crypto.ts';
import { ChatHarness } from './chat-harness.ts';
import { inTime, until } from './wait.ts';

const SETTINGS = { contentLengthMax: 1000, hardBufferBytes: 1024 * 1024 };

type HarnessGateway = UpgradeGateway &
  Pick<WebSocketGateway<never>, 'shutdown'> &
  Partial<Pick<WebSocketGateway<never>, 'drain'>>;

export class GatewayHarness implements Logger {
  readonly chat: ChatHarness;
  readonly url: string;
  /** Entries that the gateways logged. */
  readonly entries: LogRecord[] = [];
  /** Selects entries whose logging fails. */
  failsToLog: (entry: LogRecord) => boolean = () => false;
  readonly #server: Server;
  readonly #gateways: ReadonlyMap<string, HarnessGateway>;
  /** Identities by token; an error is thrown, as by a store. */
  readonly #known = new Map<string, Identity | Error>();

  /** @param engine Options of the engine at the WebSocket paths. */
  static async start(
    engine: Partial<WebSocketServerOptions> = {},
    chat = new ChatHarness(),
  ): Promise<GatewayHarness> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new GatewayHarness(server, engine, chat);
  }

  private constructor(server: Server, engine: Partial<WebSocketServerOptions>, chat: ChatHarness) {
    this.chat = chat;
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const parts = {
      chat: this.chat.chat,
      clock: this.chat.clock,
      logger: this as Logger,
      metrics: { noteCommand: () => {} },
      settings: SETTINGS,
    };
    const native = { ...parts, engine };
    const limits = { messageRateMax: 0, messageRateWindowMs: 1000 };
    const flat = { ...native, settings: { ...SETTINGS, limits } };
    const toUpgradeRequest = ({ url = '' }: { readonly url?: string | undefined }) => ({
      address: '192.0.2.7',
      userAgent: 'test',
      acquireSlot: async () => () => {},
      isOriginAllowed: () => true,
      sender: () => ({
        ...{ credentials: [], network: '192.0.2.7', program: 'test' },
        identify: async () => undefined,
      }),
      identify: async (token = new URL(url, 'http://host').searchParams.get('token') ?? '') => {
        const known = this.#known.get(token);
        if (known instanceof Error) throw known;
        return known;
      },
    });
    const socketio = new SocketIoGateway({
      ...parts,
      engine: {
        pingInterval: 60_000,
        pingTimeout: 60_000,
        maxHttpBufferSize: 100_000,
        hasRates: true,
        origins: [],
      },
      secrets: ['a secret of the test'],
      toUpgradeRequest,
    });
    this.#gateways = new Map<string, HarnessGateway>([
      [
        '/ws',
        new WebSocketGateway({
          ...native,
          codec: nativeCodec(parts.clock, { version: 'test', capabilities: [] }),
        }),
      ],
      ['/ws/chat', new WebSocketGateway({ ...flat, codec: flatCodec(channelsDialect) })],
      ['/messagepal', new WebSocketGateway({ ...flat, codec: flatCodec(directDialect) })],
      ['/socket.io/', socketio],
    ]);
    server.on('request', (request, response) => {
      socketio.handleRequest(request, response).catch((error: unknown) => {
        response.writeHead(ERROR_CODES[toChatError(error).code].status).end();
      });
    });
    server.on('upgrade', (request, socket, head) => {
      const { pathname } = new URL(request.url ?? '', 'http://host');
      void this.#gateways
        .get(pathname)
        ?.handleUpgrade(request, socket, head, toUpgradeRequest(request))
        .catch(() => socket.destroy());
    });
  }

  record(entry: LogRecord): void {
    if (this.failsToLog(entry)) throw new Error(`cannot log ${entry.event}`);
    this.entries.push(entry);
  }

  logged<E extends LogRecord['event']>(event: E): Extract<LogRecord, { event: E }>[] {
    return this.entries.filter(
      (entry): entry is Extract<LogRecord, { event: E }> => entry.event === event,
    );
  }

  /** Creates a token that authenticates this user. */
  async tokenOf(username: string): Promise<string> {
    const user = await this.chat.userOf(username);
    const { token, expiresAtMs } = await this.chat.startSession(user);
    this.#known.set(token, { user, sessionKey: systemCrypto.digest(token), expiresAtMs });
    return token;
  }

  /** Returns a function that ends the failure. */
  failFor(token: string, error: Error): () => void {
    const before = this.#known.get(token);
    this.#known.set(token, error);
    return () => {
      if (before !== undefined) this.#known.set(token, before);
    };
  }

  /** Connects at a path, and waits for the greeting of the dialect. */
  async connect(path: string, username: string): Promise<RawClient> {
    const token = await this.tokenOf(username);
    if (path !== '/socket.io/') {
      const client = new RawClient(`${this.url}${path}?token=${token}`);
      await client.next('connect');
      return client;
    }
    const client = new RawClient(`${this.url}${path}?EIO=4&transport=websocket`);
    await client.next('0{');
    client.send(`40${JSON.stringify({ token })}`);
    await client.next('40{');
    return client;
  }

  /** Drains the gateway of a path within a moment. */
  async drain(path: string): Promise<void> {
    await this.#gateways.get(path)?.drain?.(1, 1000);
  }

  /** Stops the gateway of a path. */
  async shutdown(path: string): Promise<void> {
    await this.#gateways.get(path)?.shutdown(1000);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#gateways.values()].map((gateway) => gateway.shutdown(1000)));
    this.#server.close();
    await this.chat.chat.close();
  }
}

/** A WebSocket that records the texts that it receives. */
export class RawClient {
  readonly texts: string[] = [];
  /** Resolves to the close code. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;

  constructor(url: string, options: ClientOptions = {}) {
    this.#socket = new WebSocket(url, options);
    this.#socket.on('message', (data) => this.texts.push(data.toString()));
    this.#socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.#socket.on('close', resolve));
  }

  get isConnecting(): boolean {
    return this.#socket.readyState === WebSocket.CONNECTING;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(text: string | Buffer, options: { readonly fin?: boolean } = {}): void {
    this.#socket.send(text, options);
  }

  /** Waits for the first text from this index on that contains `part`. */
  async next(part: string, from = 0): Promise<string> {
    const find = (): string | undefined =>
      this.texts.slice(from).find((text) => text.includes(part));
    await until(() => find() !== undefined || !this.#isAlive, part);
    const text = find();
    if (text === undefined) throw new Error(`closed before ${part}`);
    return text;
  }

  /** Reads no more: neither answers pings nor closes. */
  pause(): void {
    this.#socket.pause();
  }

  end(): Promise<number> {
    return inTime(this.closed, 'the end');
  }

  close(): void {
    this.#socket.terminate();
  }

  get #isAlive(): boolean {
    return this.#socket.readyState <= WebSocket.OPEN;
  }
}
