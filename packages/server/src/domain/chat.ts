/**
 * The composition root of the domain: builds each service with its dependencies, and begins and
 * ends the tasks that run beside the commands. Gateways and routes receive the services they use.
 */

import type { AccessTokens } from '../ports/access-tokens.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommonPasswords } from '../ports/common-passwords.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { ExternalSessionStore } from '../ports/external-session-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { PasswordHash } from '../ports/password-hash.ts';
import type { Store } from '../ports/store.ts';
import type { TokenLeases } from '../ports/token-leases.ts';
import { Accounts } from './accounts/accounts.ts';
import { AuthAttemptLimiter } from './accounts/auth-attempt-limiter.ts';
import { Authenticator } from './accounts/authenticator.ts';
import { ExternalSessions } from './accounts/external-sessions.ts';
import { ExternalTokenDenylist } from './accounts/external-token-denylist.ts';
import { ExternalUsers } from './accounts/external-users.ts';
import { LiveSessions } from './accounts/live-sessions.ts';
import { Logout } from './accounts/logout.ts';
import { PeopleSearch } from './accounts/people-search.ts';
import { Profiles } from './accounts/profiles.ts';
import { SessionActivitySaver } from './accounts/session-activity-saver.ts';
import { SessionReaper } from './accounts/session-reaper.ts';
import { SessionRevocationWatch } from './accounts/session-revocation-watch.ts';
import { Sessions } from './accounts/sessions.ts';
import { TokenIssuer } from './accounts/token-issuer.ts';
import { UserSessions } from './accounts/user-sessions.ts';
import { Activity } from './activity/activity.ts';
import { Assistant, type AssistantOptions } from './assistant/assistant.ts';
import { BlockCommands } from './blocks/block-commands.ts';
import { ClusterExchange } from './cluster/cluster-exchange.ts';
import { ClusterMemberships } from './cluster/cluster-memberships.ts';
import { HeadExchange } from './cluster/head-exchange.ts';
import { ParticipantRenewals } from './cluster/participant-renewals.ts';
import { Connections } from './connections/connections.ts';
import { ConnectedUsers } from './core/connected-users.ts';
import { UserCache } from './core/user-cache.ts';
import { createUserRateLimits } from './core/user-rate-limits.ts';
import { pagesOf, UserReads } from './core/user-reads.ts';
import { AccessLostAnnouncer } from './delivery/access-lost-announcer.ts';
import { ClientMemoryBudget } from './delivery/client-memory-budget.ts';
import { LogWriter } from './delivery/log-writer.ts';
import { RoomStreamRegistry } from './delivery/room-stream-registry.ts';
import { SlowConsumerReplay } from './delivery/slow-consumer-replay.ts';
import { UncertainCommands } from './delivery/uncertain-commands.ts';
import { AutoSubscriber } from './direct/auto-subscriber.ts';
import { ConnectionlessSender } from './direct/connectionless-sender.ts';
import { DirectMessages } from './direct/direct-messages.ts';
import { DirectRoomFinder } from './direct/direct-room-finder.ts';
import { DirectRoomReader } from './direct/direct-room-reader.ts';
import { DirectRoomSubscriber } from './direct/direct-room-subscriber.ts';
import { DirectTyping } from './direct/direct-typing.ts';
import { GroupCreator } from './direct/group-creator.ts';
import { GroupMembers } from './direct/group-members.ts';
import { CommitQueue } from './event-log/commit-queue.ts';
import { CommitRouter } from './event-log/commit-router.ts';
import { InvitationPrivacySettings } from './invitations/invitation-privacy.ts';
import { ReceivedInvitationCommands } from './invitations/received-invitation-commands.ts';
import { History } from './messages/history.ts';
import { MessageChanges } from './messages/message-changes.ts';
import { MessageSender } from './messages/message-sender.ts';
import { ReadReceipts } from './messages/read-receipts.ts';
import { Retention } from './messages/retention.ts';
import { ArchivedChannelCache } from './presence/archived-channel-cache.ts';
import { BlockCache } from './presence/block-cache.ts';
import { PresenceCommands } from './presence/presence-commands.ts';
import { Typing } from './presence/typing.ts';
import { TypingCommands } from './presence/typing-commands.ts';
import { UserPresence } from './presence/user-presence.ts';
import { BackgroundTasks } from './primitives/background-tasks.ts';
import { BoundedLeases } from './primitives/bounded-leases.ts';
import { retryWhileUnavailable } from './primitives/retry-while-unavailable.ts';
import { Throttle } from './primitives/throttle.ts';
import { TtlSet } from './primitives/ttl-set.ts';
import { MembershipAnnouncer } from './rooms/membership-announcer.ts';
import { MembershipRemoval } from './rooms/membership-removal.ts';
import { NotificationLevels } from './rooms/notification-levels.ts';
import { ParticipantAnnouncer } from './rooms/participant-announcer.ts';
import { ParticipantPages } from './rooms/participant-pages.ts';
import { RoomChanges } from './rooms/room-changes.ts';
import { RoomDisplayNames } from './rooms/room-display-names.ts';
import { JOIN_INTERVAL_MS, RoomJoiner } from './rooms/room-joiner.ts';
import { RoomLists } from './rooms/room-lists.ts';
import { RoomReaper } from './rooms/room-reaper.ts';
import { RoomIds } from './rooms/room-reference.ts';
import { RoomResumer } from './rooms/room-resumer.ts';
import { RoomTopics } from './rooms/room-topics.ts';
import { SnapshotSubscriber } from './rooms/snapshot-subscriber.ts';
import { SubscriptionLifecycle } from './rooms/subscription-lifecycle.ts';
import { UnreadNotifier } from './rooms/unread-notifier.ts';
import { sendParticipants } from './rooms/visible-participants.ts';
import type { DomainSettings } from './settings.ts';
import { Channels } from './workspaces/channels.ts';
import { StrayMemberships } from './workspaces/stray-memberships.ts';
import { WorkspaceMembers } from './workspaces/workspace-members.ts';
import { Workspaces } from './workspaces/workspaces.ts';

export interface ChatOptions {
  readonly settings: DomainSettings;
  readonly store: Store;
  readonly bus: Bus;
  /** Rate limits that nodes share. */
  readonly tokenLeases: TokenLeases;
  readonly clock: Clock;
  readonly secrets: Crypto;
  readonly passwords: PasswordHash;
  readonly commonPasswords: CommonPasswords;
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
  const budget = new ClientMemoryBudget(settings.memoryBudgetBytes);
  const background = new BackgroundTasks(logger);
  const throttle = new Throttle(clock, BROADCAST_INTERVAL_MS);
  const nodeCount = () => presence.nodeCount;
  const leases = new BoundedLeases({ clock, leases: options.tokenLeases, nodeCount });
  const userLimits = createUserRateLimits(settings, leases);
  const reads = new UserReads({ clock, userLimits });
  const base = {
    settings,
    clock,
    secrets,
    logger,
    background,
    store,
    throttle,
    userLimits,
    leases,
  };

  // Delivery: functions of services that are built later are called when all of them exist.
  const queue = new CommitQueue(log, logger, clock);
  const forwardedBytes = budget.gauge('commands');
  const router =
    bus.isShared && log.doNodesCollide
      ? new CommitRouter({
          ...{ queue, bus, clock },
          budget: {
            isExhausted: () => budget.isExhausted,
            setForwardedBytes: (bytes) => forwardedBytes.set(bytes),
          },
          commitForOther: (command, onResult) => logWriter.commitForOther(command, onResult),
        })
      : undefined;
  const commits = router ?? queue;
  const streams = new RoomStreamRegistry({
    ...{ bus, log, commits, clock, background, budget },
    tailMax: settings.tailEventsPerRoom,
    onEvent: router && ((event, isNew) => router.noteReceived(event, isNew)),
    onParticipant: (stream, change) => clusterExchange.handleParticipant(stream, change),
    onNotice: (stream, notice) => clusterExchange.handleNotice(stream, notice),
    areParticipantsHeld: (nodeId) => participantRenewals.holds(nodeId),
  });
  const connectedUsers = new ConnectedUsers({
    ...{ bus, background },
    onUserMessage: (userId, message) => {
      if (message.kind === 'typing') directTyping.showElsewhere(userId, message);
      else if (message.kind === 'notification-level') notificationLevels.show(userId, message);
      else clusterMemberships.receive(userId, message);
    },
    onSubscribed: (userId) => clusterMemberships.compareUser(userId),
  });
  const presence = new UserPresence({
    ...{ connectedUsers, streams, accounts, memberships: rooms },
    ...{ bus, clock, background, settings },
  });
  const headExchange = new HeadExchange({
    ...{ bus, log, clock, background, streams, memberRooms: connectedUsers.memberRooms },
    beforeComparing: () => revocations.ensureCurrent(),
    onMoved: (roomId) => unreadNotifier.noteMoved(roomId),
    onMissing: (roomId) => {
      const stream = streams.get(roomId);
      if (stream !== undefined) subscriptions.resyncAll(stream);
    },
  });
  const uncertainCommands = new UncertainCommands({
    ...{ log, rooms, clock, background },
    announce: (event) => logWriter.announceStored(event),
  });
  const accessLost = new AccessLostAnnouncer({ connectedUsers, bus });
  const logWriter = new LogWriter({
    ...{ secrets, clock, logger, background, log, commits, streams, accessLost },
    ...{ uncertainCommands, bus, queue },
    onStored: (event, connection, committedBy) => {
      headExchange.note(event);
      unreadNotifier.note(event, connection);
      if (committedBy === 'own') assistant?.onStored(event);
    },
    onArchived: (roomId) => archivedChannelCache.forget(roomId),
  });

  // Rooms that are open on connections.
  const blockCache = new BlockCache(accounts, clock);
  const archivedChannelCache = new ArchivedChannelCache(store.workspaces, clock);
  const typing = new Typing({
    ...{ accounts: blockCache, clock, background, timeoutMs: settings.typingTimeoutMs },
    send: (roomId, notice) => streams.send(roomId, notice),
    isHidden: (first, second) => presence.isHidden(first, second),
  });
  const { emptyRoomTimeoutMs: timeoutMs } = settings;
  const roomReaper = new RoomReaper({ ...base, bus, log, rooms, streams, timeoutMs });
  const announcer = new ParticipantAnnouncer({ presence, settings, throttle });
  const subscriptions = new SubscriptionLifecycle({
    ...base,
    announcer,
    streams,
    typing,
    connectedUsers,
    roomReaper,
  });
  const slowConsumerReplay = new SlowConsumerReplay({
    ...{ log, clock, background },
    resync: (subscription) => subscriptions.resync(subscription),
    sendParticipants: (subscription) => sendParticipants({ presence }, subscription),
    sendActivity: (connection, roomIds) => unreadNotifier.sendMissed(connection, roomIds),
  });
  const opener = new SnapshotSubscriber({
    ...base,
    budget,
    commits,
    subscriptions,
    typing,
    presence,
  });
  const displayNames = new RoomDisplayNames({ store, presence });
  const roomLists = new RoomLists({ store, streams, displayNames, presence });
  const conversations = new AutoSubscriber({
    ...{ logger, store, clock, streams, subscriptions, connectedUsers, roomLists },
  });
  const clusterMemberships = new ClusterMemberships({
    ...{ bus, rooms, log, connectedUsers, clock, background, accessLost, conversations },
  });
  const unreadNotifier = new UnreadNotifier({
    ...{ rooms, connectedUsers, clock, background },
    openAt: (connection, event, author) =>
      background.run(conversations.openAt(connection, event, author)),
    openMoved: (connection, roomId) =>
      background.run(conversations.openFromOtherNode(connection, roomId)),
  });

  // Commands.
  const history = new History({ store });
  const membershipAnnouncer = new MembershipAnnouncer({ settings, streams });
  const readReceipts = new ReadReceipts({ ...base, streams, presence, history });
  const messages = new MessageSender({ ...base, logWriter, typing });
  const directRoomFinder = new DirectRoomFinder({ ...base, clusterMemberships });
  const directTyping = new DirectTyping({
    ...{
      bus,
      accounts: blockCache,
      store,
      clock,
      directRoomFinder,
      secrets,
      streams,
      connectedUsers,
      typing,
    },
  });
  const notificationLevels = new NotificationLevels({ store, bus, connectedUsers, userLimits });
  const roomChanges = new RoomChanges({ streams });
  const memberships = new MembershipRemoval({ store, logWriter, userLimits });
  const workspaces = new Workspaces(base);
  const strayMemberships = new StrayMemberships({ store, memberships, clock, background });
  const activity = new Activity({ store, displayNames, userLimits });
  const people = new PeopleSearch({ accounts, rooms: store.rooms, userLimits });
  const profiles = new Profiles({ accounts, users, presence, bus, userLimits });
  const externalUsers = new ExternalUsers({ accounts, profiles, secrets, clock });
  const blocks = new BlockCommands({
    ...{ accounts, accessLost, blockCache, clock, presence, userLimits, directRoomFinder },
  });
  const recentJoins = new TtlSet(clock, JOIN_INTERVAL_MS);
  const assistant =
    options.assistant &&
    new Assistant(options.assistant, { ...base, externalUsers, streams, logWriter });

  // Accounts.
  const { registration, sessionTtlMs: ttlMs, sessionAgeMaxMs: ageMaxMs, retentionMs } = settings;
  const sessionActivity = new SessionActivitySaver({ clock, background, store: store.sessions });
  const sessionBase = { ...base, store: store.sessions, activity: sessionActivity, ttlMs, bus };
  const liveSessions = new LiveSessions(sessionBase);
  const sessions = new Sessions({ ...sessionBase, ageMaxMs, live: liveSessions });
  const denylist = new ExternalTokenDenylist();
  const revocations = new SessionRevocationWatch({
    ...{ bus, store: store.sessions, clock, background },
    onRevoked: (revocation) => {
      denylist.applyRevocation(revocation);
      liveSessions.applyRevocation(revocation);
    },
  });
  const { networkOf, passwords, commonPasswords, accessTokens } = options;
  const { externalSessionStore: records } = options;
  const externalSessions =
    records && new ExternalSessions({ records, liveSessions, users: externalUsers, clock });
  const attempts = new AuthAttemptLimiter({
    settings,
    ...{ accounts, sessions: store.sessions, secrets, clock, networkOf },
  });
  const sessionReaper = new SessionReaper({
    ...{ sessions, liveSessions, externalSessions, accounts, clock, background },
  });

  const directRoomReader = new DirectRoomReader({ store, history, readReceipts });
  const retention = new Retention({ ...base, log, streams, retentionMs });
  const participantRenewals = new ParticipantRenewals({
    ...{ bus, clock, streams },
    otherNodeIds: () => presence.otherNodeIds(),
  });
  const clusterExchange = new ClusterExchange({
    ...{ bus, settings, clock, streams, presence, headExchange, clusterMemberships },
    ...{ participantRenewals, typing, readReceipts, announcer, roomReaper, subscriptions },
    membershipAnnouncer,
  });

  return {
    accounts: new Accounts({
      ...{ store: accounts, sessions, attempts, passwords, commonPasswords },
      ...{ secrets, clock, registration },
    }),
    sessions,
    liveSessions,
    userSessions: reads.limit(
      new UserSessions({ ...{ ...base, sessions, liveSessions, sessionStore: store.sessions } }),
      { list: () => 2 },
    ),
    /** Undefined if Parley keeps the sessions. */
    externalSessions,
    authenticator: new Authenticator({
      ...{ sessions, accounts, accessTokens, secrets, clock, externalSessions, denylist },
      ...{ externalUsers, logger },
    }),
    tokenIssuer: new TokenIssuer({ accessTokens, clock, externalSessions, userLimits }),
    logout: new Logout({ sessions, externalSessions, denylist }),
    // A connection without its rooms is useless: it takes its turn, but no budget.
    connections: reads.limit(
      new Connections({
        ...{ ...base, rooms, accounts, liveSessions, presence, blocks, typing, subscriptions },
        ...{ conversations, slowConsumerReplay, clusterMemberships, headExchange },
      }),
      { welcome: () => 0 },
    ),
    rooms: reads.limit(
      new RoomJoiner({
        ...{ ...base, connectedUsers, recentJoins, displayNames, opener, membershipAnnouncer },
      }),
      { join: () => 1 },
    ),
    roomIds: new RoomIds(rooms),
    subscriptions,
    resumption: reads.limit(new RoomResumer({ settings, store, opener }), {
      resume: (_connection, rooms) => rooms.length,
      canResume: (_user, rooms) => rooms.length,
    }),
    roomLists: reads.limit(roomLists, {
      listVisible: (_user, page) => pagesOf(page),
      listOwn: () => 4,
      listOwnFirst: () => 4,
      listConversations: () => 4,
    }),
    participants: reads.limit(new ParticipantPages({ store, streams, presence }), {
      read: (_connection, page) => pagesOf(page),
    }),
    memberships,
    notificationLevels,
    roomTopics: new RoomTopics({ store, userLimits, roomChanges }),
    messages,
    messageChanges: new MessageChanges({ logWriter, userLimits }),
    connectionless: new ConnectionlessSender({
      ...{ settings, userLimits, messages, directRoomFinder },
    }),
    history: reads.limit(history, {
      readMessages: (_user, page) => pagesOf(page),
      readThread: (_user, page) => pagesOf(page),
      readPins: (_user, page) => pagesOf(page),
    }),
    readReceipts: reads.limit(readReceipts, { findReaders: () => 1 }),
    typing: new TypingCommands({ archivedChannelCache, typing }),
    connectedUsers,
    presence,
    presenceStatus: new PresenceCommands({ presence, accounts, clock, userLimits }),
    blocks: reads.limit(blocks, { listBlocked: () => 2 }),
    // A page searches the events of many rooms.
    activity: reads.limit(activity, { list: () => 20 }),
    people: reads.limit(people, { find: () => 1 }),
    profiles: reads.limit(profiles, { list: () => 1 }),
    directMessages: new DirectMessages({ messages, directRoomFinder, typing }),
    directTyping,
    directRoomReader: reads.limit(directRoomReader, {
      readHistory: (_user, page) => pagesOf(page),
    }),
    directRoomSubscriber: reads.limit(
      new DirectRoomSubscriber({ settings, store, opener, directRoomReader }),
      { subscribe: () => 1 },
    ),
    groups: new GroupCreator({ ...base, presence, connectedUsers, conversations }),
    groupMembers: new GroupMembers({ ...base, connectedUsers, conversations, membershipAnnouncer }),
    invitationPrivacy: new InvitationPrivacySettings(base),
    invitations: reads.limit(
      new ReceivedInvitationCommands({
        ...{ ...base, connectedUsers, conversations, memberships, blocks, membershipAnnouncer },
      }),
      { list: () => 2 },
    ),
    workspaces: reads.limit(workspaces, { list: () => 2 }),
    workspaceMembers: reads.limit(new WorkspaceMembers({ ...base, workspaces, strayMemberships }), {
      list: (_user, page) => pagesOf(page),
    }),
    channels: reads.limit(
      new Channels({
        ...{ ...base, archivedChannelCache, connectedUsers, workspaces, roomChanges },
      }),
      { list: () => 4 },
    ),
    clusterExchange,
    /** For the rate limits of gateways and routes. */
    leases,
    /** Undefined if each node commits its own commands. */
    router,
    commits: queue,
    /** The bytes that the process holds for its clients. */
    budget,

    /** Cleans up after an earlier run and starts the periodic tasks. */
    async begin(): Promise<void> {
      // A database thread that dies is replaced within milliseconds: no reason to end the start.
      await retryWhileUnavailable(clock, () => revocations.begin());
      await clusterExchange.begin();
      await router?.begin();
      await profiles.begin();
      await retryWhileUnavailable(clock, () => roomReaper.begin());
      if (assistant !== undefined) await retryWhileUnavailable(clock, () => assistant.begin());
      await retryWhileUnavailable(clock, () => strayMemberships.begin());
      sessionReaper.begin();
      retention.begin();
      presence.searchIdleLater();
    },

    /** Stops all tasks after every connection has closed, and saves what is only in memory. */
    async close(): Promise<void> {
      for (const task of [
        sessionReaper,
        revocations,
        retention,
        strayMemberships,
        profiles,
        clusterExchange,
        roomReaper,
      ]) {
        task.close();
      }
      assistant?.close();
      for (const task of [uncertainCommands, typing, unreadNotifier, throttle, presence, streams]) {
        task.close();
      }
      await commits.drain();
      router?.close();
      liveSessions.saveAll();
      sessionActivity.close();
      await background.settle();
    },
  };
}
