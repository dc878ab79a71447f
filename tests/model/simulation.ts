/**
 * One random history against the real domain and the real native gateway, on one to four nodes with
 * a bus between them: the clocks, the network, the bus, the store's delays and failures, and what
 * happens to the processes are drawn from a seed.
 */
import { setImmediate } from 'node:timers/promises';
import type { RoomId, UserId } from '@parley/protocol';
import type { RoomEvent } from '../../packages/server/src/model/room-event.ts';
import type { Crypto } from '../../packages/server/src/ports/crypto.ts';
import type { Store } from '../../packages/server/src/ports/store.ts';
import { systemCrypto } from '../../packages/server/src/system/crypto.ts';
import { FakeClock } from '../../packages/server/test/support/fake-clock.ts';
import { user } from '../../packages/server/test/support/records.ts';
import { type Random, seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import { openSqliteInMemory } from '../../packages/server/test/support/sqlite-in-memory.ts';
import { checkHistory, type Fault } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { Command } from '../checker/native/native-command.ts';
import { NativePeer, type SocketHandlers } from '../checker/native/native-peer.ts';
import { Traffic } from '../checker/traffic.ts';
import { LostEvents } from './lost-events.ts';
import { ReplicatedStore } from './replicated-store.ts';
import { SimulatedCluster } from './simulated-cluster.ts';
import type { SimulatedSocket } from './simulated-socket.ts';
import type { Fate } from './simulated-store.ts';
import type { ServerModules } from './sources.ts';
import { drawWeather, FAIR_WEATHER, HEALING, type Weather } from './weather.ts';

interface SimulationReport {
  readonly faults: readonly Fault[];
  readonly entries: number;
  readonly acknowledged: number;
  readonly restarts: number;
}

export interface SimulationOptions {
  /** From 1 to 4; chosen by the seed if absent. */
  readonly nodeCount?: number;
  /**
   * Whether commits of several nodes collide, so that nodes hand messages over to the owner of their
   * room; chosen by the seed if absent.
   */
  readonly doNodesCollide?: boolean;
  /** Receives each step as a line of text. */
  readonly onStep?: (text: string) => void;
}

const PEOPLE = ['ann', 'ben', 'cleo'];
/** The first user has two connections: each receives what the other sends. */
const CONNECTIONS = [0, 0, 1, 2];
const CLUSTER_CONNECTIONS = [0, 0, 1, 1, 2];
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
/** After this time without faults, every node knows who is connected: leases have expired. */
const AGREEMENT_MS = 30_000;
/** Longer than the grace after a connection is lost. */
const SHOWN_MS = 8000;
const REST_STEP_MS = 250;
/** Chance per step of a cluster's history that a user chooses a presence. */
const PRESENCE = 0.01;
/** Rounds of work at one moment of rest. */
const REST_STEPS_MAX = 100;
const READ_AT_ONCE = 8;
/** Latest writes that a failover loses at most. */
const LOST_WRITES_MAX = 12;
/** A step that is already complete. */
const DONE = Promise.resolve();
const FAIR_BUS = { lost: 0, repeated: 0, delayed: 0, delayMsMax: 0 };
const STATUSES = ['online', 'away', 'busy'] as const;

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
  readonly #replication: ReplicatedStore;
  /** The store without delays and failures. */
  readonly #store: Store;
  readonly #lost = new LostEvents();
  /** The end of each membership that was removed, by user and room. */
  readonly #removals = new Map<string, RoomEvent>();
  readonly #weather: Weather;
  readonly #cluster: SimulatedCluster;
  readonly #isCluster: boolean;
  readonly #onStep: ((text: string) => void) | undefined;
  /** Readable names of users and rooms in the steps, by id. */
  readonly #names = new Map<string, string>();
  readonly #history: HistoryEntry[] = [];
  readonly #peers: NativePeer[] = [];
  readonly #roomIds = new Set<RoomId>();
  /** The recipient of each direct message, by its `clientMessageId`. */
  readonly #recipients = new Map<string, string>();
  /** The direct rooms, and who was sent a message there. */
  #directRooms: readonly (readonly [roomId: string, recipientId: string])[] = [];
  /** The highest acknowledged sequence of each room. */
  readonly #acknowledged = new Map<string, number>();
  readonly #endedTokens = new Set<string>();
  /** The presence that each user has chosen last. */
  readonly #statusOf = new Map<string, string>();
  readonly #tokenOf = new WeakMap<SimulatedSocket, string>();
  readonly #traffic: Traffic;
  #areFaultsOn = false;
  #presences = 0;

  constructor(server: ServerModules, seed: number, options: SimulationOptions = {}) {
    const { nodeCount = nodeCountOf(seed), doNodesCollide = seed % 2 === 0, onStep } = options;
    this.#server = server;
    this.#random = seededRandom(seed);
    this.#secrets = seededSecrets(this.#random);
    this.#traffic = new Traffic(this.#random);
    this.#replication = new ReplicatedStore(
      () => openSqliteInMemory(server),
      (event) => this.#noteStored(event),
    );
    this.#store = this.#replication.store;
    this.#isCluster = nodeCount > 1;
    this.#weather = this.#isCluster ? drawWeather(this.#random) : FAIR_WEATHER;
    this.#onStep = onStep;
    this.#cluster = new SimulatedCluster({
      server,
      nodeCount,
      doNodesCollide,
      weather: this.#weather,
      store: this.#store,
      clock: this.#clock,
      secrets: this.#secrets,
      random: this.#random,
      trace: (text) => this.#trace(text),
    });
  }

  /** The entries that the peers have recorded so far. */
  get history(): readonly HistoryEntry[] {
    return this.#history;
  }

  async run(): Promise<SimulationReport> {
    // A history leaves the event loop no turn: timers and messages of the process get one here.
    await setImmediate();
    this.#trace(() => `the weather: ${JSON.stringify(this.#weather)}`);
    await Promise.all(this.#cluster.nodes.map(({ begun }) => begun));
    const accounts = await this.#openAccounts();
    const connections = this.#isCluster ? CLUSTER_CONNECTIONS : CONNECTIONS;
    for (const [index, person] of connections.entries()) {
      const account = accounts[person];
      if (account === undefined) throw new Error('There is an account for each connection');
      this.#peers.push(this.#openPeer(`${account.name}-${index}`, account));
    }
    for (const { calls } of this.#cluster.nodes) calls.isDirect = false;
    for (const room of ROOMS) {
      for (const peer of this.#peers) {
        const roomId = (await this.#finish(peer.join(room))) as RoomId; // Returned by the server.
        this.#roomIds.add(roomId);
        this.#names.set(roomId, room);
      }
    }
    this.#areFaultsOn = true;
    if (this.#cluster.network) this.#cluster.network.faults = this.#weather.bus;
    for (let step = 0; step < STEPS; step += 1) {
      await this.#doSomething();
      if (this.#isCluster) await this.#disturbCluster(accounts);
    }
    await this.#settle();
    if (this.#isCluster) {
      await this.#agree(accounts);
      for (const peer of this.#peers) peer.restart();
      await this.#settle();
    }
    for (const peer of this.#peers) {
      await this.#finish(peer.countUnread());
      peer.show();
    }
    await this.#fetchAll(accounts);
    for (const peer of this.#peers) peer.stop();
    return {
      faults: this.#judge(),
      entries: this.#history.length,
      acknowledged: this.#history.filter(({ type }) => type === 'ack').length,
      restarts: this.#cluster.restarts,
    };
  }

  #judge(): Fault[] {
    const history = withDirectRooms(this.#history);
    for (const event of this.#removals.values()) {
      if (event.kind !== 'access-lost') continue;
      const { roomId, userId, sequence, createdAtMs: atMs } = event;
      history.push({ atMs, type: 'access_lost', roomId, userId, sequence });
    }
    return checkHistory(this.#lost.without(history), history);
  }

  async #openAccounts(): Promise<Account[]> {
    const accounts: Account[] = [];
    for (const name of PEOPLE) {
      const person = user(name, { id: this.#secrets.newId() as UserId });
      await this.#store.accounts.insertUser(person, name);
      const account = { name, userId: person.id, token: '' };
      this.#names.set(person.id, name);
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
    const node = this.#cluster.pick();
    if (node === undefined || node.isPaused) return;
    const { token } = account;
    await this.#logIn(account);
    this.#trace(() => `${account.name} logs out on ${node.name}`);
    node.chat.sessions.end(this.#secrets.digest(token), 'logout').then(
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
    this.#trace(() => JSON.stringify(entry));
    this.#lost.note(entry);
    if (entry.type !== 'ack' || this.#lost.hasAcknowledged(entry)) return;
    const { roomId, clientMessageId, sequence } = entry;
    this.#acknowledged.set(roomId, Math.max(sequence, this.#acknowledged.get(roomId) ?? 0));
    const recipientId = this.#recipients.get(clientMessageId);
    if (recipientId !== undefined) {
      this.#directRooms = [...this.#directRooms, [roomId, recipientId]];
    }
  }

  #dial(handlers: SocketHandlers, token: string) {
    const socket = this.#cluster.dial(handlers, token);
    this.#tokenOf.set(socket, token);
    return { send: (text: string) => socket.write(text), terminate: () => socket.cut() };
  }

  /** The peers that are not away. */
  get #present(): NativePeer[] {
    return this.#peers.filter(({ isStopped }) => !isStopped);
  }

  /** One step: a new action, or progress of pending work. */
  async #doSomething(): Promise<void> {
    const draw = this.#random();
    if (draw < 0.25) this.#sendSomething();
    else if (draw < 0.264) this.#readSomething();
    else if (draw < 0.267) this.#askAgain((peer, roomId) => peer.resumeOpen(roomId));
    else if (draw < 0.27) this.#askAgain((peer, roomId) => peer.leaveAndReturn(roomId));
    else if (draw < 0.985) await this.#moveOn();
    else if (draw < 0.993) this.#pick(this.#cluster.sockets)?.cut();
    else if (draw < 0.996) this.#clock.advance(1 + Math.floor(this.#random() * 8000));
    else if (draw < 0.998) this.#restartSome();
    else await this.#prune();
    await turn();
  }

  #restartSome(): void {
    const node = this.#cluster.pick();
    if (node !== undefined) this.#cluster.restart(node);
  }

  /** Processes fail and recover; users log out, go away, come back, and choose a presence. */
  async #disturbCluster(accounts: readonly Account[]): Promise<void> {
    this.#cluster.disturb();
    await this.#cluster.moveDrain();
    const { logout, away, failover, removal } = this.#weather;
    if (this.#random() < failover) await this.#failOver();
    if (this.#random() < removal) this.#removeMember(accounts);
    if (this.#random() < logout) await this.#changeSession(this.#pick(accounts) as Account);
    const peer = this.#pick(this.#peers);
    if (peer === undefined) return;
    if (this.#random() < away) this.#goAway(peer);
    else if (this.#random() < HEALING / 2) peer.restart();
    if (this.#random() < PRESENCE) this.#choosePresence(peer);
  }

  /** The store is lost with the end of its logs; its standby takes its place. */
  async #failOver(): Promise<void> {
    const lost = await this.#replication.failOver(Math.floor(this.#random() * LOST_WRITES_MAX));
    this.#trace(() => `the store is lost, with ${lost.length} events`);
    this.#cluster.breakStoreConnections();
    this.#lost.add(lost);
    for (const { roomId, sequence } of lost) {
      const acknowledged = this.#acknowledged.get(roomId) ?? 0;
      this.#acknowledged.set(roomId, Math.min(acknowledged, sequence - 1));
    }
    // A recipient does not learn of a direct room whose first message is lost.
    const isKept = (roomId: string) => (this.#acknowledged.get(roomId) ?? 0) > 0;
    this.#directRooms = this.#directRooms.filter(([roomId]) => isKept(roomId));
  }

  /** The owner removes or bans another user from a room; at most one user from one room. */
  #removeMember([owner, ...others]: readonly Account[]): void {
    const node = this.#cluster.pick();
    const subject = this.#pick(others);
    const [, roomId] = this.#roomIds;
    if (node === undefined || node.isPaused || this.#removals.size > 0) return;
    if (owner === undefined || subject === undefined || roomId === undefined) return;
    const reason = this.#random() < 0.5 ? 'removed' : 'banned';
    this.#trace(() => `${owner.name} on ${node.name}: ${subject.name} is ${reason}`);
    const request = { roomId, subjectId: subject.userId, reason } as const;
    // It is perhaps stored although it fails: the store reports it.
    node.chat.memberships.end(user(owner.name, { id: owner.userId }), request).catch(() => {});
  }

  #noteStored(event: RoomEvent): void {
    this.#lost.remove(event);
    if (event.kind !== 'access-lost') return;
    this.#removals.set(memberKey(event.userId, event.roomId), event);
  }

  #isMember(userId: string, roomId: string): boolean {
    return !this.#removals.has(memberKey(userId, roomId));
  }

  #goAway(peer: NativePeer): void {
    if (this.#present.length > 1 && !peer.isStopped) peer.stop();
  }

  /** A connection ends whose user has another one: for the others nothing changes. */
  #endOneOfTwo(): void {
    const isBesideAnother = (peer: NativePeer): boolean =>
      this.#present.some((other) => other !== peer && other.userId === peer.userId);
    this.#pick(this.#present.filter(isBesideAnother))?.stop();
  }

  #choosePresence(peer: NativePeer): void {
    if (!peer.isConnected) return;
    this.#presences += 1;
    const status = this.#pick(STATUSES) ?? 'online';
    peer.setPresence(status, `presence ${this.#presences}`);
    this.#statusOf.set(peer.userId, `${status}: presence ${this.#presences}`);
  }

  /**
   * With no faults and after all leases: every client shows who is in each room, and the presence
   * that each user has chosen.
   */
  async #agree(accounts: readonly Account[]): Promise<void> {
    const { network } = this.#cluster;
    if (network) network.faults = FAIR_BUS;
    await this.#rest(AGREEMENT_MS);
    await this.#settle();
    this.#endOneOfTwo();
    const present = this.#present;
    for (const { userId } of accounts) {
      const peer = this.#pick(present.filter((each) => each.userId === userId));
      if (peer !== undefined) this.#choosePresence(peer);
    }
    await this.#rest(SHOWN_MS);
    await this.#settle();
    for (const roomId of this.#roomIds) {
      const peers = present.filter(({ userId }) => this.#isMember(userId, roomId));
      const userIds = [...new Set(peers.map(({ userId }) => userId))];
      const statusOf = (userId: string) => this.#statusOf.get(userId) ?? '';
      const members = userIds.map((userId) => ({ userId, status: statusOf(userId) }));
      this.#record({ atMs: this.#clock.nowMs(), type: 'present', roomId, members });
      for (const peer of peers) await this.#finish(peer.showMembers(roomId));
    }
  }

  /** Time passes, and everything under way is done at once. */
  async #rest(durationMs: number): Promise<void> {
    for (let restedMs = 0; restedMs < durationMs; restedMs += REST_STEP_MS) {
      this.#clock.advance(REST_STEP_MS);
      await turn();
      for (let steps = 0; steps < REST_STEPS_MAX && this.#hasWork; steps += 1) {
        for (const { calls } of this.#cluster.nodes) {
          for (let index = calls.count - 1; index >= 0; index -= 1) await calls.step(index, 'done');
        }
        for (const socket of this.#cluster.readable) socket.receive();
        for (const socket of this.#cluster.openSockets) socket.deliver(READ_AT_ONCE);
        await turn();
      }
    }
  }

  get #hasWork(): boolean {
    return this.#cluster.callCount > 0 || this.#cluster.openSockets.some(({ hasWork }) => hasWork);
  }

  #sendSomething(): void {
    const peer = this.#pick(this.#peers);
    // A client that has to reload all rooms has no room to send to.
    if (peer === undefined || peer.isStopped || peer.rooms.size === 0) return;
    if (peer.inFlight >= IN_FLIGHT_MAX) return;
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
      // A step that deletes only reactions is followed by one that deletes their messages.
      for (;;) {
        const cut = { beforeMs, eventsMax };
        const { events, hasMore } = await this.#store.log.deleteMessagesOlderThan(roomId, cut);
        if (events > 0 || !hasMore) break;
      }
      // Nodes date messages by their own clocks.
      const latestMs = beforeMs + this.#weather.skewMsMax;
      this.#history.push({ atMs, type: 'retention', roomId, beforeMs: latestMs });
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

  /** Moves one piece of pending work by one step; undefined if it has drawn a kind that has none. */
  #moveOn(): Promise<void> | undefined {
    const draw = this.#random();
    let work: Promise<void> | undefined;
    if (draw < 0.4) {
      const fate =
        this.#areFaultsOn && this.#random() < STORE_FAILURES ? this.#pick(FATES) : 'done';
      work = this.#cluster.stepStore(fate ?? 'done');
    } else if (draw < 0.65) {
      const socket = this.#pick(this.#cluster.readable);
      socket?.receive();
      if (socket !== undefined) work = DONE;
    } else if (draw < 0.95) {
      const socket = this.#pick(this.#cluster.openSockets.filter(({ hasWork }) => hasWork));
      socket?.deliver(1 + Math.floor(this.#random() * READ_AT_ONCE));
      if (socket !== undefined) work = DONE;
    } else {
      this.#clock.advance(1 + Math.floor(this.#random() * 30));
      work = DONE;
    }
    if (work !== undefined && work !== DONE)
      return work.then(() => this.#cluster.forgetClosedSockets());
    this.#cluster.forgetClosedSockets();
    return work;
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
      const work = this.#moveOn();
      // In the first turn, the work that the caller has begun continues.
      if (work === undefined && steps > 0) continue;
      await work;
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
    this.#cluster.healAll();
    const { network } = this.#cluster;
    if (network !== undefined && network.faults !== FAIR_BUS) network.faults = FAIR_WEATHER.bus;
    const isQuiet = (): boolean =>
      this.#cluster.callCount === 0 &&
      this.#cluster.openSockets.every(({ hasWork }) => !hasWork) &&
      this.#present.every((peer) => peer.isIdle && peer.isWhole) &&
      this.#present.every((peer) => this.#hasItsRooms(peer)) &&
      this.#areLevel() &&
      !this.#cluster.isDraining &&
      (!this.#isCluster ||
        (this.#directRooms.every((room) => this.#isDirectRoomOpen(room)) &&
          this.#areSessionsOver()));
    let isUnchanged = false;
    for (let steps = 0; isUnchanged || !isQuiet(); steps += 1) {
      if (steps > SETTLE_STEPS_MAX) throw new Error(`it never comes to rest: ${this.#describe()}`);
      const work = this.#moveOn();
      isUnchanged = work === undefined && steps > 0 && !this.#cluster.isDraining;
      if (isUnchanged) continue;
      await work;
      await this.#cluster.moveDrain();
      await turn();
    }
  }

  /** Whether the user has exactly the rooms that they are a member of. */
  #hasItsRooms({ userId, rooms }: NativePeer): boolean {
    return [...this.#roomIds].every((id) => rooms.has(id) === this.#isMember(userId, id));
  }

  /** Whether all connections with a room have it up to the same position, all commands included. */
  #areLevel(): boolean {
    const positions = new Map<string, number>();
    for (const [id, { position }] of this.#present.flatMap(({ rooms }) => [...rooms])) {
      if ((positions.get(id) ?? position) !== position) return false;
      if (position < (this.#acknowledged.get(id) ?? 0)) return false;
      positions.set(id, position);
    }
    return true;
  }

  /** Whether the recipient has the direct room, on all connections. */
  #isDirectRoomOpen([roomId, recipientId]: readonly [string, string]): boolean {
    return this.#present.every(({ userId, rooms }) => userId !== recipientId || rooms.has(roomId));
  }

  /** Whether no connection of an ended session is left. */
  #areSessionsOver(): boolean {
    return this.#cluster.openSockets.every(
      (socket) => !this.#endedTokens.has(this.#tokenOf.get(socket) ?? ''),
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
    return JSON.stringify({ atMs, calls: this.#cluster.callCount, peers, missing, sessions });
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

  #trace(text: () => string): void {
    if (this.#onStep === undefined) return;
    let line = text();
    for (const [id, name] of this.#names) line = line.replaceAll(id, name);
    this.#onStep(`${String(this.#clock.monotonicMs()).padStart(6)} ms  ${line}`);
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)];
  }
}

/** Resolves when everything is done that follows without a further step: promises only. */
function turn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** From one to four nodes. */
function nodeCountOf(seed: number): number {
  return 1 + (seed % 4);
}

function memberKey(userId: string, roomId: string): string {
  return `${userId} ${roomId}`;
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
