/** The two dialects with flat frames: channels at `/ws/chat`, and direct rooms at `/messagepal`. */

import { FlatClient } from '../../../packages/server/test/support/flat-client.ts';
import { until } from '../../../packages/server/test/support/wait.ts';
import type { DialectDriver, Person } from '../dialect-driver.ts';
import { toHeldMessage } from '../held-message.ts';

interface FlatMessage {
  readonly id: string;
  readonly sequence: number;
  readonly senderId: string;
  readonly content: string;
  readonly clientMessageId?: string;
  readonly editedAt?: string;
  readonly deleted?: true;
}

interface FlatOptions {
  readonly name: string;
  readonly path: string;
  /** Command that opens the room, and its answer. */
  readonly open: string;
  readonly opened: string;
  readonly idField: string;
  /** Fields that address a message. */
  target(person: Person, roomId: string): object;
}

export const channelsDriver = flatDriver({
  name: 'channels',
  path: '/ws/chat',
  open: 'join_channel',
  opened: 'joined_channel',
  idField: 'channelId',
  target: (_person, channelId) => ({ channelId }),
});

/** Direct rooms have two users only. */
export const directDriver = flatDriver({
  name: 'direct',
  path: '/messagepal',
  open: 'subscribe',
  opened: 'subscribed',
  idField: 'conversationId',
  target: ({ partnerId: recipientId }) => ({ recipientId }),
});

function flatDriver({ name, path, open, opened, idField, target }: FlatOptions): DialectDriver {
  return {
    name,
    async open(server, person, record) {
      const client = new FlatClient(server, path, { headers: { cookie: person.cookie } });
      client.onFrame = (frame) => {
        switch (frame.type) {
          case 'connected':
            client.send(open, { [idField]: record.roomId });
            return;
          case opened:
            record.opened(frame['headSequence'] as number);
            return;
          case 'new_message':
          case 'message_received':
          case 'message_sent': {
            const message = frame['message'] as FlatMessage;
            const key = frame['clientMessageId'] as string | undefined;
            if (key === undefined) {
              record.received(toFlatHeldMessage(message));
              return;
            }
            record.addMessage(toFlatHeldMessage(message));
            record.acknowledged(key, { ...message, duplicate: false });
            return;
          }
          case 'message_edited':
          case 'message_deleted': {
            const kind = frame.type === 'message_edited' ? 'edit' : 'delete';
            const change = frame as unknown as { sequence: number; messageId: string };
            record.receivedChange(kind, change);
            return;
          }
          default:
        }
      };
      await client.next(opened);
      return {
        say(content, clientMessageId) {
          record.sent('message', clientMessageId, { content });
          client.send('send_message', {
            ...target(person, record.roomId),
            content,
            clientMessageId,
          });
        },
        reach: (sequence) => until(() => record.position >= sequence, `${sequence}, at ${path}`),
        close: () => client.close(),
      };
    },
  };
}

/** The flat dialects call the author of a message its sender. */
export function toFlatHeldMessage(message: FlatMessage) {
  return toHeldMessage({ ...message, userId: message.senderId });
}
