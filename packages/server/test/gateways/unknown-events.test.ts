/** Events of a later version, which this version does not know: no dialect shows them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Epoch, RoomId, UserId } from '@parley/protocol';
import { toFrame as toChannelFrame } from '../../src/gateways/channels/encode.ts';
import { toFrame as toDirectFrame } from '../../src/gateways/direct/encode.ts';
import { encodeEvent } from '../../src/gateways/native/encode.ts';
import { toServerEvent } from '../../src/gateways/socketio/encode.ts';
import type { ChatEvent } from '../../src/model/client-event.ts';
import { hydrateEvent } from '../../src/model/hydrate-event.ts';
import type { RoomEvent, RoomEventKind } from '../../src/model/room-event.ts';
import { room } from '../support/records.ts';

const ENCODERS: Readonly<Record<string, (event: ChatEvent) => unknown>> = {
  native: (event) => encodeEvent(event, 0),
  channels: toChannelFrame,
  direct: toDirectFrame,
  'Socket.IO': toServerEvent,
};

const POSITION = {
  roomId: 'a room' as RoomId,
  epoch: 'an epoch' as Epoch,
  sequence: 3,
  ordinal: 2,
  actorId: 'a user' as UserId,
  createdAtMs: 1,
};

describe('an event of a later version', () => {
  for (const [dialect, encode] of Object.entries(ENCODERS)) {
    test(`is not shown in the dialect ${dialect}`, () => {
      const event: RoomEvent = { ...POSITION, kind: 'unknown' };
      assert.equal(encode({ kind: 'logged', event, room: room('a room') }), undefined);
    });
  }

  test('keeps its sequence when it is read from the log, whatever it is about', () => {
    const entry = { ...POSITION, kind: 'poll' as RoomEventKind, targetId: '', detail: undefined };
    for (const subject of [{ kind: 'gone' }, { kind: 'person', username: 'ann' }] as const) {
      assert.deepEqual(hydrateEvent(entry, subject), { ...POSITION, kind: 'unknown' });
    }
  });
});
