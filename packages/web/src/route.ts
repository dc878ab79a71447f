/** The page's own addresses: what they mean, and how they are written. Pure. */
import type { RoomId } from '@parley/client';

export type Route =
  | { readonly kind: 'rooms' }
  | { readonly kind: 'room'; readonly roomId: RoomId; readonly panel: Panel | undefined };

/** What the details column shows; closed without one. */
export type Panel = 'members';

export const HOME_PATH = '/app/';

const ROOM_PATH = /^\/app\/rooms\/([^/]+)(?:\/(members))?\/?$/;

/** Anything that is no address of a room means the list of rooms. */
export function parseRoute(path: string): Route {
  const [, id, panel] = ROOM_PATH.exec(path) ?? [];
  if (id === undefined) return { kind: 'rooms' };
  const roomId = decode(id);
  if (roomId === undefined) return { kind: 'rooms' };
  return { kind: 'room', roomId, panel: panel === 'members' ? panel : undefined };
}

export function roomPath(roomId: RoomId, panel?: Panel | undefined): string {
  const path = `/app/rooms/${encodeURIComponent(roomId)}`;
  return panel === undefined ? path : `${path}/${panel}`;
}

function decode(id: string): RoomId | undefined {
  try {
    // Whether there is such a room is for the server to say.
    return decodeURIComponent(id) as RoomId;
  } catch {
    // A broken escape was typed by hand.
    return undefined;
  }
}
