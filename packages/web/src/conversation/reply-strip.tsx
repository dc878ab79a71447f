/** Above the text of the message box: the message that it will reply to. */
import type { TimelineMessage } from '@parley/client';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { Icon } from '../components/icon.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { shownText } from '../files/shown-text.ts';
import { PlainText } from '../people/mentions.ts';
import { useShownName } from '../people/use-shown-name.ts';
import classes from './reply-strip.module.css';

/** Outside of the first load. */
const TEXTS = {
  replyingTo: (name: string) => `Replying to ${name}`,
  cancel: 'Cancel reply',
} as const;

interface ReplyStripProps {
  readonly message: TimelineMessage;
  readonly onCancel: () => void;
}

export default function ReplyStrip({ message, onCancel }: ReplyStripProps) {
  const name = useShownName(message.userId, message.sender);
  return (
    <p className={classes['strip']}>
      <Icon name="reply" />
      <span className={classes['text']}>
        <strong>
          <BidiIsolate text={TEXTS.replyingTo(name)} names={[name]} />
        </strong>{' '}
        <bdi>
          <PlainText text={shownText(message)} />
        </bdi>
      </span>
      <IconButton icon="close" name={TEXTS.cancel} onClick={onCancel} />
    </p>
  );
}
