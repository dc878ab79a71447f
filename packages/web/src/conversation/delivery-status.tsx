/** Delivery status of an unsent message: a clock, or the error with its actions. */
import type { Delivery } from '@parley/client';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { strings } from '../strings.ts';
import classes from './delivery-status.module.css';

export interface DeliveryNoteProps {
  readonly delivery: Delivery;
  readonly isConnected: boolean;
}

export function DeliveryStatus({ delivery, isConnected }: DeliveryNoteProps) {
  const { client } = useChat();
  switch (delivery.kind) {
    case 'sent':
      return null;
    case 'pending': {
      const name = isConnected ? strings.message.sending : strings.message.waiting;
      return (
        <span className={classes['pending']} title={name}>
          <Icon name="clock" />
          <span className="visually-hidden">{name}</span>
        </span>
      );
    }
    case 'failed': {
      const { clientMessageId } = delivery.entry;
      return (
        <p className={classes['failed']}>
          <Icon name="failed" />
          <span role="alert">{strings.message.notSent(delivery.failure.code)}</span>
          <Button kind="quiet" onClick={() => client.retry(clientMessageId)}>
            {strings.message.retry}
          </Button>
          <Button kind="quiet" onClick={() => client.discard(clientMessageId)}>
            {strings.message.discard}
          </Button>
        </p>
      );
    }
  }
}
