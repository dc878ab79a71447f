/** The connections of all clients to this node: from their begin to their end. */

import type { ConnectionId } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { ClientTransport } from '../../ports/client-transport.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { LiveSessions } from '../accounts/live-sessions.ts';
import type { BlockCommands } from '../blocks/block-commands.ts';
import type { CoreEvents } from '../core/core-events.ts';
import type { EventHub } from '../core/event-hub.ts';
import { ChatConnection } from '../delivery/chat-connection.ts';
import type { SlowConsumerReplay } from '../delivery/slow-consumer-replay.ts';
import type { AutoSubscriber } from '../direct/auto-subscriber.ts';
import type { UserPresence } from '../presence/user-presence.ts';
import type { RoomSummaries } from '../rooms/room-lists.ts';
import type { DomainSettings } from '../settings.ts';
import type { UserGroups } from '../user-groups/user-groups.ts';

/**
 * Maximum number of a user's rooms whose activity this node tracks; the latest active ones are
 * taken.
 */
const MEMBERSHIPS_MAX = 10_000;

export interface ConnectionsDependencies {
  readonly settings: DomainSettings;
  readonly clock: Clock;
  readonly secrets: Pick<Crypto, 'newRandomId'>;
  readonly logger: Logger;
  readonly rooms: Pick<RoomStore, 'listMemberships'>;
  readonly accounts: Pick<AccountStore, 'listChosenPresence'>;
  readonly events: Pick<EventHub<CoreEvents>, 'emit'>;
  readonly liveSessions: Pick<LiveSessions, 'touch'>;
  readonly presence: Pick<UserPresence, 'enter' | 'noteActivity' | 'showChosen'>;
  readonly blocks: Pick<BlockCommands, 'listBlockedIds'>;
  readonly userGroups: Pick<UserGroups, 'handlesOf'>;
  readonly conversations: Pick<AutoSubscriber, 'openOwn'>;
  readonly slowConsumerReplay: Pick<SlowConsumerReplay, 'drained' | 'giveUp' | 'welcomed'>;
}

/** The rooms and groups of a new connection's user. */
export interface Welcome extends RoomSummaries {
  /** Handles of the groups of the user. */
  readonly groups: readonly string[];
}

export class Connections {
  readonly #dependencies: ConnectionsDependencies;
  readonly #connections = new Map<ConnectionId, ChatConnection>();

  constructor(dependencies: ConnectionsDependencies) {
    this.#dependencies = dependencies;
  }

  get count(): number {
    return this.#connections.size;
  }

  /** The connections of all users, for the operator. */
  values(): Iterable<ChatConnection> {
    return this.#connections.values();
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
    const { settings, clock, events } = this.#dependencies;
    const connection = new ChatConnection(this.#newId(), identity, link, {
      settings: own === undefined ? settings : { ...settings, ...own },
      clock,
      onLaggedTooLong: this.#giveUp,
    });
    this.#connections.set(connection.id, connection);
    events.emit('connected', connection, identity);
    return connection;
  }

  /**
   * Calls `reply` with the rooms that the user is a member of, and shows the user as present to
   * those who share a room. Direct and group rooms are open from then on.
   */
  async welcome(connection: ChatConnection, reply: (welcome: Welcome) => void): Promise<void> {
    const { rooms, blocks, accounts, presence, conversations, userGroups } = this.#dependencies;
    const { events, slowConsumerReplay } = this.#dependencies;
    const { id: userId } = connection.user;
    const [memberships, blocked, [choice], groups] = await Promise.all([
      rooms.listMemberships(userId, MEMBERSHIPS_MAX),
      blocks.listBlockedIds(userId),
      accounts.listChosenPresence([userId]),
      userGroups.handlesOf(userId),
    ]);
    if (connection.isClosed) return;
    events.emit('membershipsListed', userId, memberships);
    presence.enter(connection, memberships, { blocked, choice });
    await conversations.openOwn(connection, (listed) => {
      reply({ ...listed, groups });
      connection.markWelcomed();
      events.emit('welcomed', connection, listed.rooms);
    });
    slowConsumerReplay.welcomed(connection);
    presence.showChosen(connection);
  }

  /** The client has read what was buffered for it: a connection that lagged gets what it missed. */
  drained(connection: ChatConnection): void {
    this.#dependencies.slowConsumerReplay.drained(connection);
  }

  /**
   * Returns whether the connection's session is still valid. A valid command counts as activity.
   */
  noteCommand(connection: ChatConnection): boolean {
    this.#dependencies.presence.noteActivity(connection);
    return this.#dependencies.liveSessions.touch(connection);
  }

  /** Removes a closed connection. Safe to call twice. */
  disconnect(connection: ChatConnection, how: { readonly onPurpose: boolean }): void {
    if (!this.#connections.delete(connection.id)) return;
    connection.markClosed();
    this.#dependencies.events.emit('disconnected', connection, how);
  }

  readonly #giveUp = (connection: ChatConnection): void =>
    this.#dependencies.slowConsumerReplay.giveUp(connection);

  /** Generates an unused id. A collision means that the random generator is broken. */
  #newId(): ConnectionId {
    const id = this.#dependencies.secrets.newRandomId() as ConnectionId; // Generated here: the cast is safe.
    if (!this.#connections.has(id)) return id;
    this.#dependencies.logger.record({ event: 'connection.duplicate', connectionId: id });
    return this.#newId();
  }
}
