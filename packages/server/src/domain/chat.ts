/**
 * The chat: all commands that gateways may call. This class only composes: each command has a file
 * of its own in a folder of the domain.
 */

import type { ConnectionId, RoomId } from '@parley/protocol';
import type { Identity } from '../model/identity.ts';
import type { Message } from '../model/message.ts';
import type { User } from '../model/user.ts';
import type { AccessTokens } from '../ports/access-tokens.ts';
import type { Bus, Unsubscribe } from '../ports/bus.ts';
import type { ClientTransport } from '../ports/client-transport.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { ExternalSessionStore } from '../ports/external-session-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { PasswordHash } from '../ports/password-hash.ts';
import type { Store } from '../ports/store.ts';
import { Accounts } from './accounts/accounts.ts';
import { AuthAttemptLimiter } from './accounts/auth-attempt-limiter.ts';
import { Authenticator } from './accounts/authenticator.ts';
import { ClusterSessionRevocations } from './accounts/cluster-session-revocations.ts';
import { ExternalSessions } from './accounts/external-sessions.ts';
import { SessionReaper } from './accounts/session-reaper.ts';
import { Sessions } from './accounts/sessions.ts';
import { UserCache } from './accounts/user-cache.ts';
import { createUserRateLimits, type UserRateLimits } from './accounts/user-rate-limits.ts';
import {
  Assistant,
  type AssistantDependencies,
  type AssistantOptions,
} from './assistant/assistant.ts';
import { showDraft } from './assistant/reply-progress.ts';
import {
  ChatConnection,
  type ConnectionDependencies,
  type ConnectionStream,
} from './delivery/chat-connection.ts';
import { HeadExchange } from './delivery/head-exchange.ts';
import type { ParticipantChange } from './delivery/room-participants.ts';
import { type RoomNotice, RoomStreamRegistry } from './delivery/room-stream-registry.ts';
import { SlowConsumerReplay } from './delivery/slow-consumer-replay.ts';
import {
  announceAccessLost,
  type OnAcknowledged,
  type StoreAndBroadcastDependencies,
  storeAndBroadcast,
} from './delivery/store-and-broadcast.ts';
import { UncertainCommands } from './delivery/uncertain-commands.ts';
import {
  subscribeConversationAt,
  subscribeConversationOfOtherNode,
  subscribeOwnConversations,
} from './direct/auto-subscribe.ts';
import { createGroup, type Group, type GroupRequest } from './direct/create-group.ts';
import {
  type DirectReadMark,
  findDirectRoom,
  markDirectRead,
  readDirectHistory,
  subscribeToDirectRoom,
} from './direct/direct-room-commands.ts';
import { type DirectMessageRequest, sendDirectMessage } from './direct/send-direct-message.ts';
import { sendDirectTyping } from './direct/send-direct-typing.ts';
import type { StoreState } from './event-log/circuit-breaker.ts';
import { CommitQueue } from './event-log/commit-queue.ts';
import { InvitationPrivacySettings } from './invitations/invitation-privacy.ts';
import { ReceivedInvitationCommands } from './invitations/received-invitation-commands.ts';
import { type ChangeRequest, changeMessage } from './messages/change-message.ts';
import { readHistory, readThread } from './messages/history.ts';
import { readAcknowledgedMessage } from './messages/read-acknowledged-message.ts';
import { findReaders, markRead, markUnread, showReadPosition } from './messages/read-receipts.ts';
import { Retention, showPruned } from './messages/retention.ts';
import { type MessageRequest, openRoomOf, sendMessage } from './messages/send-message.ts';
import {
  type ConnectionlessMessageRequest,
  sendWithoutConnection,
} from './messages/send-without-connection.ts';
import { BlockCommands } from './presence/block-commands.ts';
import { ConnectedUsers } from './presence/connected-users.ts';
import { type PresenceRequest, setPresence } from './presence/set-presence.ts';
import { setTyping } from './presence/set-typing.ts';
import { Typing } from './presence/typing.ts';
import { BackgroundTasks } from './primitives/background-tasks.ts';
import { ByteBudget } from './primitives/byte-budget.ts';
import { Throttle } from './primitives/throttle.ts';
import { TtlSet } from './primitives/ttl-set.ts';
import { announceElsewhere } from './rooms/announce-participants.ts';
import { ClusterMemberships } from './rooms/cluster-memberships.ts';
import { type AccessRequest, endRoomMembership, liftBan } from './rooms/end-membership.ts';
import {
  JOIN_INTERVAL_MS,
  type JoinedRoom,
  type JoinRequest,
  joinRoom,
} from './rooms/join-room.ts';
import { sendParticipants } from './rooms/list-participants.ts';
import {
  type ConversationSummary,
  listConversations,
  listOwnRooms,
  listOwnRoomsFirst,
  listRooms,
  type RoomSummary,
} from './rooms/list-rooms.ts';
import { readParticipantsPage } from './rooms/read-participants-page.ts';
import {
  canResume,
  type ResumedRoom,
  type ResumeRequest,
  resumeRooms,
} from './rooms/resume-rooms.ts';
import { RoomReaper } from './rooms/room-reaper.ts';
import { findRoomId } from './rooms/room-reference.ts';
import { SubscriptionLifecycle } from './rooms/subscription-lifecycle.ts';
import { UnreadNotifier } from './rooms/unread-notifier.ts';
import type { DomainSettings } from './settings.ts';
import { StrayMemberships } from './workspaces/stray-memberships.ts';
import { WorkspaceCommands } from './workspaces/workspace-commands.ts';

export interface ChatOptions {
  readonly settings: DomainSettings;
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly secrets: Crypto;
  readonly passwords: PasswordHash;
  readonly accessTokens: AccessTokens;
  readonly logger: Logger;
  /** Maps an address to the key that rate limits count it by. */
  readonly networkOf: (address: string) => string;
  /** Undefined if there is no assistant. */
  readonly assistant?: AssistantOptions | undefined;
  /** Sessions that an external application keeps, in place of Parley's own. */
  readonly externalSessionStore?: ExternalSessionStore | undefined;
}

export type BusState =
  | { readonly state: 'up' }
  /** Events of other nodes arrive late, after this many seconds at most. */
  | { readonly state: 'down'; readonly delaySecondsMax: number };

/** The second argument of a command after its dependencies and its connection. */
type Request<Command extends (...args: never[]) => unknown> = Parameters<Command>[2];

/**
 * Minimum interval between two member counts, or two read positions of one user, sent to a room.
 */
const BROADCAST_INTERVAL_MS = 1000;
/** Interval at which a node repeats that its users are connected. */
const RENEWAL_MS = 5000;
/**
 * Maximum number of a user's rooms whose activity this node tracks; the latest active ones are
 * taken.
 */
const MEMBERSHIPS_MAX = 10_000;

/** The dependencies of all commands. Each command declares the members that it needs. */
interface CommandDependencies {
  readonly settings: DomainSettings;
  readonly clock: Clock;
  readonly secrets: Crypto;
  readonly logger: Logger;
  readonly store: Store;
  readonly commits: CommitQueue;
  readonly streams: RoomStreamRegistry;
  readonly presence: ConnectedUsers;
  readonly clusterMemberships: ClusterMemberships;
  readonly budget: ByteBudget;
  readonly userLimits: UserRateLimits;
  readonly recentJoins: TtlSet;
  readonly typing: Typing;
  readonly subscriptions: SubscriptionLifecycle;
  readonly throttle: Throttle;
  readonly roomReaper: RoomReaper;
  readonly uncertainCommands: UncertainCommands;
  readonly shareAccessLost: StoreAndBroadcastDependencies['shareAccessLost'];
  readonly onStored: StoreAndBroadcastDependencies['onStored'];
}

export class Chat {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly tokens: Authenticator;
  readonly workspaces: WorkspaceCommands;
  readonly invitations: ReceivedInvitationCommands;
  readonly invitationPrivacy: InvitationPrivacySettings;
  readonly blocks: BlockCommands;
  /** The bytes that the process holds for its clients. */
  readonly budget: ByteBudget;
  readonly #dependencies: CommandDependencies;
  readonly #unreadNotifier: UnreadNotifier;
  readonly #assistant: Assistant | undefined;
  readonly #background: BackgroundTasks;
  readonly #slowConsumerReplay: SlowConsumerReplay;
  readonly #strayMemberships: StrayMemberships;
  readonly #retention: Retention;
  readonly #headExchange: HeadExchange;
  readonly #clusterMemberships: ClusterMemberships;
  readonly #bus: Bus;
  readonly #revocations: ClusterSessionRevocations;
  #renewal: Timer | undefined;
  #onReconnected: Unsubscribe | undefined;
  readonly #connections = new Map<ConnectionId, ChatConnection>();
  readonly #connectionDependencies: ConnectionDependencies;
  readonly #sessionUpkeep: SessionReaper;
  readonly #externalSessions: ExternalSessions | undefined;

  constructor(options: ChatOptions) {
    const { settings, bus, clock, secrets, passwords, accessTokens, logger } = options;
    const users = new UserCache(options.store.accounts);
    const findUser: Store['accounts']['findUser'] = (reference) => users.findUser(reference);
    const store = { ...options.store, accounts: { ...options.store.accounts, findUser } };
    this.budget = new ByteBudget(settings.memoryBudgetBytes);
    const background = new BackgroundTasks(logger);
    const commits = new CommitQueue(store.log, logger, clock);
    const streams = new RoomStreamRegistry({
      bus,
      log: store.log,
      commits,
      clock,
      background,
      tailMax: settings.tailEventsPerRoom,
      budget: this.budget,
      onParticipant: (stream, change) => this.#noteParticipant(stream, change),
      onNotice: (stream, notice) => this.#handleNotice(stream, notice),
    });
    const presence = new ConnectedUsers({
      streams,
      accounts: store.accounts,
      memberships: store.rooms,
      bus,
      onUserMessage: (userId, message) => this.#clusterMemberships.receive(userId, message),
      onSubscribed: (userId) => this.#clusterMemberships.compareUser(userId),
      clock,
      background,
      settings,
    });
    const { accounts } = store;
    this.#background = background;
    this.#bus = bus;
    this.#headExchange = new HeadExchange({ bus, log: store.log, clock, background, streams });
    this.#clusterMemberships = new ClusterMemberships({
      bus,
      memberships: store.rooms,
      presence,
      clock,
      background,
      open: (connection, roomId) =>
        subscribeConversationOfOtherNode(this.#dependencies, connection, roomId),
    });
    this.#connectionDependencies = {
      settings,
      clock,
      onLaggedTooLong: (connection) => this.#slowConsumerReplay.giveUp(connection),
    };
    this.#unreadNotifier = new UnreadNotifier({
      rooms: store.rooms,
      presence,
      clock,
      background,
      openAt: (connection, event, author) =>
        background.run(subscribeConversationAt(this.#dependencies, connection, event, author)),
    });
    this.#assistant = this.#openAssistant(options, { streams, background });
    const throttle = new Throttle(clock, BROADCAST_INTERVAL_MS);
    const typing = new Typing({
      send: (roomId, notice) => streams.send(roomId, notice),
      accounts,
      isHidden: (first, second) => presence.isHidden(first, second),
      clock,
      background,
      timeoutMs: settings.typingTimeoutMs,
    });
    const roomReaper = new RoomReaper({
      log: store.log,
      rooms: store.rooms,
      streams,
      clock,
      logger,
      background,
      timeoutMs: settings.emptyRoomTimeoutMs,
    });
    this.#dependencies = {
      settings,
      clock,
      secrets,
      logger,
      store,
      streams,
      commits,
      presence,
      clusterMemberships: this.#clusterMemberships,
      budget: this.budget,
      userLimits: createUserRateLimits(settings, clock),
      recentJoins: new TtlSet(clock, JOIN_INTERVAL_MS),
      throttle,
      typing,
      roomReaper,
      subscriptions: new SubscriptionLifecycle({
        settings,
        clock,
        logger,
        streams,
        typing,
        throttle,
        roomReaper,
        presence,
      }),
      uncertainCommands: new UncertainCommands({
        log: store.log,
        rooms: store.rooms,
        clock,
        background,
        announce: (event) => {
          if (event.kind === 'access-lost') {
            announceAccessLost({ presence }, event);
            this.#dependencies.shareAccessLost(event);
          }
          this.#dependencies.onStored(event, undefined);
        },
      }),
      shareAccessLost: ({ userId, roomId, reason, sequence }) =>
        bus.publish('user', userId, { kind: 'membership-ended', roomId, reason, sequence }),
      onStored: (event, connection) => {
        this.#headExchange.note(event);
        this.#unreadNotifier.note(event, connection);
        this.#assistant?.onStored(event);
      },
    };
    this.#slowConsumerReplay = new SlowConsumerReplay({
      log: store.log,
      clock,
      background,
      resync: (subscription) => this.#dependencies.subscriptions.resync(subscription),
      sendParticipants: (subscription) => sendParticipants(this.#dependencies, subscription),
      sendActivity: (connection, roomIds) => this.#unreadNotifier.sendMissed(connection, roomIds),
    });
    const { registration, retentionMs, sessionTtlMs: ttlMs } = settings;
    this.#retention = new Retention({
      log: store.log,
      streams,
      clock,
      logger,
      background,
      retentionMs,
    });
    this.#strayMemberships = new StrayMemberships(this.#dependencies, { clock, background });
    this.workspaces = new WorkspaceCommands(this.#dependencies, this.#strayMemberships);
    this.invitations = new ReceivedInvitationCommands(this.#dependencies);
    this.invitationPrivacy = new InvitationPrivacySettings(this.#dependencies);
    this.blocks = new BlockCommands({ ...this.#dependencies, accounts });
    const sessionDependencies = { secrets, clock, logger, background, ttlMs, bus };
    this.sessions = new Sessions({ store: store.sessions, ...sessionDependencies });
    const { sessions } = this;
    this.#revocations = new ClusterSessionRevocations({
      bus,
      store: store.sessions,
      clock,
      background,
      onRevoked: (revocation) => sessions.applyRevocation(revocation),
    });
    const { networkOf } = options;
    const attemptDependencies = { accounts, sessions: store.sessions, secrets, clock, networkOf };
    const attempts = new AuthAttemptLimiter(attemptDependencies);
    const accountDependencies = { sessions, attempts, passwords, secrets, clock, registration };
    this.accounts = new Accounts({ store: accounts, ...accountDependencies });
    this.#externalSessions =
      options.externalSessionStore &&
      new ExternalSessions({
        records: options.externalSessionStore,
        sessions,
        accounts,
        secrets,
        clock,
      });
    const externalSessions = this.#externalSessions;
    this.#sessionUpkeep = new SessionReaper({
      sessions,
      externalSessions,
      accounts,
      clock,
      background,
    });
    this.tokens = new Authenticator({
      sessions,
      accounts,
      accessTokens,
      secrets,
      clock,
      externalSessions,
    });
  }

  /** Cleans up after an earlier run and starts the periodic tasks. */
  async begin(): Promise<void> {
    await this.#joinCluster();
    await this.#dependencies.roomReaper.begin();
    await this.#assistant?.begin();
    await this.#strayMemberships.begin();
    this.#sessionUpkeep.begin();
    this.#retention.begin();
  }

  /** Whether an external application keeps the sessions; then users cannot log in here. */
  get hasPlatform(): boolean {
    return this.#externalSessions !== undefined;
  }

  /** Whether sessions can be looked up. */
  get areSessionsUp(): boolean {
    return this.#externalSessions?.isUp ?? true;
  }

  /** Whether messages reach the other nodes; undefined for a server that is the only node. */
  get busState(): BusState | undefined {
    if (!this.#bus.isShared) return undefined;
    if (this.#bus.isUp) return { state: 'up' };
    // Without the bus, events of other nodes are found when their rooms are compared.
    return { state: 'down', delaySecondsMax: this.#headExchange.roundSeconds };
  }

  /** Ends the user's current session, or all of the user's sessions. */
  async logout(identity: Identity, which: 'this' | 'all'): Promise<void> {
    const { user, sessionKey } = identity;
    await this.#externalSessions?.end(sessionKey);
    this.tokens.end(identity);
    await this.sessions.end(sessionKey, 'logout');
    if (which === 'all') await this.sessions.endAllOf(user, 'logout');
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** While the store is down, messages are rejected; features that are not stored keep working. */
  storeState(): Promise<StoreState> {
    return this.#dependencies.commits.storeState();
  }

  get userCount(): number {
    return this.#dependencies.presence.count;
  }

  /**
   * Registers a connection of this user; `own` holds the settings that its dialect overrides.
   * `welcome` must follow before any other command.
   */
  connect(
    identity: Identity,
    link: ClientTransport,
    own?: Partial<DomainSettings>,
  ): ChatConnection {
    const id = this.#newConnectionId();
    const shared = this.#connectionDependencies;
    const dependencies =
      own === undefined ? shared : { ...shared, settings: { ...shared.settings, ...own } };
    const connection = new ChatConnection(id, identity, link, dependencies);
    this.#connections.set(id, connection);
    this.sessions.attach(connection, identity);
    return connection;
  }

  /**
   * Calls `reply` with the rooms that the user is a member of, and shows the user as present to
   * those who share a room. Direct and group rooms are open from then on.
   */
  async welcome(
    connection: ChatConnection,
    reply: (rooms: readonly RoomSummary[]) => void,
  ): Promise<void> {
    const { store, presence } = this.#dependencies;
    const { id: userId } = connection.user;
    const [memberships, blocked] = await Promise.all([
      store.rooms.listMemberships(userId, MEMBERSHIPS_MAX),
      this.blocks.listBlockedIds(userId),
    ]);
    if (connection.isClosed) return;
    this.#clusterMemberships.noteListed(userId, memberships);
    presence.enter(connection, memberships, blocked);
    await subscribeOwnConversations(this.#dependencies, connection, reply);
    connection.markWelcomed();
  }

  /** The client has read what was buffered for it: a connection that lagged gets what it missed. */
  drained(connection: ChatConnection): void {
    this.#slowConsumerReplay.drained(connection);
  }

  /** Removes a closed connection. Safe to call twice. */
  disconnect(connection: ChatConnection, how: { readonly onPurpose: boolean }): void {
    if (!this.#connections.delete(connection.id)) return;
    connection.markClosed();
    for (const subscription of connection.subscriptions.values()) {
      this.#dependencies.subscriptions.close(subscription);
    }
    this.#dependencies.presence.leave(connection, how);
    this.#dependencies.typing.forget(connection);
    this.#background.run(this.sessions.detach(connection));
  }

  /**
   * Returns whether the connection's session is still valid. A valid command counts as activity.
   */
  noteCommand(connection: ChatConnection): boolean {
    this.#dependencies.presence.noteActivity(connection);
    return this.sessions.touch(connection);
  }

  sendMessage(
    connection: ChatConnection,
    request: MessageRequest,
    onAcknowledged: OnAcknowledged,
  ): void {
    sendMessage(this.#dependencies, connection, request, onAcknowledged);
  }

  changeMessage(
    connection: ChatConnection,
    request: ChangeRequest,
    onAcknowledged: OnAcknowledged,
  ): void {
    changeMessage(
      this.#dependencies,
      { user: connection.user, connection },
      request,
      onAcknowledged,
    );
  }

  joinRoom(
    connection: ChatConnection,
    request: JoinRequest,
    reply: (room: JoinedRoom) => void,
  ): Promise<void> {
    return joinRoom(this.#dependencies, connection, request, reply);
  }

  resumeRooms(
    connection: ChatConnection,
    requests: readonly ResumeRequest[],
    reply: (rooms: readonly ResumedRoom[]) => void,
  ): Promise<void> {
    return resumeRooms(this.#dependencies, connection, requests, reply);
  }

  /** Whether `resumeRooms` could catch up all of these rooms. */
  canResume(user: User, requests: readonly ResumeRequest[]): Promise<boolean> {
    return canResume(this.#dependencies, user, requests);
  }

  /**
   * Finds the id of the room with this name. An unknown name is returned as it is, for the command
   * to reject.
   */
  findRoomId(connection: ChatConnection, named: string): Promise<RoomId> {
    return findRoomId(this.#dependencies, connection, named);
  }

  /**
   * Leaves a room. Calls `reply` before the acknowledgements that were waiting for their positions
   * in the room's stream, which no longer exists.
   *
   * @throws {ChatError} NOT_IN_ROOM.
   */
  leaveRoom(
    connection: ChatConnection,
    roomId: Parameters<typeof openRoomOf>[1],
    reply: () => void = () => {},
  ): void {
    const subscription = openRoomOf(connection, roomId);
    reply();
    this.#dependencies.subscriptions.close(subscription);
  }

  listRooms(
    connection: ChatConnection,
    page: Request<typeof listRooms>,
  ): ReturnType<typeof listRooms> {
    return listRooms(this.#dependencies, connection.user.id, page);
  }

  /** The rooms that the user is a member of, latest activity first. */
  listOwnRooms({ user }: ChatConnection): ReturnType<typeof listOwnRooms> {
    return listOwnRooms(this.#dependencies, user.id);
  }

  listOwnRoomsFirst({ user }: ChatConnection): ReturnType<typeof listOwnRoomsFirst> {
    return listOwnRoomsFirst(this.#dependencies, user.id);
  }

  listConversations(user: User): Promise<readonly ConversationSummary[]> {
    return listConversations(this.#dependencies, user.id);
  }

  readMembers(
    connection: ChatConnection,
    page: Request<typeof readParticipantsPage>,
  ): ReturnType<typeof readParticipantsPage> {
    return readParticipantsPage(this.#dependencies, connection.user.id, page);
  }

  readHistory(
    { user }: { readonly user: User },
    page: Request<typeof readHistory>,
  ): ReturnType<typeof readHistory> {
    return readHistory(this.#dependencies, user.id, page);
  }

  readThread(
    connection: ChatConnection,
    page: Request<typeof readThread>,
  ): ReturnType<typeof readThread> {
    return readThread(this.#dependencies, connection.user.id, page);
  }

  /** The message of an acknowledgement, as it was sent. @throws {ChatError} UNAVAILABLE. */
  findSent(acknowledgement: Parameters<typeof readAcknowledgedMessage>[1]): Promise<Message> {
    return readAcknowledgedMessage(this.#dependencies, acknowledgement);
  }

  /** The caller has checked that the user may read the room. */
  findReaders(user: User, page: Parameters<typeof findReaders>[2]): ReturnType<typeof findReaders> {
    return findReaders(this.#dependencies, user, page);
  }

  markRead(
    connection: ChatConnection,
    mark: Request<typeof markRead>,
  ): ReturnType<typeof markRead> {
    return markRead(this.#dependencies, connection, mark);
  }

  setPresence(
    connection: ChatConnection,
    request: PresenceRequest,
  ): ReturnType<typeof setPresence> {
    return setPresence(this.#dependencies, connection, request);
  }

  markUnread(connection: ChatConnection, roomId: RoomId): ReturnType<typeof markUnread> {
    return markUnread(this.#dependencies, connection, roomId);
  }

  sendDirectMessage(
    connection: ChatConnection,
    request: DirectMessageRequest,
    onAcknowledged: OnAcknowledged,
  ): Promise<void> {
    return sendDirectMessage(this.#dependencies, connection, request, onAcknowledged);
  }

  sendDirectTyping(
    connection: ChatConnection,
    request: Request<typeof sendDirectTyping>,
  ): Promise<void> {
    return sendDirectTyping(this.#dependencies, connection, request);
  }

  /** @throws {ChatError} NOT_FOUND if the room is not a direct room of this user. */
  async requireDirectRoom(user: User, roomId: RoomId): Promise<void> {
    await findDirectRoom(this.#dependencies, user.id, roomId);
  }

  readDirectHistory(
    user: User,
    page: Request<typeof readDirectHistory>,
  ): ReturnType<typeof readDirectHistory> {
    return readDirectHistory(this.#dependencies, user, page);
  }

  subscribeToDirectRoom(
    connection: ChatConnection,
    request: Request<typeof subscribeToDirectRoom>,
    reply: Parameters<typeof subscribeToDirectRoom>[3],
  ): Promise<void> {
    return subscribeToDirectRoom(this.#dependencies, connection, request, reply);
  }

  markDirectRead(
    connection: ChatConnection,
    mark: DirectReadMark,
  ): ReturnType<typeof markDirectRead> {
    return markDirectRead(this.#dependencies, connection, mark);
  }

  createGroup(connection: ChatConnection, request: GroupRequest): Promise<Group> {
    return createGroup(this.#dependencies, connection, request);
  }

  /** Sends a message of a user without a connection. @throws {ChatError} as `sendMessage`. */
  sendWithoutConnection(
    user: User,
    request: ConnectionlessMessageRequest,
  ): ReturnType<typeof sendWithoutConnection> {
    return sendWithoutConnection(this.#dependencies, user, request);
  }

  async endRoomMembership(user: User, request: AccessRequest): Promise<void> {
    this.#dependencies.userLimits.changes.take(user.id);
    await endRoomMembership(this.#dependencies, { user, connection: undefined }, request);
  }

  async liftBan(user: User, request: Pick<AccessRequest, 'roomId' | 'subjectId'>): Promise<void> {
    this.#dependencies.userLimits.changes.take(user.id);
    await liftBan(this.#dependencies, { user, connection: undefined }, request);
  }

  setTyping(
    connection: ChatConnection,
    request: Request<typeof setTyping>,
  ): ReturnType<typeof setTyping> {
    return setTyping(this.#dependencies, connection, request);
  }

  /** Stops all tasks after every connection has closed, and saves what is only in memory. */
  async close(): Promise<void> {
    this.#sessionUpkeep.close();
    this.#retention.close();
    this.#strayMemberships.close();
    this.#headExchange.close();
    this.#clusterMemberships.close();
    this.#revocations.close();
    this.#renewal?.cancel();
    this.#onReconnected?.();
    this.#dependencies.roomReaper.close();
    this.#assistant?.close();
    this.#dependencies.uncertainCommands.close();
    this.#dependencies.typing.close();
    this.#unreadNotifier.close();
    this.#dependencies.throttle.close();
    this.#dependencies.presence.close();
    this.#dependencies.streams.close();
    await this.#dependencies.commits.drain();
    await this.sessions.saveAll();
    await this.#background.settle();
  }

  #openAssistant(
    { assistant, settings, clock, secrets, logger, store }: ChatOptions,
    own: Pick<AssistantDependencies, 'streams' | 'background'>,
  ): Assistant | undefined {
    if (assistant === undefined) return undefined;
    const submit: AssistantDependencies['submit'] = (...args) =>
      storeAndBroadcast(this.#dependencies, ...args);
    const dependencies = { settings, clock, secrets, logger, store, ...own, submit };
    return new Assistant(assistant, dependencies);
  }

  /** Generates an unused id. A collision means that the random generator is broken. */
  #newConnectionId(): ConnectionId {
    const id = this.#dependencies.secrets.newRandomId() as ConnectionId; // Generated here: the cast is safe.
    if (!this.#connections.has(id)) return id;
    this.#dependencies.logger.record({ event: 'connection.duplicate', connectionId: id });
    return this.#newConnectionId();
  }

  /** Starts to exchange with the other nodes what is not in the store. */
  async #joinCluster(): Promise<void> {
    if (!this.#bus.isShared) return;
    const { presence, streams } = this.#dependencies;
    await this.#headExchange.begin();
    this.#clusterMemberships.begin();
    await presence.begin();
    await this.#revocations.begin();
    this.#onReconnected = this.#bus.onReconnected(() => {
      presence.askOthers();
      streams.askForParticipants();
    });
    this.#renewRecords();
  }

  #renewRecords(): void {
    const { clock, presence, streams } = this.#dependencies;
    this.#renewal = clock.schedule(RENEWAL_MS, () => {
      presence.renew();
      streams.renewParticipants();
      this.#renewRecords();
    });
  }

  /** Shows to the clients of this node what happens in a room on another node. */
  #handleNotice(stream: ConnectionStream, notice: RoomNotice): void {
    switch (notice.kind) {
      case 'typing':
        this.#dependencies.typing.showElsewhere(stream, notice);
        return;
      case 'read-position':
        showReadPosition(this.#dependencies, stream, notice);
        return;
      case 'draft':
        showDraft(this.#dependencies, stream, notice);
        return;
      case 'history-pruned':
        showPruned(stream, notice.firstSequence);
        return;
      default: // A kind of a later version.
    }
  }

  #noteParticipant(stream: ConnectionStream, change: ParticipantChange): void {
    announceElsewhere(this.#dependencies, stream, change);
    if (!change.isPresent) this.#dependencies.roomReaper.becameEmpty(stream.room);
  }
}
