/**
 * The content of a message, or what stands in its place: a quiet line for a deleted one,
 * and for a few seconds a button that undoes the deletion.
 */
import type { MessageId } from '@parley/client';
import type { ReactNode } from 'react';
import { Button } from '../components/button.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { strings } from '../strings/strings.ts';
import classes from './deleted-message.module.css';

interface DeletedMessageProps {
  /** Undefined for a message that is not stored yet. */
  readonly messageId: MessageId | undefined;
  readonly isDeleted: boolean;
  readonly children: ReactNode;
}

export function DeletedMessage({ messageId, isDeleted, children }: DeletedMessageProps) {
  const { client } = useChat();
  const deletion = useSnapshot(({ deletions }) =>
    messageId === undefined ? undefined : deletions.get(messageId),
  );
  if (isDeleted || deletion?.kind === 'sending') {
    return (
      <p className={classes['deleted']} dir="auto">
        {strings.message.deleted}
      </p>
    );
  }
  if (messageId === undefined || deletion === undefined) return children;
  if (deletion.kind === 'waiting') {
    return (
      <p className={classes['deleted']}>
        <span role="status">{strings.message.deleting}</span>{' '}
        <Button
          kind="quiet"
          onClick={({ currentTarget }) => {
            currentTarget.closest('article')?.focus();
            client.undoDelete(messageId);
          }}
        >
          {strings.message.undo}
        </Button>
      </p>
    );
  }
  return (
    <>
      {children}
      <p className={classes['problem']} role="alert">
        {strings.message.notDone(deletion.code)}
      </p>
    </>
  );
}
