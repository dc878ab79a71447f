/**
 * Attachments of a message: its files, and descriptions of others as names or addresses, of which
 * nothing is loaded until you follow a link.
 */
import type { TimelineMessage } from '@parley/client';
import { askToView } from '../files/ask-to-view.ts';
import MessageFile from '../files/message-file.tsx';
import { serverFile } from '../files/server-file.ts';
import { strings } from '../strings/strings.ts';
import { toAttachmentLine } from './attachment-line.ts';
import { useConversationActions } from './conversation-actions.ts';
import { isPoll } from './is-poll.ts';
import classes from './message-attachments.module.css';

/** Outside of the first load. */
const ATTACHMENT = 'Attachment';

interface MessageAttachmentsProps {
  readonly message: TimelineMessage;
  /** The message is hovered or focused: only then its links are tab stops. */
  readonly isActive: boolean;
}

export default function MessageAttachments({ message, isActive }: MessageAttachmentsProps) {
  const { roomId } = useConversationActions();
  const own = message.attachments.filter((each) => !isPoll({ attachments: [each] }));
  if (own.length === 0) return null;
  const lines = own.map((attachment, index) => {
    const { label, href } = toAttachmentLine(attachment, location.origin);
    const shown = label === '' ? ATTACHMENT : label;
    return { key: `${index}`, label: shown, href, file: serverFile(attachment) };
  });
  return (
    <ul className={classes['attachments']} aria-label={strings.message.attachments}>
      {lines.map(({ key, label, href, file }) => (
        <li key={key} className={classes['attachment']} dir="auto">
          {file !== undefined ? (
            <MessageFile
              file={file}
              isActive={isActive}
              onView={() => askToView({ roomId, message, fileId: file.fileId })}
            />
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
