/** A file of a scheduled message: a small picture, if it is one, and its name. */
import type { Attachment } from '@parley/client';
import type { ReactNode } from 'react';
import { Icon } from '../components/icon.tsx';
import { fileAddress, isPictureFile, type ServerFile, serverFile } from '../files/server-file.ts';
import { scheduledStrings as texts } from '../strings/scheduled.ts';
import classes from './scheduled-file.module.css';

interface ScheduledFileProps {
  readonly attachment: Attachment;
  /** Beside the name, such as a button. */
  readonly children?: ReactNode;
}

export function ScheduledFile({ attachment, children }: ScheduledFileProps) {
  const file = serverFile(attachment);
  const picture = file && pictureOf(file);
  return (
    <span className={classes['file']}>
      {picture === undefined ? (
        <Icon name="draft" />
      ) : (
        // Its name is beside it.
        <img className={classes['picture']} src={picture} alt="" />
      )}
      <bdi className={classes['name']}>{fileName(attachment)}</bdi>
      {children}
    </span>
  );
}

/** Small pictures have no thumbnail. */
function pictureOf(file: ServerFile): string | undefined {
  const address = fileAddress(file.fileId);
  if (file.thumbnailUrl !== undefined) return `${address}/thumbnail?size=small`;
  return isPictureFile(file) ? address : undefined;
}

/** Programs may schedule attachments that are no files of the server. */
export function fileName(attachment: Attachment): string {
  return serverFile(attachment)?.name ?? texts.attachment;
}
