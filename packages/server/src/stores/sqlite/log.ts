/** Reads of logs that are SQLite's own: pages that several readers share, and moved heads. */
import type { RoomId } from '@parley/protocol';
import type { KnownHead, MovedHeads } from '../../model/moved-heads.ts';
import type { RoomRead, RoomState } from '../../model/room-state.ts';
import { isMember, readPages } from '../sql/log.ts';
import { GENERATION, HEAD_COLUMNS, type HeadRow, toHead } from '../sql/rows.ts';
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

/** Compared in SQL: decoding the heads of all rooms takes more than twice as long. */
export function readMovedHeads(
  database: Database,
  { known }: { readonly known: readonly KnownHead[] },
): MovedHeads {
  const rows = database.all<HeadRow & { readonly known_id: RoomId; readonly id: RoomId | null }>(
    `SELECT n.value ->> 0 AS known_id, r.id, ${HEAD_COLUMNS}
     FROM json_each(?) n LEFT JOIN rooms r ON r.id = n.value ->> 0
     WHERE r.id IS NULL
       OR n.value ->> 1 IS NOT r.head_sequence || ' ' || r.log_id || '.' || ${GENERATION}`,
    JSON.stringify(
      known.map(({ roomId, head }) => [roomId, head && `${head.sequence} ${head.epoch}`]),
    ),
  );
  return {
    moved: rows.flatMap((row) => (row.id === null ? [] : { roomId: row.id, head: toHead(row) })),
    missing: rows.flatMap((row) => (row.id === null ? row.known_id : [])),
  };
}
