/**
 * The core of the domain, on which each feature opens itself: it stores commands, keeps the streams
 * of rooms and the connected users, and emits what happens. It knows no feature.
 */

import { atTime } from '../../model/room-member.ts';
import { type User, userAt } from '../../model/user.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { Store } from '../../ports/store.ts';
import type { TokenLeases } from '../../ports/token-leases.ts';
import { AccessLostAnnouncer } from '../delivery/access-lost-announcer.ts';
import { ClientMemoryBudget } from '../delivery/client-memory-budget.ts';
import { LogWriter } from '../delivery/log-writer.ts';
import { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { UncertainCommands } from '../delivery/uncertain-commands.ts';
import { CommitQueue } from '../event-log/commit-queue.ts';
import { CommitRouter } from '../event-log/commit-router.ts';
import { BackgroundTasks } from '../primitives/background-tasks.ts';
import { BoundedLeases } from '../primitives/bounded-leases.ts';
import { Cursors } from '../primitives/cursors.ts';
import { Throttle } from '../primitives/throttle.ts';
import type { DomainSettings } from '../settings.ts';
import { ConnectedUsers } from './connected-users.ts';
import { openCoreEvents, type RoomNotices, type UserMessages } from './core-events.ts';
import { EventHub } from './event-hub.ts';
import { OtherNodes } from './other-nodes.ts';
import { UserCache } from './user-cache.ts';
import { createUserRateLimits } from './user-rate-limits.ts';
import { UserReads } from './user-reads.ts';

export interface CoreOptions {
  readonly settings: DomainSettings;
  readonly store: Store;
  readonly bus: Bus;
  /** Rate limits that nodes share. */
  readonly tokenLeases: TokenLeases;
  readonly clock: Clock;
  readonly secrets: Crypto;
  readonly cursorSealer: Sealer;
  readonly logger: Logger;
}

/**
 * Minimum interval between two member counts, or two read positions of one user, sent to a room.
 */
const BROADCAST_INTERVAL_MS = 1000;

export type Core = ReturnType<typeof openCore>;

export function openCore(options: CoreOptions) {
  const { settings, bus, clock, secrets, logger } = options;
  const events = openCoreEvents(settings.units);
  const roomNotices = new EventHub<RoomNotices>();
  const userMessages = new EventHub<UserMessages>();
  const nodes = new OtherNodes(bus);

  const users = new UserCache(options.store.accounts);
  // A suspension has an end that no timer applies: each read compares the time.
  const now = (user: User): User => userAt(user, clock.nowMs());
  const findUser: Store['accounts']['findUser'] = async (reference) => {
    const found = await users.findUser(reference);
    return found && now(found);
  };
  const listUsers: Store['accounts']['listUsers'] = async (...args) =>
    (await options.store.accounts.listUsers(...args)).map(now);
  const listUsersByExternalId: Store['accounts']['listUsersByExternalId'] = async (ids) =>
    (await options.store.accounts.listUsersByExternalId(ids)).map(now);
  const findRoom: Store['rooms']['findRoom'] = async (reference, userId) => {
    const found = await options.store.rooms.findRoom(reference, userId);
    return found && atTime(found, clock.nowMs());
  };
  const store = {
    ...options.store,
    accounts: { ...options.store.accounts, findUser, listUsers, listUsersByExternalId },
    // Everything else is the store's own, also if it is replaced later.
    rooms: Object.assign(Object.create(options.store.rooms) as Store['rooms'], { findRoom }),
  };
  const { accounts, log, rooms } = store;
  const budget = new ClientMemoryBudget(settings.memoryBudgetBytes);
  const background = new BackgroundTasks(logger);
  const throttle = new Throttle(clock, BROADCAST_INTERVAL_MS);
  const leases = new BoundedLeases({
    ...{ clock, leases: options.tokenLeases },
    nodeCount: () => nodes.count(),
  });
  const userLimits = createUserRateLimits(settings, leases);
  const reads = new UserReads({ clock, userLimits });
  const cursors = new Cursors(options.cursorSealer);

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
    onEvent: (event, isNew) => {
      router?.noteReceived(event, isNew);
      events.emit('received', event);
    },
    onParticipant: (stream, change) => events.emit('participantChanged', stream, change),
    // The hub passes each kind to the listeners of this kind.
    onNotice: (stream, notice) => roomNotices.emit(notice.kind, stream, notice as never),
    areParticipantsHeld: (nodeId) => nodes.holdsParticipants(nodeId),
  });
  const connectedUsers = new ConnectedUsers({
    ...{ bus, background },
    onUserMessage: (userId, message) => userMessages.emit(message.kind, userId, message as never),
    onSubscribed: (userId) => events.emit('userSubscribed', userId),
  });
  const uncertainCommands = new UncertainCommands({
    ...{ log, rooms, clock, background },
    announce: (event) => logWriter.announceStored(event),
  });
  const accessLost = new AccessLostAnnouncer({ connectedUsers });
  const logWriter: LogWriter = new LogWriter({
    ...{ secrets, clock, logger, background, log, commits, streams, accessLost },
    ...{ uncertainCommands, bus, queue },
    onStored: (event, author, committedBy) => events.emit('stored', event, author, committedBy),
    onArchived: (roomId) => events.emit('archived', roomId),
  });
  events.on('beginning', 'commits', () => router?.begin());

  return {
    ...{ settings, bus, clock, secrets, logger, events, roomNotices, userMessages, nodes },
    ...{ users, store, accounts, log, rooms, budget, background, throttle, leases, userLimits },
    ...{ reads, cursors, queue, router, commits, streams, connectedUsers, accessLost, logWriter },

    begin: () => events.emitInTurn('beginning'),

    /** Stops all tasks, and saves what is only in memory. */
    async close(): Promise<void> {
      events.emit('closing');
      for (const task of [uncertainCommands, throttle, streams]) task.close();
      await commits.drain();
      router?.close();
      events.emit('closed');
      await background.settle();
    },
  };
}
