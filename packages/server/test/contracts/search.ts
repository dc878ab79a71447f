/** Contract of every store for the index of the texts of messages. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  type MessageId,
  parseSearch,
  type RoomId,
  type UserId,
  type WorkspaceId,
} from '@parley/protocol';
import type { Room } from '../../src/model/room.ts';
import { type SearchLanguage, stemsIn } from '../../src/model/stems.ts';
import type { User } from '../../src/model/user.ts';
import type { SearchStep } from '../../src/ports/search-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { change, command, NOON_MS, room, withLobby } from '../support/records.ts';

/** Of the stores that index texts by themselves, too. */
export const SEARCHED_LANGUAGES = ['en', 'de'] as const;

export function testSearch(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: search`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    let seconds = 0;
    const send = async (content: string, over: Partial<Parameters<typeof command>[0]> = {}) => {
      seconds += 1;
      const admittedAtMs = NOON_MS + seconds * 1000;
      const sent = command({ roomId: lobby.id, userId: alice.id, content, admittedAtMs, ...over });
      const [outcome] = await store.log.commit([sent]);
      assert(outcome?.kind === 'stored', JSON.stringify(outcome));
      return sent.messageId;
    };
    const edit = (messageId: MessageId, content: string) =>
      store.log.commit([
        change({
          ...({ kind: 'edit', roomId: lobby.id, userId: alice.id, messageId, content } as const),
          mentions: { everyone: false, names: [] },
        }),
      ]);
    const stepOf = (text: string, over: Partial<SearchStep> = {}): SearchStep => ({
      phrases: parseSearch(text, stemsIn(SEARCHED_LANGUAGES)).phrases,
      ...{ roomIds: [lobby.id], authorIds: [], contents: [] },
      ...{ fromMs: 0, beforeMs: Number.MAX_SAFE_INTEGER, after: undefined, limit: 100 },
      ...over,
    });
    const completeIndex = async (languages: readonly SearchLanguage[] = SEARCHED_LANGUAGES) => {
      for (
        let steps = 0;
        (await store.search.indexMessages(10, languages)) !== 'none';
        steps += 1
      ) {
        assert(steps < 20);
      }
    };
    const search = async (step: SearchStep) => {
      await completeIndex();
      return store.search.searchMessages(step);
    };
    const contentsOf = async (text: string, over: Partial<SearchStep> = {}) => {
      const found = await search(stepOf(text, over));
      const messages = await store.search.readMessagesAt(found);
      return messages
        .toSorted((a, b) => b.createdAtMs - a.createdAtMs)
        .map(({ content }) => content);
    };

    test('finds words, beginnings of words, and parts of scripts without spaces', async () => {
      await send('The release is out');
      await send('Café at noon');
      await send('我们去东京吧');

      assert.deepEqual(await contentsOf('release out '), ['The release is out']);
      assert.deepEqual(await contentsOf('rel'), ['The release is out']);
      assert.deepEqual(await contentsOf('rel out '), ['The release is out']);
      assert.deepEqual(await contentsOf('cafe '), ['Café at noon']);
      assert.deepEqual(await contentsOf('东京'), ['我们去东京吧']);
      assert.deepEqual(await contentsOf('京'), ['我们去东京吧']);
      assert.deepEqual(await contentsOf('吧'), ['我们去东京吧']);
      assert.deepEqual(await contentsOf('release noon'), []);
    });

    test('finds the other forms of a word, not in quotes, and beginnings beside them', async () => {
      await send('Ana deploys');
      await send('was deployed');
      await send('Die Häuser');

      assert.deepEqual(await contentsOf('deploying '), ['was deployed', 'Ana deploys']);
      assert.deepEqual(await contentsOf('deploying'), ['was deployed', 'Ana deploys']);
      assert.deepEqual(await contentsOf('depl'), ['was deployed', 'Ana deploys']);
      assert.deepEqual(await contentsOf('deploying ana '), ['Ana deploys']);
      assert.deepEqual(await contentsOf('"deploying"'), []);
      assert.deepEqual(await contentsOf('"deploys"'), ['Ana deploys']);
      assert.deepEqual(await contentsOf('haus '), ['Die Häuser']);
      assert.deepEqual(await contentsOf('deploying ', { roomIds: ['r' as RoomId] }), []);
    });

    test('finds the words at the end of a long message, and very long ones in each search', async () => {
      const long = (words: number, last: string) =>
        `${Array.from({ length: words }, (_, index) => `w${index.toString(36)}`).join(' ')} ${last}`;
      const [longer, longest] = [long(2000, 'gamma'), long(30_000, 'delta')];
      await send(longer);
      await send(longest);

      assert.deepEqual(await contentsOf('gamma'), [longest, longer]);
      assert.deepEqual(await contentsOf('w1jj'), [longest, longer]);
      assert.deepEqual(await contentsOf('', { authorIds: [alice.id] }), [longest, longer]);
    });

    test('a step of the index ends by the length of its texts', async () => {
      for (let count = 0; count < 4; count += 1) await send('x'.repeat(150_000));
      const steps: string[] = [];
      while (steps.at(-1) !== 'none' && steps.length < 9) {
        steps.push(await store.search.indexMessages(10, SEARCHED_LANGUAGES, true));
      }

      assert(steps.length === 1 || steps.length === 5, steps.join());
      assert.equal((await contentsOf('', { authorIds: [alice.id] })).length, 4);
    });

    test('an index without stems finds what is written', async () => {
      await send('Ana deploys');
      await completeIndex([]);
      await send('was deployed');

      assert.deepEqual(await contentsOf('deploys '), ['was deployed', 'Ana deploys']);
    });

    test('finds by room, author, content and time, without words too', async () => {
      await send('one https://example.org');
      await send('two `code`', { userId: bob.id });
      await send('three', { attachments: ['https://example.org/a.png'] });

      assert.deepEqual(await contentsOf('', { authorIds: [bob.id] }), ['two `code`']);
      assert.deepEqual(await contentsOf('', { contents: ['link'] }), ['one https://example.org']);
      assert.deepEqual(await contentsOf('', { contents: ['code'] }), ['two `code`']);
      assert.deepEqual(await contentsOf('', { contents: ['file'] }), ['three']);
      assert.deepEqual(await contentsOf('', { roomIds: ['r' as RoomId] }), []);
      assert.deepEqual(await contentsOf('', { authorIds: ['u' as UserId, alice.id] }), [
        'three',
        'one https://example.org',
      ]);
      const times = { fromMs: NOON_MS + (seconds - 1) * 1000, beforeMs: NOON_MS + seconds * 1000 };
      assert.deepEqual(await contentsOf('', { roomIds: [lobby.id], ...times }), ['two `code`']);
    });

    test('finds no poll as a file, and a file beside a poll', async () => {
      const poll = { type: 'poll', option1: 'tea', option2: 'coffee' };
      await send('drinks', { attachments: [poll] });
      await send('menu', { attachments: [poll, 'https://example.org/menu.png'] });

      assert.deepEqual(await contentsOf('', { contents: ['file'] }), ['menu']);
    });

    test('finds the words of names and descriptions of files, until the message is deleted', async () => {
      const file = { name: 'Budget-2027 final.pdf', alt: 'chart of sales', type: 'image/png' };
      const messageId = await send('', { attachments: [file] });
      await send('budget talk');

      assert.deepEqual(await contentsOf('budg'), ['budget talk', '']);
      assert.deepEqual(await contentsOf('"budget-2027"'), ['']);
      assert.deepEqual(await contentsOf('sales', { contents: ['file'] }), ['']);
      const deletion = { kind: 'deletion', roomId: lobby.id, userId: alice.id, messageId } as const;
      await store.log.commit([change(deletion)]);
      assert.deepEqual(await contentsOf('sales'), []);
    });

    test('changed and deleted texts leave the index, and new ones enter it', async () => {
      const messageId = await send('first words');
      await edit(messageId, 'second words');

      assert.deepEqual(await contentsOf('first '), []);
      assert.deepEqual(await contentsOf('second '), ['second words']);
      const deletion = { kind: 'deletion', roomId: lobby.id, userId: alice.id, messageId } as const;
      await store.log.commit([change(deletion)]);
      assert.deepEqual(await search(stepOf('words ')), []);
    });

    test('a batch with messages, an edit and a deletion leaves what is in the room', async () => {
      const texts = ['kept text', 'edited text', 'deleted text'];
      const sent = texts.map((content) => command({ roomId: lobby.id, userId: alice.id, content }));
      const [, edited, deleted] = sent;
      assert(edited && deleted);
      const by = { roomId: lobby.id, userId: alice.id };
      const mentions = { everyone: false, names: [] };
      await store.log.commit([
        ...sent,
        change({ kind: 'edit', ...by, messageId: edited.messageId, content: 'new text', mentions }),
        change({ kind: 'deletion', ...by, messageId: deleted.messageId }),
      ]);

      const found = await contentsOf('text ');
      assert.deepEqual(found.toSorted(), ['kept text', 'new text']);
      assert.deepEqual(await contentsOf('edited '), []);
    });

    test('lists the rooms that a user may be allowed to read, of every kind, the latest first', async () => {
      const owner = { userId: bob.id, role: 'owner' as const };
      const create = async (name: string, over: Partial<Room>, members = [owner]) => {
        const created = room(name, { nameKey: name, ...over });
        await store.rooms.createRoom(created, members, NOON_MS);
        await send(`word in ${name}`, { roomId: created.id, userId: bob.id });
        return created.id;
      };
      const hidden = await create('other', { visibility: 'private' });
      const school = { id: 'school' as WorkspaceId, name: 'School', createdAtMs: NOON_MS };
      await store.workspaces.createWorkspace(school, alice.id);
      const channel = await create('channel', { kind: 'channel', workspaceId: school.id });
      const privateChannel = { workspaceId: school.id, visibility: 'private' } as const;
      await create('private', { kind: 'channel', ...privateChannel });
      const open = await create('public', {});
      const archived = await create('archived', {});
      await store.rooms.changeRoom(archived, { archivedAtMs: NOON_MS }, undefined);
      const own = await create('own', { kind: 'group', visibility: 'private' }, [
        owner,
        { userId: alice.id, role: 'owner' },
      ]);
      await send('word in lobby');
      const list = async (isGuest: boolean, limit: number, nowMs = NOON_MS) =>
        (await store.search.listSearchedRooms(alice.id, { isGuest, limit, nowMs })).map((each) => [
          each.roomId,
          each.lastMessageAtMs,
        ]);
      const later = (room: RoomId, before: number) => [room, NOON_MS + (seconds - before) * 1000];

      const owned = [later(lobby.id, 0), later(own, 1)];
      const others = [later(archived, 2), later(open, 3), later(channel, 5)];
      assert.deepEqual(await list(false, 100), [...owned, ...others]);
      assert.deepEqual(await list(false, 3), [...owned, ...others.slice(0, 1)]);
      assert.deepEqual(await list(true, 100), owned);
      const ban = { untilMs: NOON_MS + 1, reason: '' };
      await store.log.commit([
        change({
          ...{ kind: 'access-lost', roomId: open, userId: bob.id, subjectId: alice.id },
          ...{ reason: 'banned', ban },
        }),
      ]);
      const unbanned = others.filter(([roomId]) => roomId !== open);
      assert.deepEqual(await list(false, 100), [...owned, ...unbanned]);
      const ids = (await list(false, 100, NOON_MS + 2)).map(([roomId]) => roomId);
      assert(ids.includes(open));
      assert.deepEqual(await contentsOf('word ', { roomIds: [lobby.id, own] }), [
        'word in lobby',
        'word in own',
      ]);
      assert.deepEqual(await contentsOf('', { roomIds: [hidden], authorIds: [bob.id] }), [
        'word in other',
      ]);
    });

    test('the terms of other rooms are not those of a room, in beginnings of words too', async () => {
      const other = room('other', { nameKey: 'other' });
      await store.rooms.createRoom(other, [{ userId: bob.id, role: 'owner' }], NOON_MS);
      await send('common words', { roomId: other.id, userId: bob.id });
      await send('words');

      assert.deepEqual(await contentsOf('wor'), ['words']);
      assert.deepEqual(await contentsOf('com'), []);
      assert.deepEqual(await contentsOf('com', { roomIds: [other.id] }), ['common words']);
      assert.deepEqual(await contentsOf('wor', { roomIds: [] }), []);
    });

    test('continues after a position, until everything is found once', async () => {
      for (let count = 1; count <= 7; count += 1) await send(`word ${count}`);
      const found: number[] = [];
      let after: SearchStep['after'];
      for (let pages = 0; pages < 9; pages += 1) {
        const page = await search(stepOf('word ', { limit: 3, after }));
        found.push(...page.map(({ sequence }) => sequence));
        after = page.at(-1);
        if (page.length < 3) break;
      }

      assert.deepEqual(found, [7, 6, 5, 4, 3, 2, 1]);
    });

    test('many messages of the same time are all found, in a common word too', async () => {
      const sent = Array.from({ length: 60 }, (_, index) =>
        command({ roomId: lobby.id, userId: alice.id, content: `same ${index}` }),
      );
      await store.log.commit(sent);

      assert.equal((await contentsOf('same ')).length, 60);
      const first = await search(stepOf('same ', { limit: 25 }));
      const rest = await search(stepOf('same ', { after: first.at(-1) }));
      const found = [...first, ...rest].map(({ sequence }) => sequence);
      assert.deepEqual([first.length, new Set(found).size, found.length], [25, 60, 60]);
      assert.deepEqual(await contentsOf('same 17 '), ['same 17']);
    });

    test('a common word in few rooms of many is found there once, latest first', async () => {
      const owner = { userId: bob.id, role: 'owner' as const };
      for (let count = 1; count <= 8; count += 1) {
        const other = room(`other ${count}`, { visibility: 'private', nameKey: `other ${count}` });
        await store.rooms.createRoom(other, [owner], NOON_MS);
        const texts = Array.from({ length: 8 }, () =>
          command({ roomId: other.id, userId: bob.id, content: 'common' }),
        );
        await store.log.commit(texts);
      }
      const own = Array.from({ length: 60 }, (_, index) => `common ${index}`);
      await store.log.commit(
        own.map((content, index) => {
          const admittedAtMs = NOON_MS + index * 1000;
          return command({ roomId: lobby.id, userId: alice.id, content, admittedAtMs });
        }),
      );
      const found: number[] = [];
      for (let after: SearchStep['after'], pages = 0; pages < 9; pages += 1) {
        const page = await search(stepOf('common ', { limit: 25, after }));
        found.push(...page.map(({ sequence }) => sequence));
        after = page.at(-1);
        if (page.length < 25) break;
      }

      assert.deepEqual(
        found,
        own.map((_, index) => own.length - index),
      );
    });

    test('messages that retention deletes leave the index', async () => {
      await send('old word');
      await send('new word');
      const beforeMs = NOON_MS + seconds * 1000;
      await store.log.deleteMessagesOlderThan(lobby.id, { beforeMs, eventsMax: 100 });

      assert.equal((await search(stepOf('word '))).length, 1);
      assert.deepEqual(await contentsOf('word '), ['new word']);
    });

    test('the messages of a deleted room leave the index', async () => {
      await send('word');
      while (!(await store.rooms.deleteRoom(lobby.id, 100)));

      assert.deepEqual(await search(stepOf('word ')), []);
    });

    test('texts that change before they are indexed do not enter the index', async () => {
      const edited = await send('first words');
      const deleted = await send('other words');
      await edit(edited, 'second words');
      const deletion = { kind: 'deletion', roomId: lobby.id, userId: alice.id } as const;
      await store.log.commit([change({ ...deletion, messageId: deleted })]);

      assert.deepEqual(await contentsOf('second '), ['second words']);
      assert.deepEqual(await search(stepOf('first ')), []);
      assert.deepEqual(await search(stepOf('other ')), []);
    });

    test('two indexers at once leave each message once', async () => {
      for (let count = 1; count <= 5; count += 1) await send(`word ${count}`);
      await Promise.all([completeIndex(), completeIndex()]);

      const found = await store.search.searchMessages(stepOf('word '));
      assert.deepEqual(
        found.map(({ sequence }) => sequence),
        [5, 4, 3, 2, 1],
      );
    });

    test('has nothing to add to the index of a new store', async () => {
      await send('word');
      await completeIndex();

      assert.deepEqual(await contentsOf('word '), ['word']);
      assert.equal(await store.search.indexMessages(10, SEARCHED_LANGUAGES), 'none');
      assert.equal(await store.search.indexMessages(10, SEARCHED_LANGUAGES, true), 'none');
    });
  });
}
