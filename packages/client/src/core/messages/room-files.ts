/** The files of a room. Outside of the classes, so that pages load it when they need it. */
import type { RoomFileKind, RoomFilePayload, RoomId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

/** A file of a message. */
export type RoomFile = RoomFilePayload;

export interface RoomFilesPage {
  /** Those of the latest message first. A page may have none, and continue. */
  readonly files: readonly RoomFile[];
  /** Continues the list; absent at its end. */
  readonly cursor?: string;
}

/**
 * A page of the files of a room.
 *
 * @param page `q`: words, each of which the name of the file has. `cursor`: from the page before, with the same fields.
 * @throws {ChatError} `NOT_FOUND`, `FORBIDDEN` for the room; `VALIDATION_ERROR` for the cursor;
 * `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function loadRoomFiles(
  { http }: { readonly http: Pick<Http, 'call'> },
  roomId: RoomId,
  page: {
    readonly kind?: RoomFileKind | undefined;
    readonly q?: string | undefined;
    readonly cursor?: string | undefined;
  } = {},
): Promise<RoomFilesPage> {
  const query = Object.entries(page)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  const path = `/api/rooms/${encodeURIComponent(roomId)}/files`;
  // The server documents the answer of this route.
  return (await http.call('GET', `${path}?${query.join('&')}`)) as RoomFilesPage;
}
