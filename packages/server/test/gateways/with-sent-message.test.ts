import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Acknowledgement } from '../../src/domain/delivery/log-writer.ts';
import { withSentMessage } from '../../src/gateways/common/with-sent-message.ts';
import { message, newRoomId } from '../support/records.ts';

test('the answer to a duplicate keeps its place before later events', async () => {
  const sent = message({ roomId: newRoomId(), sequence: 4 });
  const { id: messageId, roomId, sequence, createdAtMs } = sent;
  const about = { messageId, roomId, sequence, createdAtMs, clientMessageId: undefined };
  const duplicate = { duplicate: true, replacesEvent: true, message: undefined, sent };
  const acknowledgement: Acknowledgement = { ...about, ...duplicate, isReply: false };
  const history = { findSent: () => Promise.reject(new Error('It needs no store')) };
  const order: (number | string)[] = [];

  const take = ({ sequence: place }: { readonly sequence: number }) => order.push(place);
  const answering = withSentMessage({ history } as never, acknowledgement, take);
  order.push('later event');
  await answering;

  assert.deepEqual(order, [4, 'later event']);
});
