import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ChatClient,
  type Environment,
  type RoomId,
  type UserId,
  type UserPayload,
} from '@parley/client';
import { VISITS_MAX, Visits } from '../../src/account/account-sessions.ts';
import { Drafts } from '../../src/drafts/drafts.ts';
import { DisplayNames } from '../../src/people/display-names.ts';
import { WorkspaceList } from '../../src/workspaces/workspace-list.ts';

const LOBBY = 'r-lobby' as RoomId;

/** Never calls back. */
const SILENT: Environment = {
  nowMs: () => 0,
  setTimer: () => () => {},
  random: () => 0,
  newId: () => 'id',
  openSocket: () => ({ send: () => {}, close: () => {} }),
  fetch: () => new Promise(() => {}),
  signals: { isOnline: () => true, isVisible: () => true, subscribe: () => () => {} },
};

function person(username: string): UserPayload {
  return { id: `u-${username}` as UserId, username };
}

function newVisits(): Visits {
  return new Visits((user) => {
    const client = new ChatClient({ serverUrl: 'http://server', environment: SILENT });
    return {
      user,
      client,
      drafts: new Drafts(user.id, () => assert.fail('no storage here')),
      names: new DisplayNames(async () => []),
      workspaces: new WorkspaceList(client),
    };
  });
}

describe('Visits', () => {
  test('keeps the visit of a user who returns, and disconnects all others', () => {
    const visits = newVisits();
    const alice = visits.enter(person('alice'));

    const carol = visits.enter(person('carol'));
    assert.equal(alice.client.getSnapshot().connection.kind, 'closed');
    assert.equal(carol.client.getSnapshot().connection.kind, 'connecting');

    assert.equal(visits.enter(person('alice')), alice);
    assert.equal(alice.client.getSnapshot().connection.kind, 'connecting');
    assert.equal(carol.client.getSnapshot().connection.kind, 'closed');
  });

  test('removes the visit of a user who has logged out', () => {
    const visits = newVisits();
    const alice = visits.enter(person('alice'));

    alice.drafts.write(LOBBY, 'unsent');

    visits.leave(alice.user.id);
    assert.equal(visits.endIfLeaving(alice.user.id), true);

    assert.equal(alice.drafts.read(LOBBY), '');
    assert.equal(alice.client.getSnapshot().connection.kind, 'closed');
    assert.equal(visits.latest, undefined);
    assert.notEqual(visits.enter(person('alice')), alice);
  });

  test('keeps the visit of a user whose session ended, or who is still or again logged in', () => {
    const visits = newVisits();
    const alice = visits.enter(person('alice'));
    assert.equal(visits.endIfLeaving(alice.user.id), false);

    visits.leave(alice.user.id);
    visits.stay(alice.user.id);
    assert.equal(visits.endIfLeaving(alice.user.id), false);

    visits.leave(alice.user.id);
    visits.enter(alice.user);
    assert.equal(visits.endIfLeaving(alice.user.id), false);

    assert.equal(visits.latest, alice.user.id);
  });

  test('knows whether a reload would lose an unsent message of any user', () => {
    const visits = newVisits();
    const alice = visits.enter(person('alice'));
    assert.equal(visits.hasUnstored, false);

    alice.client.send(LOBBY, 'waits');
    visits.enter(person('carol'));
    assert.equal(visits.hasUnstored, true);
    visits.leave(alice.user.id);
    visits.endIfLeaving(alice.user.id);

    assert.equal(visits.hasUnstored, false);
  });

  test('removes the least recently used visit above its limit', () => {
    const visits = newVisits();
    const first = visits.enter(person('first'));
    const second = visits.enter(person('second'));
    for (let n = 2; n < VISITS_MAX; n += 1) visits.enter(person(`n${n}`));
    assert.equal(visits.enter(person('first')), first);

    visits.enter(person('one-more'));

    assert.equal(visits.enter(person('first')), first);
    assert.notEqual(visits.enter(person('second')), second);
  });
});
