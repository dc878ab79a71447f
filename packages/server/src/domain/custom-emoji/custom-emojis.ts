/** Custom emoji, which owners and admins of the server add and delete for all users. */
import { ChatError, customEmojiName } from '@parley/protocol';
import {
  CUSTOM_EMOJI_MAX,
  type CustomEmoji,
  type CustomEmojiChange,
} from '../../model/custom-emoji.ts';
import type { ActingUser } from '../../model/identity.ts';
import { permits } from '../../model/role-table.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { byOf } from '../core/act.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { UploadedParts, Uploads } from '../files/uploads.ts';
import { isStandardName } from './standard-names.ts';

interface CustomEmojisDependencies {
  readonly store: Pick<Store, 'customEmoji'>;
  readonly uploads: Pick<Uploads, 'receive'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'ids' | 'connectionsOf'>;
  readonly nodes: Pick<OtherNodes, 'isShared' | 'send'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

const CONFLICTS = {
  taken: { field: 'name', message: 'There is an emoji with this name' },
  'too-many': { message: `A server has at most ${CUSTOM_EMOJI_MAX} custom emoji` },
};

export class CustomEmojis {
  readonly #dependencies: CustomEmojisDependencies;

  constructor(dependencies: CustomEmojisDependencies) {
    this.#dependencies = dependencies;
  }

  /** All, by name. @throws {ChatError} RATE_LIMITED, UNAVAILABLE. */
  list(_user: User): Promise<readonly CustomEmoji[]> {
    return this.#dependencies.store.customEmoji.listCustomEmoji();
  }

  /**
   * Adds a picture under a name that no emoji has.
   *
   * @param parts One file.
   * @throws {FileTooLarge}
   * @throws {ChatError} FORBIDDEN, VALIDATION_ERROR for the name or a file that is not a picture, CONFLICT for a name
   *   that is taken and too many emoji, RATE_LIMITED, UNAVAILABLE.
   */
  async add(user: ActingUser, name: string, parts: UploadedParts): Promise<CustomEmoji> {
    await this.#admit(user);
    await requireName(name);
    const { store, uploads, clock } = this.#dependencies;
    // Before the picture is received; decided again when it is stored.
    if ((await store.customEmoji.findCustomEmoji(name)) !== undefined) throw conflict('taken');
    const [file] = await uploads.receive(user, parts, 'emoji');
    if (file === undefined) {
      throw new ChatError('VALIDATION_ERROR', { field: 'file', message: 'The file is missing' });
    }
    const by = byOf(user, clock);
    const emoji = { name, fileId: file.id, userId: user.id, createdAtMs: by.atMs };
    const result = await store.customEmoji.insertCustomEmoji(emoji, by);
    if (result !== 'stored') throw conflict(result);
    this.#announce({ added: emoji });
    return emoji;
  }

  /** @throws {ChatError} FORBIDDEN, NOT_FOUND, RATE_LIMITED, UNAVAILABLE. */
  async delete(user: ActingUser, name: string): Promise<void> {
    await this.#admit(user);
    const { store, clock } = this.#dependencies;
    if (!(await store.customEmoji.deleteCustomEmoji(name, byOf(user, clock)))) {
      throw new ChatError('NOT_FOUND', { field: 'name', message: 'There is no such emoji' });
    }
    this.#announce({ removed: name });
  }

  async #admit(user: User): Promise<void> {
    await this.#dependencies.userLimits.changes.take(user.id);
    if (!permits('manage-custom-emoji', user)) throw new ChatError('FORBIDDEN');
  }

  #announce(change: CustomEmojiChange): void {
    const { nodes } = this.#dependencies;
    if (nodes.isShared) nodes.send({ kind: 'custom-emoji', change });
    this.show(change);
  }

  /** Tells all who are connected to this node. */
  show(change: CustomEmojiChange): void {
    const { connectedUsers } = this.#dependencies;
    const connections = [...connectedUsers.ids()].flatMap((id) => connectedUsers.connectionsOf(id));
    broadcast({ kind: 'custom-emoji', change }, connections);
  }
}

/** @throws {ChatError} VALIDATION_ERROR. */
async function requireName(name: string): Promise<void> {
  const message =
    customEmojiName(`:${name}:`) === undefined
      ? "A name has 2 to 30 small letters, digits, '_' or '-'"
      : (await isStandardName(name)) && 'A standard emoji has this name';
  if (message !== false) throw new ChatError('VALIDATION_ERROR', { field: 'name', message });
}

function conflict(reason: keyof typeof CONFLICTS): ChatError {
  return new ChatError('CONFLICT', CONFLICTS[reason]);
}
