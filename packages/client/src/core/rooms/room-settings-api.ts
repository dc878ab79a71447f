/** New rooms, and settings of those with `canManage`: HTTP requests of the logged-in user. */
import type {
  RoomId,
  RoomPermissionsPayload,
  RoomSettingsPayload,
  UserId,
  WorkspaceId,
} from '@parley/protocol';
import type { Http } from '../connection/http.ts';

interface HttpClient {
  readonly http: Pick<Http, 'call'>;
}

/** Absent fields stay; an empty topic or description removes it. */
export interface RoomSettingsChange extends Partial<RoomPermissionsPayload> {
  readonly name?: string;
  readonly topic?: string;
  readonly description?: string;
  /** Seconds between two messages of a member who is no moderator, 5 to 21600; 0 for no slow mode. */
  readonly slowModeSeconds?: number;
  /** Whether new users become members of it; for owners and admins. */
  readonly isDefault?: boolean;
  /** A private room exists for its members only. Changed with `canGiveRoles`. */
  readonly visibility?: RoomSettingsPayload['visibility'];
}

/** Settings of a new room; default: public, without a topic and description. */
export interface NewRoom extends RoomSettingsChange {
  readonly name: string;
  /** Makes it a channel of the workspace, for the members of that. */
  readonly workspaceId?: WorkspaceId;
}

/**
 * Creates a room, whose owner the user becomes.
 *
 * @throws {ChatError} `VALIDATION_ERROR`; `CONFLICT` for the name of another room, unless the new one is
 *   private; `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function createRoom(
  { http }: HttpClient,
  settings: NewRoom,
): Promise<RoomSettingsPayload> {
  return roomOf(await http.call('POST', '/api/rooms', settings));
}

/** @throws {ChatError} `NOT_FOUND`, `FORBIDDEN`, `UNAVAILABLE`. */
export async function readRoomSettings(
  { http }: HttpClient,
  roomId: RoomId,
): Promise<RoomSettingsPayload> {
  return roomOf(await http.call('GET', pathOf(roomId)));
}

/**
 * @throws {ChatError} As `readRoomSettings`; `VALIDATION_ERROR`, `CONFLICT` for a name that is taken,
 *   `RATE_LIMITED`.
 */
export async function updateRoom(
  { http }: HttpClient,
  roomId: RoomId,
  change: RoomSettingsChange,
): Promise<RoomSettingsPayload> {
  return roomOf(await http.call('PATCH', pathOf(roomId), change));
}

/**
 * Shows the middle of a picture beside the name of a room: PNG, JPEG, GIF or WebP, up to 5 MB.
 *
 * @throws {ChatError} As `readRoomSettings`, `FORBIDDEN` with the field `file` if this server cannot take pictures;
 *   `VALIDATION_ERROR`, `RATE_LIMITED`.
 */
export async function setRoomPicture(
  { http }: HttpClient,
  roomId: RoomId,
  picture: Blob,
): Promise<void> {
  const form = new FormData();
  form.append('file', picture, 'picture');
  await http.call('PUT', `${pathOf(roomId)}/picture`, form);
}

/** @throws {ChatError} As `readRoomSettings`; `RATE_LIMITED`. */
export async function removeRoomPicture({ http }: HttpClient, roomId: RoomId): Promise<void> {
  await http.call('DELETE', `${pathOf(roomId)}/picture`);
}

/**
 * Archives a room, which then accepts nothing new, or opens it again.
 *
 * @throws {ChatError} As `readRoomSettings`; `RATE_LIMITED`.
 */
export async function archiveRoom(
  { http }: HttpClient,
  roomId: RoomId,
  isArchived: boolean,
): Promise<RoomSettingsPayload> {
  const path = `${pathOf(roomId)}/${isArchived ? 'archive' : 'unarchive'}`;
  return roomOf(await http.call('POST', path, {}));
}

/**
 * Deletes a room with all its messages, for all users.
 *
 * @throws {ChatError} As `readRoomSettings`; `RATE_LIMITED`.
 */
export async function deleteRoom({ http }: HttpClient, roomId: RoomId): Promise<void> {
  await http.call('DELETE', pathOf(roomId));
}

/**
 * Says whether a user may do something in a room, and why, in one sentence; for those who manage the room.
 *
 * @param about `command` is the type of a command, or an operation of `/api/openapi.json`.
 *
 * @throws {ChatError} As `readRoomSettings`; `VALIDATION_ERROR` for an unknown command.
 */
export async function explainPermission(
  { http }: HttpClient,
  roomId: RoomId,
  about: { readonly userId: UserId; readonly command: string },
): Promise<{ readonly allowed: boolean; readonly reason: string }> {
  const query = new URLSearchParams(about);
  const answer = await http.call('GET', `${pathOf(roomId)}/explain?${query}`);
  // The server documents the answers of these routes.
  return answer as { readonly allowed: boolean; readonly reason: string };
}

function roomOf(answer: unknown): RoomSettingsPayload {
  // The server documents the answers of these routes.
  return (answer as { readonly room: RoomSettingsPayload }).room;
}

function pathOf(roomId: RoomId): string {
  return `/api/rooms/${encodeURIComponent(roomId)}`;
}
