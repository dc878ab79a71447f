/** Describes the files that a message is to have, as those who read it will see them. */
import { type Attachment, fileIdOf, fileIdsOf, type UserId } from '@parley/protocol';
import { toAttachment } from '../../model/stored-file.ts';
import type { FileStore } from '../../ports/file-store.ts';

interface AttachedFilesDependencies {
  readonly store: { readonly files: Pick<FileStore, 'findFiles'> };
}

export class AttachedFiles {
  readonly #dependencies: AttachedFilesDependencies;

  constructor(dependencies: AttachedFilesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Replaces the author's files by their descriptions, whatever the author says about them except
   * `alt`. Others stay as ids, with which the store rejects the message, unless it repeats a
   * stored one. Returns a promise only if there are files.
   */
  describe(
    userId: UserId,
    attachments: readonly Attachment[],
  ): readonly Attachment[] | Promise<readonly Attachment[]> {
    const ids = fileIdsOf(attachments);
    return ids.length === 0 ? attachments : this.#describe(userId, attachments, ids);
  }

  async #describe(
    userId: UserId,
    attachments: readonly Attachment[],
    ids: readonly string[],
  ): Promise<readonly Attachment[]> {
    const found = await this.#dependencies.store.files.findFiles(ids);
    const own = new Map(
      found.filter((file) => file.userId === userId).map((file) => [file.id, file]),
    );
    return attachments.map((attachment) => {
      const id = fileIdOf(attachment);
      if (id === undefined || typeof attachment === 'string') return attachment;
      const { alt } = attachment;
      const file = own.get(id);
      const described = file === undefined ? { fileId: id } : toAttachment(file);
      return typeof alt === 'string' ? { ...described, alt } : described;
    });
  }
}
