/**
 * The events of the domain's core, to which features listen: the core knows none of them. `LogWriter`
 * acknowledges a command by a direct call, before it emits `stored`.
 */

import type { RoomId, UserId } from '@parley/protocol';
import type { Revocation, RoomHead, UserMessage } from '../../model/bus-message.ts';
import type { Identity } from '../../model/identity.ts';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { MembershipEntry } from '../../model/room-member.ts';
import { UNIT_NAMES, type Unit } from '../../model/units.ts';
import type { Renaming, User } from '../../model/user.ts';
import type { ChatConnection, ConnectionStream } from '../delivery/chat-connection.ts';
import type { ParticipantChange } from '../delivery/room-participants.ts';
import type { RoomNotice } from '../delivery/room-stream-registry.ts';
import { EventHub } from './event-hub.ts';

/** A room in a list that was read from the store. */
export interface ListedHead {
  readonly room: { readonly id: RoomId };
  readonly head: Pick<RoomHead, 'sequence' | 'epoch'>;
}

export type CoreEvents = {
  /** The server starts. Listeners may return promises; each waits for the one before it. */
  beginning: [];
  /** Every connection has closed: periodic tasks stop. */
  closing: [];
  /** All commands have ended: what is only in memory is saved. */
  closed: [];
  connected: [connection: ChatConnection, identity: Identity];
  /** The memberships of a new connection's user were read. */
  membershipsListed: [userId: UserId, memberships: readonly MembershipEntry[]];
  /** A new connection was sent its user's rooms with these heads. */
  welcomed: [connection: ChatConnection, listed: readonly ListedHead[]];
  /** There may be more or fewer open reports to moderators. */
  reportsChanged: [];
  disconnected: [connection: ChatConnection, how: { readonly onPurpose: boolean }];
  /**
   * A stored event was published: on the node that has committed it, and on the node of its
   * author's connection.
   */
  stored: [event: RoomEvent, author: ChatConnection | undefined, committedBy: 'own' | 'other'];
  /** An event of another node has arrived, before its room's stream passes it on. */
  received: [event: RoomEvent];
  /** A channel was archived or unarchived, or a command was rejected because it is archived. */
  archived: [roomId: RoomId];
  /** Another node has moved the head of a room of connected users. */
  headMoved: [roomId: RoomId];
  /** A user enters or leaves a room on another node. */
  participantChanged: [stream: ConnectionStream, change: ParticipantChange];
  /** A user has become a member of a room, through this node; undefined unless by an own act. */
  memberAdded: [roomId: RoomId, joined: User | undefined];
  /** A command has found a room that its user is a member of. */
  roomFound: [userId: UserId, room: Room];
  /** Sessions have ended in another process. */
  revoked: [revocation: Revocation];
  renamed: [renaming: Renaming];
  /** The user of a connection appears offline from now on, or no longer does. */
  visibilityChanged: [connection: ChatConnection];
  /** The node receives from now on what other nodes report about a user. */
  userSubscribed: [userId: UserId];
};

/** Notices of other nodes about an open room, by kind. */
export type RoomNotices = {
  [Kind in RoomNotice['kind']]: [
    stream: ConnectionStream,
    notice: Extract<RoomNotice, { readonly kind: Kind }>,
  ];
};

/** Messages of other nodes about a connected user, by kind. */
export type UserMessages = {
  [Kind in UserMessage['kind']]: [
    userId: UserId,
    message: Extract<UserMessage, { readonly kind: Kind }>,
  ];
};

/** The owners whose place among the listeners matters. Units that other processes run do not listen. */
export const openCoreEvents = (units: readonly Unit[]) =>
  new EventHub<CoreEvents>(
    {
      beginning: [
        ...['sessions', 'cluster', 'commits', 'profiles', 'empty-rooms', 'assistant'],
        ...['stray memberships', 'session reaper', 'retention', 'presence'],
      ],
      // Clients see that a user has left a room before they see the user offline.
      disconnected: ['rooms', 'presence', 'typing', 'sessions'],
      // The heads that this node has moved are known before anything that may read the log.
      stored: ['heads', 'unread', 'conversations'],
    },
    new Set(UNIT_NAMES.filter((name) => !units.includes(name))),
  );
