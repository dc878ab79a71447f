/** Sends the presence of a user to the users who share an open room. */

import type { RoomId, UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import { shownNameOf } from '../../model/user.ts';
import { isDirectOrGroup } from '../delivery/auto-subscribed-kinds.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { DomainSettings } from '../settings.ts';
import type { DirectConsent } from './direct-consent.ts';

interface PresenceBroadcasterDependencies {
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  readonly settings: Pick<DomainSettings, 'largeRoomPeople'>;
  /** Whether there is a block between two users. */
  readonly isHidden: (one: UserId, other: UserId) => boolean;
  readonly consent: Pick<DirectConsent, 'hides'>;
}

export class PresenceBroadcaster {
  readonly #dependencies: PresenceBroadcasterDependencies;

  constructor(dependencies: PresenceBroadcasterDependencies) {
    this.#dependencies = dependencies;
  }

  /** With `only`, sends it to that user alone, as offline if the user is hidden from the other. */
  send(member: Member, rooms: Iterable<RoomId>, only?: UserId): void {
    const { consent, streams, settings, isHidden } = this.#dependencies;
    const isBlocked = only !== undefined && isHidden(member.userId, only);
    const unseen = withoutPresence(member);
    const seeing = new Set<ChatConnection>();
    const notSeeing = new Set<ChatConnection>();
    for (const roomId of rooms) {
      const stream = streams.get(roomId);
      if (stream === undefined) continue;
      // Presence in a large room would be quadratic, and of little use.
      const isLarge = stream.participants.count > settings.largeRoomPeople;
      if (isLarge && !isDirectOrGroup(stream.room)) continue;
      const isUnseen = isBlocked || consent.hides(stream.room, member.userId);
      if (isUnseen && only === undefined) continue;
      const isThere = stream.participants.has(member.userId);
      const here: ChatConnection[] = [];
      for (const connection of stream.connections()) {
        if (!connection.shows(member.userId)) continue;
        if (!this.#isRecipient(member.userId, connection.user.id, only)) continue;
        if (connection.link.dialect.presence === 'by-room') {
          if (isThere) here.push(connection);
        } else if (isUnseen) notSeeing.add(connection);
        else seeing.add(connection);
      }
      const shown = isUnseen ? unseen : member;
      if (here.length > 0) broadcast({ kind: 'presence', member: shown, roomId }, here);
    }
    for (const connection of seeing) notSeeing.delete(connection);
    broadcast({ kind: 'presence', member }, seeing);
    broadcast({ kind: 'presence', member: unseen }, notSeeing);
  }

  #isRecipient(aboutId: UserId, userId: UserId, only: UserId | undefined): boolean {
    if (only !== undefined) return userId === only;
    return userId !== aboutId && !this.#dependencies.isHidden(aboutId, userId);
  }
}

/** A user who is hidden from the other: never seen. */
export function withoutPresence(member: Member): Member {
  const { userId, username } = member;
  const unseen = { status: 'offline', lastSeenAtMs: undefined, statusText: undefined } as const;
  return { userId, username, ...shownNameOf(member), ...unseen };
}
