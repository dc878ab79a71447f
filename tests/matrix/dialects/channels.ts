import { FlatClient } from '../../../packages/server/test/support/flat-client.ts';
import { until } from '../../../packages/server/test/support/wait.ts';
import type { Way } from '../way.ts';

interface ChannelMessage {
  readonly id: string;
  readonly sequence: number;
  readonly senderId: string;
  readonly content: string;
  readonly clientMessageId?: string;
  readonly editedAt?: string;
  readonly deleted?: true;
}

export const channelsWay: Way = {
  name: 'channels',
  async open(server, person, record) {
    const { roomId: channelId } = record;
    const client = new FlatClient(server, '/ws/chat', { headers: { cookie: person.cookie } });
    client.onFrame = (frame) => {
      switch (frame.type) {
        case 'connected':
          client.send('join_channel', { channelId });
          return;
        case 'joined_channel':
          record.opened(frame['headSequence'] as number);
          return;
        case 'new_message':
          record.told(toHeld(frame['message'] as ChannelMessage));
          return;
        case 'message_sent': {
          const message = frame['message'] as ChannelMessage;
          record.hold(toHeld(message));
          const key = frame['clientMessageId'] as string;
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
    await client.next('joined_channel');
    return {
      say(content, clientMessageId) {
        record.sent('message', clientMessageId, { content });
        client.send('send_message', { channelId, content, clientMessageId });
      },
      reach: (sequence) => until(() => record.position >= sequence, `${sequence}, at /ws/chat`),
      close: () => client.close(),
    };
  },
};

export function toHeld(message: ChannelMessage) {
  const { id, sequence, senderId: userId, content, clientMessageId, editedAt, deleted } = message;
  return {
    id,
    sequence,
    userId,
    content,
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    ...(editedAt === undefined ? {} : { edited: true }),
    ...(deleted === true ? { deleted: true } : {}),
  };
}
