/**
 * The presence of users: online, away, busy, invisible or offline. A user with several connections has
 * one presence; a short disconnection does not show as offline.
 */

import type { UserId } from '@parley/protocol';
import type { BlockChange, NodeId, PresenceRecord } from '../../model/bus-message.ts';
import type { Member } from '../../model/client-event.ts';
import { recipientOf } from '../../model/direct-room-identity.ts';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { MembershipEntry } from '../../model/room-member.ts';
import {
  type ChosenPresence,
  type DatedPresence,
  type LastSeen,
  type Renaming,
  type StoredPresence,
  shownName,
  type User,
} from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { ConnectedUser, ConnectedUsers } from '../core/connected-users.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import { type RecordChange, ReplicatedMap } from '../delivery/replicated-map.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { Throttle } from '../primitives/throttle.ts';
import type { DomainSettings } from '../settings.ts';
import { ConnectedBlocks } from './connected-blocks.ts';
import { DirectConsent, type DirectConsentDependencies } from './direct-consent.ts';
import { LastSeenSaver } from './last-seen-saver.ts';
import { PresenceBroadcaster, withoutPresence } from './presence-broadcaster.ts';
import {
  changedBlocks,
  isInvisible,
  isSamePresence,
  latestRecord,
  memberOfRecord,
  offlineAs,
  visible,
} from './presence-record.ts';
import {
  RemotePresenceBroadcaster,
  type RemotePresenceBroadcasterDependencies,
} from './remote-presence-broadcaster.ts';

interface PresentUser {
  readonly connected: ConnectedUser;
  lastSeenAtMs: number;
  presence: ChosenPresence;
  /** When the user chose the presence. */
  chosenAtMs: number;
  /** None of the connections to this node was active for a while. */
  isIdle: boolean;
  grace: Timer | undefined;
  /** Ends the choice. */
  choiceEnd: Timer | undefined;
}

const ONLINE: ChosenPresence = { status: 'online', statusText: undefined, untilMs: undefined };
/** Longer timers overflow. */
const TIMER_MS_MAX = 24 * 60 * 60 * 1000;
/** Minimum interval between two presence updates of a user. */
const PRESENCE_INTERVAL_MS = 1000;
/** Number of searches for idle users in the time after which they are away. */
const IDLE_SEARCHES = 20;
/** Shortest and longest interval between two searches. */
const [IDLE_SEARCH_MS_MIN, IDLE_SEARCH_MS_MAX] = [250, 30_000] as const;

export class UserPresence {
  /** Users who are connected to this node, or may still come back to it. */
  readonly #people = new Map<UserId, PresentUser>();
  readonly #connectedUsers: ConnectedUsers;
  readonly #broadcaster: PresenceBroadcaster;
  readonly #consent: DirectConsent;
  readonly #accounts: AccountStore;
  readonly #clock: Clock;
  readonly #graceMs: number;
  /** 0: users are away only if they say so. */
  readonly #awayAfterMs: number;
  readonly #throttle: Throttle;
  readonly #blocks: ConnectedBlocks;
  readonly #lastSeen: LastSeenSaver;
  readonly #nodes: OtherNodes;
  readonly #remote: RemotePresenceBroadcaster;
  /** The users who are connected to other nodes. */
  readonly #elsewhere: ReplicatedMap<PresenceRecord>;
  readonly #onVisibilityChanged: (connection: ChatConnection) => void;
  #unsubscribe: (() => void) | undefined;
  #idleSearch: Timer | undefined;

  constructor(dependencies: {
    readonly connectedUsers: ConnectedUsers;
    readonly streams: RoomStreamRegistry;
    readonly accounts: AccountStore;
    readonly invitations: DirectConsentDependencies['invitations'];
    readonly memberships: RemotePresenceBroadcasterDependencies['memberships'];
    readonly nodes: OtherNodes;
    readonly clock: Clock;
    readonly background: BackgroundTasks;
    /** Called for each connection of a user who appears offline from now on, or no longer does. */
    readonly onVisibilityChanged: (connection: ChatConnection) => void;
    readonly settings: Pick<
      DomainSettings,
      'presenceGraceMs' | 'awayAfterMs' | 'largeRoomPeople' | 'askBeforeStrangers'
    >;
  }) {
    this.#connectedUsers = dependencies.connectedUsers;
    this.#consent = new DirectConsent({
      ...dependencies,
      onChanged: (userId, room) => this.#showIn(userId, room),
    });
    this.#broadcaster = new PresenceBroadcaster({
      consent: this.#consent,
      streams: dependencies.streams,
      settings: dependencies.settings,
      isHidden: (one, other) => this.isHidden(one, other),
    });
    this.#accounts = dependencies.accounts;
    this.#onVisibilityChanged = dependencies.onVisibilityChanged;
    this.#clock = dependencies.clock;
    this.#graceMs = dependencies.settings.presenceGraceMs;
    this.#awayAfterMs = dependencies.settings.awayAfterMs;
    this.#throttle = new Throttle(dependencies.clock, PRESENCE_INTERVAL_MS);
    this.#remote = new RemotePresenceBroadcaster({
      ...dependencies,
      broadcaster: this.#broadcaster,
      memberOf: (userId) => this.#memberOf(userId),
    });
    const { nodes, clock } = dependencies;
    this.#nodes = nodes;
    this.#elsewhere = new ReplicatedMap({
      bus: nodes,
      clock,
      publish: (change) => nodes.send({ kind: 'presence', change }),
      onChange: (change) => this.#noteElsewhere(change),
    });
    this.#blocks = new ConnectedBlocks((userId) => this.#elsewhere.of(userId));
    this.#lastSeen = new LastSeenSaver(dependencies);
  }

  /** Starts to exchange presence with the other nodes. */
  async begin(): Promise<void> {
    if (!this.#nodes.isShared) return;
    this.#unsubscribe = await this.#nodes.listen({
      presence: ({ change }, from) => this.#elsewhere.receive(change, from),
      block: (change) => this.#applyBlock(change),
    });
    this.#elsewhere.askAll();
  }

  /** Number of nodes that have had users, this node included. */
  get nodeCount(): number {
    return this.#elsewhere.nodeCount + 1;
  }

  /** Repeats to the other nodes that the users of this one are still connected. */
  renew(): void {
    this.#elsewhere.assert();
    this.#elsewhere.checkOthers();
  }

  /** The other nodes that have had users and are not silent. */
  otherNodeIds(): Iterable<NodeId> {
    return this.#elsewhere.nodeIds();
  }

  /** Asks the other nodes for their users, as after a time without the bus. */
  askOthers(): void {
    this.#elsewhere.renewLeases();
    this.#elsewhere.askAll();
  }

  /**
   * Adds a connection. Users who share a room see the user as online from the first connection on.
   */
  enter(
    connection: ChatConnection,
    rooms: Iterable<MembershipEntry>,
    stored: { readonly blocked: Iterable<UserId>; readonly choice: StoredPresence | undefined },
  ): void {
    const { id: userId } = connection.user;
    const connected = this.#connectedUsers.addConnection(connection, rooms);
    const known = this.#people.get(userId);
    connection.activeAtMs = this.#clock.monotonicMs();
    if (known !== undefined) {
      known.grace?.cancel();
      known.grace = undefined;
      connection.isInvisible = isInvisible(known.presence);
      this.noteActivity(connection);
      return;
    }
    const wasAway = this.#memberOf(userId)?.status === 'away';
    const person: PresentUser = {
      connected,
      lastSeenAtMs: this.#clock.nowMs(),
      presence: ONLINE,
      chosenAtMs: 0,
      isIdle: false,
      grace: undefined,
      choiceEnd: undefined,
    };
    this.#people.set(userId, person);
    this.#blocks.addUser(userId, stored.blocked);
    const elsewhere = latestRecord(this.#elsewhere.of(userId));
    for (const choice of [stored.choice, elsewhere]) {
      if (choice !== undefined && choice.chosenAtMs > person.chosenAtMs)
        this.#adopt(person, choice);
    }
    connection.isInvisible = isInvisible(person.presence);
    this.#report(person);
    if (elsewhere === undefined || wasAway) this.#broadcastPresence(person);
  }

  /** The time of a choice: later than the last one, which a node with a faster clock may have dated. */
  newChoiceMs(userId: UserId): number {
    const last = this.#people.get(userId) ?? latestRecord(this.#elsewhere.of(userId));
    return Math.max(this.#clock.nowMs(), (last?.chosenAtMs ?? 0) + 1);
  }

  /**
   * Sets the user's presence; the users who share a room and the user's other connections get it.
   * Undefined without connections to this node: then the other nodes are told.
   *
   * @param chooser A connection, or over HTTP only its user.
   */
  setPresence(chooser: Pick<ChatConnection, 'user'>, choice: DatedPresence): Member | undefined {
    const { id: userId } = chooser.user;
    if (!this.#people.has(userId)) {
      this.#connectedUsers.send(userId, { kind: 'presence-chosen', ...choice });
      return undefined;
    }
    return this.takeChoice(userId, choice, chooser);
  }

  /** As `setPresence`, for a choice that was made on another node. */
  takeChoice(
    userId: UserId,
    choice: DatedPresence,
    chooser?: Pick<ChatConnection, 'user'>,
  ): Member | undefined {
    const person = this.#people.get(userId);
    if (person === undefined) return undefined;
    // Another connection has chosen while this choice was stored.
    if (choice.chosenAtMs < person.chosenAtMs) return this.#toMember(person);
    if (!this.#adoptVisibly(person, choice)) this.#announce(userId);
    const { connections } = person.connected;
    this.#showTo(
      person,
      [...connections].filter((each) => each !== chooser),
    );
    return this.#toMember(person);
  }

  /**
   * Records whether the user is active at this client, which is not guessed from its commands from now
   * on. Returns the user's presence.
   */
  reportActivity(connection: ChatConnection, isIdle: boolean): Member | undefined {
    const person = this.#people.get(connection.user.id);
    if (person === undefined) return undefined;
    connection.reportsActivity = true;
    connection.activeAtMs = isIdle ? Number.NEGATIVE_INFINITY : this.#clock.monotonicMs();
    this.#updateIdle(person);
    return this.#toMember(person);
  }

  /** Shows a new connection the presence that its user has chosen on another one. */
  showChosen(connection: ChatConnection): void {
    const person = this.#people.get(connection.user.id);
    if (person === undefined) return;
    const { status, statusText } = person.presence;
    if (status !== 'online' || statusText !== undefined) this.#showTo(person, [connection]);
  }

  /** Shows the name of a user of this node to the users who share a room, and to the user. */
  rename({ userId, displayName, username, avatarUrl, hidesLastSeen, ...shown }: Renaming): void {
    const { isNameShared = false } = shown;
    const person = this.#people.get(userId);
    if (person === undefined) return;
    const { connected } = person;
    connected.user = {
      ...{ ...connected.user, displayName, isNameShared, avatarUrl },
      ...(hidesLastSeen !== undefined && { hidesLastSeen }),
      ...(username !== undefined && { username }),
    };
    this.#announce(userId);
    this.#showTo(person, connected.connections);
  }

  /**
   * Removes a connection. The user goes offline at once on a deliberate leave, after the grace
   * period on a loss.
   */
  leave(connection: ChatConnection, how: { readonly onPurpose: boolean }): void {
    const person = this.#people.get(connection.user.id);
    if (person === undefined || !this.#connectedUsers.removeConnection(connection)) return;
    if (!isInvisible(person.presence)) person.lastSeenAtMs = this.#clock.nowMs();
    if (how.onPurpose) this.#goOffline(person);
    else person.grace = this.#clock.schedule(this.#graceMs, () => this.#goOffline(person));
  }

  /** Records a block or its removal: each of the two users sees the change at once. */
  setBlocked(change: BlockChange): void {
    this.#applyBlock(change);
    // The user may be connected to other nodes, which read the blocks when the user connected.
    this.#nodes.send({ kind: 'block', ...change });
  }

  #applyBlock({ userId, otherId, isBlocked }: BlockChange): void {
    this.#blocks.set(userId, otherId, isBlocked);
    const person = this.#people.get(userId);
    if (person !== undefined) this.#report(person);
    const other = this.#people.get(otherId);
    if (person === undefined || other === undefined) return;
    this.#broadcastPresence(person, otherId);
    this.#broadcastPresence(other, userId);
  }

  /** Increases with every block that is set or removed: blocks read before may be outdated. */
  get blockChanges(): number {
    return this.#blocks.changes;
  }

  /** Whether there is a block between two users; at least the blocking user is connected. */
  isHidden(one: UserId, other: UserId): boolean {
    return this.#blocks.isBetween(one, other);
  }

  /** Whether a user is hidden from another in a room of both. */
  isHiddenIn(room: Room, userId: UserId, viewerId: UserId): boolean {
    return (
      this.isHidden(userId, viewerId) || (userId !== viewerId && this.#consent.hides(room, userId))
    );
  }

  /** Prepares `isHiddenIn` for direct rooms; undefined if there is nothing to read. */
  loadConsent(rooms: readonly Room[]): Promise<void> | undefined {
    return this.#consent.load(rooms);
  }

  /** The same for a room that is opened: at most one read for each. */
  loadConsentOnce(room: Room): Promise<void> | undefined {
    return this.#consent.loadOnce(room);
  }

  /** A user who writes to a stranger is no longer hidden. */
  noteEvent(event: RoomEvent): void {
    this.#consent.note(event);
  }

  noteActivity(connection: ChatConnection): void {
    const person = this.#people.get(connection.user.id);
    if (person === undefined) return;
    if (!isInvisible(person.presence)) person.lastSeenAtMs = this.#clock.nowMs();
    if (connection.reportsActivity) return;
    connection.activeAtMs = this.#clock.monotonicMs();
    if (person.isIdle) this.#updateIdle(person);
  }

  /**
   * The connected users among the ids, with their presence as the viewer may see it: without those who
   * appear offline to all but themselves.
   */
  members(ids: Iterable<UserId>, viewerId?: UserId): Member[] {
    return [...ids].flatMap((id) => {
      const member = this.#memberAsSeenBy(id, viewerId);
      if (member === undefined) return [];
      const isHidden = viewerId !== undefined && this.isHidden(id, viewerId);
      return [isHidden ? withoutPresence(member) : member];
    });
  }

  /** These users with their presence as the viewer may see it; offline users as last seen. */
  async describe(users: readonly User[], viewerId: UserId): Promise<Member[]> {
    const ids = users.map(({ id }) => id);
    const hidden = new Set(await this.#accounts.listBlockedBetween(viewerId, ids));
    const offline = await Promise.all(
      users
        .filter(({ id }) => this.#memberAsSeenBy(id, viewerId) === undefined)
        .map(async (user) => ({ user, lastSeenAtMs: await this.#accounts.findLastSeen(user.id) })),
    );
    const absent = await this.absent(offline);
    return ids.flatMap((id) => {
      const member = this.#memberAsSeenBy(id, viewerId) ?? absent.get(id);
      if (member === undefined) return [];
      return [hidden.has(id) ? withoutPresence(member) : member];
    });
  }

  /** Users who are not connected, or appear so: as last seen, with the words that they have chosen. */
  async absent(
    people: readonly { readonly user: User; readonly lastSeenAtMs: number | undefined }[],
  ): Promise<ReadonlyMap<UserId, Member>> {
    if (people.length === 0) return new Map();
    const nowMs = this.#clock.nowMs();
    const choices = await this.#accounts.listChosenPresence(people.map(({ user }) => user.id));
    const chosen = new Map(
      choices
        .filter(({ untilMs = Number.POSITIVE_INFINITY }) => untilMs > nowMs)
        .map((choice) => [choice.userId, choice]),
    );
    return new Map(
      people.map(({ user, lastSeenAtMs }) => {
        const { id: userId, username } = user;
        const choice = chosen.get(userId);
        const seen = offlineAs({
          ...choice,
          lastSeenAtMs: user.hidesLastSeen ? undefined : lastSeenAtMs,
        });
        return [userId, { userId, username, ...shownName(user), ...seen }];
      }),
    );
  }

  /** Last-seen times are in memory only: they are saved as far as time allows. */
  close(): void {
    this.#unsubscribe?.();
    this.#idleSearch?.cancel();
    this.#throttle.close();
    this.#remote.close();
    this.#consent.close();
    for (const { grace, choiceEnd } of this.#people.values()) {
      grace?.cancel();
      choiceEnd?.cancel();
    }
    const people = [...this.#people.values()];
    const shown = people.filter(({ presence }) => !isInvisible(presence));
    this.#lastSeen.saveAll(shown.map(toLastSeen));
  }

  /** Finds idle users from now on. */
  searchIdleLater(): void {
    if (this.#awayAfterMs === 0) return;
    const intervalMs = Math.min(
      Math.max(this.#awayAfterMs / IDLE_SEARCHES, IDLE_SEARCH_MS_MIN),
      IDLE_SEARCH_MS_MAX,
    );
    this.#idleSearch = this.#clock.schedule(intervalMs, () => {
      for (const person of this.#people.values()) if (!person.isIdle) this.#updateIdle(person);
      this.searchIdleLater();
    });
  }

  /** A user is idle if all connections are; those to other nodes are in the records of these. */
  #updateIdle(person: PresentUser): void {
    const { user, connections } = person.connected;
    const activeSinceMs = this.#clock.monotonicMs() - this.#awayAfterMs;
    const isIdle =
      this.#awayAfterMs > 0 &&
      connections.size > 0 &&
      [...connections].every(({ activeAtMs }) => activeAtMs <= activeSinceMs);
    if (isIdle === person.isIdle) return;
    person.isIdle = isIdle;
    this.#announce(user.id);
    // A status that the user has chosen stays shown.
    if (person.presence.status === 'online') this.#showTo(person, connections);
  }

  #goOffline(person: PresentUser): void {
    const { connected } = person;
    const { id: userId } = connected.user;
    this.#people.delete(userId);
    person.choiceEnd?.cancel();
    this.#blocks.removeUser(userId);
    this.#connectedUsers.remove(connected);
    this.#elsewhere.set(userId, undefined);
    if (isInvisible(person.presence)) return;
    const member = this.#memberOf(userId);
    if (member === undefined) this.#broadcastPresence(person);
    else if (member.status === 'away' && !person.isIdle) {
      this.#broadcaster.send(member, connected.rooms);
    }
    this.#lastSeen.save(toLastSeen(person));
  }

  /** Sends a change to the other nodes, and to users who share an open room. */
  #announce(userId: UserId): void {
    this.#throttle.run(userId, () => {
      // The user may have gone offline since, and come back.
      const person = this.#people.get(userId);
      if (person === undefined) return;
      this.#report(person);
      if (isInvisible(person.presence)) return;
      // A lost connection does not show as offline yet.
      const status = this.#presentStatusOf(person);
      this.#broadcaster.send({ ...this.#toMember(person), status }, person.connected.rooms);
    });
  }

  /** Sends the presence to users who share an open room. */
  #broadcastPresence(person: PresentUser, only?: UserId): void {
    if (isInvisible(person.presence)) return;
    this.#broadcaster.send(this.#toMember(person), person.connected.rooms, only);
  }

  /** Shows a user to the other user of a direct room. */
  #showIn(userId: UserId, room: Room): void {
    const member = this.#memberOf(userId);
    const otherId = recipientOf(room, userId);
    if (member !== undefined && otherId !== undefined) {
      this.#broadcaster.send(member, [room.id], otherId);
    }
  }

  /**
   * Adopts a choice. If the user begins or ceases to appear offline, shows that at once, as if the user
   * had left or come, and returns true.
   */
  #adoptVisibly(person: PresentUser, choice: DatedPresence): boolean {
    const wasInvisible = isInvisible(person.presence);
    this.#adopt(person, choice);
    if (isInvisible(person.presence) === wasInvisible) return false;
    const { user, rooms, connections } = person.connected;
    // A change that others did not see must not show later, not even by a delay of the next one.
    this.#throttle.cancel(user.id);
    for (const connection of connections) connection.isInvisible = !wasInvisible;
    const showInRooms = (): void => {
      for (const connection of connections) this.#onVisibilityChanged(connection);
    };
    // Clients, also of other nodes, see a user leave the rooms before the user is offline.
    if (!wasInvisible) showInRooms();
    else person.lastSeenAtMs = this.#clock.nowMs();
    this.#report(person);
    if (wasInvisible) {
      const member = this.#memberOf(user.id);
      if (member !== undefined) this.#broadcaster.send(member, rooms);
      showInRooms();
      return true;
    }
    const own = { ...this.#toMember(person), ...person.presence };
    this.#broadcaster.send({ ...own, ...offlineAs(own) }, rooms);
    this.#lastSeen.save(toLastSeen(person));
    return true;
  }

  #adopt(person: PresentUser, choice: DatedPresence): void {
    person.presence = this.#current(choice);
    person.chosenAtMs = choice.chosenAtMs;
    this.#endLater(person);
  }

  /** The choice, unless it has ended. */
  #current({ status, statusText, untilMs }: ChosenPresence): ChosenPresence {
    const hasEnded = untilMs !== undefined && untilMs <= this.#clock.nowMs();
    return hasEnded ? ONLINE : { status, statusText, untilMs };
  }

  /** Every node ends the choice, at the same time of choice: none takes it over from another. */
  #endLater(person: PresentUser): void {
    person.choiceEnd?.cancel();
    person.choiceEnd = undefined;
    const { untilMs } = person.presence;
    if (untilMs === undefined) return;
    const leftMs = untilMs - this.#clock.nowMs();
    person.choiceEnd = this.#clock.schedule(Math.min(Math.max(leftMs, 0), TIMER_MS_MAX), () => {
      if (this.#clock.nowMs() < untilMs) {
        this.#endLater(person);
        return;
      }
      const choice = { ...ONLINE, chosenAtMs: Math.max(untilMs, person.chosenAtMs + 1) };
      if (!this.#adoptVisibly(person, choice)) this.#announce(person.connected.user.id);
      this.#showTo(person, person.connected.connections);
    });
  }

  /** A connected user as others see the user; undefined for one who appears offline. */
  #memberOf(userId: UserId): Member | undefined {
    const member = this.#connectedMember(userId);
    return member?.status === 'invisible' ? undefined : member;
  }

  #memberAsSeenBy(userId: UserId, viewerId: UserId | undefined): Member | undefined {
    return userId === viewerId ? this.#connectedMember(userId) : this.#memberOf(userId);
  }

  /** A connected user, whichever node the connections are on. */
  #connectedMember(userId: UserId): Member | undefined {
    const person = this.#people.get(userId);
    if (person !== undefined && person.connected.connections.size > 0) {
      return this.#toMember(person);
    }
    const records = this.#elsewhere.of(userId);
    const elsewhere = latestRecord(records);
    if (elsewhere === undefined) return person && this.#toMember(person);
    const status = shownStatus(elsewhere, records.every(isIdleRecord));
    return { ...memberOfRecord(userId, elsewhere), status };
  }

  #toMember(person: PresentUser): Member {
    const { connected, lastSeenAtMs, presence } = person;
    const { user, connections } = connected;
    return {
      userId: user.id,
      username: user.username,
      ...shownName(user),
      status: connections.size > 0 ? this.#presentStatusOf(person) : 'offline',
      lastSeenAtMs: user.hidesLastSeen ? undefined : lastSeenAtMs,
      statusText: presence.statusText,
      untilMs: presence.untilMs,
    };
  }

  #presentStatusOf({ connected, presence, isIdle }: PresentUser): ChosenPresence['status'] {
    const isAway = isIdle && this.#elsewhere.of(connected.user.id).every(isIdleRecord);
    return shownStatus(presence, isAway);
  }

  /** Shows the user's own presence. */
  #showTo(person: PresentUser, connections: Iterable<ChatConnection>): void {
    const shown = [...connections].filter((connection) => connection.shows(connection.user.id));
    broadcast({ kind: 'presence', member: this.#toMember(person) }, shown);
  }

  #report({ connected, presence, chosenAtMs, lastSeenAtMs, isIdle }: PresentUser): void {
    if (!this.#nodes.isShared) return;
    const { id, username } = connected.user;
    const blockedIds = this.#blocks.blockedBy(id);
    const record = {
      username,
      ...shownName(connected.user),
      ...presence,
      chosenAtMs,
      lastSeenAtMs: connected.user.hidesLastSeen ? undefined : lastSeenAtMs,
      blockedIds,
      ...(isIdle ? { isIdle } : {}),
    };
    this.#elsewhere.set(id, record);
  }

  #noteElsewhere({ key, before, after }: RecordChange<PresenceRecord>): void {
    const userId = key as UserId; // Keys of these records are ids of users.
    const person = this.#people.get(userId);
    let isVisibilityShown = false;
    if (person !== undefined && after !== undefined && after.chosenAtMs > person.chosenAtMs) {
      isVisibilityShown = this.#adoptVisibly(person, after);
      if (!isVisibilityShown) this.#report(person);
      this.#showTo(person, person.connected.connections);
    }
    for (const otherId of changedBlocks(before, after)) this.#showBlock(userId, otherId);
    const isConnectedHere = person !== undefined && person.connected.connections.size > 0;
    const records = this.#elsewhere.of(key);
    const others = records.filter((record) => record !== after);
    const areOthersIdle = others.every(isIdleRecord) && (!isConnectedHere || person.isIdle);
    // Only the last active node makes a difference.
    const isIdleChanged =
      areOthersIdle &&
      (before?.isIdle ?? before === undefined) !== (after?.isIdle ?? after === undefined);
    if (isIdleChanged && isConnectedHere) this.#showTo(person, person.connected.connections);
    // The change of the choice is shown already, and while it lasts there is nothing to show.
    if (isVisibilityShown || (person !== undefined && isInvisible(person.presence))) return;
    const [shownBefore, shownAfter] = [visible(before), visible(after)];
    if (isSamePresence(shownBefore, shownAfter) && (!isIdleChanged || shownAfter === undefined))
      return;
    // Connecting or disconnecting one of several connections changes nothing.
    const present = records.filter((each) => !isInvisible(each)).length;
    const isStillOnline = isConnectedHere || present > (shownAfter ? 1 : 0);
    if (isStillOnline && (!shownBefore || !shownAfter) && !isIdleChanged) return;
    const record = shownAfter ?? shownBefore;
    if (record === undefined) return;
    const member = this.#memberOf(userId) ?? memberOfRecord(userId, record);
    if (isStillOnline || shownAfter) this.#remote.send(member);
    else
      this.#remote.send({
        ...member,
        ...offlineAs({ ...record, ...(isInvisible(after) && after) }),
      });
  }

  /** After a block between a user of another node and one of this node was set or removed. */
  #showBlock(userId: UserId, otherId: UserId): void {
    const other = this.#people.get(otherId);
    const member = this.#memberOf(userId);
    if (other !== undefined && member !== undefined) {
      this.#broadcaster.send(member, other.connected.rooms, otherId);
    }
  }
}

/** A chosen status takes precedence over an absence. */
function shownStatus(
  { status }: Pick<ChosenPresence, 'status'>,
  isIdle: boolean,
): ChosenPresence['status'] {
  return isIdle && status === 'online' ? 'away' : status;
}

function isIdleRecord({ isIdle }: PresenceRecord): boolean {
  return isIdle === true;
}

function toLastSeen({ connected, lastSeenAtMs }: PresentUser): LastSeen {
  return { userId: connected.user.id, lastSeenAtMs };
}
