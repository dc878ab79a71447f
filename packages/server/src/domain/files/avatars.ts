/** Pictures that users upload of themselves. */

import { fileUrlOf } from '../../model/stored-file.ts';
import type { User } from '../../model/user.ts';
import type { Profiles } from '../accounts/profiles.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { UploadedParts, Uploads } from './uploads.ts';

interface AvatarsDependencies {
  readonly uploads: Pick<Uploads, 'receive'>;
  readonly profiles: Pick<Profiles, 'setAvatar'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
}

export class Avatars {
  readonly #dependencies: AvatarsDependencies;

  constructor(dependencies: AvatarsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Receives the picture in place of the one before, and sends its address to the users who share a
   * room.
   *
   * @param parts One file.
   * @throws {FileTooLarge}
   * @throws {ChatError} VALIDATION_ERROR for a file that is not a picture; FORBIDDEN if another application
   *   gives the picture, or the server cannot decode any; RATE_LIMITED, UNAVAILABLE.
   */
  async set(user: User, parts: UploadedParts): Promise<User> {
    const { uploads, profiles, userLimits } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const files = await uploads.receive(user, parts, 'avatar');
    return profiles.setAvatar(user, files.map(({ id }) => fileUrlOf(id)).at(-1));
  }

  /** @throws {ChatError} FORBIDDEN if another application gives the picture; RATE_LIMITED, UNAVAILABLE. */
  async remove(user: User): Promise<User> {
    const { profiles, userLimits } = this.#dependencies;
    await userLimits.changes.take(user.id);
    return profiles.setAvatar(user, undefined);
  }
}
