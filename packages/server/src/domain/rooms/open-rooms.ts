/** Rooms, their members and their subscriptions: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import { showMembershipChange } from '../core/membership-announcer.ts';
import { showMute } from '../core/mute-announcer.ts';
import { pagesOf } from '../core/user-reads.ts';
import type { Author } from '../delivery/log-writer.ts';
import { SlowConsumerReplay } from '../delivery/slow-consumer-replay.ts';
import type { FilesFeature } from '../files/open-files.ts';
import type { PresenceFeature } from '../presence/open-presence.ts';
import { retryWhileUnavailable } from '../primitives/retry-while-unavailable.ts';
import { TtlSet } from '../primitives/ttl-set.ts';
import { JoinWaves } from './join-waves.ts';
import { MemberPages } from './member-pages.ts';
import { MemberTotals } from './member-totals.ts';
import { MembershipRemoval } from './membership-removal.ts';
import { Newcomers } from './newcomers.ts';
import { chooseLevel, type NotificationChoice, showLevel } from './notification-levels.ts';
import { followOperator } from './operator-acts.ts';
import { ParticipantAnnouncer } from './participant-announcer.ts';
import { ParticipantPages } from './participant-pages.ts';
import { PermissionExplainer } from './permission-explainer.ts';
import { showChange } from './room-changes.ts';
import { RoomDeletion } from './room-deletion.ts';
import { RoomDisplayNames } from './room-display-names.ts';
import { JOIN_INTERVAL_MS, RoomJoiner } from './room-joiner.ts';
import { RoomLists } from './room-lists.ts';
import { RoomPictures } from './room-pictures.ts';
import { RoomReaper } from './room-reaper.ts';
import { RoomIds } from './room-reference.ts';
import { RoomRestrictions } from './room-restrictions.ts';
import { RoomResumer } from './room-resumer.ts';
import { RoomSettings } from './room-settings.ts';
import { SnapshotSubscriber } from './snapshot-subscriber.ts';
import { SubscriptionLifecycle } from './subscription-lifecycle.ts';
import { UnreadNotifier } from './unread-notifier.ts';
import { sendParticipants } from './visible-participants.ts';

export function openRooms(
  core: Core,
  { presence, typing }: PresenceFeature,
  { services: { uploads } }: FilesFeature,
) {
  const { clock, settings, events, reads, roomNotices, userMessages } = core;
  const roomReaper = new RoomReaper({ ...core, timeoutMs: settings.emptyRoomTimeoutMs });
  const announcer = new ParticipantAnnouncer({ ...core, presence });
  const subscriptions = new SubscriptionLifecycle({
    ...{ ...core, announcer, presence, typing, roomReaper },
  });
  const opener = new SnapshotSubscriber({ ...core, subscriptions, typing, presence });
  const displayNames = new RoomDisplayNames({ ...core, presence });
  const roomLists = new RoomLists({ ...core, displayNames, presence });
  const memberships = new MembershipRemoval(core);
  const restrictions = new RoomRestrictions(core);
  const unreadNotifier = new UnreadNotifier(core);
  const slowConsumerReplay = new SlowConsumerReplay({
    ...core,
    resync: (subscription) => subscriptions.resync(subscription),
    sendParticipants: (subscription) => sendParticipants({ presence }, subscription),
    sendActivity: (connection, roomIds) => unreadNotifier.sendMissed(connection, roomIds),
  });
  const memberTotals = new MemberTotals(core);
  const roomSettings = new RoomSettings(core);
  const roomDeletion = new RoomDeletion({ ...core, roomSettings, roomReaper });
  const operatorActs = followOperator({ ...core, roomReaper });
  const recentJoins = new TtlSet(clock, JOIN_INTERVAL_MS);
  const joinWaves = new JoinWaves(core);

  events.on('stored', 'unread', (event) => unreadNotifier.note(event.roomId));
  events.on('headMoved', 'unread', (roomId) => unreadNotifier.note(roomId));
  events.on('stored', 'member totals', (event) => memberTotals.noteEvent(event));
  events.on('received', 'member totals', (event) => memberTotals.noteEvent(event));
  events.on('memberAdded', 'member totals', (roomId) => memberTotals.noteChange(roomId));
  events.on('memberAdded', 'join waves', (roomId, joined) => {
    if (joined !== undefined) joinWaves.note(joined, roomId);
  });
  events.on('disconnected', 'rooms', (connection) => {
    for (const subscription of connection.subscriptions.values()) subscriptions.close(subscription);
  });
  events.on('visibilityChanged', 'rooms', (connection) =>
    subscriptions.followVisibility(connection),
  );
  events.on('participantChanged', 'rooms', (stream, change) => {
    announcer.announceFromOtherNode(stream, change);
    if (!change.isPresent) roomReaper.becameEmpty(stream.room);
  });
  roomNotices.on('gone', 'rooms', (stream) => subscriptions.resyncAll(stream));
  roomNotices.on('room-changed', 'rooms', (stream, notice) => showChange(stream, notice));
  roomNotices.on('membership-changed', 'rooms', (stream, { change }) => {
    showMembershipChange(core, stream, change);
    memberTotals.noteChange(change.roomId);
  });
  userMessages.on('membership', 'rooms', (userId, { room }) => unreadNotifier.showTo(userId, room));
  userMessages.on('mute', 'rooms', (userId, notice) => showMute(core, userId, notice));
  userMessages.on('notification-level', 'rooms', (userId, choice) => {
    showLevel(core, userId, choice);
  });
  events.on('beginning', 'empty-rooms', () =>
    retryWhileUnavailable(clock, () => roomReaper.begin()),
  );
  events.on('beginning', 'operator acts', operatorActs.begin);
  events.on('closing', 'rooms', () => {
    operatorActs.close();
    roomReaper.close();
    unreadNotifier.close();
  });

  return {
    ...{
      subscriptions,
      opener,
      displayNames,
      roomLists,
      memberships,
      slowConsumerReplay,
      roomSettings,
      unreadNotifier,
    },
    services: {
      ...{ subscriptions, memberships, roomDeletion },
      newcomers: new Newcomers({ ...core, roomSettings }),
      restrictions: reads.limit(restrictions, { list: () => 1 }),
      notificationLevels: {
        choose: (author: Author, choice: NotificationChoice) => chooseLevel(core, author, choice),
      },
      permissions: reads.limit(new PermissionExplainer({ ...core, roomSettings }), {
        explain: () => 1,
      }),
      rooms: reads.limit(
        new RoomJoiner({ ...core, recentJoins, displayNames, opener, joinWaves }),
        {
          join: () => 1,
        },
      ),
      roomIds: new RoomIds(core.rooms),
      resumption: reads.limit(new RoomResumer({ ...core, opener }), {
        resume: (_connection, rooms) => rooms.length,
        canResume: (_user, rooms) => rooms.length,
      }),
      roomLists: reads.limit(roomLists, {
        listVisible: (_user, page) => (page.q === undefined ? pagesOf(page) : 4),
        listOwn: () => 4,
        listOwnFirst: () => 4,
        listConversations: () => 4,
      }),
      participants: reads.limit(new ParticipantPages({ ...core, presence }), {
        read: (_connection, page) => pagesOf(page),
      }),
      members: reads.limit(new MemberPages({ ...core, presence }), {
        read: (_user, page) => (page.q === undefined ? pagesOf(page) : 4),
      }),
      roomSettings: reads.limit(roomSettings, { read: () => 1 }),
      roomPictures: new RoomPictures({
        ...core,
        ...{ uploads, roomSettings },
        roomIds: new RoomIds(core.rooms),
      }),
    },
  };
}

export type RoomsFeature = ReturnType<typeof openRooms>;
