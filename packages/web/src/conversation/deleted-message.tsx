/**
 * The content of a message, or what stands in its place: a quiet line for a deleted one,
 * and for a few seconds a button that undoes the deletion.
 */
import type { MessageId } from '@parley/client';
import { type ReactNode, Suspense } from 'react';
import { useSnapshot } from '../chat-context.ts';
import { conversationPart } from '../components/lazy-until-loaded.ts';
import { strings } from '../strings/strings.ts';
import classes from './deleted-message.module.css';

const UndoDeletion = conversationPart(() => import('./undo-deletion.tsx'));

interface DeletedMessageProps {
  /** Undefined for a message that is not stored yet. */
  readonly messageId: MessageId | undefined;
  readonly isDeleted: boolean;
  readonly children: ReactNode;
}

export function DeletedMessage({ messageId, isDeleted, children }: DeletedMessageProps) {
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
  return (
    <>
      {deletion.kind === 'failed' && children}
      <Suspense>
        <UndoDeletion messageId={messageId} deletion={deletion} />
      </Suspense>
    </>
  );
}
