/**
 * The users who have a room open, each once. A node counts its own subscriptions; the other nodes
 * report their users.
 */

import assert from 'node:assert/strict';
import type { UserId } from '@parley/protocol';
import type { ParticipantRecord, ReadPositionMessage } from '../../model/bus-message.ts';
import type { User } from '../../model/user.ts';
import { NameSortedUsers } from './name-sorted-users.ts';
import { ParticipantReadPositions } from './participant-read-positions.ts';
import { type RecordChange, ReplicatedMap, type ReplicatedMapOptions } from './replicated-map.ts';

/** The first subscription of a user on any node was opened on another node, or the last closed. */
export interface ParticipantChange {
  readonly user: Pick<User, 'id' | 'username'>;
  readonly isPresent: boolean;
  /** Sequence of the event of the log that reports the change, if there is one. */
  readonly loggedAt: number | undefined;
}

interface RoomParticipantsOptions
  extends Omit<ReplicatedMapOptions<ParticipantRecord>, 'onChange'> {
  readonly onChange: (change: ParticipantChange) => void;
  /** Called for a read position on another node whose message was lost. */
  readonly onMissedRead: (position: ReadPositionMessage) => void;
}

export class RoomParticipants {
  /** Participants on other nodes; undefined if there are no other nodes. */
  readonly elsewhere: ReplicatedMap<ParticipantRecord> | undefined;
  readonly readPositions = new ParticipantReadPositions((userId) => this.has(userId));
  readonly #onChange: RoomParticipantsOptions['onChange'] | undefined;
  /** Number of subscriptions by user. */
  readonly #subscriptionCounts = new Map<UserId, number>();
  /**
   * Users with subscriptions here who appear offline: they are not counted or listed, even if another
   * node has not learnt of it.
   */
  readonly #invisible = new Set<UserId>();
  /** Built when it is first asked for. */
  #order: NameSortedUsers | undefined;
  /** Users who entered or left since the order was last asked for. */
  readonly #changed = new Set<UserId>();
  /** Records with read positions that are reported with the next renewal. */
  readonly #unreported = new Map<UserId, ParticipantRecord>();
  /** Users with subscriptions here whose loss of access has passed the stream, and its sequence. */
  readonly #lostAccess = new Map<UserId, number>();
  /** The head of the stream when each user's entry was announced. */
  readonly #entryHeads = new Map<UserId, number>();
  /** Users who have the room open on other nodes only; undefined after a change. */
  #onlyElsewhere: ReadonlySet<UserId> | undefined;

  constructor(options?: RoomParticipantsOptions) {
    this.#onChange = options?.onChange;
    if (options?.bus.isShared !== true) return;
    this.elsewhere = new ReplicatedMap({
      ...options,
      onChange: (change) => {
        this.#noteElsewhere(change, options.onChange);
        this.#noteRead(change, options.onMissedRead);
      },
    });
  }

  /** Version of the records of this node. */
  get version(): number {
    return this.elsewhere?.version ?? 0;
  }

  get count(): number {
    return this.#subscriptionCounts.size - this.#invisible.size + this.#usersElsewhere().size;
  }

  /** Whether no user has the room open, those who appear offline included. */
  get isEmpty(): boolean {
    const keysElsewhere = this.elsewhere?.keys() as Set<UserId> | undefined;
    return this.#subscriptionCounts.size === 0 && (keysElsewhere?.size ?? 0) === 0;
  }

  *ids(): Iterable<UserId> {
    for (const id of this.#subscriptionCounts.keys()) if (!this.#invisible.has(id)) yield id;
    yield* this.#usersElsewhere();
  }

  /** Users by username: all of them, or those after a name. */
  byName(after: string | undefined, nameHere: (id: UserId) => string): Iterable<UserId> {
    const nameOf = (id: UserId) => this.usernameElsewhere(id) ?? nameHere(id);
    this.#order ??= new NameSortedUsers(this.ids(), nameOf);
    for (const id of this.#changed) {
      if (this.has(id)) this.#order.add(id, nameOf(id));
      else this.#order.remove(id);
    }
    this.#changed.clear();
    return this.#order.after(after);
  }

  /** The name of a user who has the room open on another node. */
  usernameElsewhere(userId: UserId): string | undefined {
    return this.elsewhere?.of(userId)[0]?.username;
  }

  has(userId: UserId): boolean {
    if (this.#invisible.has(userId)) return false;
    return this.#subscriptionCounts.has(userId) || this.#isElsewhere(userId);
  }

  /** Returns true for the user's first subscription on any node, unless the user appears offline. */
  enter({ id: userId, username }: Pick<User, 'id' | 'username'>, isInvisible = false): boolean {
    const wasPresent = this.has(userId);
    const count = (this.#subscriptionCounts.get(userId) ?? 0) + 1;
    this.#subscriptionCounts.set(userId, count);
    this.#lostAccess.delete(userId);
    if (count === 1) {
      if (isInvisible) this.#invisible.add(userId);
      this.#report(userId, recordOf(username, isInvisible));
      if (isInvisible && wasPresent) {
        this.#onChange?.({ user: { id: userId, username }, isPresent: false, loggedAt: undefined });
      }
    }
    return !wasPresent && this.has(userId);
  }

  /** Returns true for the user's last subscription on any node. */
  leave({ id: userId, username }: Pick<User, 'id' | 'username'>): boolean {
    const count = (this.#subscriptionCounts.get(userId) ?? 0) - 1;
    assert(count >= 0);
    if (count > 0) {
      this.#subscriptionCounts.set(userId, count);
      return false;
    }
    const wasPresent = this.has(userId);
    this.#subscriptionCounts.delete(userId);
    this.#invisible.delete(userId);
    this.#unreported.delete(userId);
    const lostAccessAt = this.#lostAccess.get(userId);
    this.#lostAccess.delete(userId);
    if (lostAccessAt !== undefined) this.#report(userId, { username, lostAccessAt });
    this.#report(userId, undefined);
    const isPresent = this.has(userId);
    if (!isPresent) this.readPositions.forget(userId);
    return wasPresent && !isPresent;
  }

  /**
   * A user with subscriptions here appears offline from now on, or no longer does. Returns whether the
   * user leaves or enters for the others.
   */
  setInvisible(
    { id: userId, username }: Pick<User, 'id' | 'username'>,
    isInvisible: boolean,
  ): boolean {
    if (!this.#subscriptionCounts.has(userId)) return false;
    if (this.#invisible.has(userId) === isInvisible) return false;
    const wasPresent = this.has(userId);
    if (isInvisible) this.#invisible.add(userId);
    else this.#invisible.delete(userId);
    this.#unreported.delete(userId);
    this.#report(userId, recordOf(username, isInvisible));
    const isPresent = this.has(userId);
    if (!isPresent) this.readPositions.forget(userId);
    return isPresent !== wasPresent;
  }

  /** Notes that an event of the log ends the user's access: it reports that the user leaves. */
  noteAccessLost(userId: UserId, sequence: number): void {
    if (this.#subscriptionCounts.has(userId)) this.#lostAccess.set(userId, sequence);
  }

  /** Notes the head of the stream when a user's entry is announced; undefined when the user leaves. */
  noteEntry(userId: UserId, head: number | undefined): void {
    if (head === undefined) this.#entryHeads.delete(userId);
    else this.#entryHeads.set(userId, head);
  }

  /** Whether the user's entry was announced to clients that had passed this event. */
  hasEnteredBehind(userId: UserId, sequence: number | undefined): boolean {
    const head = this.#entryHeads.get(userId);
    return head !== undefined && sequence !== undefined && head >= sequence;
  }

  /** Adds a read position that was sent to the user's record, for nodes that do not receive it. */
  noteOwnRead({ userId, username, sequence, messageId, readAtMs }: ReadPositionMessage): void {
    if (this.elsewhere === undefined || !this.#subscriptionCounts.has(userId)) return;
    if (this.#invisible.has(userId)) return;
    this.#unreported.set(userId, { username, read: { sequence, messageId, readAtMs } });
  }

  /** Reports to the other nodes the read positions since the last call. */
  reportReads(): void {
    for (const [userId, record] of this.#unreported) this.elsewhere?.set(userId, record);
    this.#unreported.clear();
  }

  #noteRead(
    { key, before, after }: RecordChange<ParticipantRecord>,
    onMissedRead: RoomParticipantsOptions['onMissedRead'],
  ): void {
    const userId = key as UserId; // Keys of these records are ids of users.
    // With the first record of a user, clients have just read the positions from the store.
    if (before === undefined || after?.read === undefined) return;
    if (!this.readPositions.isNew(userId, after.read.sequence)) return;
    const { username, read } = after;
    const flags = { hasMoved: true, isRead: true, isPrivate: false };
    onMissedRead({ kind: 'read-position', userId, username, ...read, ...flags });
  }

  #noteChange(userId: UserId): void {
    this.#onlyElsewhere = undefined;
    if (this.#order !== undefined) this.#changed.add(userId);
  }

  #report(userId: UserId, record: ParticipantRecord | undefined): void {
    this.#noteChange(userId);
    this.elsewhere?.set(userId, record);
  }

  #isElsewhere(userId: UserId): boolean {
    return this.elsewhere?.of(userId).some(isPresentIn) === true;
  }

  #usersElsewhere(): ReadonlySet<UserId> {
    if (this.elsewhere === undefined) return NO_USERS;
    if (this.#onlyElsewhere === undefined) {
      const keys = this.elsewhere.keys() as Set<UserId>;
      const isHere = (id: UserId) => this.#subscriptionCounts.has(id);
      const others = [...keys].filter((id) => !isHere(id));
      this.#onlyElsewhere = new Set(others.filter((id) => this.#isElsewhere(id)));
    }
    return this.#onlyElsewhere;
  }

  #noteElsewhere(
    { key, before, after }: RecordChange<ParticipantRecord>,
    onChange: RoomParticipantsOptions['onChange'],
  ): void {
    const userId = key as UserId; // Keys of these records are ids of users.
    this.#noteChange(userId);
    const isPresent = isPresentIn(after);
    if (isPresentIn(before) === isPresent) return;
    const present = this.elsewhere?.of(key).filter(isPresentIn).length ?? 0;
    const others = present - (isPresent ? 1 : 0);
    if (others > 0 || this.#subscriptionCounts.has(userId)) return;
    if (!isPresent) this.readPositions.forget(userId);
    const { username } = after ?? before ?? { username: '' };
    onChange({
      user: { id: userId, username },
      isPresent,
      loggedAt: after?.lostAccessAt,
    });
  }
}

/** A user who appears offline is not there. A user who has lost access has left: snapshots from now on are behind the event of it. */
function isPresentIn(record: ParticipantRecord | undefined): boolean {
  return record !== undefined && record.lostAccessAt === undefined && record.isInvisible !== true;
}

function recordOf(username: string, isInvisible: boolean): ParticipantRecord {
  return { username, ...(isInvisible && { isInvisible }) };
}

const NO_USERS: ReadonlySet<UserId> = new Set();
