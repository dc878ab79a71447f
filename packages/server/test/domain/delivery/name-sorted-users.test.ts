import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import fc from 'fast-check';
import { RoomParticipants } from '../../../src/domain/delivery/room-participants.ts';

// The tests use names as ids, and check the order of the names.
const nameOf = (id: UserId): string => id;
const names = fc.array(fc.constantFrom(...'aBcDeFgHiJ'), { maxLength: 30 });

/** A user whose name is the id. */
const asUser = (id: UserId) => ({ id, username: id });

describe('participants by name', () => {
  test('are listed in order without case while users enter and leave', () => {
    fc.assert(
      fc.property(
        fc.array(names, { maxLength: 5 }),
        fc.string({ maxLength: 1 }),
        (turns, after) => {
          const participants = new RoomParticipants();
          for (const turn of turns) {
            for (const id of turn as UserId[]) {
              if (participants.has(id)) participants.leave(asUser(id));
              else participants.enter(asUser(id));
            }
            const sorted = [...participants.ids()].sort((a, b) =>
              a.toLowerCase() < b.toLowerCase() ? -1 : 1,
            );

            assert.deepEqual([...participants.byName(undefined, nameOf)], sorted);
            assert.deepEqual(
              [...participants.byName(after, nameOf)],
              sorted.filter((id) => id.toLowerCase() > after.toLowerCase()),
            );
          }
        },
      ),
    );
  });

  test('are not sorted again for each page', () => {
    const participants = new RoomParticipants();
    for (let index = 0; index < 1000; index += 1)
      participants.enter(asUser(`user-${index}` as UserId));
    let namesRead = 0;
    const count = (id: UserId): string => {
      namesRead += 1;
      return id;
    };

    participants.byName(undefined, count);
    namesRead = 0;
    participants.enter(asUser('late' as UserId));
    for (let page = 0; page < 10; page += 1) participants.byName('user-5', count);

    assert.equal(namesRead, 1);
  });
});
