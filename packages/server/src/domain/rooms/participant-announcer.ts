/** Informs the users in a room about who joins and leaves; in a large room only about the count. */

import { shownNameOf, type User } from '../../model/user.ts';
import { isAutoSubscribed, isDirectOrGroup } from '../delivery/auto-subscribed-kinds.ts';
import type { ConnectionStream, Subscription } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { ParticipantChange } from '../delivery/room-participants.ts';
import type { Throttle } from '../primitives/throttle.ts';
import type { DomainSettings } from '../settings.ts';
import {
  listParticipants,
  type ParticipantListDependencies,
  sendParticipants,
} from './visible-participants.ts';

interface ParticipantAnnouncerDependencies extends ParticipantListDependencies {
  readonly settings: Pick<DomainSettings, 'largeRoomPeople'>;
  /** Limits events about a whole room to one per interval. */
  readonly throttle: Pick<Throttle, 'run'>;
}

export class ParticipantAnnouncer {
  readonly #dependencies: ParticipantAnnouncerDependencies;

  constructor(dependencies: ParticipantAnnouncerDependencies) {
    this.#dependencies = dependencies;
  }

  /** For a user's first connection in the room. */
  announceJoin({ stream, connection }: Subscription): void {
    this.#broadcastToOthers(stream, connection.user, 'user-joined');
  }

  /** After a user's last connection has left the room. */
  announceLeave({ stream, connection }: Subscription): void {
    this.#broadcastToOthers(stream, connection.user, 'user-left');
    this.broadcastIfShrunk(stream);
  }

  /**
   * After an event of the log has ended the access of a user: clients that were sent a list behind
   * that event may have been listed the user, and do not get the event again.
   */
  announceLoggedLeave({ stream, connection }: Subscription, sequence: number): void {
    this.#broadcastToOthers(stream, connection.user, 'user-left', sequence);
    this.broadcastIfShrunk(stream);
  }

  /** For a client that has missed who joined and left. */
  listFor(subscription: Subscription): void {
    sendParticipants(this.#dependencies, subscription);
  }

  /** For a user who enters or leaves the room on another node. */
  announceFromOtherNode(
    stream: ConnectionStream,
    { user, isPresent, loggedAt }: ParticipantChange,
  ): void {
    const kind = isPresent ? 'user-joined' : 'user-left';
    this.#broadcastToOthers(stream, user, kind, loggedAt);
    if (!isPresent) this.broadcastIfShrunk(stream);
  }

  /**
   * For a large room that no longer is large: its members were not informed about joins, leaves and
   * presence while it was.
   */
  broadcastIfShrunk(stream: ConnectionStream): void {
    if (isDirectOrGroup(stream.room)) return;
    if (stream.participants.count === this.#dependencies.settings.largeRoomPeople)
      this.#broadcastMemberCount(stream);
  }

  /** @param loggedAt Sequence of an event that reports the same to clients who get it. */
  #broadcastToOthers(
    stream: ConnectionStream,
    { id: userId, username }: Pick<User, 'id' | 'username'>,
    kind: 'user-joined' | 'user-left',
    loggedAt?: number,
  ): void {
    const { room, participants } = stream;
    const isAmongFew = isDirectOrGroup(room);
    // A user who enters on a node without the event enters behind it for the clients of this one.
    const hasEnteredBehind =
      kind === 'user-left' && participants.hasEnteredBehind(userId, loggedAt);
    participants.noteEntry(userId, kind === 'user-joined' ? stream.head : undefined);
    if (!isAmongFew && participants.count > this.#dependencies.settings.largeRoomPeople) {
      this.#broadcastMemberCount(stream);
      return;
    }
    // If a direct or group room opens automatically, having it open means nothing.
    const others = [...stream.connections()].filter(
      (connection) =>
        connection.user.id !== userId &&
        !isAutoSubscribed(connection.link.dialect, room) &&
        (loggedAt === undefined ||
          hasEnteredBehind ||
          connection.openRoom(room.id)?.wasListedBehind(loggedAt) === true),
    );
    const seeing = others.filter(
      ({ user }) => !this.#dependencies.presence.isHiddenIn(room, userId, user.id),
    );
    broadcast(
      { kind, roomId: room.id, userId, username },
      room.kind === 'direct' ? seeing : others,
    );
    if (kind === 'user-left') return;
    // A user who joins appears online under the username; what differs follows at once.
    const [member] = this.#dependencies.presence.members([userId]);
    if (member === undefined) return;
    const { status, statusText } = member;
    const isPlain = Object.keys(shownNameOf(member)).length === 0;
    if (status === 'online' && !statusText && isPlain) return;
    broadcast({ kind: 'presence', member, roomId: room.id }, seeing);
  }

  /**
   * Sends the member count of a large room, at most once a second; the member list if the room is
   * small by then.
   */
  #broadcastMemberCount(stream: ConnectionStream): void {
    const { throttle, presence, settings } = this.#dependencies;
    const { id: roomId } = stream.room;
    throttle.run(`count ${roomId}`, () => {
      const { count: memberCount } = stream.participants;
      if (memberCount > settings.largeRoomPeople) {
        broadcast({ kind: 'member-count', roomId, memberCount }, stream.connections());
      } else {
        const ids = [...stream.participants.ids()];
        const all = listParticipants({ presence }, stream.participants, ids);
        for (const connection of stream.connections()) {
          const { id: viewerId } = connection.user;
          const seesAll = !ids.some((id) => presence.isHidden(id, viewerId));
          const members = seesAll
            ? all
            : listParticipants({ presence }, stream.participants, ids, viewerId);
          connection.openRoom(roomId)?.noteListed();
          broadcast({ kind: 'members', roomId, members, memberCount }, [connection]);
        }
      }
    });
  }
}
