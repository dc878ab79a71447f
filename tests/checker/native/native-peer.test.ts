import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HistoryEntry } from '../history.ts';
import { NativePeer, type SocketHandlers } from './native-peer.ts';

test('an acknowledgement of a dropped command above the position resumes the room', () => {
  const sent: { readonly type: string; readonly payload: { readonly rooms?: object[] } }[] = [];
  const recorded: HistoryEntry[] = [];
  let handlers: SocketHandlers | undefined;
  const peer = new NativePeer({
    name: 'ann-0',
    userId: 'ann',
    nowMs: () => 0,
    schedule: () => () => {},
    record: (entry) => recorded.push(entry),
    dial: (given) => {
      handlers = given;
      return { send: (text) => void sent.push(JSON.parse(text)), terminate: () => {} };
    },
  });
  const receive = (type: string, payload: object) =>
    handlers?.handleMessage(JSON.stringify({ type, payload }));
  receive('connection_established', {
    rooms: [{ id: 'r1', kind: 'direct', headSequence: 6, epoch: 'e1' }],
  });

  const ack = { roomId: 'r1', clientMessageId: 'c1', id: 'm1', duplicate: false };
  receive('message_ack', { ...ack, sequence: 6 });
  const before = sent.filter(({ payload }) => payload.rooms?.length === 1).length;
  receive('message_ack', { ...ack, sequence: 7 });

  const resumes = sent.filter(({ type }) => type === 'resume').map(({ payload }) => payload.rooms);
  assert.deepEqual(resumes.slice(before), [[{ roomId: 'r1', lastSequence: 6, epoch: 'e1' }]]);
  peer.stop();
});
