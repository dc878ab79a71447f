/** Above the text of the message box: the message that it will reply to. */
import type { MessageId, RoomId } from '@parley/client';
import { useSnapshot } from '../chat-context.ts';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { Icon } from '../components/icon.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { shownText } from '../files/shown-text.ts';
import { PlainText } from '../people/mentions.ts';
import { useShownName } from '../people/use-shown-name.ts';
import { findMessage } from './message-lookup.ts';
import classes from './reply-strip.module.css';

/** Outside of the first load. */
const TEXTS = {
  replyingTo: (name: string) => `Replying to ${name}`,
  earlier: 'Replying to an earlier message',
  cancel: 'Cancel reply',
} as const;

interface ReplyStripProps {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  readonly onCancel: () => void;
}

export default function ReplyStrip({ roomId, messageId, onCancel }: ReplyStripProps) {
  // After a reload it may not be loaded.
  const message = useSnapshot((snapshot) => findMessage(snapshot, roomId, messageId));
  const name = useShownName(message?.userId, message?.sender ?? '');
  return (
    <p className={classes['strip']}>
      <Icon name="reply" />
      <span className={classes['text']}>
        <strong>
          <BidiIsolate text={message ? TEXTS.replyingTo(name) : TEXTS.earlier} names={[name]} />
        </strong>{' '}
        <bdi>{message && <PlainText text={shownText(message)} />}</bdi>
      </span>
      <IconButton icon="close" name={TEXTS.cancel} onClick={onCancel} />
    </p>
  );
}
