/** Announces the end of a membership to the connections of its user that do not have the room open. */

import type { RoomId, UserId } from '@parley/protocol';
import type { UserMessage } from '../../model/bus-message.ts';
import type { RoomEvent, RoomLeftReason } from '../../model/room-event.ts';
import type { ChatConnection } from './chat-connection.ts';
import { broadcast } from './fan-out.ts';

type AccessLost = Extract<RoomEvent, { kind: 'access-lost' }>;

interface AccessLostAnnouncerDependencies {
  /** The connected users and the rooms that they are members of. */
  readonly connectedUsers: {
    connectionsOf(userId: UserId): readonly ChatConnection[];
    leftRoom(userId: UserId, roomId: RoomId): void;
    send(userId: UserId, message: UserMessage): void;
  };
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
    this.#dependencies.connectedUsers.send(userId, message);
  }

  /** For an end without an event: closes the room on all connections of the user, on all nodes. */
  announceUnlogged(userId: UserId, roomId: RoomId, reason: RoomLeftReason = 'left'): void {
    const ended = { roomId, reason, sequence: 0, isLogged: false } as const;
    this.announce({ userId, ...ended });
    this.#dependencies.connectedUsers.send(userId, { kind: 'membership-ended', ...ended });
  }

  /** Connections that have the room open get the event in their stream; all others get it now. */
  announce({
    userId,
    roomId,
    reason,
    sequence,
    isLogged = true,
  }: Pick<AccessLost, 'userId' | 'roomId' | 'sequence'> & {
    readonly reason: RoomLeftReason;
    /** Whether the log has an event of it. */
    readonly isLogged?: boolean;
  }): void {
    const { connectedUsers } = this.#dependencies;
    const connections = connectedUsers.connectionsOf(userId);
    const others = connections.filter((other) => !other.hasOpen(roomId));
    connectedUsers.leftRoom(userId, roomId);
    broadcast({ kind: 'room-left', roomId, reason, sequence, wasOpen: false }, others);
    if (isLogged) return;
    for (const { subscriptions } of connections) subscriptions.get(roomId)?.endAccess(reason);
  }
}
