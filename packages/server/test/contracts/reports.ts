/** Contract of every store for reports to moderators, and for warnings. */
import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import type { By } from '../../src/model/audit.ts';
import type { NewReport, ReportDecision } from '../../src/model/report.ts';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { BY, NOON_MS, PASSWORD_HASH, session, user, withLobby } from '../support/records.ts';

export function testReports(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: reports`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let carol: User;
    let lobby: Room;
    let by: By;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
      carol = user('carol', { role: 'moderator' });
      await store.accounts.insertUser(carol, 'hash');
      by = { actor: carol.id, address: '192.0.2.9', atMs: NOON_MS + 1000 };
    });
    afterEach(() => store.close());

    let count = 0;
    /** In order, as the ids of one moment are not. */
    const newId = (): string => {
      count += 1;
      return `r${100 + count}`;
    };
    const aboutMessage = (over: Partial<NewReport> = {}): NewReport => ({
      ...{
        id: newId(),
        reporterId: alice.id,
        userId: bob.id,
        reason: 'spam',
        atMs: NOON_MS,
      },
      message: {
        ...{ id: 'm1' as MessageId, roomId: lobby.id, content: 'buy 👋', files: ['a "b".png'] },
        sentAtMs: NOON_MS - 1,
      },
      ...over,
    });
    const close = (id: string, decision: ReportDecision, keptSinceMs = 0) =>
      store.reports.closeReport(id, decision, keptSinceMs, by);
    const list = (state: 'open' | 'closed', limit = 9, after?: string) =>
      store.reports.listReports({ state, after, limit });
    const idsOf = async (state: 'open' | 'closed') => (await list(state)).map(({ id }) => id);
    const audited = async () =>
      (await store.audit.listAudit({ actor: carol.id, limit: 9 })).map((entry) => [
        ...[entry.action, entry.target, entry.detail],
      ]);

    test('keep a copy of the message, and are one for each reporter and target', async () => {
      const first = aboutMessage();
      assert.equal(await store.reports.insertReport(first), first.id);
      assert.equal(await store.reports.insertReport(aboutMessage({ reason: 'again' })), first.id);
      const other = aboutMessage({ reporterId: carol.id });
      assert.equal(await store.reports.insertReport(other), other.id);
      const aboutUser = aboutMessage({ message: undefined });
      assert.equal(await store.reports.insertReport(aboutUser), aboutUser.id);

      assert.deepEqual(await store.reports.findReport(first.id), {
        ...{ id: first.id, reason: 'spam', atMs: NOON_MS },
        reporter: { id: alice.id, username: 'alice', displayName: 'alice' },
        user: { id: bob.id, username: 'bob', displayName: 'bob' },
        message: { ...first.message, roomName: 'lobby' },
        closed: undefined,
      });
      assert.deepEqual(await idsOf('open'), [first.id, other.id, aboutUser.id]);
      const page = await list('open', 1, first.id);
      assert.deepEqual(
        page.map(({ id, message }) => [id, message?.content]),
        [[other.id, 'buy 👋']],
      );
      assert.equal(await store.reports.findReport('unknown'), undefined);
    });

    test('are closed once, with what was decided', async () => {
      const first = await store.reports.insertReport(aboutMessage());
      const second = await store.reports.insertReport(aboutMessage({ reporterId: undefined }));
      const ends = await Promise.all([
        close(first, { action: 'dismiss' }),
        close(first, { action: 'delete' }),
      ]);
      assert.deepEqual(ends.map(({ kind }) => kind).sort(), ['already-closed', 'closed']);

      await close(second, { action: 'delete' });
      const closed = await list('closed');
      assert.deepEqual(
        closed.map(({ id, closed: end }) => [id, end?.by?.username, end?.atMs]),
        [
          [second, 'carol', by.atMs],
          [first, 'carol', by.atMs],
        ],
      );
      assert.equal((await store.reports.insertReport(aboutMessage())) !== first, true);
    });

    test('an action closes all reports about the message, and a dismissal one', async () => {
      const reports = [aboutMessage(), aboutMessage({ reporterId: carol.id })];
      const about = aboutMessage({ message: undefined });
      for (const each of [...reports, about]) await store.reports.insertReport(each);

      await close(reports[0]?.id ?? '', { action: 'delete' });
      assert.deepEqual(await idsOf('open'), [about.id]);
      assert.deepEqual(await audited(), [
        ['message.delete', bob.id, `${lobby.id} m1`],
        ['report.close', bob.id, `delete ${reports[0]?.id}`],
      ]);
    });

    test('the removal of a message is stored with the end of its report', async () => {
      const id = await store.reports.insertReport(aboutMessage());
      await close(id, { action: 'delete' });
      const take = (nowMs: number) =>
        store.removals.takeRemoval({ nowMs, dueAtMs: nowMs + 60_000 });
      // The node that closes the report has some time to do it.
      assert.equal(await take(by.atMs + 10_000), undefined);
      assert.deepEqual(await take(by.atMs + 60_000), {
        ...{ id, userId: bob.id, isOfAccount: false, deletesMessages: false },
        message: { roomId: lobby.id, messageId: 'm1' },
        ...{ afterRoomId: undefined, afterSequence: 0, messageCount: 0 },
      });
    });

    test('a warning is there until the user has dismissed it', async () => {
      const id = await store.reports.insertReport(aboutMessage());
      const end = await close(id, { action: 'warn', warningId: 'w1', reason: 'Stop it' });
      const warning = { id: 'w1', reason: 'Stop it', content: 'buy 👋', atMs: by.atMs };
      assert.deepEqual(end, { kind: 'closed', endedKeys: [], warning });
      assert.deepEqual(await store.reports.listWarnings(bob.id), [warning]);
      assert.deepEqual(await store.reports.listWarnings(alice.id), []);

      assert.equal(await store.reports.deleteWarning(alice.id, 'w1'), false);
      assert.equal(await store.reports.deleteWarning(bob.id, 'w1'), true);
      assert.deepEqual(await store.reports.listWarnings(bob.id), []);
    });

    test('a mute and a suspension are done with the end of the report', async () => {
      const id = await store.reports.insertReport(aboutMessage());
      const untilMs = NOON_MS + 60_000;
      await close(id, { action: 'mute', untilMs, reason: 'Loud' });
      const found = await store.rooms.findRoom({ kind: 'id', id: lobby.id }, bob.id);
      assert.deepEqual(found?.mute, { untilMs, reason: 'Loud' });

      const login = session({ userId: bob.id });
      await store.sessions.insertSession(login, PASSWORD_HASH);
      const again = await store.reports.insertReport(aboutMessage());
      const end = await close(again, { action: 'suspend', untilMs, reason: 'Spam' });
      assert.deepEqual(end.kind === 'closed' && end.endedKeys, [login.key]);
      const [disabled] = await store.accounts.listUsers([bob.id]);
      assert.equal(disabled?.disabledAtMs, by.atMs);
      assert.equal(disabled.disabledUntilMs, untilMs);
      assert.equal(disabled.disabledReason, 'Spam');
      assert.deepEqual(await audited(), [
        ['report.close', bob.id, `suspend ${again}`],
        ['user.disable', bob.id, `until ${new Date(untilMs).toISOString()}`],
        ['report.close', bob.id, `mute ${id}`],
        ['mute.create', bob.id, lobby.id],
      ]);
    });

    test('of a rule have no reporter, and are in no export', async () => {
      const own = await store.reports.insertReport(
        aboutMessage({ reporterId: bob.id, userId: alice.id, message: undefined }),
      );
      const automatic = aboutMessage({ reporterId: undefined });
      await store.reports.insertReport(automatic);
      assert.equal(
        await store.reports.insertReport(aboutMessage({ reporterId: undefined })),
        automatic.id,
      );

      const found = await store.reports.findReport(automatic.id);
      assert.deepEqual([found?.reporter, found?.user.username], [undefined, 'bob']);
      const made = await store.reports.listReportsBy(bob.id, { before: undefined, limit: 9 });
      assert.deepEqual(
        made.flatMap(({ id, reporter }) => (reporter === undefined ? [] : [id])),
        [own],
      );
    });

    test('closed reports are deleted in time, and those about a deleted account stay as long', async () => {
      const old = await store.reports.insertReport(aboutMessage());
      await close(old, { action: 'dismiss' });
      const kept = await store.reports.insertReport(aboutMessage());
      await close(kept, { action: 'dismiss' }, by.atMs + 1);
      assert.deepEqual(await idsOf('closed'), []);

      const own = aboutMessage({ reporterId: bob.id, userId: alice.id, message: undefined });
      const about = aboutMessage({ reporterId: undefined });
      const person = aboutMessage({ message: undefined });
      for (const each of [own, about, person]) await store.reports.insertReport(each);
      const names = { username: 'deleted-1', displayName: 'Deleted user' };
      const removal = { messages: 'delete', removalId: randomUUIDv7() } as const;
      await store.removals.deleteAccount({ userId: bob.id, ...names, ...removal }, BY);
      assert.deepEqual(await idsOf('open'), [about.id, person.id]);
      const found = await store.reports.findReport(about.id);
      assert.deepEqual(
        [found?.user.displayName, found?.message?.content],
        ['Deleted user', 'buy 👋'],
      );

      const refused = { kind: 'refused', why: 'absent' };
      assert.deepEqual(
        await close(person.id, { action: 'suspend', untilMs: 1, reason: '' }),
        refused,
      );
      const warn = { action: 'warn', warningId: 'w', reason: '' } as const;
      assert.deepEqual(await close(about.id, warn), refused);
      assert.equal((await close(about.id, { action: 'delete' })).kind, 'closed');
      assert.equal((await close(person.id, { action: 'dismiss' })).kind, 'closed');
      assert.equal((await idsOf('closed')).length, 2);
    });

    test('are read and decided by the roles of the transaction, and not by the reporter', async () => {
      const dave = user('dave', { role: 'moderator' });
      await store.accounts.insertUser(dave, 'hash');
      const member = aboutMessage({ message: undefined });
      const moderator = aboutMessage({ userId: dave.id, message: undefined });
      const own = aboutMessage({ reporterId: carol.id, message: undefined });
      for (const each of [member, moderator, own]) await store.reports.insertReport(each);
      const reader = { id: dave.id, roles: ['guest', 'member'] } as const;
      const page = { state: 'open', after: undefined, limit: 9, reader } as const;
      const listed = (await store.reports.listReports(page)).map(({ id }) => id);
      assert.deepEqual(listed, [member.id, own.id]);
      assert.equal(await store.reports.countOpenReports(reader), 2);
      const none = { id: bob.id, roles: ['member'] } as const;
      assert.equal(await store.reports.countOpenReports(none), 0);

      const refused = { kind: 'refused', why: 'forbidden' };
      assert.deepEqual(await close(own.id, { action: 'dismiss' }), refused);
      assert.deepEqual(await close(moderator.id, { action: 'dismiss' }), refused);
      await store.sessions.setRole(bob.id, 'moderator', BY);
      assert.deepEqual(await close(member.id, { action: 'dismiss' }), refused);
      assert.deepEqual(await idsOf('open'), [member.id, moderator.id, own.id]);
    });
  });
}
