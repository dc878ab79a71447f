/** Reads of logs that are SQLite's own: pages that several readers share. */
import type { RoomRead, RoomState } from '../../model/room-state.ts';
import { isMember, readPages } from '../sql/log.ts';
import type { Database } from './database.ts';
import { runNow } from './run-now.ts';

/** When many users return to a room at once, equal pages are read only once. */
export function readRoom(
  database: Database,
  [{ roomId, userId, ...asked }]: readonly [RoomRead],
): RoomState | undefined {
  const pages = database.once(JSON.stringify(['room', roomId, asked]), () =>
    runNow(database, readPages({ roomId, ...asked })),
  );
  return pages && { ...pages, isMember: runNow(database, isMember(roomId, userId)) };
}
