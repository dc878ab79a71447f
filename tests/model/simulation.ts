/**
 * One random history against the real domain and the real native gateway, on one node or on
 * two with a bus between them: the clock, the network, the bus and the store's delays and
 * failures are drawn from a seed.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { RoomId, UserId } from '@parley/protocol';
import type { MemoryNetwork } from '../../packages/server/src/bus/memory/network.ts';
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
import { SimulatedNode } from './simulated-node.ts';
import { SimulatedSocket, WRITE_BUFFER_LIMIT } from './simulated-socket.ts';
import type { Fate } from './simulated-store.ts';
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

const BUS_FAULTS = { lost: 0.1, repeated: 0.1, delayed: 0.2, delayMsMax: 200 };
const NATIVE = { contentLengthMax: 1000, hardBufferBytes: WRITE_BUFFER_LIMIT };

interface Account {
  readonly name: string;
  readonly userId: UserId;
  /** Token of the current session: a logout starts another one. */
  token: string;
}

export class Simulation {
  readonly #server: ServerModules;
  readonly #random: Random;
  readonly #clock = new FakeClock();
  readonly #secrets: Crypto;
  /** The store without delays and failures. */
  readonly #store: Store;
  readonly #network: MemoryNetwork;
  readonly #isCluster: boolean;
  readonly #history: HistoryEntry[] = [];
  readonly #peers: NativePeer[] = [];
  readonly #roomIds = new Set<RoomId>();
  /** The recipient of each direct message, by its `clientMessageId`. */
  readonly #recipients = new Map<string, string>();
  /** The direct rooms, and who was sent a message there. */
  readonly #directRooms: (readonly [roomId: string, recipientId: string])[] = [];
  /** The highest acknowledged sequence of each room. */
  readonly #acknowledged = new Map<string, number>();
  readonly #endedTokens = new Set<string>();
  readonly #tokenOf = new WeakMap<SimulatedSocket, string>();
  readonly #traffic: Traffic;
  #nodes: SimulatedNode[];
  #areFaultsOn = false;
  #restarts = 0;

  /** @param nodeCount 1 or 2; chosen by the seed if absent. */
  constructor(server: ServerModules, seed: number, nodeCount: number = nodeCountOf(seed)) {
    this.#server = server;
    this.#random = seededRandom(seed);
    this.#secrets = seededSecrets(this.#random);
    this.#traffic = new Traffic(this.#random);
    this.#store = server.openMemoryStore();
    this.#isCluster = nodeCount > 1;
    this.#network = new server.MemoryNetwork({ clock: this.#clock, random: this.#random });
    this.#nodes = Array.from({ length: nodeCount }, () => this.#startNode(true));
  }

  /** The entries that the peers have recorded so far. */
  get history(): readonly HistoryEntry[] {
    return this.#history;
  }

  async run(): Promise<SimulationReport> {
    await Promise.all(this.#nodes.map(({ begun }) => begun));
    const accounts = await this.#openAccounts();
    for (const [index, person] of CONNECTIONS.entries()) {
      const account = accounts[person];
      if (account === undefined) throw new Error('There is an account for each connection');
      this.#peers.push(this.#openPeer(`${account.name}-${index}`, account));
    }
    for (const { calls } of this.#nodes) calls.isDirect = false;
    for (const room of ROOMS) {
      for (const peer of this.#peers) {
        this.#roomIds.add((await this.#finish(peer.join(room))) as RoomId); // Returned by the server.
      }
    }
    this.#areFaultsOn = true;
    this.#network.faults = BUS_FAULTS;
    for (let step = 0; step < STEPS; step += 1) {
      await this.#doSomething();
      if (this.#isCluster) await this.#disturbCluster(accounts);
    }
    await this.#settle();
    // A message of the bus that is still on its way may close a connection.
    this.#clock.advance(this.#isCluster ? BUS_FAULTS.delayMsMax : 0);
    await this.#settle();
    for (const peer of this.#peers) {
      await this.#finish(peer.countUnread());
      peer.show();
    }
    await this.#fetchAll(accounts);
    for (const peer of this.#peers) peer.stop();
    return {
      faults: checkHistory(withDirectRooms(this.#history)),
      entries: this.#history.length,
      acknowledged: this.#history.filter(({ type }) => type === 'ack').length,
      restarts: this.#restarts,
    };
  }

  #startNode(isDirect: boolean): SimulatedNode {
    const server = this.#server;
    const bus = this.#isCluster
      ? this.#network.connect(this.#secrets.newId())
      : server.openMemoryBus();
    const options = { server, bus, store: this.#store, clock: this.#clock, secrets: this.#secrets };
    const node = new SimulatedNode(options, isDirect);
    node.begun.catch(() => this.#restart(node));
    return node;
  }

  async #openAccounts(): Promise<Account[]> {
    const accounts: Account[] = [];
    for (const name of PEOPLE) {
      const person = user(name, { id: this.#secrets.newId() as UserId });
      await this.#store.accounts.insertUser(person, name);
      const account = { name, userId: person.id, token: '' };
      await this.#logIn(account);
      accounts.push(account);
    }
    return accounts;
  }

  async #logIn(account: Account): Promise<void> {
    account.token = this.#secrets.newToken();
    const nowMs = this.#clock.nowMs();
    const session = {
      key: this.#secrets.digest(account.token),
      userId: account.userId,
      createdAtMs: nowMs,
      lastActivityAtMs: nowMs,
      expiresAtMs: nowMs + this.#server.DOMAIN_DEFAULTS.sessionTtlMs,
      address: '192.0.2.1',
      userAgent: 'simulation',
    };
    await this.#store.sessions.insertSession(session, account.name);
  }

  /** The user logs in again, and then out of the former session on some node. */
  async #changeSession(account: Account): Promise<void> {
    const { token } = account;
    await this.#logIn(account);
    const { sessions } = (this.#pick(this.#nodes) as SimulatedNode).chat;
    sessions.end(this.#secrets.digest(token), 'logout').then(
      () => this.#endedTokens.add(token),
      () => {}, // Perhaps ended; the connections of this node are.
    );
  }

  #openPeer(name: string, account: Account): NativePeer {
    return new NativePeer({
      name,
      userId: account.userId,
      nowMs: () => this.#clock.nowMs(),
      schedule: (delayMs, run) => {
        const timer = this.#clock.schedule(delayMs, run);
        return () => timer.cancel();
      },
      record: (entry) => this.#record(entry),
      dial: (handlers) => this.#dial(handlers, account.token),
    });
  }

  #record(entry: HistoryEntry): void {
    this.#history.push(entry);
    if (entry.type !== 'ack') return;
    const { roomId, clientMessageId, sequence } = entry;
    this.#acknowledged.set(roomId, Math.max(sequence, this.#acknowledged.get(roomId) ?? 0));
    const recipientId = this.#recipients.get(clientMessageId);
    if (recipientId !== undefined) this.#directRooms.push([roomId, recipientId]);
  }

  #dial(handlers: SocketHandlers, token: string) {
    const socket = new SimulatedSocket(handlers);
    this.#tokenOf.set(socket, token);
    const node = this.#pickNode();
    node.sockets.push(socket);
    void node.begun.then(() => this.#admit(node, socket, token)).catch(() => socket.cut());
    return { send: (text: string) => socket.write(text), terminate: () => socket.cut() };
  }

  async #admit(node: SimulatedNode, socket: SimulatedSocket, token: string): Promise<void> {
    const { chat } = node;
    const identity = await chat.sessions.authenticate(token);
    if (identity === undefined || socket.isGone || !this.#nodes.includes(node)) return socket.cut();
    const { WebSocketConnection, nativeCodec } = this.#server;
    const clock = this.#clock;
    new WebSocketConnection(
      socket.connection,
      identity,
      { address: '192.0.2.1', userAgent: 'simulation' },
      { chat, clock, codec: nativeCodec(clock), logger: { record: () => {} }, settings: NATIVE },
    );
  }

  get #sockets(): SimulatedSocket[] {
    return this.#nodes.flatMap(({ sockets }) => sockets);
  }

  get #callCount(): number {
    return this.#nodes.reduce((count, { calls }) => count + calls.count, 0);
  }

  #pickNode(): SimulatedNode {
    const [first] = this.#nodes;
    const node = this.#isCluster ? this.#pick(this.#nodes) : first;
    if (node === undefined) throw new Error('There is a node');
    return node;
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
    else if (draw < 0.998) this.#restart(this.#pickNode());
    else await this.#prune();
    await turn();
  }

  /** Cuts nodes off the bus, and ends sessions on one of them. */
  async #disturbCluster(accounts: readonly Account[]): Promise<void> {
    const draw = this.#random();
    const { nodeId } = this.#pickNode().bus;
    if (draw < 0.01) this.#network.cut(nodeId, { isSilent: this.#random() < 0.5 });
    else if (draw < 0.05) this.#network.heal(nodeId);
    else if (draw < 0.055) await this.#changeSession(this.#pick(accounts) as Account);
  }

  #sendSomething(): void {
    const peer = this.#pick(this.#peers);
    // A client that has to reload all rooms has no room to send to.
    if (peer === undefined || peer.rooms.size === 0 || peer.inFlight >= IN_FLIGHT_MAX) return;
    const command = this.#traffic.next(peer);
    const other = this.#random() < DIRECT ? this.#pick(this.#peers) : undefined;
    const isDirect = other !== undefined && other.userId !== peer.userId;
    if (isDirect) this.#recipients.set(command.clientMessageId, other.userId);
    peer.send(isDirect ? toPerson(peer, other.userId, command) : command);
  }

  /** Retention on a further node deletes the beginnings of the logs; no node is notified. */
  async #prune(): Promise<void> {
    for (const roomId of this.#roomIds) {
      const atMs = this.#clock.nowMs();
      const beforeMs = atMs + 1 - Math.floor(this.#random() * PRUNED_AGE_MS);
      const eventsMax = 1 + Math.floor(this.#random() * PRUNED_EVENTS_MAX);
      await this.#store.log.deleteMessagesOlderThan(roomId, { beforeMs, eventsMax });
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
      await this.#stepStore(fate ?? 'done');
    } else if (draw < 0.65) {
      this.#pick(this.#sockets.filter(({ canReceive }) => canReceive))?.receive();
    } else if (draw < 0.95) {
      const socket = this.#pick(this.#sockets.filter(({ hasWork }) => hasWork));
      socket?.deliver(1 + Math.floor(this.#random() * 8));
    } else {
      this.#clock.advance(1 + Math.floor(this.#random() * 30));
    }
    for (const node of this.#nodes) {
      if (node.sockets.length > 40) node.sockets = node.sockets.filter(({ isGone }) => !isGone);
    }
  }

  /** Moves one of the calls that wait for the store. */
  async #stepStore(fate: Fate): Promise<void> {
    let index = Math.floor(this.#random() * this.#callCount);
    for (const { calls } of this.#nodes) {
      if (index < calls.count) return calls.step(index, fate);
      index -= calls.count;
    }
  }

  /** A process is killed, and another one takes its place. */
  #restart(node: SimulatedNode): void {
    if (!this.#nodes.includes(node)) return;
    this.#restarts += 1;
    this.#nodes = this.#nodes.map((each) => (each === node ? this.#startNode(false) : each));
    node.kill();
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

  /**
   * No new commands and no failures, except that the bus still loses messages: all pending work
   * must finish.
   */
  async #settle(): Promise<void> {
    this.#areFaultsOn = false;
    for (const { bus } of this.#nodes) this.#network.heal(bus.nodeId);
    const isQuiet = (): boolean =>
      this.#callCount === 0 &&
      this.#sockets.every(({ hasWork, isGone }) => isGone || !hasWork) &&
      this.#peers.every((peer) => peer.isIdle && peer.isWhole) &&
      this.#peers.every(({ rooms }) => [...this.#roomIds].every((id) => rooms.has(id))) &&
      this.#areLevel() &&
      (!this.#isCluster ||
        (this.#directRooms.every((room) => this.#isDirectRoomOpen(room)) &&
          this.#areSessionsOver()));
    for (let steps = 0; !isQuiet(); steps += 1) {
      if (steps > SETTLE_STEPS_MAX) throw new Error(`it never comes to rest: ${this.#describe()}`);
      await this.#moveOn();
      await turn();
    }
  }

  /** Whether all connections with a room have it up to the same position, all commands included. */
  #areLevel(): boolean {
    const positions = new Map<string, number>();
    for (const [id, { position }] of this.#peers.flatMap(({ rooms }) => [...rooms])) {
      if ((positions.get(id) ?? position) !== position) return false;
      if (position < (this.#acknowledged.get(id) ?? 0)) return false;
      positions.set(id, position);
    }
    return true;
  }

  /** Whether the recipient has the direct room, on all connections. */
  #isDirectRoomOpen([roomId, recipientId]: readonly [string, string]): boolean {
    return this.#peers.every(({ userId, rooms }) => userId !== recipientId || rooms.has(roomId));
  }

  /** Whether no connection of an ended session is left. */
  #areSessionsOver(): boolean {
    return this.#sockets.every(
      (socket) => socket.isGone || !this.#endedTokens.has(this.#tokenOf.get(socket) ?? ''),
    );
  }

  #describe(): string {
    const peers = this.#peers.map(({ inFlight, rooms }) => [
      inFlight,
      [...rooms.values()].map(({ position }) => position),
    ]);
    const missing = this.#directRooms.filter((each) => !this.#isDirectRoomOpen(each));
    const sessions = this.#areSessionsOver();
    const atMs = this.#clock.monotonicMs();
    return JSON.stringify({ atMs, calls: this.#callCount, peers, missing, sessions });
  }

  /** The rooms as a new client sees them. */
  async #fetchAll(accounts: readonly Account[]) {
    const fetched = new Set<string>();
    for (const account of accounts) {
      const { userId } = account;
      const own = this.#peers.filter((peer) => peer.userId === userId);
      const left = own.flatMap(({ rooms }) => [...rooms.keys()]).filter((id) => !fetched.has(id));
      if (left.length === 0) continue;
      const fresh = this.#openPeer(`fresh-${userId}`, account);
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

/** Odd seeds have two nodes. */
function nodeCountOf(seed: number): number {
  return 1 + (seed % 2);
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
