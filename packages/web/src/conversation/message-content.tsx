/** The text of a message; the code that formats it is loaded beside the messages. */
import { memo, type ReactNode, Suspense } from 'react';
import { conversationPart } from '../components/lazy-until-loaded.ts';
import { isLoneEmoji } from './lone-emoji.ts';
import classes from './message-content.module.css';
import { isPlain } from './plain-content.ts';

const FormattedText = conversationPart(() => import('./formatted-text.tsx'));

interface MessageContentProps {
  readonly content: string;
  /** The message is hovered or focused: only then its links are tab stops. */
  readonly isActive: boolean;
  /** Follows the text, such as "(edited)". */
  readonly children?: ReactNode;
}

export const MessageContent = memo(function MessageContent(props: MessageContentProps) {
  const { content, isActive, children } = props;
  const asWritten = <p>{content}</p>;
  return (
    <div className={classes['content']} dir="auto" data-lone-emoji={isLoneEmoji(content)}>
      {isPlain(content) ? (
        asWritten
      ) : (
        <Suspense fallback={asWritten}>
          <FormattedText content={content} isActive={isActive} />
        </Suspense>
      )}
      {children}
    </div>
  );
});
