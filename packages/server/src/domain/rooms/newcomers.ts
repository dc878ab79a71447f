/**
 * Completes the registration of a user. The memberships in default rooms were stored with the account;
 * the first account of a server gets its first room, too.
 */

import { ChatError } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import { type Store, StoreUnavailable } from '../../ports/store.ts';
import type { CoreEvents } from '../core/core-events.ts';
import type { EventHub } from '../core/event-hub.ts';
import type { DomainSettings } from '../settings.ts';
import type { RoomSettings } from './room-settings.ts';

interface NewcomersDependencies {
  readonly settings: Pick<DomainSettings, 'firstRoom'>;
  readonly store: Pick<Store, 'rooms'>;
  readonly events: Pick<EventHub<CoreEvents>, 'emit'>;
  readonly roomSettings: Pick<RoomSettings, 'create'>;
}

const FIRST_ROOM = Object.freeze({
  topic: 'Everything that concerns all of us',
  description:
    'Welcome! Everybody who joins is in this room. Say hello, and open more rooms as you need them.',
  isDefault: true,
});

export class Newcomers {
  readonly #dependencies: NewcomersDependencies;

  constructor(dependencies: NewcomersDependencies) {
    this.#dependencies = dependencies;
  }

  /** The account exists: nothing that fails here is reported. */
  async welcome(user: User): Promise<void> {
    const { settings, roomSettings } = this.#dependencies;
    const { firstRoom: name } = settings;
    try {
      // Only the first account registers as the owner.
      if (user.role === 'owner' && name !== '') {
        await roomSettings.create(user, { name, ...FIRST_ROOM });
        return;
      }
    } catch (error) {
      if (!(error instanceof ChatError || error instanceof StoreUnavailable)) throw error;
    }
    await this.showMembers(user);
  }

  /** Those who have the default rooms open see how many members they have now. */
  async showMembers(registered?: User): Promise<void> {
    const { store, events } = this.#dependencies;
    try {
      for (const { id } of await store.rooms.listDefaultRooms(DEFAULT_WORKSPACE_ID)) {
        events.emit('memberAdded', id, registered);
      }
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }
}
