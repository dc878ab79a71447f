import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { OPEN_TO_MEMBERS } from '../../support/records.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const KEPT_MS = 30 * 60 * 1000;

describe('a room that is open on two nodes', () => {
  let nodes: TwoNodes;
  beforeEach(async () => {
    nodes = await TwoNodes.start({ settings: { retentionMs: KEPT_MS } });
  });
  afterEach(() => nodes.close());

  test('shows who is typing on the other node, but not to a user with a block', async () => {
    const { alice, bob, roomId } = await nodes.inLobby();
    const carol = await nodes.other.connect('carol');
    await carol.join('lobby');
    await nodes.other.chat.blocks.block(carol.connection.user, alice.connection.user.id);
    await nodes.settle();

    await nodes.one.chat.typing.set(alice.connection, { roomId, isTyping: true });
    await nodes.settle();
    await nodes.one.chat.typing.set(alice.connection, { roomId, isTyping: false });
    await nodes.settle();

    const seen = bob.ofKind('typing').map(({ username, isTyping }) => [username, isTyping]);
    assert.deepEqual(seen, [
      ['alice', true],
      ['alice', false],
    ]);
    assert.deepEqual([alice.ofKind('typing'), carol.ofKind('typing')], [[], []]);
  });

  test('shows the previews of links, which one of the nodes fetches', async () => {
    const urls: string[] = [];
    const linkFetcher = {
      fetch: async (url: string) => {
        urls.push(url);
        return { title: 'A page' };
      },
      close: async () => {},
    };
    const previewing = await TwoNodes.start({ linkFetcher });
    const { alice, bob } = await previewing.inLobby();
    await alice.send('https://a.example/');
    await previewing.settle();
    await bob.send('https://a.example/');
    await previewing.settle();

    for (const client of [alice, bob]) {
      const titles = client
        .ofKind('link-preview')
        .map(({ previews }) => previews.map(({ url, title }) => [url, title]));
      const preview = [['https://a.example/', 'A page']];
      assert.deepEqual(titles, [preview, preview]);
    }
    assert.deepEqual(urls, ['https://a.example/']);
    await previewing.close();
  });

  test('shows the drafts of an assistant on another node', async () => {
    const { bob, roomId } = await nodes.inLobby();
    const third = nodes.network.connect('third');
    third.publish('room', roomId, { kind: 'draft', draftId: 'one', content: 'so far' });
    await nodes.settle();

    const seen = bob.ofKind('message-progress').map(({ draftId, content }) => [draftId, content]);
    assert.deepEqual(seen, [['one', 'so far']]);
  });

  test('shows on both where the log starts after retention has deleted events', async () => {
    const { alice, bob, roomId } = await nodes.inLobby();
    await alice.send('old');
    await nodes.advance(2 * KEPT_MS, KEPT_MS);
    const third = nodes.newNode('third');

    await third.chat.begin();
    await third.settle();
    await nodes.settle();

    for (const client of [alice, bob]) {
      assert.deepEqual(client.ofKind('history-pruned'), [
        { kind: 'history-pruned', roomId, firstSequence: 2 },
      ]);
    }
    await third.chat.close();
  });

  test('shows a new topic on both, except to the connection that it answers', async () => {
    const { alice, bob, roomId } = await nodes.inLobby();
    const tab = await nodes.other.connect('alice');
    await tab.join('lobby');
    const { user, connection } = { user: alice.connection.user, connection: alice.connection };

    const author = { user, connection };
    await nodes.one.chat.roomSettings.change(author, roomId, { topic: ' Lunch at 12 ' });
    await nodes.settle();

    const settings = { name: 'lobby', topic: 'Lunch at 12', archived: false };
    const rest = { slowModeSeconds: 0, visibility: 'public', ...OPEN_TO_MEMBERS };
    const change = { kind: 'room-changed', roomId, ...settings, ...rest };
    assert.deepEqual(bob.ofKind('room-changed'), [change]);
    assert.deepEqual(tab.ofKind('room-changed'), [change]);
    assert.deepEqual(alice.ofKind('room-changed'), []);
  });

  test('becomes private and public again on both at once', async () => {
    const { alice, bob, roomId } = await nodes.inLobby();
    const carol = await nodes.other.connect('carol');
    await alice.send('for members');
    const { user } = alice.connection;
    const author = { user, connection: undefined };
    const { chat } = nodes.other;
    const outsider = carol.connection.user;
    const notFound = { code: 'NOT_FOUND' };
    const listed = async () => {
      const page = await chat.roomLists.listVisible(outsider, { after: undefined, limit: 10 });
      return page.rooms.some(({ room }) => room.id === roomId);
    };
    const history = () =>
      chat.history.readMessages(outsider, {
        roomId,
        before: undefined,
        after: undefined,
        limit: 9,
      });
    assert.equal(await listed(), true);

    await nodes.one.chat.roomSettings.change(author, roomId, { visibility: 'private' });

    await assert.rejects(history(), notFound);
    await assert.rejects(chat.roomSettings.read(outsider, roomId), notFound);
    await assert.rejects(carol.join(roomId), notFound);
    assert.equal(await listed(), false);
    await nodes.settle();
    const shown = bob.ofKind('room-changed').map(({ visibility }) => visibility);
    assert.deepEqual(shown, ['private']);
    // Members stay, and the name leads to another room, also on a node that has the former one open.
    await bob.send('still here', { roomId });
    const { room: another } = await carol.join('lobby');
    assert.notEqual(another.id, roomId);
    const found = await chat.roomIds.find({ user: bob.connection.user }, 'lobby');
    assert.equal(found, another.id);
    assert.equal(await chat.roomIds.find(bob.connection, 'lobby'), another.id);

    const open = { visibility: 'public' } as const;
    const taken = nodes.one.chat.roomSettings.change(author, roomId, open);
    await assert.rejects(taken, { code: 'CONFLICT' });
    const renamed = { ...open, name: 'hall' };
    await nodes.one.chat.roomSettings.change(author, roomId, renamed);

    assert.equal((await history()).messages.length, 2);
    assert.equal((await carol.join('hall')).room.id, roomId);
    await nodes.settle();
    const { name, visibility } = bob.ofKind('room-changed').at(-1) ?? {};
    assert.deepEqual([name, visibility], ['hall', 'public']);
  });

  test('shows read positions of the other node', async () => {
    const { alice, bob, roomId } = await nodes.inLobby();
    await alice.send('hello');
    await nodes.settle();

    await nodes.other.chat.readReceipts.markRead(bob.connection, { roomId, sequence: 1 });
    await nodes.settle();

    const seen = alice
      .ofKind('read-position')
      .map(({ username, sequence }) => [username, sequence]);
    assert.deepEqual(seen, [['bob', 1]]);
    assert.deepEqual(bob.ofKind('read-position'), []);
  });

  test('shows a read position that the bus has lost, once and within 10 s', async () => {
    const { alice, bob, roomId } = await nodes.inLobby();
    await alice.send('hello');
    await nodes.advance(1000);
    const { faults } = nodes.network;

    nodes.network.faults = { ...faults, lost: 1 };
    await nodes.other.chat.readReceipts.markRead(bob.connection, { roomId, sequence: 1 });
    await nodes.settle();
    nodes.network.faults = faults;
    await nodes.advance(20_000);

    const seen = alice
      .ofKind('read-position')
      .map(({ username, sequence }) => [username, sequence]);
    assert.deepEqual(seen, [['bob', 1]]);
  });

  test('does not show a read position again that has arrived', async () => {
    const { alice, bob, roomId } = await nodes.inLobby();
    await alice.send('hello');
    await nodes.advance(1000);

    await nodes.other.chat.readReceipts.markRead(bob.connection, { roomId, sequence: 1 });
    await nodes.advance(20_000);

    assert.equal(alice.ofKind('read-position').length, 1);
  });
});
