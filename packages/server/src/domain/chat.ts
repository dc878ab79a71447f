/**
 * The composition root of the domain: builds each service with its dependencies, and begins and
 * ends the tasks that run beside the commands. Gateways and routes receive the services they use.
 */

import type { AccessTokens } from '../ports/access-tokens.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
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
import { PeopleSearch } from './accounts/people-search.ts';
import { SessionReaper } from './accounts/session-reaper.ts';
import { Sessions } from './accounts/sessions.ts';
import { UserCache } from './accounts/user-cache.ts';
import { createUserRateLimits } from './accounts/user-rate-limits.ts';
import { Assistant, type AssistantOptions } from './assistant/assistant.ts';
import { ClusterEvents } from './cluster-events.ts';
import { Connections } from './connections.ts';
import { HeadExchange } from './delivery/head-exchange.ts';
import { LogWriter } from './delivery/log-writer.ts';
import { RoomStreamRegistry } from './delivery/room-stream-registry.ts';
import { SlowConsumerReplay } from './delivery/slow-consumer-replay.ts';
import { UncertainCommands } from './delivery/uncertain-commands.ts';
import { ConversationOpener } from './direct/conversation-opener.ts';
import { DirectMessages } from './direct/direct-messages.ts';
import { DirectRoomCommands } from './direct/direct-room-commands.ts';
import { DirectRooms } from './direct/direct-rooms.ts';
import { DirectTyping } from './direct/direct-typing.ts';
import { Groups } from './direct/groups.ts';
import { CommitQueue } from './event-log/commit-queue.ts';
import { InvitationPrivacySettings } from './invitations/invitation-privacy.ts';
import { ReceivedInvitationCommands } from './invitations/received-invitation-commands.ts';
import { ConnectionlessSender } from './messages/connectionless-sender.ts';
import { History } from './messages/history.ts';
import { MessageChanges } from './messages/message-changes.ts';
import { MessageSender } from './messages/message-sender.ts';
import { ReadReceipts } from './messages/read-receipts.ts';
import { Retention } from './messages/retention.ts';
import { BlockCommands } from './presence/block-commands.ts';
import { ConnectedUsers } from './presence/connected-users.ts';
import { PresenceStatus } from './presence/presence-status.ts';
import { Typing } from './presence/typing.ts';
import { TypingCommands } from './presence/typing-commands.ts';
import { BackgroundTasks } from './primitives/background-tasks.ts';
import { ByteBudget } from './primitives/byte-budget.ts';
import { Throttle } from './primitives/throttle.ts';
import { TtlSet } from './primitives/ttl-set.ts';
import { ClusterMemberships } from './rooms/cluster-memberships.ts';
import { sendParticipants } from './rooms/list-participants.ts';
import { ParticipantAnnouncer } from './rooms/participant-announcer.ts';
import { ParticipantPages } from './rooms/participant-pages.ts';
import { RoomDisplayNames } from './rooms/room-display-names.ts';
import { JOIN_INTERVAL_MS, RoomJoiner } from './rooms/room-joiner.ts';
import { RoomLists } from './rooms/room-lists.ts';
import { RoomMemberships } from './rooms/room-memberships.ts';
import { RoomOpener } from './rooms/room-opener.ts';
import { RoomReaper } from './rooms/room-reaper.ts';
import { RoomResumer } from './rooms/room-resumer.ts';
import { SubscriptionLifecycle } from './rooms/subscription-lifecycle.ts';
import { UnreadNotifier } from './rooms/unread-notifier.ts';
import type { DomainSettings } from './settings.ts';
import { Channels } from './workspaces/channels.ts';
import { StrayMemberships } from './workspaces/stray-memberships.ts';
import { WorkspaceMembers } from './workspaces/workspace-members.ts';
import { Workspaces } from './workspaces/workspaces.ts';

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

/**
 * Minimum interval between two member counts, or two read positions of one user, sent to a room.
 */
const BROADCAST_INTERVAL_MS = 1000;

/** The services of the domain, by what they are about. */
export type Chat = ReturnType<typeof openChat>;

/**
 * Builds the services. `begin` must resolve before they are used; `close` follows when every
 * connection has closed.
 */
export function openChat(options: ChatOptions) {
  const { settings, bus, clock, secrets, logger } = options;
  const users = new UserCache(options.store.accounts);
  const findUser: Store['accounts']['findUser'] = (reference) => users.findUser(reference);
  const store = { ...options.store, accounts: { ...options.store.accounts, findUser } };
  const { accounts, log, rooms } = store;
  const budget = new ByteBudget(settings.memoryBudgetBytes);
  const background = new BackgroundTasks(logger);
  const throttle = new Throttle(clock, BROADCAST_INTERVAL_MS);
  const userLimits = createUserRateLimits(settings, clock);
  const base = { settings, clock, secrets, logger, background, store, throttle, userLimits };

  // Delivery: functions of services that are built later are called when all of them exist.
  const commits = new CommitQueue(log, logger, clock);
  const streams = new RoomStreamRegistry({
    ...{ bus, log, commits, clock, background, budget },
    tailMax: settings.tailEventsPerRoom,
    onParticipant: (stream, change) => clusterEvents.handleParticipant(stream, change),
    onNotice: (stream, notice) => clusterEvents.handleNotice(stream, notice),
  });
  const presence = new ConnectedUsers({
    ...{ streams, accounts, memberships: rooms, bus, clock, background, settings },
    onUserMessage: (userId, message) => clusterMemberships.receive(userId, message),
    onSubscribed: (userId) => clusterMemberships.compareUser(userId),
  });
  const headExchange = new HeadExchange({ bus, log, clock, background, streams });
  const uncertainCommands = new UncertainCommands({
    ...{ log, rooms, clock, background },
    announce: (event) => logWriter.announceStored(event),
  });
  const logWriter = new LogWriter({
    ...{ secrets, clock, logger, commits, streams, presence, uncertainCommands, bus },
    onStored: (event, connection) => {
      headExchange.note(event);
      unreadNotifier.note(event, connection);
      assistant?.onStored(event);
    },
  });

  // Rooms that are open on connections.
  const typing = new Typing({
    ...{ accounts, clock, background, timeoutMs: settings.typingTimeoutMs },
    send: (roomId, notice) => streams.send(roomId, notice),
    isHidden: (first, second) => presence.isHidden(first, second),
  });
  const { emptyRoomTimeoutMs: timeoutMs } = settings;
  const roomReaper = new RoomReaper({ ...base, log, rooms, streams, timeoutMs });
  const announcer = new ParticipantAnnouncer({ presence, settings, throttle });
  const subscriptions = new SubscriptionLifecycle({
    ...base,
    announcer,
    streams,
    typing,
    roomReaper,
  });
  const slowConsumerReplay = new SlowConsumerReplay({
    ...{ log, clock, background },
    resync: (subscription) => subscriptions.resync(subscription),
    sendParticipants: (subscription) => sendParticipants({ presence }, subscription),
    sendActivity: (connection, roomIds) => unreadNotifier.sendMissed(connection, roomIds),
  });
  const opener = new RoomOpener({ ...base, budget, commits, subscriptions, typing, presence });
  const displayNames = new RoomDisplayNames({ store, presence });
  const roomLists = new RoomLists({ store, streams, displayNames });
  const conversations = new ConversationOpener({
    ...{ logger, store, clock, streams, subscriptions, presence, roomLists },
  });
  const clusterMemberships = new ClusterMemberships({
    ...{ bus, memberships: rooms, presence, clock, background, logWriter, conversations },
  });
  const unreadNotifier = new UnreadNotifier({
    ...{ rooms, presence, clock, background },
    openAt: (connection, event, author) =>
      background.run(conversations.openAt(connection, event, author)),
  });

  // Commands.
  const history = new History({ store });
  const readReceipts = new ReadReceipts({ ...base, streams, presence, history });
  const messages = new MessageSender({ ...base, logWriter, typing });
  const directRooms = new DirectRooms({ ...base, clusterMemberships });
  const memberships = new RoomMemberships({ store, logWriter, userLimits });
  const workspaces = new Workspaces(base);
  const strayMemberships = new StrayMemberships({ store, memberships, clock, background });
  const blocks = new BlockCommands({ accounts, clock, presence, userLimits });
  const recentJoins = new TtlSet(clock, JOIN_INTERVAL_MS);
  const assistant =
    options.assistant && new Assistant(options.assistant, { ...base, streams, logWriter });

  // Accounts.
  const { registration, sessionTtlMs: ttlMs, retentionMs } = settings;
  const sessions = new Sessions({ ...base, store: store.sessions, ttlMs, bus });
  const revocations = new ClusterSessionRevocations({
    ...{ bus, store: store.sessions, clock, background },
    onRevoked: (revocation) => sessions.applyRevocation(revocation),
  });
  const { networkOf, passwords, accessTokens, externalSessionStore: records } = options;
  const externalSessions =
    records && new ExternalSessions({ records, sessions, accounts, secrets, clock });
  const attempts = new AuthAttemptLimiter({
    ...{ accounts, sessions: store.sessions, secrets, clock, networkOf },
  });
  const sessionReaper = new SessionReaper({
    ...{ sessions, externalSessions, accounts, clock, background },
  });

  const retention = new Retention({ ...base, log, streams, retentionMs });
  const clusterEvents = new ClusterEvents({
    ...{ bus, settings, clock, streams, presence, headExchange, revocations, clusterMemberships },
    ...{ typing, readReceipts, announcer, roomReaper },
  });

  return {
    accounts: new Accounts({
      ...{ store: accounts, sessions, attempts, passwords, secrets, clock, registration },
    }),
    sessions,
    tokens: new Authenticator({
      ...{ sessions, accounts, accessTokens, secrets, clock, externalSessions },
    }),
    connections: new Connections({
      ...{ ...base, rooms, sessions, presence, blocks, typing, subscriptions, conversations },
      ...{ slowConsumerReplay, clusterMemberships },
    }),
    rooms: new RoomJoiner({
      ...{ ...base, presence, recentJoins, displayNames, opener, subscriptions },
    }),
    resumption: new RoomResumer({ settings, store, opener }),
    roomLists,
    participants: new ParticipantPages({ store, streams, presence }),
    memberships,
    messages,
    messageChanges: new MessageChanges({ store, presence, logWriter, userLimits }),
    connectionless: new ConnectionlessSender({
      ...{ settings, userLimits, messages, directRooms, history },
    }),
    history,
    readReceipts,
    typing: new TypingCommands({ store, typing }),
    presence,
    presenceStatus: new PresenceStatus({ presence }),
    blocks,
    directMessages: new DirectMessages({ messages, directRooms, typing }),
    directTyping: new DirectTyping({ accounts, directRooms, secrets, streams, presence, typing }),
    directRooms: new DirectRoomCommands({ settings, store, opener, history, readReceipts }),
    groups: new Groups({ ...base, presence, conversations }),
    invitationPrivacy: new InvitationPrivacySettings({ store, userLimits }),
    invitations: new ReceivedInvitationCommands({ ...base, presence, conversations }),
    workspaces,
    workspaceMembers: new WorkspaceMembers({ ...base, workspaces, strayMemberships }),
    channels: new Channels({ ...base, streams, presence, workspaces }),
    clusterEvents,
    commits,
    /** The bytes that the process holds for its clients. */
    budget,

    /** Cleans up after an earlier run and starts the periodic tasks. */
    async begin(): Promise<void> {
      await clusterEvents.begin();
      await roomReaper.begin();
      await assistant?.begin();
      await strayMemberships.begin();
      sessionReaper.begin();
      retention.begin();
    },

    /** Stops all tasks after every connection has closed, and saves what is only in memory. */
    async close(): Promise<void> {
      for (const task of [sessionReaper, retention, strayMemberships, clusterEvents, roomReaper]) {
        task.close();
      }
      assistant?.close();
      for (const task of [uncertainCommands, typing, unreadNotifier, throttle, presence, streams]) {
        task.close();
      }
      await commits.drain();
      await sessions.saveAll();
      await background.settle();
    },
  };
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
  readonly people: PeopleSearch;
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
      onUserMessage: (userId, message) => this.#handleUserMessage(userId, message),
      clock,
      background,
      settings,
    });
    const { accounts } = store;
    this.#background = background;
    this.#bus = bus;
    this.#headExchange = new HeadExchange({ bus, log: store.log, clock, background, streams });
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
    this.people = new PeopleSearch(accounts);
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

  /** Applies a membership that has begun or ended on another node. */
  #handleUserMessage(userId: UserId, message: UserMessage): void {
    if (message.kind === 'membership-ended') {
      announceAccessLost(this.#dependencies, { userId, ...message });
    } else if (message.kind === 'membership') {
      this.#dependencies.presence.noteMembership(userId, message.room);
      this.#background.run(this.#openConversation(userId, message.room));
    }
  }

  /** Opens a new direct or group room from its beginning, an older one from its present head. */
  async #openConversation(userId: UserId, room: Room): Promise<void> {
    if (!isDirectOrGroup(room)) return;
    const { clock, store } = this.#dependencies;
    const isNew = clock.nowMs() - room.createdAtMs < NEW_ROOM_MS;
    const sequence = isNew ? 0 : (await store.rooms.readUnread(room.id, [])).headSequence;
    const head = { sequence, epoch: undefined };
    await subscribeNewConversation(this.#dependencies, { room, head }, [{ id: userId }]);
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
