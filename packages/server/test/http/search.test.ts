/** The search of messages over HTTP and the native dialect. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';

interface Results {
  readonly results: readonly {
    readonly message: { readonly content: string; readonly sender: string };
    readonly room: { readonly id: string; readonly name: string };
    readonly highlights: readonly (readonly [number, number])[];
    readonly inFiles?: readonly object[];
  }[];
  readonly total?: number;
  readonly cursor?: string;
}

interface Rejected {
  readonly error: { readonly code: string; readonly field?: string };
}

describe('the search of messages', () => {
  let server: TestServer;
  let alice: Account;
  let bob: Account;
  let roomId: string;
  let groupId: string;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0' });
    [alice, bob] = [await server.signUp('alice'), await server.signUp('bob')];
    const [own, other] = [await alice.connect(), await bob.connect()];
    ({ roomId } = await own.joinRoom({ roomName: 'general' }));
    await other.joinRoom({ roomName: 'general' });
    const { user } = await (await server.signUp('carol')).must<{ user: { id: string } }>(
      'GET',
      '/api/auth/me',
    );
    const { group } = await alice.must<{ group: { roomId: string } }>('POST', '/api/groups', {
      userIds: [user.id],
      name: 'Release team',
    });
    groupId = group.roomId;
    for (const content of ['The release is out', 'Ein Café in 东京', 'see https://example.org']) {
      await alice.must('POST', '/api/messages', { roomId, content });
    }
    await bob.must('POST', '/api/messages', { roomId, content: 'Releases are hard' });
    await alice.must('POST', '/api/messages', { roomId: groupId, content: 'secret release' });
    own.close();
    other.close();
  });
  after(() => server.close());

  const search = (who: Account, query: Readonly<Record<string, string>>) =>
    who.must<Results>('GET', `/api/search?${new URLSearchParams(query)}`);
  const contents = async (who: Account, q: string, more: Readonly<Record<string, string>> = {}) =>
    (await search(who, { q, ...more })).results.map(({ message }) => message.content);
  const rejected = async (who: Account, query: Readonly<Record<string, string>>) => {
    const answer = await who.call('GET', `/api/search?${new URLSearchParams(query)}`);
    const { error } = (await answer.json()) as Rejected;
    return [answer.status, error.code, error.field];
  };

  test('tells the number of all matches, unless there are more than it has read', async () => {
    const totalOf = async (query: Readonly<Record<string, string>>) =>
      (await search(alice, query)).total;

    assert.equal(await totalOf({ q: 'release' }), 3);
    assert.equal(await totalOf({ q: 'release', limit: '1' }), 3);
    assert.equal(await totalOf({ q: 'release', limit: '1', sort: 'newest' }), undefined);
    assert.equal(await totalOf({ q: 'nothing' }), 0);
    assert.equal(await totalOf({ q: 'from:nowhere' }), 0);
    assert.equal((await search(bob, { q: 'release' })).total, 2);
  });

  test('finds messages with their room and the places of what was found', async () => {
    const { results, cursor } = await search(alice, { q: '"the release"' });

    assert.equal(cursor, undefined);
    const [found] = results;
    assert.equal(results.length, 1);
    assert.deepEqual(found?.room, { id: roomId, name: 'general' });
    assert.deepEqual(found?.highlights, [[0, 11]]);
    assert.deepEqual(await contents(alice, 'cafe 京'), ['Ein Café in 东京']);
  });

  test('takes operators in the text and as fields', async () => {
    for (const q of ['from:bob rel', 'rel from:bob', 'rel from:bob ', 'rel har from:bob']) {
      assert.deepEqual(await contents(alice, q), ['Releases are hard'], q);
    }
    assert.deepEqual(await contents(alice, 'rel', { from: 'bob' }), ['Releases are hard']);
    assert.deepEqual(await contents(alice, 'in:"release team"'), ['secret release']);
    assert.deepEqual(await contents(alice, '', { room: groupId }), ['secret release']);
    assert.deepEqual(await contents(alice, 'rel', { room: 'general', sort: 'newest' }), [
      'Releases are hard',
      'The release is out',
    ]);
    assert.deepEqual(await contents(alice, 'has:link'), ['see https://example.org']);
    assert.deepEqual(await contents(alice, 'release before:2020-01-01'), []);
    assert.deepEqual(await contents(alice, 'release -secret after:2020-01-01'), [
      'The release is out',
      'Releases are hard',
    ]);
    assert.deepEqual(await contents(alice, '"release" -secret after:2020-01-01'), [
      'The release is out',
    ]);
    assert.deepEqual(await contents(alice, 'from:nobody-there rel'), []);
    assert.deepEqual(await contents(alice, 'in:nowhere rel'), []);
  });

  test('finds files by their names and descriptions, with the places of what was found', async () => {
    const attachments = [{ url: 'https://example.org/1', name: 'Tulips.pdf', alt: 'a red field' }];
    const content = 'look';
    await alice.must('POST', '/api/messages', { roomId, content, attachments });
    const { results } = await search(alice, { q: 'tulips field look' });

    assert.deepEqual(results[0]?.highlights, [[0, 4]]);
    assert.deepEqual(results[0]?.inFiles, [
      { text: 'Tulips.pdf', highlights: [[0, 6]] },
      { text: 'a red field', highlights: [[6, 11]] },
    ]);
    assert.deepEqual(await contents(alice, 'tulips -field'), []);
  });

  test('continues with the cursor', async () => {
    for (const sort of ['newest', 'relevance']) {
      const first = await search(alice, { q: 'rel', sort, limit: '2' });
      assert(first.cursor !== undefined);
      const rest = await search(alice, { q: 'rel', sort, limit: '2', cursor: first.cursor });
      const all = [...first.results, ...rest.results].map(({ message }) => message.content);
      assert.deepEqual(all.toSorted(), [
        'Releases are hard',
        'The release is out',
        'secret release',
      ]);
      assert.equal(rest.cursor, undefined);
    }
  });

  test('shows nothing of rooms that the user may not read', async () => {
    assert.deepEqual(await contents(bob, 'secret'), []);
    assert.deepEqual(await contents(bob, 'in:"release team" secret'), []);
    assert.deepEqual(await rejected(bob, { q: 'secret', room: groupId }), [
      404,
      'NOT_FOUND',
      undefined,
    ]);
    assert.deepEqual(await rejected(bob, { q: 'secret', room: 'no room' }), [
      404,
      'NOT_FOUND',
      undefined,
    ]);
  });

  test('rejects bad input with the field', async () => {
    const bad = [
      [{ q: '' }, 'q'],
      [{ q: '...' }, 'q'],
      [{ q: 'before:2026-01-01' }, 'q'],
      [{ q: 'x before:soon' }, 'before'],
      [{ q: 'x after:2026-02-30' }, 'after'],
      [{ q: 'x after:2026-02-02 before:2026-02-01' }, 'before'],
      [{ q: 'x after:2026-02-02', timeZone: 'Nowhere/Land' }, 'timeZone'],
      [{ q: 'x has:money' }, 'q'],
      [{ q: 'x'.repeat(501) }, 'q'],
      [{ q: 'many words '.repeat(20) }, 'q'],
      [{ q: 'x', before: 'soon' }, 'before'],
      [{ q: 'x', has: 'money' }, 'has'],
      [{ q: 'x', sort: 'oldest' }, 'sort'],
      [{ q: 'x', cursor: 'elsewhere' }, 'cursor'],
      [{ q: 'x', limit: '1000' }, 'limit'],
    ] as const;
    for (const [query, field] of bad) {
      assert.deepEqual(await rejected(alice, query), [400, 'VALIDATION_ERROR', field], field);
    }
  });

  test('answers over the native dialect', async () => {
    const socket = await bob.connect();
    const answer = (await socket.ask('search_messages', { q: 'hard' })) as unknown as Results;

    assert.deepEqual(
      answer.results.map(({ message }) => message.content),
      ['Releases are hard'],
    );
    socket.close();
  });
});
