import { FlatClient } from '../../../packages/server/test/support/flat-client.ts';
import { until } from '../../../packages/server/test/support/wait.ts';
import type { Way } from '../way.ts';
import { toHeld } from './channels.ts';

/** Direct rooms have two users only. */
export const directWay: Way = {
  name: 'direct',
  async open(server, { cookie, partnerId: recipientId }, record) {
    const { roomId: conversationId } = record;
    const client = new FlatClient(server, '/messagepal', { headers: { cookie } });
    client.onFrame = (frame) => {
      switch (frame.type) {
        case 'connected':
          client.send('subscribe', { conversationId });
          return;
        case 'subscribed':
          record.opened(frame['headSequence'] as number);
          return;
        case 'message_received': {
          const message = frame['message'] as Parameters<typeof toHeld>[0];
          const key = frame['clientMessageId'] as string | undefined;
          if (key === undefined) {
            record.told(toHeld(message));
            return;
          }
          record.hold(toHeld(message));
          record.acknowledged(key, { ...message, duplicate: false });
          return;
        }
        case 'message_edited':
        case 'message_deleted': {
          const kind = frame.type === 'message_edited' ? 'edit' : 'delete';
          record.toldChange(kind, frame as unknown as { sequence: number; messageId: string });
          return;
        }
        default:
      }
    };
    await client.next('subscribed');
    return {
      say(content, clientMessageId) {
        record.sent('message', clientMessageId, { content });
        client.send('send_message', { recipientId, content, clientMessageId });
      },
      reach: (sequence) => until(() => record.position >= sequence, `${sequence}, at /messagepal`),
      close: () => client.close(),
    };
  },
};
