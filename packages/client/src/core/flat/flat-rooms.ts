/**
 * Rooms of a dialect without an envelope: those of the core, with these differences. A room is held
 * from the first moment, so that it shows what HTTP brings before the first join, and after its end.
 * Every join is also the catch-up, from a position. History comes in pages of its own, and the stream
 * omits some events (reactions, pins), so that a gap in it is not a loss. Messages name their
 * readers, and either copy of a message may be newer.
 */
import type { ChatError, Epoch, MessageId, RoomId } from '@parley/protocol';
import type { Environment } from '../environment.ts';
import { endPageLoad, rememberChanges } from '../messages/changes-during-page-load.ts';
import type { Message } from '../messages/message.ts';
import { reduceMessages } from '../messages/message-reducer.ts';
import { insertIntoWindow, mergeWindows } from '../messages/message-window.ts';
import { applyRead, mergeCopies } from '../messages/readers.ts';
import * as roomLog from '../rooms/room-log.ts';
import { type Joined, type JoinOutcome, RoomSet, type RoomsOptions } from '../rooms/room-set.ts';
import { type OpenRoom, type RoomEvent, type RoomState, reduceRoom } from '../rooms/room-state.ts';
import type { ClientSnapshot, ClientStore } from '../snapshot.ts';
import type { Change, FlatLink, JoinState, Page } from './dialect.ts';

interface FlatLog extends roomLog.RoomLog<Change> {
  /** Whether the newest page was loaded; before that the start of the window is unknown. */
  readonly hasPage: boolean;
}

export interface FlatRoom extends Pick<OpenRoom, 'id' | 'members' | 'memberCount'> {
  /** `open` while it is live, else `joining`; `closed`: the server did not open it, or closed it. */
  readonly kind: RoomState['kind'];
  readonly log: FlatLog;
  /** Reason why the room is closed, or why the history did not load. */
  readonly error: ChatError | undefined;
  /** `none`: the server rejected a message over HTTP before the first join. */
  readonly membership: 'unknown' | 'joined' | 'none';
  readonly isLoading: boolean;
  /** First sequence in the feed of all conversations; undefined if nothing arrived during a subscription. */
  readonly inboxFrom: number | undefined;
  /** Key of the outbox for this room: its id, until the other person of a conversation is known. */
  readonly outboxKey: RoomId;
  /** Read position of the user, reported until the server confirms it. */
  readonly mark: (Pick<Message, 'id' | 'sequence'> & { readonly isConfirmed: boolean }) | undefined;
}

/** Position before the first join or page: below every sequence. */
const NOTHING_SEEN = -1;
/** Before the first join. */
const NO_EPOCH = '' as Epoch;

/** A room that misses everything after this position. */
export function newRoom(id: RoomId, headSequence = NOTHING_SEEN): FlatRoom {
  const start = { history: [], events: [], headSequence, epoch: NO_EPOCH, truncated: false };
  return {
    kind: 'joining',
    id,
    log: { ...roomLog.logOfSnapshot(start), hasPage: false },
    members: new Map(),
    memberCount: 0,
    error: undefined,
    membership: 'unknown',
    isLoading: false,
    inboxFrom: undefined,
    outboxKey: id,
    mark: undefined,
  };
}

/** The core reads no more of a room than its kind, and changes only the members of an open one. */
const toState = (room: FlatRoom): RoomState => room as RoomState;

export class FlatRooms extends RoomSet {
  readonly #link: FlatLink;
  /** Rooms of the pending joins, oldest first: the server answers those of a room in their order. */
  readonly #joins = new Map<string, RoomId>();
  #count = 0;

  constructor(
    environment: Pick<Environment, 'setTimer' | 'random'>,
    { link, store }: { readonly link: FlatLink; readonly store: ClientStore },
    options: RoomsOptions,
  ) {
    super(environment, store, options);
    this.#link = link;
  }

  get all(): readonly FlatRoom[] {
    return flatRoomsOf(this.store.getSnapshot());
  }

  get(roomId: RoomId): FlatRoom | undefined {
    return flatRoomOf(this.store.getSnapshot(), roomId);
  }

  /** Adds the room with its catch-up from a position; a rejected room is tried again. */
  openAt(roomId: RoomId, position: number): void {
    if (this.get(roomId) === undefined) this.put(toState(newRoom(roomId, position)));
    else this.open(roomId);
    this.joinWaiting();
  }

  /** Changes a room if it is held. */
  change(roomId: RoomId, change: (room: FlatRoom) => Partial<FlatRoom>): void {
    const room = this.get(roomId);
    if (room !== undefined) this.put(toState({ ...room, ...change(room) }));
  }

  /** Names the other person of a conversation, unless known. */
  nameOutboxKey(roomId: RoomId, outboxKey: RoomId): void {
    if (this.get(roomId)?.outboxKey === roomId) this.change(roomId, () => ({ outboxKey }));
  }

  /** The server has the read position of this message. */
  confirmMark(roomId: RoomId, messageId: MessageId): void {
    this.change(roomId, ({ log, mark }) => {
      const { sequence = -1 } = log.messages.findLast(({ id }) => id === messageId) ?? {};
      return { mark: mark && mark.sequence <= sequence ? { ...mark, isConfirmed: true } : mark };
    });
  }

  protected override create(roomId: RoomId): RoomState {
    const room = this.get(roomId) ?? newRoom(roomId);
    return toState({ ...room, kind: 'joining', error: undefined });
  }

  /** The oldest join of the room is answered. Its history and people follow in frames of their own. */
  onJoinState(roomId: RoomId, joinState: JoinState): void {
    const nothing = { members: [], memberCount: 0, memberTotal: 0, history: [], events: [] };
    const payload: Joined = { roomName: '', ...nothing, ...joinState, roomId };
    this.settleJoin(roomId, { kind: 'answered', payload });
  }

  settleJoin(roomId: RoomId, outcome: JoinOutcome): void {
    const oldest = [...this.#joins].find(([, joined]) => joined === roomId);
    if (oldest !== undefined) this.#link.requests.settle(oldest[0], outcome);
  }

  /** With the position up to which the client has the room. */
  protected override askJoin({ id }: RoomState, onOutcome: (outcome: JoinOutcome) => void): void {
    const { dialect, requests, send } = this.#link;
    const { log } = this.get(id) ?? newRoom(id);
    const { epoch, ...place } = roomLog.resumePosition(log);
    const held = epoch === NO_EPOCH ? place : { ...place, epoch };
    const position = log.position === NOTHING_SEEN ? {} : held;
    this.#count += 1;
    const key = `join ${this.#count}`;
    this.#joins.set(key, id);
    requests.ask(
      key,
      () => send(dialect.join, id, position),
      (settled) => {
        this.#joins.delete(key);
        // Only `onJoinState` answers.
        onOutcome(settled as JoinOutcome);
      },
    );
  }

  protected override askLeave(roomId: RoomId): void {
    this.#link.send(this.#link.dialect.leave, roomId);
  }

  protected override reduce(state: RoomState, event: RoomEvent): RoomState {
    const room = state as FlatRoom;
    switch (event.kind) {
      case 'snapshot': {
        const log = applyJoinState(room.log, event.snapshot);
        return toState({ ...room, kind: 'open', error: undefined, membership: 'joined', log });
      }
      case 'closed':
        return toState({ ...room, kind: 'closed', members: new Map(), error: event.error });
      case 'connection_lost':
        if (room.kind !== 'open') return state;
        return toState({ ...room, kind: 'joining', members: new Map() });
      default:
        return reduceRoom(state, event);
    }
  }
}

/** `FlatRooms` has created every room of such a snapshot. */
export function flatRoomsOf({ rooms }: ClientSnapshot): readonly FlatRoom[] {
  return [...rooms.values()] as RoomState[] as FlatRoom[];
}

export function flatRoomOf({ rooms }: ClientSnapshot, roomId: RoomId): FlatRoom | undefined {
  return rooms.get(roomId) as RoomState as FlatRoom | undefined;
}

/** The room is live from here on: everything up to the head was sent, or is fetched again. */
function applyJoinState(log: FlatLog, joinState: JoinState): FlatLog {
  // A page that was requested before the first join may end below its head.
  const known = log.position === NOTHING_SEEN ? endPageLoad(log) : log;
  const held = { ...known, epoch: known.epoch || joinState.epoch };
  const snapshot = { ...joinState, history: [], events: [] };
  return { hasPage: false, ...roomLog.applySnapshot(held, snapshot, { isCatchUp: true }) };
}

/** @param isLive The message came in its place of the stream. */
export function applyMessage(log: FlatLog, received: Message, isLive: boolean): FlatLog {
  const { sequence } = received;
  const held = log.messages.findLast((message) => message.sequence === sequence);
  const message = held === undefined ? received : mergeCopies(received, held);
  const applied = roomLog.applyMessage(log, message);
  // Stored before the join: below the position like a duplicate, but not shown yet.
  const isMissing = applied === log && !log.hasPage;
  const messages = isMissing ? insertIntoWindow(log.messages, message) : applied.messages;
  return { ...applied, messages, ...seen(log, isLive ? sequence : undefined) };
}

export function applyChange(log: FlatLog, change: Change, isLive: boolean): FlatLog {
  if (!('type' in change)) {
    return rememberChanges({ ...log, messages: applyRead(log.messages, change) }, [change]);
  }
  const { sequence } = change.payload;
  return { ...roomLog.applyLogged(log, change), ...seen(log, isLive ? sequence : undefined) };
}

/**
 * Inserts a page, unless it is no longer expected.
 *
 * @param before The cursor of the request; undefined for the newest page.
 */
export function applyPage(
  log: FlatLog,
  { messages, hasMore }: Page,
  before: number | undefined,
): FlatLog {
  if (log.recent === undefined) return log;
  const fresh = log.recent.reduce(reduce, messages);
  if (before !== undefined) {
    return roomLog.applyOlderPage({ ...log, recent: [] }, { before, messages: fresh, hasMore });
  }
  const first = fresh[0]?.sequence ?? 0;
  // Before the first page, messages below it are followed by a gap; they are loaded again as
  // an older page.
  const held = log.messages.filter(({ sequence }) => log.hasPage || sequence >= first);
  const isStart = !log.hasPage || held.length === 0;
  return {
    ...endPageLoad(log),
    position: log.position === NOTHING_SEEN ? (fresh.at(-1)?.sequence ?? 0) : log.position,
    messages: mergeWindows(fresh, mergeHeld(held, fresh)),
    hasPage: true,
    hasOlder: isStart ? hasMore && fresh.length > 0 : log.hasOlder,
  };
}

/**
 * The stream of a live room is complete, so everything before its event was received or is
 * omitted. Anything else does not move the position, so that the next catch-up starts early
 * enough.
 *
 * @param sequence Undefined for an event outside the stream.
 */
function seen({ position }: FlatLog, sequence = position): Pick<FlatLog, 'position' | 'ahead'> {
  return { position: Math.max(position, sequence), ahead: [] };
}

/** Either copy may be newer: an answer over HTTP is as old as its request. */
function mergeHeld(held: readonly Message[], page: readonly Message[]): readonly Message[] {
  const bySequence = new Map(page.map((message) => [message.sequence, message]));
  return held.map((message) => mergeCopies(message, bySequence.get(message.sequence) ?? message));
}

function reduce(messages: readonly Message[], change: Change): readonly Message[] {
  return 'type' in change ? reduceMessages(messages, change) : applyRead(messages, change);
}
