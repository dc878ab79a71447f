/**
 * A user's connection in the native dialect that records everything it receives.
 *
 * It behaves as a good client does: it reconnects automatically, resumes from its
 * position, and repeats unanswered commands with the same `clientMessageId`.
 */
import type { HeldMessage, HistoryEntry } from '../history.ts';
import { HeldMembers, statusOf } from './held-members.ts';
import {
  type EventPayload,
  HeldRoom,
  type MessagePayload,
  type SnapshotPayload,
  toHeldMessage,
  toRoomEvent,
} from './held-room.ts';
import { type Command, toEntry, toEvent, toFrame } from './native-command.ts';
import type {
  Frame,
  MemberPage,
  OwnRoom,
  RejectedRoom,
  ResumedRoom,
  RoomListPage,
} from './native-frames.ts';
import { Waits } from './waits.ts';

export interface PeerOptions {
  /** Name of the connection in the history. */
  readonly name: string;
  readonly userId: string;
  /** Opens a socket, whose events may follow at once. */
  readonly dial: (handlers: SocketHandlers) => PeerSocket;
  readonly schedule: (delayMs: number, run: () => void) => () => void;
  readonly nowMs: () => number;
  /** Receives the entries of the peer in order. */
  readonly record: (entry: HistoryEntry) => void;
}

/** A WebSocket, real or simulated. */
interface PeerSocket {
  readonly send: (text: string) => void;
  /** Terminates the connection; `handleClose` follows. */
  readonly terminate: () => void;
}

export interface SocketHandlers {
  readonly handleMessage: (text: string) => void;
  /** Called once, also if it never opened. */
  readonly handleClose: (reason?: string) => void;
}

interface RoomRequest {
  readonly roomId: string;
  readonly lastSequence?: number;
  readonly epoch?: string;
}

const RETRY_MS = 20;

export class NativePeer {
  readonly userId: string;
  readonly rooms = new Map<string, HeldRoom>();
  readonly #members = new HeldMembers();
  /** Unacknowledged commands by `clientMessageId`, in the order of sending. */
  readonly #outbox = new Map<string, Command>();
  readonly #openRooms = new Set<string>();
  /** Closed by the server until they are opened again. */
  readonly #lostRooms = new Set<string>();
  readonly #options: PeerOptions;
  readonly #waits = new Waits();
  #socket: PeerSocket | undefined;
  #cancelRetry = (): void => {};
  #isEstablished = false;
  #isStopped = false;
  /** Why the latest connection ended, for a wait that fails. */
  #lastClose: string | undefined;
  /** Why the latest request was rejected, for a wait that fails. */
  #lastError: string | undefined;
  #lastAskId = 0;
  readonly #answers = new Map<string, unknown>();
  /** Rooms requested without a position, by frame id: the answer replaces their state. */
  readonly #askedAnew = new Map<string, ReadonlySet<string>>();
  /** Rooms of each request that is not answered, by frame id. */
  readonly #asked = new Map<string, readonly RoomRequest[]>();
  /** Commands acknowledged so far. */
  acknowledged = 0;

  constructor(options: PeerOptions) {
    this.#options = options;
    this.userId = options.userId;
    this.#connect();
  }

  /** Commands without a final answer. */
  get inFlight(): number {
    return this.#outbox.size;
  }

  get isIdle(): boolean {
    return this.#outbox.size === 0;
  }

  /** Whether no room still has to be loaded again. */
  get isWhole(): boolean {
    return this.#lostRooms.size === 0;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  get isConnected(): boolean {
    return this.#isEstablished;
  }

  /** Resolves when the condition holds; checked after each frame, and at the end. */
  until(what: string, holds: () => boolean): Promise<void> {
    const why = () => `${this.#options.name} waited in vain: ${what} (${this.#describe()})`;
    return this.#waits.until(why, holds);
  }

  /** Unanswered commands and requests, and the last errors. */
  #describe(): string {
    const commands = [...this.#outbox.values()].map(
      ({ kind, clientMessageId, roomId }) =>
        `${kind} ${clientMessageId} in ${roomId}${this.#openRooms.has(roomId) ? '' : ', not open'}`,
    );
    return [
      this.#isEstablished ? 'connected' : 'not connected',
      ...commands,
      ...[...this.#lostRooms].map((roomId) => `lost ${roomId}`),
      `${this.#asked.size} requests for rooms`,
      `last error: ${this.#lastError}`,
      `last close: ${this.#lastClose}`,
    ].join('; ');
  }

  /** Opens a room by name; resolves to its id. */
  async join(roomName: string): Promise<string> {
    const { roomId } = await this.#ask<{ roomId: string }>('join_room', { roomName });
    return roomId;
  }

  /** Opens a room of which the user is a member; repeated until the server can. */
  open(roomId: string): void {
    this.#lostRooms.add(roomId);
    if (this.#isEstablished) this.#askFor([{ roomId }]);
  }

  /** Fetches all current messages of a room, and records them. */
  async fetch(roomId: string, pageSize = 200): Promise<void> {
    const { rooms } = await this.#ask<{ rooms: SnapshotPayload[] }>('resume', {
      rooms: [{ roomId }],
    });
    const [{ headSequence = 0 } = {}] = rooms;
    let messages: HeldMessage[] = [];
    let hasMore = true;
    while (hasMore) {
      const before = messages[0]?.sequence ?? headSequence + 1;
      const page = await this.#ask<{ messages: MessagePayload[]; hasMore: boolean }>(
        'get_history',
        { roomId, before, limit: pageSize },
      );
      messages = [...page.messages.map(toHeldMessage), ...messages];
      hasMore = page.hasMore;
    }
    const atMs = this.#options.nowMs();
    this.#record({ atMs, type: 'fetched', roomId, headSequence, messages });
  }

  /** Sends a command, repeated until the answer is final. */
  send(command: Command): void {
    this.#outbox.set(command.clientMessageId, command);
    if (this.#canAttempt(command)) this.#attempt(command);
  }

  /** Marks a room as read up to the position of this connection. */
  markRead(roomId: string): void {
    const { position = 0 } = this.rooms.get(roomId) ?? {};
    if (this.#openRooms.has(roomId) && position > 0) {
      this.#write('mark_read', { roomId, sequence: position });
    }
  }

  /** Resumes an open room from its position: clients may do so, and get the missed events. */
  resumeOpen(roomId: string): void {
    const held = this.rooms.get(roomId);
    if (held === undefined || !this.#openRooms.has(roomId)) return;
    this.#askFor([{ roomId, ...held.resumePoint }]);
  }

  /** Leaves an open room and rejoins at once, whatever is pending. */
  leaveAndReturn(roomId: string): void {
    const held = this.rooms.get(roomId);
    if (held === undefined || !this.#openRooms.has(roomId)) return;
    this.#write('leave_room', { roomId }, 'leave');
    this.#askFor([{ roomId, ...held.resumePoint }]);
  }

  /** Fetches the user's read position and unread count in each room, and records them. */
  async countUnread(): Promise<void> {
    for (const [roomId, { position }] of this.rooms) {
      if (position === 0) continue;
      // A position never moves back: this only queries.
      const read = await this.#ask<{ sequence: number }>('mark_read', { roomId, sequence: 1 });
      this.#record({
        atMs: this.#options.nowMs(),
        type: 'unread',
        userId: this.userId,
        roomId,
        readSequence: read.sequence,
        headSequence: position,
        count: await this.#unreadCountOf(roomId),
      });
    }
  }

  /** A long list of rooms has pages. */
  async #unreadCountOf(roomId: string): Promise<number> {
    let after: string | undefined;
    for (;;) {
      const { rooms, hasMore } = await this.#ask<RoomListPage>('get_rooms', { after });
      const listed = rooms.find(({ id }) => id === roomId);
      if (listed !== undefined || !hasMore) return listed?.unreadCount ?? -1;
      after = rooms.at(-1)?.id;
    }
  }

  /** Records what is shown of each room. */
  show(): void {
    for (const [roomId, { position, messages }] of this.rooms) {
      this.#record({ ...this.#place(roomId), type: 'shown', headSequence: position, messages });
    }
  }

  /** Records who is in a room, as the server lists it and as the events have told. */
  async showMembers(roomId: string): Promise<void> {
    // Before the answer, which replaces what the events have told.
    const others = this.#members.of(roomId).filter(({ userId }) => userId !== this.userId);
    const { members, memberCount } = await this.#ask<MemberPage>('get_members', { roomId });
    const listed = members.map((member) => ({ userId: member.userId, status: statusOf(member) }));
    const entry = { ...this.#place(roomId), type: 'members' } as const;
    this.#record({ ...entry, source: 'asked', members: listed, count: memberCount });
    // A user is not sent their own presence.
    const own = listed.find(({ userId }) => userId === this.userId);
    const shown = own === undefined ? others : [own, ...others];
    this.#record({ ...entry, source: 'events', members: shown, count: shown.length });
  }

  setPresence(status: 'online' | 'away' | 'busy', statusText: string): void {
    this.#write('set_presence', { status, statusText });
  }

  /** Connects again after `stop`. */
  restart(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#connect();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry();
    this.cut();
  }

  /** Disconnects; the peer reconnects automatically. */
  cut(): void {
    this.#socket?.terminate();
  }

  #connect(): void {
    this.#socket = this.#options.dial({
      handleMessage: (text) => this.#handle(JSON.parse(text) as Frame),
      handleClose: (reason) => this.#handleClose(reason),
    });
  }

  #handleClose(reason: string | undefined): void {
    this.#lastClose = reason;
    this.#isEstablished = false;
    this.#askedAnew.clear();
    this.#asked.clear();
    for (const roomId of this.#openRooms) this.#record({ ...this.#place(roomId), type: 'closed' });
    this.#openRooms.clear();
    if (this.#isStopped) return;
    this.#waits.look();
    this.#cancelRetry = this.#options.schedule(RETRY_MS, () => this.#connect());
  }

  #handle(frame: Frame): void {
    switch (frame.type) {
      case 'connection_established':
        this.#isEstablished = true;
        this.#takeOwnRooms((frame.payload as { rooms: OwnRoom[] }).rooms);
        this.#resume();
        this.#attemptDirect();
        break;
      case 'room_joined':
        this.#members.takeList(frame.payload);
        this.#takeSnapshot(frame.payload);
        break;
      case 'resumed':
        for (const room of (frame.payload as { rooms: ResumedRoom[] }).rooms) {
          if ('error' in room) this.#takeRejectedRoom(room);
          else {
            this.#members.takeList(room);
            this.#takeSnapshot(room, this.#askedAnew.get(frame.replyTo ?? '')?.has(room.roomId));
          }
        }
        this.#askedAnew.delete(frame.replyTo ?? '');
        this.#asked.delete(frame.replyTo ?? '');
        break;
      case 'chat_message':
        this.#takeMessage(frame.payload);
        break;
      case 'message_ack':
        this.#takeAck(frame.payload);
        break;
      case 'room_left':
        if (frame.replyTo === undefined) this.#takeEndOfAccess(frame.type, frame.payload);
        else this.#takeLeft(frame.payload);
        break;
      case 'error':
        this.#takeError(frame);
        break;
      case 'resync_required':
        this.#takeResync(frame.payload);
        break;
      case 'member_list':
        this.#members.takeList(frame.payload);
        break;
      case 'user_joined':
        this.#members.takeJoined(frame.payload);
        break;
      case 'user_left':
        this.#members.takeLeft(frame.payload);
        this.#takeEvent(frame.type, frame.payload);
        break;
      case 'presence_update':
        this.#members.takePresence(frame.payload);
        break;
      default:
        this.#takeEvent(frame.type, frame.payload);
    }
    if (frame.replyTo !== undefined) this.#answers.set(frame.replyTo, frame);
    this.#waits.look();
    this.#answers.clear();
  }

  /** The answer to one frame, which is repeated until the server can answer it. */
  async #ask<Answer>(type: string, payload: object): Promise<Answer> {
    for (;;) {
      const answer = await this.#askOnce(type, payload);
      if (answer.type !== 'error') return answer.payload;
      const { code } = answer.payload as { readonly code: string };
      if (code !== 'UNAVAILABLE' && code !== 'RATE_LIMITED') {
        throw new Error(`${type} was refused: ${JSON.stringify(answer.payload)}`);
      }
      await new Promise<void>((resolve) => void this.#options.schedule(RETRY_MS, resolve));
    }
  }

  async #askOnce(type: string, payload: object): Promise<Frame> {
    await this.until('the connection', () => this.#isEstablished);
    this.#lastAskId += 1;
    const id = `ask-${this.#lastAskId}`;
    this.#write(type, payload, id);
    let answer: Frame | undefined;
    await this.until(`the answer to ${type}`, () => {
      answer ??= this.#answers.get(id) as Frame | undefined;
      return answer !== undefined;
    });
    if (answer === undefined) throw new Error(`${type} was not answered`);
    return answer;
  }

  /** Direct and group rooms open automatically; a known room is resumed like any other. */
  #takeOwnRooms(rooms: readonly OwnRoom[]): void {
    for (const { id, kind, headSequence, epoch } of rooms) {
      if (kind !== 'direct' && kind !== 'group') continue;
      if (!this.rooms.has(id) && !this.#lostRooms.has(id)) this.#beginAt(id, headSequence, epoch);
    }
  }

  /** A room that is open from here on, without older messages. */
  #beginAt(roomId: string, headSequence: number, epoch: string | undefined): void {
    const room = new HeldRoom();
    room.position = headSequence;
    room.epoch = epoch ?? '';
    this.rooms.set(roomId, room);
    this.#openRooms.add(roomId);
    const nothing = { truncated: false, messages: [], events: [] };
    this.#record({ ...this.#place(roomId), type: 'snapshot', headSequence, ...nothing });
  }

  /** A direct or group room becomes known by its first event. */
  #beginIfUnknown(roomId: string, sequence: number): void {
    if (this.rooms.has(roomId) || this.#lostRooms.has(roomId)) return;
    this.#beginAt(roomId, sequence - 1, undefined);
  }

  #canAttempt({ roomId, recipientId }: Command): boolean {
    return recipientId === undefined ? this.#openRooms.has(roomId) : this.#isEstablished;
  }

  #attemptDirect(): void {
    for (const command of this.#outbox.values()) {
      if (command.recipientId !== undefined) this.#attempt(command);
    }
  }

  #resume(): void {
    const rooms = [...this.rooms].map(([roomId, held]) => ({ roomId, ...held.resumePoint }));
    const lost = [...this.#lostRooms].map((roomId) => ({ roomId }));
    if (rooms.length + lost.length > 0) this.#askFor([...rooms, ...lost]);
  }

  #askFor(rooms: readonly RoomRequest[]): void {
    this.#lastAskId += 1;
    const id = `resume-${this.#lastAskId}`;
    const anew = rooms.filter(({ lastSequence }) => lastSequence === undefined);
    this.#askedAnew.set(id, new Set(anew.map(({ roomId }) => roomId)));
    this.#asked.set(id, rooms);
    this.#write('resume', { rooms }, id);
  }

  #takeSnapshot(snapshot: SnapshotPayload, isAskedAnew = false): void {
    const { roomId, headSequence, truncated } = snapshot;
    const held = this.rooms.get(roomId);
    const room = held ?? new HeldRoom();
    const events = snapshot.events.flatMap(({ type, payload }) => toRoomEvent(type, payload) ?? []);
    const isFirst = held === undefined || isAskedAnew;
    const isAnew = isFirst || held.epoch !== snapshot.epoch || truncated;
    const after = isAnew ? {} : { after: held.position };
    room.takeSnapshot(snapshot, isFirst);
    this.#record({
      ...this.#place(roomId),
      type: 'snapshot',
      ...after,
      headSequence,
      truncated,
      messages: snapshot.history.map(toHeldMessage),
      events,
    });
    this.rooms.set(roomId, room);
    this.#lostRooms.delete(roomId);
    this.#openRooms.add(roomId);
    for (const command of this.#outbox.values()) {
      if (command.roomId === roomId) this.#attempt(command);
    }
  }

  #takeMessage(message: MessagePayload & { readonly roomId: string }): void {
    const { id, sequence, userId, content, clientMessageId, roomId } = message;
    this.#beginIfUnknown(roomId, sequence);
    this.#record({
      ...this.#place(roomId),
      type: 'delivery',
      event: {
        kind: 'message',
        messageId: id,
        sequence,
        userId,
        content,
        ...(clientMessageId === undefined ? {} : { clientMessageId }),
      },
    });
    // A room that is being resumed gets it from the answer.
    if (this.#openRooms.has(roomId)) this.rooms.get(roomId)?.takeMessage(message);
  }

  #takeEvent(type: string, payload: EventPayload & { readonly roomId?: string }): void {
    if (payload.sequence === undefined || payload.roomId === undefined) return;
    const event = toRoomEvent(type, payload);
    if (event === undefined) return;
    this.#beginIfUnknown(payload.roomId, payload.sequence);
    this.#record({ ...this.#place(payload.roomId), type: 'delivery', event });
    if (!this.#openRooms.has(payload.roomId)) return;
    this.rooms.get(payload.roomId)?.takeEvent(type, payload);
  }

  #takeAck(ack: {
    readonly roomId: string;
    readonly clientMessageId: string;
    readonly id: string;
    readonly sequence: number;
    readonly duplicate: boolean;
  }): void {
    const { roomId, clientMessageId, id: messageId, sequence, duplicate } = ack;
    const entry = { clientMessageId, messageId, sequence, duplicate };
    this.#record({ ...this.#place(roomId), type: 'ack', ...entry });
    const command = this.#outbox.get(clientMessageId);
    this.#outbox.delete(clientMessageId);
    this.acknowledged += 1;
    const room = this.rooms.get(roomId);
    // If the room is not open the position stays: the events between have not arrived.
    if (!this.#openRooms.has(roomId)) return;
    if (room === undefined) return;
    // An attempt of an acknowledged command was stored again after a failover: its event is missed.
    if (command === undefined && sequence > room.position) this.resumeOpen(roomId);
    // A duplicate at or below the position is part of the state, perhaps with later changes.
    if (command === undefined || (duplicate && sequence <= room.position)) return;
    const { userId } = this;
    if (command.kind === 'message') {
      const { content = '', attachments = [] } = command;
      room.takeMessage({ id: messageId, sequence, userId, content, clientMessageId, attachments });
    } else {
      const { type, event } = toEvent(command, { sequence, userId });
      room.takeEvent(type, event);
    }
  }

  #takeError({ payload, replyTo }: Frame): void {
    const { code, message } = payload as { readonly code: string; readonly message: string };
    this.#lastError = `${code}: ${message}`;
    const asked = this.#asked.get(replyTo ?? '');
    if (asked !== undefined) this.#askLater(asked);
    this.#asked.delete(replyTo ?? '');
    const command = this.#outbox.get(replyTo ?? '');
    if (command === undefined) return;
    const { roomId, clientMessageId } = command;
    this.#record({ ...this.#place(roomId), type: 'refusal', clientMessageId, code });
    // Commands that may still succeed stay in the outbox until the next snapshot of the room.
    if (code === 'UNAVAILABLE' || code === 'RATE_LIMITED') {
      this.#options.schedule(RETRY_MS, () => this.#attemptAgain(clientMessageId));
    } else if (code !== 'NOT_IN_ROOM') {
      this.#outbox.delete(clientMessageId);
    }
  }

  #takeLeft({ roomId }: { readonly roomId: string }): void {
    this.#record({ ...this.#place(roomId), type: 'closed' });
    this.#openRooms.delete(roomId);
  }

  #takeEndOfAccess(type: string, payload: EventPayload & { readonly roomId: string }): void {
    // The end of a deleted room is no event, nor is any end without the room open.
    const isEvent = payload.reason !== 'deleted' && this.#openRooms.has(payload.roomId);
    if (isEvent) this.#takeEvent(type, payload);
    this.#giveUp(payload.roomId);
  }

  /** The user is no longer a member: commands of this room have no further attempt. */
  #giveUp(roomId: string): void {
    if (this.#openRooms.has(roomId)) this.#record({ ...this.#place(roomId), type: 'closed' });
    this.#openRooms.delete(roomId);
    this.#lostRooms.delete(roomId);
    this.rooms.delete(roomId);
    for (const command of this.#outbox.values()) {
      if (command.roomId === roomId) this.#outbox.delete(command.clientMessageId);
    }
  }

  #takeResync({ roomId }: { readonly roomId: string }): void {
    this.#record({ ...this.#place(roomId), type: 'closed' });
    this.#openRooms.delete(roomId);
    this.rooms.delete(roomId);
    this.#lostRooms.add(roomId);
    this.#askFor([{ roomId }]);
  }

  /** The server cannot open it for now, or the user is no longer a member. */
  #takeRejectedRoom({ roomId, error }: RejectedRoom): void {
    this.#lastError = `${error.code} for ${roomId}`;
    if (error.code === 'UNAVAILABLE') this.#askLater([{ roomId }]);
    if (error.code === 'FORBIDDEN' || error.code === 'NOT_FOUND') this.#giveUp(roomId);
  }

  /** Asks again for those of the rooms that are not open by then. */
  #askLater(rooms: readonly RoomRequest[]): void {
    this.#options.schedule(RETRY_MS, () => {
      const missing = rooms.filter(({ roomId }) => !this.#openRooms.has(roomId));
      if (!this.#isEstablished || missing.length === 0) return;
      this.#askFor(
        missing.map(({ roomId }) => ({ roomId, ...this.rooms.get(roomId)?.resumePoint })),
      );
    });
  }

  #attemptAgain(clientMessageId: string): void {
    const command = this.#outbox.get(clientMessageId);
    if (command !== undefined && this.#canAttempt(command)) this.#attempt(command);
  }

  #attempt(command: Command): void {
    if (!this.#isEstablished) return;
    this.#record({ ...this.#place(command.roomId), type: 'send', ...toEntry(command) });
    const { type, payload } = toFrame(command);
    this.#write(type, payload, command.clientMessageId);
  }

  #write(type: string, payload: object, id?: string): void {
    const timestamp = new Date(this.#options.nowMs()).toISOString();
    this.#socket?.send(JSON.stringify({ type, payload, timestamp, ...(id && { id }) }));
  }

  #place(roomId: string) {
    const { name: connection, userId } = this.#options;
    return { atMs: this.#options.nowMs(), connection, userId, roomId };
  }

  #record(entry: HistoryEntry): void {
    this.#options.record(entry);
  }
}
