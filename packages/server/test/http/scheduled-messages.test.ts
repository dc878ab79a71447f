/** Messages that are sent later, over HTTP and the native dialect. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';

interface Scheduled {
  readonly scheduledId: string;
  readonly content: string;
  readonly room: { readonly id: string; readonly name: string };
  readonly sendAt: string;
  readonly failure?: string;
  readonly attachments?: readonly { readonly fileId: string; readonly name: string }[];
  readonly alsoToRoom?: true;
}

const HOUR_MS = 60 * 60 * 1000;

describe('scheduled messages', () => {
  let server: TestServer;
  let alice: Account;
  let bob: Account;
  let roomId: string;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0' });
    [alice, bob] = [await server.signUp('alice'), await server.signUp('bob')];
    for (const each of [alice, bob]) {
      const socket = await each.connect();
      ({ roomId } = await socket.joinRoom({ roomName: 'lobby' }));
      socket.close();
    }
  });
  after(() => server.close());

  const inHours = (hours: number): string => new Date(Date.now() + hours * HOUR_MS).toISOString();
  const list = async (who: Account) =>
    (await who.must<{ scheduled: Scheduled[] }>('GET', '/api/scheduled')).scheduled;
  const schedule = (who: Account, body: object) =>
    who.must<{ scheduledId: string }>('POST', '/api/scheduled', body);
  const errorOf = async (who: Account, method: string, path: string, body: object) => {
    const answer = await who.call(method, path, body);
    const { error } = (await answer.json()) as { error: { code: string; field?: string } };
    return [answer.status, error.code, error.field];
  };

  test('are listed for their author alone, changed and cancelled', async () => {
    const sendAt = inHours(1);
    const { scheduledId } = await schedule(alice, { roomId, content: 'later', sendAt });
    const [entry] = await list(alice);
    assert.deepEqual(
      [entry?.scheduledId, entry?.content, entry?.room, entry?.sendAt],
      [scheduledId, 'later', { id: roomId, name: 'lobby' }, sendAt],
    );
    assert.deepEqual(await list(bob), []);
    const path = `/api/scheduled/${scheduledId}`;
    const missing = await errorOf(bob, 'PATCH', path, { content: 'mine' });
    assert.deepEqual(missing, [404, 'NOT_FOUND', 'scheduledId']);
    await bob.must('DELETE', path);
    await alice.must('PATCH', path, { content: 'much later', sendAt: inHours(2) });
    assert.equal((await list(alice))[0]?.content, 'much later');
    await alice.must('DELETE', path);
    await alice.must('DELETE', path);
    assert.deepEqual(await list(alice), []);
  });

  test('are sent, and tell all connections of their author', async () => {
    const [mine, others] = [await alice.connect(), await bob.connect()];
    await others.joinRoom({ roomName: 'lobby' });
    const wanted = { roomId, content: 'now', sendAt: inHours(1) };
    const { scheduledId } = (await mine.ask('schedule_message', wanted)) as unknown as Scheduled;
    await mine.ask('change_scheduled', { scheduledId, sendAt: inHours(0) });
    assert.equal((await others.next('chat_message')).content, 'now');
    const states: string[] = [];
    while (states.at(-1) !== 'sent') states.push((await mine.next('scheduled_changed')).state);
    assert.deepEqual(states, ['waiting', 'waiting', 'sent']);
    const { scheduled } = (await mine.ask('list_scheduled', {})) as unknown as {
      scheduled: Scheduled[];
    };
    assert.deepEqual(scheduled, []);
    await mine.ask('cancel_scheduled', { scheduledId });
    mine.close();
    others.close();
  });

  test('have files, which others read when they are sent', async () => {
    const sent = await alice.sendFile('POST', '/api/upload', 'the notes', { name: 'notes.txt' });
    const { fileId } = (await sent.json()) as { fileId: string };
    const attachments = [{ fileId, alt: 'Notes' }];
    const [mine, others] = [await alice.connect(), await bob.connect()];
    await mine.joinRoom({ roomName: 'lobby' });
    await others.joinRoom({ roomName: 'lobby' });
    const { id: parentMessageId } = await mine.sendMessage({ roomId, content: 'a thread' });
    const place = { roomId, parentMessageId, alsoToRoom: true };
    const wanted = { ...place, content: '', sendAt: inHours(1), attachments };
    const { scheduledId } = await schedule(alice, wanted);
    const described = { fileId, name: 'notes.txt', size: 9, alt: 'Notes' };
    const listed = await list(alice);
    assert.partialDeepStrictEqual(listed, [{ attachments: [described], alsoToRoom: true }]);
    const again = await errorOf(alice, 'POST', '/api/scheduled', wanted);
    assert.deepEqual(again, [404, 'NOT_FOUND', 'attachments']);
    const path = `/api/scheduled/${scheduledId}`;
    const empty = await errorOf(alice, 'PATCH', path, { attachments: [] });
    assert.deepEqual(empty, [400, 'VALIDATION_ERROR', 'content']);
    const outsideThread = { ...wanted, parentMessageId: undefined, attachments: [] };
    const misplaced = await errorOf(alice, 'POST', '/api/scheduled', {
      ...{ ...outsideThread, content: 'text' },
    });
    assert.deepEqual(misplaced, [400, 'VALIDATION_ERROR', 'alsoToRoom']);
    assert.equal((await bob.call('GET', `/api/files/${fileId}`)).status, 404);
    assert.equal((await alice.call('GET', `/api/files/${fileId}`)).status, 200);

    await alice.must('PATCH', path, { sendAt: inHours(0), attachments: [{ fileId }] });
    let message = await others.next('chat_message');
    while (message.attachments === undefined) message = await others.next('chat_message');
    assert.deepEqual([message.content, message.alsoToRoom], ['', true]);
    assert.partialDeepStrictEqual(message.attachments, [{ fileId, name: 'notes.txt' }]);
    const read = await bob.call('GET', `/api/files/${fileId}`);
    assert.deepEqual([read.status, await read.text()], [200, 'the notes']);
    mine.close();
    others.close();
  });

  test('have a text, a time of this year, and a room of their author', async () => {
    const whole = { roomId, content: 'text', sendAt: inHours(1) };
    const refused = (over: object) =>
      errorOf(alice, 'POST', '/api/scheduled', { ...whole, ...over });
    assert.deepEqual(await refused({ content: ' ' }), [400, 'VALIDATION_ERROR', 'content']);
    for (const sendAt of [inHours(-1), inHours(24 * 367), 'tomorrow']) {
      assert.deepEqual(await refused({ sendAt }), [400, 'VALIDATION_ERROR', 'sendAt']);
    }
    const { group } = await bob.must<{ group: { roomId: string } }>('POST', '/api/groups', {
      userIds: [(await server.signUp('carol')).userId],
      name: 'Secret',
    });
    const secret = await refused({ roomId: group.roomId });
    assert.deepEqual(secret, await refused({ roomId: 'unknown' }));
    assert.equal(secret[0], 404);
  });

  test('have a limit', async () => {
    const dave = await server.signUp('dave');
    const socket = await dave.connect();
    await socket.joinRoom({ roomName: 'lobby' });
    for (let n = 0; n < 100; n += 1) {
      await socket.ask('schedule_message', { roomId, content: `${n}`, sendAt: inHours(1) });
    }
    socket.close();
    const more = { roomId, content: 'more', sendAt: inHours(1) };
    const [status, code] = await errorOf(dave, 'POST', '/api/scheduled', more);
    assert.deepEqual([status, code], [409, 'CONFLICT']);
    assert.equal((await list(dave)).length, 100);
  });
});
