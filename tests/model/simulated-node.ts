/** One server process of a simulation: its domain, its calls to the store, and its clients' sockets. */

import type { MemoryNetwork } from '../../packages/server/src/bus/memory/network.ts';
import type { Chat } from '../../packages/server/src/domain/chat.ts';
import type { Bus } from '../../packages/server/src/ports/bus.ts';
import type { Crypto } from '../../packages/server/src/ports/crypto.ts';
import type { Store } from '../../packages/server/src/ports/store.ts';
import { memoryFileStorage } from '../../packages/server/test/support/memory-file-storage.ts';
import { memoryPartialFiles } from '../../packages/server/test/support/memory-partial-files.ts';
import type { NodeClock } from './node-clock.ts';
import { simulatedBus } from './simulated-bus.ts';
import { SimulatedSocket, WRITE_BUFFER_LIMIT } from './simulated-socket.ts';
import { StoreCalls } from './simulated-store.ts';
import type { ServerModules } from './sources.ts';

/** Small, so that a short history reaches every limit. */
const SETTINGS = {
  messageRateMax: 0,
  historyOnJoin: 5,
  catchUpEventsMax: 12,
  tailEventsPerRoom: 6,
  softBufferBytes: WRITE_BUFFER_LIMIT / 2,
  hardBufferBytes: WRITE_BUFFER_LIMIT,
  laggingTimeoutMs: 5000,
};
const NATIVE = { contentLengthMax: 1000, hardBufferBytes: WRITE_BUFFER_LIMIT };
const SERVICE_RESTART = 1012;
const CLIENT = { address: '192.0.2.1', userAgent: 'simulation' };

interface NodeOptions {
  readonly name: string;
  readonly server: ServerModules;
  readonly store: Store;
  /** Undefined for a server that is the only node. */
  readonly network: MemoryNetwork | undefined;
  readonly clock: NodeClock;
  readonly secrets: Crypto;
  readonly trace: (text: () => string) => void;
}

export class SimulatedNode {
  readonly name: string;
  readonly clock: NodeClock;
  readonly calls: StoreCalls;
  readonly chat: Chat;
  readonly bus: Bus;
  /** Resolves when the node accepts connections; rejects if the store failed meanwhile. */
  readonly begun: Promise<void>;
  sockets: SimulatedSocket[] = [];
  /** Without those that are gone. */
  readonly openSockets = new Set<SimulatedSocket>();
  /** Whether it accepts no further connections, and closes those that it has. */
  isDraining = false;
  readonly #server: ServerModules;
  #closing: Promise<void> | undefined;
  #hasClosed = false;

  constructor(options: NodeOptions, isDirect: boolean) {
    const { name, server, store, network, clock, secrets, trace } = options;
    const { openChat, DOMAIN_DEFAULTS } = server;
    this.name = name;
    this.clock = clock;
    this.#server = server;
    this.calls = new StoreCalls(server);
    this.calls.isDirect = isDirect;
    this.bus =
      network === undefined
        ? server.openMemoryBus()
        : simulatedBus({ bus: network.connect(secrets.newId()), clock, trace });
    this.chat = openChat({
      settings: { ...DOMAIN_DEFAULTS, ...SETTINGS },
      store: this.calls.wrap(store),
      bus: this.bus,
      tokenLeases: server.NO_TOKEN_LEASES,
      clock,
      secrets,
      challengeSealer: { seal: () => '', open: () => undefined },
      cursorSealer: { seal: () => '', open: () => undefined },
      totpKeys: {
        create: () => {
          throw new Error('No user of the model has a second factor');
        },
        verify: () => ({ kind: 'no-match' }),
      },
      accessTokens: {
        issue: async () => '',
        verify: async () => ({ kind: 'refused' as const, reason: 'malformed' as const }),
      },
      commonPasswords: { has: async () => false },
      networkOf: (address) => address,
      passwords: { hash: async (text) => text, verify: async (text, hashed) => text === hashed },
      logger: { record: () => {} },
      fileStorage: memoryFileStorage(),
      partialFiles: memoryPartialFiles(),
    });
    // The upkeep of a single server plays no part in the histories.
    this.begun = this.bus.isShared ? this.chat.begin() : Promise.resolve();
  }

  get isPaused(): boolean {
    return this.clock.isPaused;
  }

  /** Accepts a connection as soon as the node has begun and knows the session. */
  async admit(socket: SimulatedSocket, token: string): Promise<void> {
    await this.begun;
    const { chat, clock } = this;
    const identity = await chat.sessions.authenticate(token);
    if (identity === undefined || socket.isGone) return socket.cut();
    const { WebSocketConnection, nativeCodec } = this.#server;
    new WebSocketConnection(socket.connection, identity, CLIENT, {
      chat,
      clock,
      codec: nativeCodec(clock, { version: 'test', capabilities: [] }),
      logger: { record: () => {} },
      metrics: { noteCommand: () => {} },
      settings: NATIVE,
    });
  }

  openSocket(handlers: ConstructorParameters<typeof SimulatedSocket>[0]): SimulatedSocket {
    const handleClose = (reason?: string): void => {
      this.openSockets.delete(socket);
      handlers.handleClose(reason);
    };
    const atServer = (task: () => void): void => this.clock.run(task);
    const socket = new SimulatedSocket({ ...handlers, handleClose }, atServer);
    this.sockets.push(socket);
    this.openSockets.add(socket);
    return socket;
  }

  /** Closes one connection, or ends if there is none. Resolves to whether it has ended. */
  async drainOne(): Promise<boolean> {
    const socket = this.sockets.find(({ state }) => state === 'OPEN');
    socket?.close(SERVICE_RESTART, 'Retry-After: 1');
    if (this.sockets.some(({ isGone }) => !isGone)) return false;
    this.#closing ??= this.chat.close().then(() => {
      this.#hasClosed = true;
    });
    return this.#hasClosed;
  }

  /** The process is killed: its calls are not answered, its sockets and its bus are gone. */
  kill(): void {
    this.clock.end();
    this.calls.abandon();
    void this.bus.close();
    for (const socket of this.sockets.splice(0)) socket.abandon();
  }
}
