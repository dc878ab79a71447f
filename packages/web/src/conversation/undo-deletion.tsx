/** A deletion that can be undone for a few seconds, or has failed. */
import type { ClientSnapshot, MessageId } from '@parley/client';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { messageStrings } from '../strings/message.ts';
import classes from './deleted-message.module.css';

type Deletion = ClientSnapshot['deletions'] extends ReadonlyMap<MessageId, infer D> ? D : never;

interface UndoDeletionProps {
  readonly messageId: MessageId;
  readonly deletion: Exclude<Deletion, { readonly kind: 'sending' }>;
}

export default function UndoDeletion({ messageId, deletion }: UndoDeletionProps) {
  const { client } = useChat();
  if (deletion.kind === 'failed') {
    return (
      <p className={classes['problem']} role="alert">
        {messageStrings.notDone(deletion.code)}
      </p>
    );
  }
  return (
    <p className={classes['deleted']}>
      <span role="status">{messageStrings.deleting}</span>{' '}
      <Button
        kind="quiet"
        onClick={({ currentTarget }) => {
          currentTarget.closest('article')?.focus();
          client.undoDelete(messageId);
        }}
      >
        {messageStrings.undo}
      </Button>
    </p>
  );
}
