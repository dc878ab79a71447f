/** Rules against floods and for new accounts, as authors meet them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatError } from '@parley/protocol';
import { FLOOD_RULES, NEW_ACCOUNT_RATE } from '../../../src/domain/messages/flood-rules.ts';
import type { DomainSettings } from '../../../src/domain/settings.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const LONG = 'Win a telephone, only today, at example.org';
const DAY_MS = 24 * 60 * 60 * 1000;
const FLOODED = { floodRules: true, newAccountMs: 0 };

/** `stored`, or the error as text. */
async function outcomeOf(sending: Promise<unknown>): Promise<string> {
  try {
    await sending;
    return 'stored';
  } catch (error) {
    assert.ok(error instanceof ChatError, String(error));
    return `${error.code} ${error.message}`;
  }
}

async function inLobby(settings: Partial<DomainSettings>) {
  const harness = new ChatHarness({ settings });
  const alice = await harness.connect('alice'); // Owns the lobby.
  const roomId = (await alice.join('lobby')).room.id;
  const bob = await harness.connect('bob');
  await bob.join('lobby');
  return { harness, alice, bob, roomId };
}

async function repeat(client: Client, times: number, text = LONG): Promise<string[]> {
  const outcomes: string[] = [];
  for (let count = 0; count < times; count += 1) outcomes.push(await outcomeOf(client.send(text)));
  return outcomes;
}

describe('an author of a flood', () => {
  test('is warned, slowed down, and muted in the room, with the reason; the audit log has it', async () => {
    const { harness, alice, bob, roomId } = await inLobby(FLOODED);
    const { max } = FLOOD_RULES.text;
    assert.deepEqual(new Set(await repeat(bob, max)), new Set(['stored']));

    const [warned, slowed] = await repeat(bob, 2);
    const waiting = await outcomeOf(bob.send('another text'));
    harness.clock.advance(15_000);
    const [muted, after] = await repeat(bob, 2);

    assert.equal(
      warned,
      'RATE_LIMITED You send the same text too often: wait 10 s. If you go on, you are slowed down, then muted',
    );
    assert.match(
      slowed ?? '',
      /^RATE_LIMITED You send the same text too often: wait 15 s. Until \S+Z you can send one message in 15 s; if you go on, you are muted$/,
    );
    assert.equal(
      waiting,
      'RATE_LIMITED You are slowed down to one message in 15 s, because of the same text: wait 15 s',
    );
    assert.match(
      muted ?? '',
      /^FORBIDDEN You cannot write in this room until \S+Z: Flood rule: the same text too often$/,
    );
    assert.equal(after, muted);
    assert.equal(bob.ofKind('mute').length, 1);
    const [entry] = await harness.store.audit.listAudit({ action: 'mute.create', limit: 9 });
    assert.deepEqual(
      [entry?.actor, entry?.target, entry?.detail],
      ['server', bob.connection.user.id, roomId],
    );
    // The owner sees it in the list of mutes, and lifts it.
    const subject = { roomId, subjectId: bob.connection.user.id };
    await harness.chat.restrictions.liftMute(alice.connection.user, subject);
    harness.clock.advance(15_000);
    assert.equal(await outcomeOf(bob.send('sorry')), 'stored');
  });

  test('is nobody who moderates the room or the server, or on a server without limits', async () => {
    const { alice } = await inLobby(FLOODED);
    assert.deepEqual(new Set(await repeat(alice, 30)), new Set(['stored']));
    const { bob } = await inLobby({ ...FLOODED, messageRateMax: 0 });
    assert.deepEqual(new Set(await repeat(bob, 60)), new Set(['stored']));
  });

  test('is recognised in direct messages and posts, over all rooms', async () => {
    const { harness, bob, roomId } = await inLobby(FLOODED);
    await harness.userOf('carol');
    const { user } = bob.connection;
    const post = () =>
      harness.chat.connectionless.send(user, {
        ...{ to: { roomId }, content: LONG, clientMessageId: undefined },
        ...{ parentId: undefined, attachments: [] },
      });
    for (let count = 0; count < FLOOD_RULES.text.max / 2; count += 1) {
      assert.equal(await outcomeOf(bob.sendTo('carol', LONG)), 'stored');
      assert.equal(await outcomeOf(post()), 'stored');
    }
    assert.match(
      await outcomeOf(bob.sendTo('carol', LONG)),
      /^RATE_LIMITED You send the same text/,
    );
    assert.match(await outcomeOf(post()), /^RATE_LIMITED You send the same text/);
  });

  test('is counted on all nodes together, and meets the same steps on each', async () => {
    const nodes = await TwoNodes.start({ settings: FLOODED });
    const { bob } = await nodes.inLobby();
    const tab = await nodes.one.connect('bob');
    await tab.join('lobby');
    const { max } = FLOOD_RULES.text;
    const outcomes: string[] = [];
    for (let round = 0; round < max; round += 1) {
      for (const client of [bob, tab]) {
        if (outcomes.at(-1)?.startsWith('RATE_LIMITED')) break;
        outcomes.push(...(await repeat(client, 1)));
        await nodes.settle();
      }
    }
    const stored = outcomes.filter((each) => each === 'stored').length;
    assert.ok(stored >= max && stored <= max + max / 4, `${stored} stored`);
    assert.match(outcomes.at(-1) ?? '', /you are slowed down, then muted$/);

    const [slowed] = await repeat(outcomes.length % 2 === 0 ? bob : tab, 1);
    await nodes.settle();
    assert.match(slowed ?? '', /you can send one message in 15 s; if you go on, you are muted$/);
    nodes.clock.advance(15_000);
    assert.equal(await outcomeOf(bob.send('another text')), 'stored');
    await nodes.settle();
    assert.match(
      await outcomeOf(tab.send('a third text')),
      /^RATE_LIMITED You are slowed down to one message in 15 s/,
    );
    nodes.clock.advance(15_000);
    for (const client of [tab, bob]) {
      assert.match((await repeat(client, 1))[0] ?? '', /^FORBIDDEN You cannot write/);
      await nodes.settle();
    }
  });

  test('is heard of by other nodes only near a limit', async () => {
    const notes: string[] = [];
    const nodes = await TwoNodes.start({ settings: { floodRules: true } });
    const third = nodes.network.connect('third');
    await third.subscribe('nodes', 'all', ({ kind }) => {
      if (kind === 'flood') notes.push(kind);
    });
    const { bob } = await nodes.inLobby();
    const texts = ['ok', 'good morning', 'ok', '@alice look', 'ok', 'see you', 'thanks'];
    for (const text of texts) assert.equal(await outcomeOf(bob.send(text)), 'stored');
    await nodes.settle();
    assert.deepEqual(notes, []);
    await repeat(bob, 4);
    await nodes.settle();
    assert.deepEqual(notes, ['flood']);
  });

  test('is muted on all nodes', async () => {
    const nodes = await TwoNodes.start({ settings: FLOODED });
    const { bob } = await nodes.inLobby();
    await repeat(bob, FLOOD_RULES.text.max + 2);
    nodes.clock.advance(15_000);
    await repeat(bob, 1);
    const tab = await nodes.one.connect('bob');
    await tab.join('lobby');
    assert.match(await outcomeOf(tab.send('elsewhere')), /^FORBIDDEN You cannot write/);
  });
});

describe('a mention of everyone', () => {
  test('is for those who moderate a room with many members, also by an edit', async () => {
    const { harness, alice, bob, roomId } = await inLobby({ largeRoomPeople: 2 });
    assert.equal(await outcomeOf(bob.send('@room hello')), 'stored');
    const { messageId } = await bob.send('hello');
    await (await harness.connect('carol')).join('lobby');

    const refused = /^FORBIDDEN In rooms with more than 2 members, moderators mention everyone/;
    for (const text of ['@room hello', '@everyone hello']) {
      assert.match(await outcomeOf(bob.send(text)), refused);
      const change = { kind: 'edit', content: text, contentLengthMax: 100 } as const;
      const editing = Promise.resolve().then(() => bob.change(roomId, messageId, change));
      assert.match(await outcomeOf(editing), refused);
      assert.equal(await outcomeOf(alice.send(text)), 'stored');
    }
  });
});

describe('a mention of those present', () => {
  test('reaches members on other nodes, until they leave', async () => {
    const nodes = await TwoNodes.start();
    const { alice, bob, roomId } = await nodes.inLobby();
    const carol = await nodes.other.connect('carol');
    await carol.join('lobby');
    await nodes.settle();
    const meant = async (): Promise<boolean[]> => {
      const { sequence } = await alice.send('lunch, @here');
      const reached = [bob, carol].map(async ({ connection }) => {
        const { id } = connection.user;
        return (await nodes.store.rooms.listMentioning(roomId, id, [sequence])).size > 0;
      });
      return Promise.all(reached);
    };

    assert.deepEqual(await meant(), [true, true]);
    carol.leave();
    await nodes.settle();
    nodes.clock.advance(60_000);
    await nodes.settle();
    assert.deepEqual(await meant(), [true, false]);
  });
});

describe('a room that leaves mentions of everyone to moderators', () => {
  test('rejects those of members, also by an edit, and accepts them again', async () => {
    const { harness, alice, bob, roomId } = await inLobby({});
    const { messageId } = await bob.send('hello');
    const set = (mentioningAll: 'members' | 'moderators') =>
      harness.chat.roomSettings.change(
        { user: alice.connection.user, connection: alice.connection },
        ...([roomId, { mentioningAll }] as const),
      );

    await set('moderators');

    const refused = /^FORBIDDEN In this room, moderators mention everyone: leave out @everyone/;
    const change = { kind: 'edit', content: '@room hi', contentLengthMax: 100 } as const;
    const editing = Promise.resolve().then(() => bob.change(roomId, messageId, change));
    assert.match(await outcomeOf(editing), refused);
    assert.match(await outcomeOf(bob.send('@everyone hi')), refused);
    assert.equal(await outcomeOf(bob.send('@alice hi')), 'stored');
    assert.equal(await outcomeOf(alice.send('@everyone hi')), 'stored');
    await set('members');
    assert.equal(await outcomeOf(bob.send('@everyone hi')), 'stored');
  });
});

describe('a new account', () => {
  test('sends fewer messages and links, and does not mention everyone, for a day', async () => {
    const { harness, bob, roomId } = await inLobby({ floodRules: true, messageRateMax: 10_000 });
    const expected = /^FORBIDDEN New accounts cannot mention everyone on their first day/;
    assert.match(await outcomeOf(bob.send('@everyone hello')), expected);
    const { messageId } = await bob.send('hello');
    const change = { kind: 'edit', content: '@everyone hello', contentLengthMax: 100 } as const;
    const editing = Promise.resolve().then(() => bob.change(roomId, messageId, change));
    assert.match(await outcomeOf(editing), expected);
    for (let count = 1; count < NEW_ACCOUNT_RATE.max; count += 1) {
      assert.equal(await outcomeOf(bob.send(`message ${count}`)), 'stored');
    }
    assert.equal(
      await outcomeOf(bob.send('one more')),
      'RATE_LIMITED New accounts send at most 300 messages in an hour on their first day: wait 3600 s',
    );

    harness.clock.advance(DAY_MS);
    const again = await harness.connect('bob');
    await again.join('lobby');
    assert.equal(await outcomeOf(again.send('@everyone hello')), 'stored');
    for (let count = 0; count < NEW_ACCOUNT_RATE.max + 5; count += 1) {
      assert.equal(await outcomeOf(again.send(`message ${count}`)), 'stored');
    }
  });

  test('brings no more links by editing', async () => {
    const { alice, bob, roomId } = await inLobby({ floodRules: true });
    const edit = async (client: Client, count: number) => {
      const { messageId } = await client.send(`plain ${count}`);
      const content = `https://example.org/${count}`;
      const change = { kind: 'edit', content, contentLengthMax: 100 } as const;
      return outcomeOf(Promise.resolve().then(() => client.change(roomId, messageId, change)));
    };
    for (let count = 0; count <= FLOOD_RULES.links.max; count += 1) {
      const isAbove = count === FLOOD_RULES.links.max;
      assert.match(await edit(bob, count), isAbove ? /^RATE_LIMITED You send links/ : /^stored$/);
      assert.equal(await edit(alice, count), 'stored');
    }
    assert.match(await outcomeOf(bob.send('www.example.org')), /^RATE_LIMITED You send links/);
  });

  test('mentions everyone in the room that it owns', async () => {
    const { alice } = await inLobby({ floodRules: true });
    assert.equal(await outcomeOf(alice.send('@everyone hello')), 'stored');
  });

  test('is not limited where nobody registers without an invitation', async () => {
    const { bob } = await inLobby({ floodRules: true, registration: 'invited' });
    assert.equal(await outcomeOf(bob.send('@everyone hello')), 'stored');
  });
});
