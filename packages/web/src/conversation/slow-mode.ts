/** The time until the user may write again in a room in slow mode. */
import {
  ChatError,
  type ClientSnapshot,
  type ErrorCode,
  type RoomId,
  type UserPayload,
} from '@parley/client';
import { listedRoom } from '../rooms/shown-room-name.ts';
import { strings } from '../strings/strings.ts';

/** Undefined without slow mode, and for those who moderate the room. */
export function slowModeOf(
  { directory }: Pick<ClientSnapshot, 'directory'>,
  roomId: RoomId,
): number | undefined {
  const listed = listedRoom(directory, roomId);
  return listed?.canModerate === true ? undefined : listed?.slowModeSeconds || undefined;
}

/** At most the time of slow mode, also if the clocks differ; 0 if the user may write now. */
export function slowModeWait(
  snapshot: Pick<ClientSnapshot, 'directory' | 'rooms'>,
  roomId: RoomId,
  { id }: UserPayload,
  nowMs: number,
): number {
  const seconds = slowModeOf(snapshot, roomId);
  const room = snapshot.rooms.get(roomId);
  if (seconds === undefined || room?.kind !== 'open') return 0;
  const last = room.log.messages.findLast(({ userId }) => userId === id);
  const leftMs = (last?.sentAtMs ?? 0) + seconds * 1000 - nowMs;
  return Math.min(seconds, Math.max(0, Math.ceil(leftMs / 1000)));
}

/** Keeps the text in its box until then. @throws {ChatError} RATE_LIMITED. */
export function requireTurn(snapshot: ClientSnapshot, roomId: RoomId, user: UserPayload): void {
  if (slowModeWait(snapshot, roomId, user, Date.now()) > 0) throw new ChatError('RATE_LIMITED');
}

/** Why a text stays in its box. */
export function notSent(code: ErrorCode): string {
  return code === 'RATE_LIMITED' ? strings.composer.slow : strings.composer.full;
}
