/** Delivery status of an unsent message: a clock or the error, with what the user can do. */
import { ChatError, type OutboxEntry, type TimelineMessage } from '@parley/client';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { hasLocalFile } from '../files/local-file.ts';
import { focusTitle } from '../hooks/focus.ts';
import { messageStrings } from '../strings/message.ts';
import { useConversationActions } from './conversation-actions.ts';
import classes from './delivery-status.module.css';
import { isPoll } from './is-poll.ts';

interface DeliveryStatusProps {
  readonly message: TimelineMessage;
  readonly isConnected: boolean;
}

export default function DeliveryStatus({ message, isConnected }: DeliveryStatusProps) {
  const { client } = useChat();
  const { edit } = useConversationActions();
  const { delivery, key } = message;
  // The text of a poll cannot be edited.
  const editButton = !isPoll(message) && (
    <Button kind="quiet" onClick={() => edit(key)}>
      {messageStrings.edit}
    </Button>
  );
  switch (delivery.kind) {
    case 'sent':
      return null;
    case 'pending': {
      const { clientMessageId, mayBeStored, state } = delivery.entry;
      const name = isConnected ? messageStrings.sending : messageStrings.waiting;
      return (
        <>
          <span className={classes['pending']} title={name}>
            <Icon name="clock" />
            <span className="visually-hidden">{name}</span>
          </span>
          {isWaiting(delivery.entry, isConnected) && (
            <p className={classes['actions']}>
              {/* The limit that the server has named. */}
              {state.kind === 'held' && state.code === 'RATE_LIMITED' && (
                <span role="status">{state.message}</span>
              )}
              {editButton}
              {!mayBeStored && (
                <Button
                  kind="quiet"
                  onClick={({ currentTarget }) => {
                    focusTitle(currentTarget);
                    client.cancel(clientMessageId);
                  }}
                >
                  {messageStrings.discard}
                </Button>
              )}
            </p>
          )}
        </>
      );
    }
    case 'failed': {
      const { clientMessageId } = delivery.entry;
      return (
        <p className={classes['failed']}>
          <Icon name="failed" />
          <span role="alert">{reasonOf(delivery.failure)}</span>
          <Button
            kind="quiet"
            onClick={({ currentTarget }) => {
              currentTarget.closest('article')?.focus();
              client.retry(clientMessageId);
            }}
          >
            {messageStrings.retry}
          </Button>
          {editButton}
          <Button
            kind="quiet"
            onClick={({ currentTarget }) => {
              focusTitle(currentTarget);
              client.discard(clientMessageId);
            }}
          >
            {messageStrings.discard}
          </Button>
        </p>
      );
    }
  }
}

/** A rule that the server has named is the best reason. */
function reasonOf({ code, message }: Pick<ChatError, 'code' | 'message'>): string {
  const isNamed = code === 'FORBIDDEN' && message !== new ChatError(code).message;
  return isNamed ? messageStrings.notSentBecause(message) : messageStrings.notSent(code);
}

/** A message that is sent in a moment shows no buttons: they would only flash. Files take longer. */
function isWaiting(entry: OutboxEntry, isConnected: boolean): boolean {
  return !isConnected || entry.state.kind === 'held' || hasLocalFile(entry);
}
