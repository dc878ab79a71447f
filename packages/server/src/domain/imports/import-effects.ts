/**
 * Shows what an import has stored to those who are connected: once for each room, when it is complete
 * and marked as read. The messages are old: they notify no user, have no previews, and the
 * assistant does not answer them.
 */
import type { RoomId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { ImportPlatform } from '../../ports/history-importer.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { CoreEvents } from '../core/core-events.ts';
import type { EventHub } from '../core/event-hub.ts';
import type { AccessLostAnnouncer } from '../delivery/access-lost-announcer.ts';
import { isDirectOrGroup } from '../delivery/auto-subscribed-kinds.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { AutoSubscriber } from '../direct/auto-subscriber.ts';
import type { SubscriptionLifecycle } from '../rooms/subscription-lifecycle.ts';
import type { UnreadNotifier } from '../rooms/unread-notifier.ts';

export interface ImportEffectsDependencies {
  readonly store: ImportPlatform['store'];
  readonly streams: Pick<RoomStreamRegistry, 'get' | 'send'>;
  readonly events: Pick<EventHub<CoreEvents>, 'emit'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'isNoted' | 'joinedRoom'>;
  readonly accessLost: Pick<AccessLostAnnouncer, 'announceToAllNodes'>;
  readonly subscriptions: Pick<SubscriptionLifecycle, 'resyncAll'>;
  readonly unreadNotifier: Pick<UnreadNotifier, 'showTo'>;
  readonly conversations: Pick<AutoSubscriber, 'openRestored'>;
}

interface NewRoom {
  readonly room: Room;
  readonly members: Parameters<RoomStore['createRoom']>[1];
}

export class ImportEffects {
  readonly #dependencies: ImportEffectsDependencies;
  /** Rooms with new events that are not shown yet. */
  readonly #changed = new Set<RoomId>();
  #created: NewRoom | undefined;

  constructor(dependencies: ImportEffectsDependencies) {
    this.#dependencies = dependencies;
  }

  /** The store, which notes here what the import changes. */
  store(): ImportPlatform['store'] {
    const { store, accessLost } = this.#dependencies;
    const commit: EventLog['commit'] = async (commands) => {
      const results = await store.log.commit(commands);
      for (const result of results) {
        if (result.kind !== 'stored') continue;
        this.#changed.add(result.event.roomId);
        if (result.event.kind === 'access-lost') accessLost.announceToAllNodes(result.event);
      }
      return results;
    };
    const createRoom: RoomStore['createRoom'] = async (room, members, ...rest) => {
      const stored = await store.rooms.createRoom(room, members, ...rest);
      if (stored.id === room.id) this.#created = { room: stored, members };
      return stored;
    };
    return {
      ...store,
      // Everything else is the store's own.
      log: Object.assign(Object.create(store.log) as EventLog, { commit }),
      rooms: Object.assign(Object.create(store.rooms) as RoomStore, { createRoom }),
    };
  }

  async showRoom(roomId: RoomId): Promise<void> {
    if (this.#created?.room.id === roomId) await this.#showNew(this.#created);
    if (!this.#changed.delete(roomId)) return;
    const { streams, subscriptions, events } = this.#dependencies;
    // Clients that have it open fetch it again, with what they have read: as new ones, the messages would notify.
    const stream = streams.get(roomId);
    if (stream !== undefined) subscriptions.resyncAll(stream);
    streams.send(roomId, { kind: 'gone' });
    events.emit('headMoved', roomId);
  }

  /** Shows what an attempt has stored that ends early: to the next one it is known. */
  async showRest(): Promise<void> {
    for (const roomId of this.#changed) await this.showRoom(roomId);
  }

  async #showNew({ room, members }: NewRoom): Promise<void> {
    const { connectedUsers, unreadNotifier, conversations } = this.#dependencies;
    for (const { userId } of members) {
      if (connectedUsers.isNoted(userId, room.id)) continue;
      if (isDirectOrGroup(room)) await conversations.openRestored({ id: userId }, room);
      else {
        connectedUsers.joinedRoom(userId, room);
        unreadNotifier.showTo(userId, room);
      }
    }
  }
}
