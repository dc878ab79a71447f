/**
 * The client of the native dialect: one connection, the rooms open on it, and the outgoing messages.
 *
 * This file only connects the components; each decides for itself. Read the state with
 * `getSnapshot` and `subscribe`; all other methods are commands.
 */
import {
  ChatError,
  type ClientMessageId,
  type ClientPayload,
  CORE_LIMITS,
  type ErrorCode,
  type MemberPayload,
  type MessageId,
  type OwnRoomEntry,
  type RoomId,
  type RoomListEntry,
  type ServerFrame,
  type ServerFrames,
  type UserId,
  type UserPayload,
} from '@parley/protocol';
import { PeopleSearch } from './account/people-search.ts';
import { browserEnvironment } from './browser-environment.ts';
import { ConnectedClient } from './connected-client.ts';
import type { ConnectionState } from './connection/connection-state.ts';
import { NATIVE_CODEC, type NativeFrames } from './connection/native-dialect.ts';
import { RequestCorrelator } from './connection/request-correlator.ts';
import type { TokenSource } from './connection/token-source.ts';
import type { Environment } from './environment.ts';
import { FrameRouter } from './frame-router.ts';
import { sendableContent } from './messages/content-validation.ts';
import type { MessageTarget } from './messages/message.ts';
import { type Message, toMessage } from './messages/message.ts';
import { StreamingMessages } from './messages/streaming-messages.ts';
import { DeliveryPromises } from './outbox/delivery-promises.ts';
import { Outbox } from './outbox/outbox.ts';
import type { PersistedOutbox, PersistOutbox } from './outbox/outbox-storage.ts';
import { recipientOf } from './outbox/recipient-key.ts';
import { DirectConversationList } from './rooms/direct-conversation-list.ts';
import type { JoinByName, NamedJoinOptions } from './rooms/join-by-name.ts';
import type { MessageChange, MessageChanges } from './rooms/message-changes.ts';
import { Resume } from './rooms/resume.ts';
import { RoomListPoller } from './rooms/room-list-poller.ts';
import type { ClosedReason, RoomEvent } from './rooms/room-state.ts';
import { Rooms } from './rooms/rooms.ts';
import type { TimelineWindow, WindowCenter } from './rooms/timeline-window.ts';
import type { ClientSnapshot } from './snapshot.ts';
import { type Endings, until } from './store.ts';
import { ReadPositionSender } from './unread/read-position-sender.ts';
import { ReportedUnreadCounts } from './unread/reported-unread-counts.ts';

/** The first replies of a thread; `parent` is absent if it was deleted for its age. */
export interface Thread {
  readonly parent?: Message;
  readonly replies: readonly Message[];
  readonly hasMore: boolean;
}

type Welcome = ServerFrames['connection_established'];

export interface CoreClientOptions {
  /** Address of the server, such as `http://localhost:8080`; the WebSocket is at `/ws` there. */
  readonly serverUrl: string;
  /**
   * The user whom this client belongs to: it sends nothing while another user is logged
   * in (`closed`, `somebody_else`). Default: the user in the server's first greeting.
   */
  readonly userId?: UserId;
  /** Default: the globals of the browser or of Node. */
  readonly environment?: Environment;
  /** Keeps unsent messages beyond the life of the client. Default: in memory only. */
  readonly persist?: PersistOutbox | undefined;
  /** Identifies the user by tokens instead of the cookie; also for a server of another origin. */
  readonly token?: TokenSource | undefined;
  /** State to show until the server answers. */
  readonly initialState?: Partial<ClientSnapshot> | undefined;
}

export class CoreClient extends ConnectedClient<NativeFrames> {
  readonly requests: RequestCorrelator;
  readonly outbox: Outbox;
  readonly #rooms: Rooms;
  readonly #resume: Resume;
  readonly #deliveries = new DeliveryPromises();
  /** End what waits for a connection when the client is closed. */
  readonly #endings: Endings = new Set();
  /** Messages that are edited as soon as they are stored. */
  readonly #editing = new Set<ClientMessageId>();
  protected readonly persisted: PersistedOutbox | undefined;
  readonly #unread: ReportedUnreadCounts;
  protected readonly readPositions: ReadPositionSender;
  protected readonly conversations: DirectConversationList;
  protected readonly roomListPoller: RoomListPoller;
  /** Finds users by name. */
  readonly people: PeopleSearch;
  readonly #streaming: StreamingMessages;
  /** Undefined until the first join by name. */
  #joinsByName: JoinByName | undefined;
  readonly #frameRouter: FrameRouter;

  constructor(options: CoreClientOptions) {
    const { serverUrl, userId, environment = browserEnvironment() } = options;
    const { persist, initialState = {}, token } = options;
    super({ serverUrl, path: '/ws', codec: NATIVE_CODEC, environment, token, userId });
    const { connection, store } = this;
    this.people = new PeopleSearch(this.http);
    const requests = new RequestCorrelator(environment, (frame) => connection.send(frame));
    const onLive = (roomId: RoomId): void => this.#onLive(roomId);
    const rooms = new Rooms(
      environment,
      { requests, store },
      {
        onLive,
        onClosed: (roomId, reason) => {
          this.#streaming.endRoom(roomId);
          this.readPositions.forget(roomId);
          this.outbox.failRoom(roomId, codeOf(reason));
        },
      },
    );
    this.requests = requests;
    this.#rooms = rooms;
    this.#resume = new Resume(environment, { requests, store, rooms }, { onLive });
    this.outbox = new Outbox(environment, store.cell('outbox'), {
      isReady: (roomId) => this.#isLive(roomId),
      isWritten: (id) => this.persisted?.isWritten(id) ?? true,
      send: (entry, onOutcome) => {
        const { roomId, content, clientMessageId, attachments, alsoToRoom } = entry;
        const recipientId = recipientOf(roomId);
        if (recipientId !== undefined) {
          requests.ask('direct_message', { recipientId, content, clientMessageId }, onOutcome);
          return;
        }
        const place = { roomId, parentMessageId: entry.replyTo, alsoToRoom };
        const message = { ...place, content, clientMessageId, attachments };
        // JSON leaves out what is undefined.
        requests.ask('chat_message', message as ClientPayload<'chat_message'>, onOutcome);
      },
    });
    store.update(initialState);
    this.persisted = persist?.(store.cell('outbox'), store.subscribe, {
      onRestored: () => this.#openUnsent(),
      onStored: (roomId) => this.outbox.drain(roomId),
    });
    this.#unread = new ReportedUnreadCounts(store, rooms);
    this.readPositions = new ReadPositionSender({ store, requests, rooms });
    this.conversations = new DirectConversationList(
      { requests, store },
      { onListed: (entries) => this.#onOwnRooms(entries) },
    );
    this.roomListPoller = new RoomListPoller(
      environment,
      { requests, store },
      {
        onListed: (entries, roomsWhenAsked) => {
          this.#unread.onList(entries, roomsWhenAsked);
          this.readPositions.retryAll();
          this.conversations.onList(entries);
          this.#mergeUnseenPresence(entries);
        },
      },
    );
    this.#streaming = new StreamingMessages(environment, store.cell('streaming'));
    this.#frameRouter = new FrameRouter({
      store,
      rooms,
      resume: this.#resume,
      conversations: this.conversations,
      roomListPoller: this.roomListPoller,
      outbox: this.outbox,
      typing: this.typing,
      streaming: this.#streaming,
      unread: this.#unread,
      onStored: (message) => this.#deliveries.onStored(message),
    });
    store.subscribe(() => this.#deliveries.onOutbox(store.getSnapshot().outbox));
  }

  /**
   * Connects and reconnects until `close`; after `unauthorized` or `somebody_else` it
   * starts again for the same user.
   */
  connect(): void {
    this.persisted?.open();
    this.connection.start();
  }

  /** Skips the wait for the next attempt, if there is one. */
  tryNow(): void {
    this.connection.tryNow();
  }

  /** Replaces an open connection by one with the session of now. */
  protected renew(): void {
    this.connection.renew();
  }

  /**
   * Disconnects, stops every timer and closes the storage. The state stays readable. Promises that
   * wait reject, unless `connect` is called in the same turn.
   */
  close(): void {
    this.connection.stop();
    this.outbox.stop();
    this.persisted?.close({ discard: false });
  }

  /** Resolves with the first value that `find` returns; rejects if the client is closed. */
  until<Value>(find: (snapshot: ClientSnapshot) => Value | undefined): Promise<Value> {
    const found = until(this.store, find, this.#endings);
    this.#endWaiting();
    return found;
  }

  /** Opens a room by id as soon as there is a connection. */
  openRoom(roomId: RoomId): void {
    this.#rooms.open(roomId);
  }

  /**
   * Opens the room with this name as soon as there is a connection. If no room has the
   * name, the room is created; with `create: false` the answer is `NOT_FOUND`.
   *
   * @throws {ChatError} `VALIDATION_ERROR` for an invalid name, `NOT_FOUND`, `FORBIDDEN`,
   * `RATE_LIMITED`, `UNAVAILABLE` if there is no connection within 10 s or the client is
   * closed.
   */
  async joinRoom(roomName: string, options: NamedJoinOptions = {}): Promise<RoomId> {
    const joins = this.#joinsByName ?? (await this.#loadJoinsByName());
    const joined = joins.join(roomName, options);
    // A pause between attempts can be longer than the join waits.
    this.connection.tryNow();
    this.#endWaiting();
    const roomId = await joined;
    this.roomListPoller.refresh();
    return roomId;
  }

  /**
   * Reports that the user is active at this client, or idle. After some time without a report from any
   * client, the user appears as away.
   */
  reportActivity({ idle = false }: { readonly idle?: boolean } = {}): void {
    this.connection.send({ type: 'report_activity', payload: { idle } });
  }

  /** Closes a room on this client. Its queued messages are sent when it is open again. */
  leaveRoom(roomId: RoomId): void {
    this.typingSender.stop();
    this.typing.endRoom(roomId);
    this.#streaming.endRoom(roomId);
    this.readPositions.forget(roomId);
    this.#unread.keep(roomId);
    this.#rooms.leave(roomId);
    this.roomListPoller.refresh();
  }

  /**
   * Ends the user's membership in a room on all devices. The room closes with the reason
   * `LEFT`; `leaveRoom` then forgets it.
   *
   * @throws {ChatError} `NOT_FOUND`, `FORBIDDEN`, `UNAUTHENTICATED`, `UNAVAILABLE`.
   */
  async endMembership(roomId: RoomId): Promise<void> {
    await this.http.call('DELETE', `/api/rooms/${encodeURIComponent(roomId)}/members/me`);
  }

  /**
   * Fetches the page before the oldest message, if there is one. The state shows the progress and
   * a failure too: the promise may be ignored.
   *
   * @throws {ChatError} The server's error; `NOT_IN_ROOM`; `UNAVAILABLE` without a connection.
   */
  loadOlder(roomId: RoomId): Promise<void> {
    const loading = this.#rooms.loadOlder(roomId);
    loading.catch(() => {});
    return loading;
  }

  /** Ends when the message is stored; rejects if it failed or was withdrawn. */
  delivered(clientMessageId: ClientMessageId): Promise<Message> {
    const delivery = this.#deliveries.await(clientMessageId);
    // It may have failed before.
    this.#deliveries.onOutbox(this.store.getSnapshot().outbox);
    this.#endWaiting();
    return delivery;
  }

  /**
   * Edits an unsent message where it waits; a failed message is sent again. If the message may
   * be stored, it is edited as soon as it is, also after a reload.
   *
   * @param stored Result of `delivered` for a message that may have left the outbox.
   * @throws {ChatError} As `send` and `changeMessage`; an `AbortError` if it was withdrawn.
   */
  async editUnsent(
    clientMessageId: ClientMessageId,
    text: string,
    // Before a part is loaded: the message may be stored meanwhile.
    stored: Promise<Message> = this.delivered(clientMessageId),
  ): Promise<void> {
    const isFailed = this.outbox.find(clientMessageId)?.state.kind === 'failed';
    if (this.outbox.edit(clientMessageId, this.#sendable(text))) return;
    // A failed message is sent again.
    const delivery = isFailed ? this.delivered(clientMessageId) : stored;
    this.#editing.add(clientMessageId);
    try {
      const changes = await this.messageChanges();
      await changes.editUnsent(this, this.outbox, { clientMessageId, text, stored: delivery });
    } finally {
      this.#editing.delete(clientMessageId);
    }
  }

  /** An entry stays until its edit is stored, and the next one of its room waits for it. */
  #resumeEdits(): void {
    for (const { edit, clientMessageId, state } of this.store.getSnapshot().outbox) {
      if (edit === undefined || state.kind === 'failed') continue;
      if (!this.#editing.has(clientMessageId))
        this.editUnsent(clientMessageId, edit).catch(() => {});
    }
  }

  /** Withdraws a message that is certainly not stored. Returns whether it did. */
  cancel(clientMessageId: ClientMessageId): boolean {
    return this.outbox.cancel(clientMessageId);
  }

  override retry(clientMessageId: ClientMessageId): void {
    super.retry(clientMessageId);
    this.#resumeEdits();
  }

  /**
   * Edits or deletes a message, or adds or removes a reaction or pin; shown when the server
   * has acknowledged it.
   *
   * @throws {ChatError} The server's error; `UNAVAILABLE` if no answer arrived.
   */
  async changeMessage(target: MessageTarget, change: MessageChange): Promise<void> {
    await (await this.messageChanges()).submit(target, change);
  }

  /** Loaded when they are used. In the order of the calls. */
  protected async messageChanges(): Promise<MessageChanges> {
    const { MessageChanges } = await load(import('./rooms/message-changes.ts'));
    return new MessageChanges(this.environment, this.changeDependencies);
  }

  protected get changeDependencies(): ConstructorParameters<typeof MessageChanges>[1] {
    return { store: this.store, requests: this.requests, rooms: this.#rooms };
  }

  /**
   * Loads the first page of a thread.
   *
   * @throws {ChatError} The server's error; `UNAVAILABLE` if no answer arrived.
   */
  async loadThread(roomId: RoomId, messageId: MessageId): Promise<Thread> {
    const limit = CORE_LIMITS.historyPageMax;
    const thread = await this.requests.request('get_thread', { roomId, messageId, limit });
    const parent = thread.parent === undefined ? {} : { parent: toMessage(thread.parent) };
    return { ...parent, replies: thread.messages.map(toMessage), hasMore: thread.hasMore };
  }

  async #loadJoinsByName(): Promise<JoinByName> {
    const { JoinByName } = await load(import('./rooms/join-by-name.ts'));
    const { environment, requests, store } = this;
    // Another join may have loaded it meanwhile.
    this.#joinsByName ??= new JoinByName(environment, { requests, store }, (joined) =>
      this.#rooms.onJoined(joined),
    );
    return this.#joinsByName;
  }

  /** Reports the events of an open room. Returns a function that ends it. */
  observeRoom(roomId: RoomId, listener: (event: RoomEvent) => void): () => void {
    return this.#rooms.observe(roomId, listener);
  }

  /** Creates a window of the timeline around a position; the room should be open. */
  async openWindow(roomId: RoomId, center: WindowCenter): Promise<TimelineWindow> {
    // Loaded when it is used: most applications show only the end of a timeline.
    const { TimelineWindow } = await load(import('./rooms/timeline-window.ts'));
    return new TimelineWindow({
      roomId,
      center,
      requests: this.requests,
      observe: (listener) => this.observeRoom(roomId, listener),
    });
  }

  /** Finds the direct conversation with a user; asks the server if it is not known here. */
  async findDirect(userId: UserId): Promise<RoomId | undefined> {
    const known = this.knownDirect(userId);
    if (known !== undefined || this.store.getSnapshot().connection.kind !== 'open') return known;
    await new Promise<void>((resolve) => this.conversations.refresh(resolve));
    return this.knownDirect(userId);
  }

  /** The direct conversation with a user, if it is known here. */
  knownDirect(userId: UserId): RoomId | undefined {
    const { conversations } = this.store.getSnapshot();
    for (const { id, kind, person } of conversations.values()) {
      const isMeant = person?.id === userId || person?.externalId === userId;
      if (kind === 'direct' && isMeant) return id;
    }
    return undefined;
  }

  /** Keeps the names of people who are not present. */
  learnPeople(users: readonly UserPayload[]): void {
    const people = new Map(this.store.getSnapshot().people);
    if (people.size > PEOPLE_MAX) people.clear();
    for (const user of users) people.set(user.id, user);
    this.store.update({ people });
  }

  /** @throws {ChatError} The reason why the room was closed or not opened. */
  async whenOpen(roomId: RoomId): Promise<void> {
    const room = await this.until(({ rooms }) => {
      const held = rooms.get(roomId);
      return held?.kind === 'joining' ? undefined : (held ?? 'left');
    });
    if (room === 'left') throw new ChatError(codeOf('LEFT'));
    if (room.kind === 'closed') throw new ChatError(codeOf(room.reason));
  }

  /**
   * Marks everything up to this sequence as read, and reports it to the server as soon as
   * possible.
   */
  markRead(roomId: RoomId, sequence: number): void {
    this.readPositions.mark(roomId, sequence);
  }

  refreshRooms(): void {
    this.roomListPoller.refresh();
  }

  /** Opens the rooms of restored messages, so that they are sent without a visit. */
  #openUnsent(): void {
    this.#resumeEdits();
    for (const { roomId, state } of this.store.getSnapshot().outbox) {
      if (state.kind !== 'queued') continue;
      if (recipientOf(roomId) === undefined) this.#rooms.open(roomId);
      // The room may be open already.
      this.outbox.drain(roomId);
    }
  }

  protected override onState(connection: ConnectionState): void {
    super.onState(connection);
    if (connection.kind === 'connecting') this.#joinsByName?.handleStart();
    this.#endWaiting();
  }

  protected override onLost(): void {
    this.roomListPoller.stop();
    this.#resume.suspend();
    this.#rooms.suspend();
    this.#streaming.endAll();
    this.requests.cutOff();
  }

  protected override userIdOf({ user }: Welcome): UserId {
    return user.id;
  }

  protected override onFrame(frame: ServerFrame): void {
    // The requester knows which event an acknowledgement stands for.
    this.requests.settle(frame);
    this.#frameRouter.onFrame(frame);
  }

  protected override sendTyping(roomId: RoomId, isTyping: boolean): void {
    this.connection.send({ type: 'user_typing', payload: { roomId, isTyping } });
  }

  /** Ends what waits for a connection that does not come. */
  #endWaiting(): void {
    const { connection } = this.store.getSnapshot();
    if (connection.kind === 'unauthorized') {
      this.#giveUp(connection.error ?? new ChatError('UNAUTHENTICATED'));
    }
    if (connection.kind !== 'closed' || connection.reason === 'not_started') return;
    if (connection.reason !== 'left') {
      this.#giveUp(connection.error ?? new ChatError('FORBIDDEN'));
      return;
    }
    // A component that mounts twice closes the client and connects again in one turn.
    queueMicrotask(() => {
      if (this.store.getSnapshot().connection !== connection) return;
      this.#giveUp(new ChatError('UNAVAILABLE', { message: CLOSED }));
      const place = this.persisted === undefined ? 'in memory' : 'in the storage';
      const message = `${CLOSED}. The message is kept ${place}, and sent after connect()`;
      this.#deliveries.rejectAll(new ChatError('UNAVAILABLE', { message }));
    });
  }

  #giveUp(error: ChatError): void {
    this.#joinsByName?.giveUp(error);
    for (const end of [...this.#endings]) end(error);
  }

  protected override onGreeting(welcome: Welcome): void {
    const { user, serverTime, contentLengthMax, rooms } = welcome;
    const clockOffsetMs = Date.parse(serverTime) - this.environment.nowMs();
    this.store.update({ user, clockOffsetMs, contentLengthMax });
    this.#unread.onWelcome(welcome);
    this.conversations.onWelcome(welcome);
    this.#rooms.mergePresence(peopleOf(rooms));
    this.#resume.begin();
    this.#joinsByName?.askWaiting();
    this.#rooms.joinWaiting();
    this.roomListPoller.refresh();
    this.roomListPoller.start();
    // Messages to people wait for no room.
    this.outbox.drainAll();
    this.#resumeEdits();
  }

  #onLive(roomId: RoomId): void {
    const { rooms, user } = this.store.getSnapshot();
    const room = rooms.get(roomId);
    if (room?.kind !== 'open' || user === undefined) return;
    // The catch-up includes messages that were in progress.
    this.#streaming.endRoom(roomId);
    for (const message of room.log.messages) {
      if (message.userId === user.id) this.#deliveries.onStored(message);
    }
    // Before anything is sent again: the log may already contain it.
    this.outbox.recognise(room.log.messages, user.id);
    this.outbox.drain(roomId);
    this.readPositions.retry(roomId);
  }

  #onOwnRooms(entries: readonly OwnRoomEntry[]): void {
    this.#unread.onOwn(entries);
    this.#mergeUnseenPresence(entries);
  }

  /** Adds presence that is not known yet; a list may be older than the known presence. */
  #mergeUnseenPresence(entries: readonly RoomListEntry[]): void {
    const { presence } = this.store.getSnapshot();
    const unseen = peopleOf(entries).filter(({ userId }) => !presence.has(userId));
    if (unseen.length > 0) this.#rooms.mergePresence(unseen);
  }

  #sendable(text: string): string {
    return sendableContent(text, this.store.getSnapshot().contentLengthMax);
  }

  #isLive(roomId: RoomId): boolean {
    const room = this.store.getSnapshot().rooms.get(roomId);
    if (!this.isConnected) return false;
    return recipientOf(roomId) !== undefined || (room?.kind === 'open' && room.isLive);
  }
}

/** Maximum number of people kept who are not present. */
const PEOPLE_MAX = 5_000;
const CLOSED = 'The client was closed';

/** The other people of direct rooms. */
function peopleOf(entries: readonly RoomListEntry[]): MemberPayload[] {
  return entries.flatMap(({ person }) => (person === undefined ? [] : [person]));
}

/** Error code for queued messages of a closed room. */
function codeOf(reason: ClosedReason): ErrorCode {
  return reason === 'LEFT' ? 'NOT_IN_ROOM' : reason;
}

/** A part of the client that is loaded when it is used. @throws {ChatError} `UNAVAILABLE`. */
export async function load<Part>(part: Promise<Part>): Promise<Part> {
  return part.catch((cause: unknown) => {
    throw new ChatError('UNAVAILABLE', {}, { cause });
  });
}
