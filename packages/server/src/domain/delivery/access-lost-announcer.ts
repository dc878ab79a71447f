/** Announces the end of a membership to the connections of its user that do not have the room open. */

import type { RoomId, UserId } from '@parley/protocol';
import type { RoomEvent } from '../../model/room-event.ts';
import type { Bus } from '../../ports/bus.ts';
import type { ChatConnection } from './chat-connection.ts';
import { broadcast } from './fan-out.ts';

type AccessLost = Extract<RoomEvent, { kind: 'access-lost' }>;

export interface AccessLostAnnouncerDependencies {
  /** The connected users and the rooms that they are members of. */
  readonly connectedUsers: {
    connectionsOf(userId: UserId): readonly ChatConnection[];
    leftRoom(userId: UserId, roomId: RoomId): void;
  };
  readonly bus: Pick<Bus, 'publish'>;
}

export class AccessLostAnnouncer {
  readonly #dependencies: AccessLostAnnouncerDependencies;

  constructor(dependencies: AccessLostAnnouncerDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Tells the other nodes of it too, before its event: there, connections that have the room open
   * get the event only.
   */
  announceToAllNodes(event: AccessLost): void {
    const { userId, roomId, reason, sequence } = event;
    this.announce(event);
    const message = { kind: 'membership-ended', roomId, reason, sequence } as const;
    this.#dependencies.bus.publish('user', userId, message);
  }

  /** Connections that have the room open get the event in their stream; all others get it now. */
  announce({
    userId,
    roomId,
    reason,
    sequence,
  }: Pick<AccessLost, 'userId' | 'roomId' | 'reason' | 'sequence'>): void {
    const { connectedUsers } = this.#dependencies;
    const others = connectedUsers.connectionsOf(userId).filter((other) => !other.hasOpen(roomId));
    connectedUsers.leftRoom(userId, roomId);
    broadcast({ kind: 'room-left', roomId, reason, sequence, wasOpen: false }, others);
  }
}
