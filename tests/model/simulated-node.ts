/** One server process of a simulation: its domain, its calls to the store, and its clients' sockets. */
import type { Chat } from '../../packages/server/src/domain/chat.ts';
import type { Bus } from '../../packages/server/src/ports/bus.ts';
import type { Clock } from '../../packages/server/src/ports/clock.ts';
import type { Crypto } from '../../packages/server/src/ports/crypto.ts';
import type { Store } from '../../packages/server/src/ports/store.ts';
import { type SimulatedSocket, WRITE_BUFFER_LIMIT } from './simulated-socket.ts';
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

export interface NodeOptions {
  readonly server: ServerModules;
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly secrets: Crypto;
}

export class SimulatedNode {
  readonly calls: StoreCalls;
  readonly chat: Chat;
  readonly bus: Bus;
  /** Resolves when the node accepts connections; rejects if the store failed meanwhile. */
  readonly begun: Promise<void>;
  sockets: SimulatedSocket[] = [];

  constructor({ server, store, bus, clock, secrets }: NodeOptions, isDirect: boolean) {
    const { openChat, DOMAIN_DEFAULTS } = server;
    this.calls = new StoreCalls(server);
    this.calls.isDirect = isDirect;
    this.bus = bus;
    this.chat = openChat({
      settings: { ...DOMAIN_DEFAULTS, ...SETTINGS },
      store: this.calls.wrap(store),
      bus,
      clock,
      secrets,
      accessTokens: { issue: async () => '', verify: async () => undefined },
      networkOf: (address) => address,
      passwords: { hash: async (text) => text, verify: async (text, hashed) => text === hashed },
      logger: { record: () => {} },
    });
    // The upkeep of a single server plays no part in the histories.
    this.begun = bus.isShared ? this.chat.begin() : Promise.resolve();
  }

  /** The process is killed: its calls are not answered, its sockets and its bus are gone. */
  kill(): void {
    this.calls.abandon();
    void this.bus.close();
    for (const socket of this.sockets.splice(0)) socket.abandon();
  }
}
