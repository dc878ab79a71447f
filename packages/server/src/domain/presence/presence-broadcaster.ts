/** Sends the presence of a user to the users who share an open room. */

import type { RoomId, UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import { shownNameOf } from '../../model/user.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { isDirectOrGroup } from '../direct/auto-subscribed-kinds.ts';
import type { DomainSettings } from '../settings.ts';

export interface PresenceBroadcasterDependencies {
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  readonly settings: Pick<DomainSettings, 'largeRoomPeople'>;
  /** Whether there is a block between two users. */
  readonly isHidden: (one: UserId, other: UserId) => boolean;
}

export class PresenceBroadcaster {
  readonly #dependencies: PresenceBroadcasterDependencies;

  constructor(dependencies: PresenceBroadcasterDependencies) {
    this.#dependencies = dependencies;
  }

  /** With `only`, sends it to that user alone, even if there is a block. */
  send(member: Member, rooms: Iterable<RoomId>, only?: UserId): void {
    const { streams, settings, isHidden } = this.#dependencies;
    const others = new Set<ChatConnection>();
    for (const roomId of rooms) {
      const stream = streams.get(roomId);
      if (stream === undefined) continue;
      // Presence in a large room would be quadratic, and of little use.
      const isLarge = stream.participants.count > settings.largeRoomPeople;
      if (isLarge && !isDirectOrGroup(stream.room)) continue;
      for (const connection of stream.connections()) {
        if (!connection.shows(member.userId)) continue;
        if (this.#isRecipient(member.userId, connection.user.id, only)) others.add(connection);
      }
    }
    const isBlocked = only !== undefined && isHidden(member.userId, only);
    broadcast({ kind: 'presence', member: isBlocked ? withoutPresence(member) : member }, others);
  }

  #isRecipient(aboutId: UserId, userId: UserId, only: UserId | undefined): boolean {
    if (only !== undefined) return userId === only;
    return userId !== aboutId && !this.#dependencies.isHidden(aboutId, userId);
  }
}

/** A user as a block shows them to the other: never seen. */
export function withoutPresence(member: Member): Member {
  const { userId, username } = member;
  const unseen = { status: 'offline', lastSeenAtMs: undefined, statusText: undefined } as const;
  return { userId, username, ...shownNameOf(member), ...unseen };
}
