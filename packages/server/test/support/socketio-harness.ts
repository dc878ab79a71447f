/**
 * The Socket.IO gateway over a domain with a fake clock, on a real port; the test decides who may
 * connect.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SocketIoGateway } from '../../src/gateways/socketio/socketio-gateway.ts';
import type { Identity } from '../../src/model/identity.ts';
import { systemCrypto } from '../../src/system/crypto.ts';
import { ChatHarness } from './chat-harness.ts';

export class SocketIoHarness {
  readonly chat = new ChatHarness();
  readonly url: string;
  readonly #server: Server;
  readonly #gateway: SocketIoGateway;
  /** By token; an error is thrown, as a store would. */
  readonly #known = new Map<string, Identity | Error>();

  static async start(): Promise<SocketIoHarness> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new SocketIoHarness(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { chat, clock, logger } = this.chat;
    this.#gateway = new SocketIoGateway({
      chat,
      clock,
      logger: { record: (entry) => logger.push(entry) },
      settings: { contentLengthMax: 1000, hardBufferBytes: 1024 * 1024 },
      engine: {
        pingInterval: 60_000,
        pingTimeout: 60_000,
        maxHttpBufferSize: 100_000,
        hasRates: true,
        origins: [],
      },
      secrets: ['a secret of the test'],
      toUpgradeRequest: () => this.#upgradeRequest,
    });
    server.on('request', (request, response) => this.#gateway.handleRequest(request, response));
    server.on('upgrade', (request, socket, head) => {
      void this.#gateway.handleUpgrade(request, socket, head, this.#upgradeRequest);
    });
  }

  /** Creates a token that authenticates this user. */
  async tokenOf(username: string): Promise<string> {
    const user = await this.chat.userOf(username);
    const { token, expiresAtMs } = await this.chat.startSession(user);
    this.#known.set(token, { user, sessionKey: systemCrypto.digest(token), expiresAtMs });
    return token;
  }

  failFor(token: string, error: Error): void {
    this.#known.set(token, error);
  }

  async close(): Promise<void> {
    await this.#gateway.shutdown(1000);
    this.#server.close();
    await this.chat.chat.close();
  }

  readonly #upgradeRequest = {
    address: '192.0.2.7',
    userAgent: 'test',
    acquireSlot: () => () => {},
    isOriginAllowed: () => true,
    identify: async (token?: string) => {
      const known = token === undefined ? undefined : this.#known.get(token);
      if (known instanceof Error) throw known;
      return known;
    },
  };
}
