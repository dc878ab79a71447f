/** Pictures of rooms, which those who manage a room upload and remove. */
import type { ActingUser } from '../../model/identity.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { UploadedParts, Uploads } from '../files/uploads.ts';
import type { RoomIds } from './room-reference.ts';
import type { RoomSettings } from './room-settings.ts';

interface RoomPicturesDependencies {
  readonly uploads: Pick<Uploads, 'receive'>;
  readonly roomIds: Pick<RoomIds, 'find'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly roomSettings: Pick<RoomSettings, 'requirePictureRight' | 'setPicture'>;
}

export class RoomPictures {
  readonly #dependencies: RoomPicturesDependencies;

  constructor(dependencies: RoomPicturesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Shows the middle of a picture, or none, to those who may read the room; returns its file.
   *
   * @param reference The id of the room.
   * @param parts One file; undefined removes the picture.
   * @throws {FileTooLarge}
   * @throws {ChatError} NOT_FOUND; FORBIDDEN without the right, for an archived room, or if the server cannot decode
   *   pictures; VALIDATION_ERROR for a file that is not a picture; RATE_LIMITED, UNAVAILABLE.
   */
  async set(
    user: ActingUser,
    reference: string,
    parts?: UploadedParts,
  ): Promise<string | undefined> {
    const { uploads, roomSettings, roomIds, userLimits } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const roomId = await roomIds.find({ user }, reference);
    // Before the picture is received; decided again when it is stored.
    await roomSettings.requirePictureRight(user, roomId);
    const files = parts === undefined ? [] : await uploads.receive(user, parts, 'avatar');
    const fileId = files.at(-1)?.id;
    const { room } = await roomSettings.setPicture({ user, connection: undefined }, roomId, fileId);
    return room.pictureFileId;
  }
}
