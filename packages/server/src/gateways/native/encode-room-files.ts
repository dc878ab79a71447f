/** Encodes the files of a room. */
import type { ServerFrames } from '@parley/protocol';
import type { RoomFilesPage } from '../../domain/files/room-files.ts';
import { toAttachment } from '../../model/stored-file.ts';
import { toTimestamp, toUserPayload } from '../common/payloads.ts';

export function toRoomFiles({
  files,
  cursor,
}: RoomFilesPage): Pick<ServerFrames['room_files'], 'files' | 'cursor'> {
  return {
    files: files.map(({ file, user }) => ({
      file: toAttachment(file),
      sequence: file.sequence,
      user: toUserPayload(user),
      createdAt: toTimestamp(file.createdAtMs),
    })),
    ...(cursor !== undefined && { cursor }),
  };
}
