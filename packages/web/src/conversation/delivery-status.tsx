/** Delivery status of an unsent message: a clock or the error, with what the user can do. */
import type { OutboxEntry, TimelineMessage } from '@parley/client';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { focusTitle } from '../hooks/focus.ts';
import { messageStrings } from '../strings/message.ts';
import { useConversationActions } from './conversation-actions.ts';
import classes from './delivery-status.module.css';

interface DeliveryStatusProps {
  readonly message: TimelineMessage;
  readonly isConnected: boolean;
}

export default function DeliveryStatus({ message, isConnected }: DeliveryStatusProps) {
  const { client } = useChat();
  const { edit } = useConversationActions();
  const { delivery, key } = message;
  const editButton = (
    <Button kind="quiet" onClick={() => edit(key)}>
      {messageStrings.edit}
    </Button>
  );
  switch (delivery.kind) {
    case 'sent':
      return null;
    case 'pending': {
      const { clientMessageId, mayBeStored } = delivery.entry;
      const name = isConnected ? messageStrings.sending : messageStrings.waiting;
      return (
        <>
          <span className={classes['pending']} title={name}>
            <Icon name="clock" />
            <span className="visually-hidden">{name}</span>
          </span>
          {isWaiting(delivery.entry, isConnected) && (
            <p className={classes['actions']}>
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
          <span role="alert">{messageStrings.notSent(delivery.failure.code)}</span>
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

/** A message that is sent in a moment shows no buttons: they would only flash. */
function isWaiting({ state }: OutboxEntry, isConnected: boolean): boolean {
  return !isConnected || state.kind === 'held';
}
