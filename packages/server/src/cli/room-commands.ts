/** The commands of `parley rooms`. */
import type { Config } from '../config/load-config.ts';
import type { RoomAdministration } from '../domain/rooms/room-administration.ts';
import { withAccountErrors } from './account-errors.ts';
import { administerRooms } from './store-admin.ts';
import type { Flags } from './store-commands.ts';

interface Given {
  readonly room: string;
}

export async function listRooms(config: Config, _given: object, flags: Flags): Promise<void> {
  await administer(config, async (administration) => {
    const rows = [];
    for await (const { room, owner, memberTotal } of administration.list()) {
      const { id, kind, name, visibility, archivedAtMs, createdAtMs } = room;
      rows.push({
        ...{ id, name, kind, visibility, archived: archivedAtMs !== undefined },
        ...{ memberTotal, owner: owner ?? null },
        createdAt: new Date(createdAtMs).toISOString(),
      });
    }
    if (flags['json'] === true) {
      console.log(JSON.stringify({ rooms: rows }, undefined, 2));
      return;
    }
    for (const { id, name, kind, visibility, archived, memberTotal, owner } of rows) {
      const state = `${kind}  ${visibility}${archived ? '  archived' : ''}`;
      console.log(`${id}  ${name}  ${state}  members: ${memberTotal}  owner: ${owner ?? '-'}`);
    }
  });
}

export async function archiveRoom(config: Config, { room }: Given): Promise<void> {
  await administer(config, async (administration) => {
    console.error(`The room ${await administration.setArchived(room, true)} is archived.`);
  });
}

export async function unarchiveRoom(config: Config, { room }: Given): Promise<void> {
  await administer(config, async (administration) => {
    console.error(`The room ${await administration.setArchived(room, false)} is active.`);
  });
}

export async function deleteRoom(config: Config, { room }: Given): Promise<void> {
  await administer(config, async (administration) => {
    console.error(`The room ${await administration.delete(room)} is deleted.`);
  });
}

export async function setOwner(
  config: Config,
  { room, name }: Given & { readonly name: string },
): Promise<void> {
  await administer(config, async (administration) => {
    const done = await administration.setOwner(room, name);
    console.error(`The owner of the room ${done.room} is ${done.owner}.`);
  });
}

/** @throws {ConfigError} also for what the domain rejects. */
async function administer(
  { values }: Config,
  work: (administration: RoomAdministration) => Promise<void>,
): Promise<void> {
  await withAccountErrors(() => administerRooms(values, work));
}
