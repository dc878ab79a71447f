/**
 * Attachments of a message: its files, and descriptions of others as names or addresses, of which
 * nothing is loaded until you follow a link.
 */
import type { Attachment } from '@parley/client';
import MessageFile from '../files/message-file.tsx';
import { strings } from '../strings/strings.ts';
import { toAttachmentLine } from './attachment-line.ts';
import classes from './message-attachments.module.css';

/** Outside of the first load. */
const ATTACHMENT = 'Attachment';

interface MessageAttachmentsProps {
  readonly attachments: readonly Attachment[];
  /** The message is hovered or focused: only then its links are tab stops. */
  readonly isActive: boolean;
}

export default function MessageAttachments({ attachments, isActive }: MessageAttachmentsProps) {
  const lines = attachments.map((attachment, index) => {
    const { label, href } = toAttachmentLine(attachment, location.origin);
    const isFile = typeof attachment !== 'string' && typeof attachment['fileId'] === 'string';
    const file = isFile ? attachment : undefined;
    return { key: `${index}`, label: label === '' ? ATTACHMENT : label, href, file };
  });
  return (
    <ul className={classes['attachments']} aria-label={strings.message.attachments}>
      {lines.map(({ key, label, href, file }) => (
        <li key={key} className={classes['attachment']} dir="auto">
          {file !== undefined ? (
            <MessageFile attachment={file} isActive={isActive} />
          ) : href === undefined ? (
            <bdi>{label}</bdi>
          ) : (
            <a
              className={classes['link']}
              href={href}
              title={href}
              target="_blank"
              rel="noopener noreferrer nofollow"
              tabIndex={isActive ? 0 : -1}
            >
              <bdi>{label}</bdi>
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}
