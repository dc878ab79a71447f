/** Rooms as the operator manages them, also private ones: their list, archive, deletion and ownership. */
import { ChatError, type RoomId } from '@parley/protocol';
import { type By, OPERATOR } from '../../model/audit.ts';
import type { AdministeredRoom } from '../../model/listed-room.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import { requireUsable, unusable } from '../core/usable-account.ts';
import { ROWS_PER_STEP } from './room-reaper.ts';

/** Rooms that one read returns. */
const PAGE_LENGTH = 500;

interface RoomAdministrationDependencies {
  readonly rooms: Pick<RoomStore, 'listAllRooms' | 'changeRoom' | 'giveRole' | 'hideRoom'>;
  readonly accounts: Pick<AccountStore, 'findCredentials'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Name of the operator at the system, and of the system: `name@host`. */
  readonly operator: string;
}

export class RoomAdministration {
  readonly #dependencies: RoomAdministrationDependencies;

  constructor(dependencies: RoomAdministrationDependencies) {
    this.#dependencies = dependencies;
  }

  /** All rooms, channels and groups by id, read in pages: no direct conversations. */
  async *list(): AsyncGenerator<AdministeredRoom> {
    let after: RoomId | undefined;
    do {
      const page = await this.#dependencies.rooms.listAllRooms(after, PAGE_LENGTH);
      yield* page;
      after = page.length < PAGE_LENGTH ? undefined : page.at(-1)?.room.id;
    } while (after !== undefined);
  }

  /**
   * Archives a room, or makes it active again. Returns its name.
   *
   * @throws {ChatError} As `delete`.
   */
  async setArchived(written: string, isArchived: boolean): Promise<string> {
    const { room } = await this.#find(written);
    if (isArchived === (room.archivedAtMs !== undefined)) return room.name;
    const by = this.#by();
    const change = { archivedAtMs: isArchived ? by.atMs : null };
    await this.#dependencies.rooms.changeRoom(room.id, change, by);
    return room.name;
  }

  /**
   * Deletes a room. Servers close it on all connections and delete its rows in steps. Returns its name.
   *
   * @param written Its id, or its name if no other room has the same.
   *
   * @throws {ChatError} NOT_FOUND, CONFLICT for a name of several rooms.
   */
  async delete(written: string): Promise<string> {
    const { room } = await this.#find(written);
    const hidden = await this.#dependencies.rooms.hideRoom(room.id, ROWS_PER_STEP, this.#by());
    if (typeof hidden === 'string') throw unknownRoom();
    return room.name;
  }

  /**
   * Makes a member the owner of a room; the former owner becomes a moderator. Returns both names.
   *
   * @throws {ChatError} As `delete`; NOT_FOUND also for a user who is not a member.
   */
  async setOwner(written: string, username: string): Promise<{ room: string; owner: string }> {
    const { accounts, rooms } = this.#dependencies;
    const { room } = await this.#find(written);
    const found = await accounts.findCredentials(username.trim());
    const owner = found?.user;
    if (owner === undefined || owner.deletedAtMs !== undefined) {
      throw new ChatError('NOT_FOUND', { field: 'username', message: 'No user has this name' });
    }
    requireUsable(owner, this.#dependencies.clock.nowMs(), 'username');
    const given = await rooms.giveRole(room.id, owner.id, 'owner', this.#by());
    if (given.kind === 'disabled') throw unusable('username');
    if (given.kind === 'absent') {
      const message = `${owner.username} is not a member of the room`;
      throw new ChatError('NOT_FOUND', { field: 'username', message });
    }
    return { room: room.name, owner: owner.username };
  }

  async #find(written: string): Promise<AdministeredRoom> {
    const name = written.trim().toLowerCase();
    const found: AdministeredRoom[] = [];
    for await (const each of this.list()) {
      if (each.room.id === name) return each;
      if (each.room.name.toLowerCase() === name) found.push(each);
    }
    const [first] = found;
    if (first === undefined) throw unknownRoom();
    if (found.length === 1) return first;
    const ids = found.map(({ room }) => room.id).join(', ');
    const message = `Several rooms have this name. Give an id: ${ids}`;
    throw new ChatError('CONFLICT', { field: 'room', message });
  }

  #by(): By {
    const { operator: address, clock } = this.#dependencies;
    return { actor: OPERATOR, address, atMs: clock.nowMs() };
  }
}

function unknownRoom(): ChatError {
  return new ChatError('NOT_FOUND', { field: 'room', message: 'No room has this id or name' });
}
