/**
 * One random history against the real domain and the real native gateway: the
 * clock, the network and the store's delays and failures are drawn from a seed.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { RoomId, UserId } from '@parley/protocol';
import type { Chat as ChatClass } from '../../packages/server/src/domain/chat.ts';
import type { Crypto } from '../../packages/server/src/ports/crypto.ts';
import type { Store } from '../../packages/server/src/ports/store.ts';
import { systemCrypto } from '../../packages/server/src/system/crypto.ts';
import { FakeClock } from '../../packages/server/test/support/fake-clock.ts';
import { user } from '../../packages/server/test/support/records.ts';
import { checkHistory, type Fault } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { Command } from '../checker/native/native-command.ts';
import { NativePeer, type SocketHandlers } from '../checker/native/native-peer.ts';
import { type Random, seededRandom, Traffic } from '../checker/traffic.ts';
import { SimulatedSocket, WRITE_BUFFER_LIMIT } from './simulated-socket.ts';
import { type Fate, StoreCalls } from './simulated-store.ts';
import type { ServerModules } from './sources.ts';

export interface SimulationReport {
  readonly faults: readonly Fault[];
  readonly entries: number;
  readonly acknowledged: number;
  readonly restarts: number;
}

const PEOPLE = ['ann', 'ben', 'cleo'];
/** The first user has two connections: each receives what the other sends. */
const CONNECTIONS = [0, 0, 1, 2];
const ROOMS = ['lobby', 'ops'];
const STEPS = 400;
/** Steps in which pending work must finish after the last command. */
const SETTLE_STEPS_MAX = 20_000;
const IN_FLIGHT_MAX = 6;
/** Messages per page, so that a short room has several pages. */
const FETCHED_PAGE = 7;
const FATES: readonly Fate[] = ['lost before', 'lost after'];
const STORE_FAILURES = 0.03;
/** Share of direct messages. */
const DIRECT = 0.15;
const PRUNED_AGE_MS = 50;
const PRUNED_EVENTS_MAX = 60;

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

export class Simulation {
  readonly #server: ServerModules;
  readonly #random: Random;
  readonly #clock = new FakeClock();
  readonly #secrets: Crypto;
  /** The store as another node uses it: immediate, and without failures. */
  readonly #ofAnother: Store;
  readonly #store: Store;
  readonly #calls: StoreCalls;
  readonly #history: HistoryEntry[] = [];
  readonly #peers: NativePeer[] = [];
  readonly #roomIds = new Set<RoomId>();
  readonly #traffic: Traffic;
  #sockets: SimulatedSocket[] = [];
  #chat: ChatClass;
  #areFaultsOn = false;
  #restarts = 0;

  constructor(server: ServerModules, seed: number) {
    this.#server = server;
    this.#random = seededRandom(seed);
    this.#secrets = seededSecrets(this.#random);
    this.#traffic = new Traffic(this.#random);
    this.#calls = new StoreCalls(server);
    this.#ofAnother = server.openMemoryStore();
    this.#store = this.#calls.wrap(this.#ofAnother);
    this.#chat = this.#startServer();
  }

  /** The entries that the peers have recorded so far. */
  get history(): readonly HistoryEntry[] {
    return this.#history;
  }

  async run(): Promise<SimulationReport> {
    const tokens = await this.#openAccounts();
    for (const [index, person] of CONNECTIONS.entries()) {
      const { userId, token } = tokens[person] ?? { userId: '', token: '' };
      this.#peers.push(this.#openPeer(`${PEOPLE[person]}-${index}`, userId, token));
    }
    this.#calls.isDirect = false;
    for (const room of ROOMS) {
      for (const peer of this.#peers) {
        this.#roomIds.add((await this.#finish(peer.join(room))) as RoomId); // Returned by the server.
      }
    }
    this.#areFaultsOn = true;
    for (let step = 0; step < STEPS; step += 1) await this.#doSomething();
    await this.#settle();
    for (const peer of this.#peers) {
      await this.#finish(peer.countUnread());
      peer.show();
    }
    await this.#fetchAll(tokens);
    for (const peer of this.#peers) peer.stop();
    return {
      faults: checkHistory(withDirectRooms(this.#history)),
      entries: this.#history.length,
      acknowledged: this.#history.filter(({ type }) => type === 'ack').length,
      restarts: this.#restarts,
    };
  }

  #startServer(): ChatClass {
    const { Chat, DOMAIN_DEFAULTS, openMemoryBus } = this.#server;
    const chat = new Chat({
      settings: { ...DOMAIN_DEFAULTS, ...SETTINGS },
      store: this.#store,
      bus: openMemoryBus(),
      clock: this.#clock,
      secrets: this.#secrets,
      accessTokens: { issue: async () => '', verify: async () => undefined },
      networkOf: (address) => address,
      passwords: { hash: async (text) => text, verify: async (text, hashed) => text === hashed },
      logger: { record: () => {} },
    });
    return chat;
  }

  async #openAccounts(): Promise<{ readonly userId: string; readonly token: string }[]> {
    const accounts = [];
    for (const name of PEOPLE) {
      const person = user(name, { id: this.#secrets.newId() as UserId });
      await this.#store.accounts.insertUser(person, name);
      const from = { address: '192.0.2.1', userAgent: 'simulation' };
      const known = { user: person, passwordHash: name };
      const { token } = await this.#chat.sessions.start(known, from);
      accounts.push({ userId: person.id, token });
    }
    return accounts;
  }

  #openPeer(name: string, userId: string, token: string): NativePeer {
    return new NativePeer({
      name,
      userId,
      nowMs: () => this.#clock.nowMs(),
      schedule: (delayMs, run) => {
        const timer = this.#clock.schedule(delayMs, run);
        return () => timer.cancel();
      },
      record: (entry) => this.#history.push(entry),
      dial: (handlers) => this.#dial(handlers, token),
    });
  }

  #dial(handlers: SocketHandlers, token: string) {
    const socket = new SimulatedSocket(handlers);
    this.#sockets.push(socket);
    const chat = this.#chat;
    const { WebSocketConnection, nativeCodec } = this.#server;
    const clock = this.#clock;
    void chat.sessions.authenticate(token).then(
      (identity) => {
        if (identity === undefined || socket.isGone || chat !== this.#chat) return socket.cut();
        new WebSocketConnection(
          socket.connection,
          identity,
          { address: '192.0.2.1', userAgent: 'simulation' },
          {
            chat,
            clock,
            codec: nativeCodec(clock),
            logger: { record: () => {} },
            settings: NATIVE,
          },
        );
      },
      () => socket.cut(),
    );
    return { send: (text: string) => socket.write(text), terminate: () => socket.cut() };
  }

  /** One step: a new action, or progress of pending work. */
  async #doSomething(): Promise<void> {
    const draw = this.#random();
    if (draw < 0.25) this.#sendSomething();
    else if (draw < 0.264) this.#readSomething();
    else if (draw < 0.267) this.#askAgain((peer, roomId) => peer.resumeOpen(roomId));
    else if (draw < 0.27) this.#askAgain((peer, roomId) => peer.leaveAndReturn(roomId));
    else if (draw < 0.985) await this.#moveOn();
    else if (draw < 0.993) this.#pick(this.#sockets)?.cut();
    else if (draw < 0.996) this.#clock.advance(1 + Math.floor(this.#random() * 8000));
    else if (draw < 0.998) this.#restart();
    else await this.#prune();
    await turn();
  }

  #sendSomething(): void {
    const peer = this.#pick(this.#peers);
    // A client that has to reload all rooms has no room to send to.
    if (peer === undefined || peer.rooms.size === 0 || peer.inFlight >= IN_FLIGHT_MAX) return;
    const command = this.#traffic.next(peer);
    const other = this.#random() < DIRECT ? this.#pick(this.#peers) : undefined;
    const isDirect = other !== undefined && other.userId !== peer.userId;
    peer.send(isDirect ? toPerson(peer, other.userId, command) : command);
  }

  /** Retention on another node deletes the beginnings of the logs; this node is not notified. */
  async #prune(): Promise<void> {
    for (const roomId of this.#roomIds) {
      const atMs = this.#clock.nowMs();
      const beforeMs = atMs + 1 - Math.floor(this.#random() * PRUNED_AGE_MS);
      const eventsMax = 1 + Math.floor(this.#random() * PRUNED_EVENTS_MAX);
      await this.#ofAnother.log.deleteMessagesOlderThan(roomId, { beforeMs, eventsMax });
      this.#history.push({ atMs, type: 'retention', roomId, beforeMs });
    }
  }

  #readSomething(): void {
    const peer = this.#pick(this.#peers);
    const roomId = this.#pick([...(peer?.rooms.keys() ?? [])]);
    if (roomId !== undefined) peer?.markRead(roomId);
  }

  #askAgain(ask: (peer: NativePeer, roomId: string) => void): void {
    const peer = this.#pick(this.#peers);
    const roomId = this.#pick([...(peer?.rooms.keys() ?? [])]);
    if (peer !== undefined && roomId !== undefined) ask(peer, roomId);
  }

  /** Moves one piece of pending work by one step. */
  async #moveOn(): Promise<void> {
    const draw = this.#random();
    if (draw < 0.4) {
      const fate =
        this.#areFaultsOn && this.#random() < STORE_FAILURES ? this.#pick(FATES) : 'done';
      await this.#calls.step(Math.floor(this.#random() * this.#calls.count), fate ?? 'done');
    } else if (draw < 0.65) {
      this.#pick(this.#sockets.filter(({ canReceive }) => canReceive))?.receive();
    } else if (draw < 0.95) {
      const socket = this.#pick(this.#sockets.filter(({ hasWork }) => hasWork));
      socket?.deliver(1 + Math.floor(this.#random() * 8));
    } else {
      this.#clock.advance(1 + Math.floor(this.#random() * 30));
    }
    if (this.#sockets.length > 40) this.#sockets = this.#sockets.filter(({ isGone }) => !isGone);
  }

  /** The process is killed and restarted on the same store. */
  #restart(): void {
    this.#restarts += 1;
    this.#calls.forget();
    this.#chat = this.#startServer();
    for (const socket of this.#sockets.splice(0)) socket.abandon();
  }

  /** Continues until the promise is settled. */
  async #finish<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (let steps = 0; !isSettled; steps += 1) {
      if (steps > SETTLE_STEPS_MAX) throw new Error('something under way never comes to its end');
      await this.#moveOn();
      await turn();
    }
    return promise;
  }

  /** No new commands and no failures: all pending work must finish. */
  async #settle(): Promise<void> {
    this.#areFaultsOn = false;
    const isQuiet = (): boolean =>
      this.#calls.count === 0 &&
      this.#sockets.every(({ hasWork, isGone }) => isGone || !hasWork) &&
      this.#peers.every((peer) => peer.isIdle && peer.isWhole) &&
      this.#peers.every(({ rooms }) => [...this.#roomIds].every((id) => rooms.has(id))) &&
      this.#areLevel();
    for (let steps = 0; !isQuiet(); steps += 1) {
      if (steps > SETTLE_STEPS_MAX) throw new Error(`it never comes to rest: ${this.#describe()}`);
      await this.#moveOn();
      await turn();
    }
  }

  /** Whether all connections with a room have it up to the same position. */
  #areLevel(): boolean {
    const positions = new Map<string, number>();
    for (const [id, { position }] of this.#peers.flatMap(({ rooms }) => [...rooms])) {
      if ((positions.get(id) ?? position) !== position) return false;
      positions.set(id, position);
    }
    return true;
  }

  #describe(): string {
    const peers = this.#peers.map(({ inFlight, rooms }) => [
      inFlight,
      [...rooms.values()].map(({ position }) => position),
    ]);
    return JSON.stringify({ calls: this.#calls.count, peers });
  }

  /** The rooms as a new client sees them. */
  async #fetchAll(accounts: readonly { readonly userId: string; readonly token: string }[]) {
    const fetched = new Set<string>();
    for (const { userId, token } of accounts) {
      const own = this.#peers.filter((peer) => peer.userId === userId);
      const left = own.flatMap(({ rooms }) => [...rooms.keys()]).filter((id) => !fetched.has(id));
      if (left.length === 0) continue;
      const fresh = this.#openPeer(`fresh-${userId}`, userId, token);
      for (const roomId of new Set(left)) {
        fetched.add(roomId);
        await this.#finish(fresh.fetch(roomId, FETCHED_PAGE));
      }
      fresh.stop();
    }
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)];
  }
}

/** Name of the direct room while no client knows its id. */
function directName(one: string, other: string): string {
  return `direct ${[one, other].sort().join(' ')}`;
}

function toPerson(
  { userId }: NativePeer,
  recipientId: string,
  { clientMessageId }: Command,
): Command {
  const content = `to ${recipientId} ${clientMessageId}`;
  const roomId = directName(userId, recipientId);
  return { kind: 'message', roomId, clientMessageId, content, recipientId };
}

/** The history with the ids from the acknowledgements. */
function withDirectRooms(history: readonly HistoryEntry[]): HistoryEntry[] {
  const names = new Map<string, string>();
  for (const entry of history) {
    if (entry.type === 'send') names.set(entry.clientMessageId, entry.roomId);
  }
  const ids = new Map<string, string>();
  for (const entry of history) {
    if (entry.type !== 'ack') continue;
    ids.set(names.get(entry.clientMessageId) ?? entry.roomId, entry.roomId);
  }
  return history.map((entry) =>
    'roomId' in entry ? { ...entry, roomId: ids.get(entry.roomId) ?? entry.roomId } : entry,
  );
}

/** Ids in the order of creation, from the seed. */
function seededSecrets(random: Random): Crypto {
  let made = 0;
  const digits = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('');
  const uuid = (version: number): string => {
    made += 1;
    const place = made.toString(16).padStart(12, '0');
    return `${place.slice(0, 8)}-${place.slice(8)}-${version}${digits(3)}-8${digits(3)}-${digits(12)}`;
  };
  return {
    ...systemCrypto,
    newId: () => uuid(7),
    newRandomId: () => uuid(4),
    newToken: () => digits(43),
  };
}
