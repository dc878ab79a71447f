import {
  type Answer,
  SocketIoClient,
  type SocketIoMessage,
} from '../../../packages/server/test/support/socketio-client.ts';
import { until } from '../../../packages/server/test/support/wait.ts';
import type { DialectDriver } from '../dialect-driver.ts';
import { toHeldMessage } from '../held-message.ts';

interface Change {
  readonly messageId: string;
  readonly content?: string;
  readonly sequence: number;
}

export const socketIoDriver: DialectDriver = {
  name: 'socketio',
  async open(server, person, record) {
    const client = new SocketIoClient(server, {
      auth: { token: person.token },
      transports: ['polling', 'websocket'],
    });
    await client.open();
    const { roomId } = record;
    client.socket.on('message:new', (message: SocketIoMessage) => {
      // Its acknowledgement follows, and takes its position.
      if (record.isOwn(message.clientMessageId)) record.addMessage(toHeldMessage(message));
      else record.received(toHeldMessage(message));
    });
    client.socket.on('message:edited', (change: Change) => record.receivedChange('edit', change));
    client.socket.on('message:deleted', (change: Change) =>
      record.receivedChange('delete', change),
    );
    const { headSequence } = (await client.joinRoom(roomId)) as unknown as {
      headSequence: number;
    };
    record.opened(headSequence);
    return {
      say(content, clientMessageId) {
        record.sent('message', clientMessageId, { content });
        const take = ({ message, duplicate }: Answer) =>
          record.acknowledged(clientMessageId, {
            ...(message as SocketIoMessage),
            duplicate: duplicate === true,
          });
        client.socket.emit('message:send', { roomId, content, clientMessageId }, take);
      },
      reach: (sequence) => until(() => record.position >= sequence, `${sequence}, by Socket.IO`),
      close: () => client.close(),
    };
  },
};
