/** The pictures through which the gallery leads. Pure. */
import type { Message } from '@parley/client';
import { isPictureFile, type PictureFile, serverFile } from './server-file.ts';

export type WithFiles = Pick<
  Message,
  'content' | 'sentAtMs' | 'sender' | 'attachments' | 'isDeleted'
> & {
  readonly id?: string;
  readonly userId: string;
  readonly sequence?: number;
};

export interface GalleryPicture {
  readonly file: PictureFile;
  readonly message: WithFiles;
}

interface Place {
  /** The message whose picture was pressed. */
  readonly message: WithFiles;
  /** The loaded messages of its room, or of a list of files. */
  readonly around: readonly WithFiles[];
  readonly isBlocked: (userId: string) => boolean;
}

/**
 * Those of the loaded messages around, in their order; of the message alone if it is not among
 * them, as in a thread.
 */
export function galleryPictures({ message, around, isBlocked }: Place): readonly GalleryPicture[] {
  const isAmong = around.some(({ id }) => id === message.id);
  return (isAmong ? around : [message]).flatMap((each) => {
    // Messages of blocked users are folded, until the reader unfolds one.
    const isHidden = each.id !== message.id && isBlocked(each.userId);
    if (isHidden || each.isDeleted === true) return [];
    return each.attachments.flatMap((attachment) => {
      const file = serverFile(attachment);
      return file !== undefined && isPictureFile(file) ? [{ file, message: each }] : [];
    });
  });
}
