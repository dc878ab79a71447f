import type { ServerFrame, ServerFrames } from '@parley/protocol';
import WebSocket from 'ws';
import { until } from '../../../packages/server/test/support/wait.ts';
import type { DialectDriver, Peer } from '../dialect-driver.ts';
import { toHeldMessage } from '../held-message.ts';
import type { RoomRecord } from '../room-record.ts';

/** This dialect also edits and deletes. */
interface NativePeer extends Peer {
  change(
    type: 'edit_message' | 'delete_message',
    messageId: string,
    key: string,
    content?: string,
  ): void;
}

export const nativeDriver = {
  name: 'native',
  async open(server, person, record) {
    const headers = { authorization: `Bearer ${person.token}` };
    const socket = new WebSocket(`ws://${server.host}/ws`, { headers });
    const { roomId } = record;
    let isOpen = false;
    const send = (type: string, payload: object) =>
      socket.send(JSON.stringify({ type, payload: { roomId, ...payload } }));
    socket.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as ServerFrame;
      if (frame.type === 'connection_established') send('join_room', {});
      if (frame.type === 'room_joined') {
        record.opened(frame.payload.headSequence);
        isOpen = true;
      }
      take(frame, record);
    });
    await until(() => isOpen, 'the room, natively');
    const peer: NativePeer = {
      say(content, clientMessageId) {
        record.sent('message', clientMessageId, { content });
        said.set(clientMessageId, content);
        send('chat_message', { content, clientMessageId });
      },
      change(type, messageId, clientMessageId, content) {
        const kind = type === 'edit_message' ? 'edit' : 'delete';
        const about = { targetId: messageId, ...(content === undefined ? {} : { content }) };
        record.sent(kind, clientMessageId, about);
        changes.set(clientMessageId, {
          kind,
          messageId,
          ...(content === undefined ? {} : { content }),
        });
        send(type, { messageId, clientMessageId, ...(content === undefined ? {} : { content }) });
      },
      reach: (sequence) => until(() => record.position >= sequence, `${sequence}, natively`),
      close: () => socket.close(),
    };
    return peer;
  },
} satisfies DialectDriver;

/** Unanswered commands of all peers: their keys differ. */
const said = new Map<string, string>();
const changes = new Map<string, { kind: 'edit' | 'delete'; messageId: string; content?: string }>();

function take(frame: ServerFrame, record: RoomRecord): void {
  switch (frame.type) {
    case 'chat_message':
      record.received(toHeldMessage(frame.payload));
      return;
    case 'message_edited':
      record.receivedChange('edit', frame.payload);
      return;
    case 'message_deleted':
      record.receivedChange('delete', frame.payload);
      return;
    case 'message_ack':
      takeAcknowledgement(frame.payload, record);
      return;
    default:
  }
}

function takeAcknowledgement(ack: ServerFrames['message_ack'], record: RoomRecord): void {
  const { clientMessageId: key = '', id, sequence } = ack;
  const content = said.get(key);
  const change = changes.get(key);
  if (content !== undefined) {
    record.addMessage({ id, sequence, userId: record.userId, clientMessageId: key, content });
  } else if (change !== undefined) {
    record.apply(change.kind, change);
  }
  record.acknowledged(key, ack);
}
