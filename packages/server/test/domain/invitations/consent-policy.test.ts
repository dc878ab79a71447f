/** How users come into rooms by others: every way, for every relation of the two. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Attachment, ChatError, ClientMessageId, MessageId, RoomId } from '@parley/protocol';
import type { User } from '../../../src/model/user.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { BY, blockUser, ownedBy, room } from '../../support/records.ts';

const RELATIONS = ['stranger', 'asking', 'known', 'blocker', 'choosy', 'left', 'removed'] as const;
type Relation = (typeof RELATIONS)[number];
const PLACES = ['public', 'private', 'group'] as const;
type Place = (typeof PLACES)[number];

/** Where the user is afterwards; the invitation of a user who has blocked the author is unseen. */
type Outcome = 'member' | 'invited' | 'unseen' | 'outside';

interface Way {
  /** Whether anything is told is a matter of the route: here only what becomes of the user. */
  readonly run: (scene: Scene, author: User, user: User, roomId: RoomId) => Promise<unknown>;
  readonly places: readonly Place[];
  readonly outcomes: Readonly<Record<Place, Readonly<Record<Relation, Outcome>>>>;
}

const AFTER_LEAVING = { left: 'invited', removed: 'invited' } as const;
const OPEN: Readonly<Record<Relation, Outcome>> = {
  ...({ stranger: 'member', asking: 'invited', known: 'member', blocker: 'unseen' } as const),
  ...({ choosy: 'outside', ...AFTER_LEAVING } as const),
};
const CLOSED = { ...OPEN, stranger: 'invited' } as const;
const NOBODY = Object.fromEntries(RELATIONS.map((each) => [each, 'outside'])) as Record<
  Relation,
  Outcome
>;
const BY_NAME = { public: OPEN, private: CLOSED, group: CLOSED } as const;
/** In a private room and a group, a mention reaches nobody outside. */
const BY_MENTION = { public: OPEN, private: NOBODY, group: NOBODY } as const;

class Scene {
  readonly harness: ChatHarness;
  #rooms = 0;

  constructor(settings: ConstructorParameters<typeof ChatHarness>[0] = {}) {
    this.harness = new ChatHarness({
      ...settings,
      settings: { askBeforeStrangers: true, ...settings.settings },
    });
  }

  say(author: User, roomId: RoomId, content: string) {
    return this.harness.chat.connectionless.send(author, {
      ...{ to: { roomId }, content, attachments: [] },
      ...{ clientMessageId: undefined, parentId: undefined },
    });
  }

  edit(user: User, roomId: RoomId, messageId: MessageId, content: string): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const change = { kind: 'edit', content, contentLengthMax: 1000 } as const;
    const request = { roomId, messageId, clientMessageId: undefined, change };
    const settle = (result: object | ChatError) =>
      result instanceof Error ? reject(result) : resolve(result);
    const author = { user, connection: undefined };
    this.harness.chat.messageChanges.change(author, request, settle)?.catch(reject);
    return promise;
  }

  async newRoom(author: User, place: Place): Promise<RoomId> {
    const about =
      place === 'group'
        ? ({ kind: 'group', visibility: 'private' } as const)
        : ({ kind: 'room', visibility: place } as const);
    this.#rooms += 1;
    const made = room(`room ${this.#rooms}`, about);
    await this.harness.store.rooms.createRoom(made, ownedBy(author), 0);
    return made.id;
  }

  /** A user who has this relation to the author, or to the room. */
  async relate(relation: Relation, author: User, user: User, roomId: RoomId): Promise<void> {
    const { store, chat } = this.harness;
    const end = (subject: User, by: User, reason: 'left' | 'removed') =>
      chat.memberships.end(by, { roomId, subjectId: subject.id, reason });
    switch (relation) {
      case 'asking':
        return store.invitations.setAsksFirst(user.id, true);
      case 'known': {
        const shared = room('shared', { kind: 'group', visibility: 'private' });
        await store.rooms.createRoom(shared, ownedBy(author), 0);
        await store.rooms.addMember(shared.id, user.id, 0);
        return;
      }
      case 'blocker':
        await store.invitations.setAsksFirst(user.id, false);
        await blockUser(store, user.id, author.id, 0);
        return;
      case 'choosy':
        await chat.privacy.set(user, { acceptMessagesFrom: 'contacts' });
        return;
      case 'left':
      case 'removed':
        // Not to be asked of strangers does not mean to be put back.
        await store.invitations.setAsksFirst(user.id, false);
        await store.rooms.addMember(roomId, user.id, 0, author.id);
        return end(user, relation === 'left' ? user : author, relation);
      default:
    }
  }

  async outcomeFor(user: User, roomId: RoomId): Promise<Outcome> {
    const { store } = this.harness;
    const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, user.id);
    if (found?.role !== undefined) return 'member';
    if ((await store.invitations.findInvitation(user.id, roomId)) !== undefined) return 'invited';
    const invited = (await store.invitations.listInvited([roomId])).get(roomId) ?? [];
    return invited.some(({ id }) => id === user.id) ? 'unseen' : 'outside';
  }
}

const WAYS: Readonly<Record<string, Way>> = {
  'PUT members': {
    run: ({ harness }, author, { id: subjectId }, roomId) =>
      harness.chat.roomMembers.add(author, { roomId, subjectId }),
    ...{ places: PLACES, outcomes: BY_NAME },
  },
  'PUT members with a role': {
    run: ({ harness }, author, { id: subjectId }, roomId) =>
      harness.chat.roomMembers.giveRole(author, { roomId, subjectId, role: 'moderator' }),
    ...{ places: PLACES, outcomes: BY_NAME },
  },
  'a mention': {
    run: (scene, author, { username }, roomId) => scene.say(author, roomId, `hi @${username}`),
    ...{ places: PLACES, outcomes: BY_MENTION },
  },
  'an edit': {
    run: async (scene, author, { username }, roomId) => {
      const { message } = await scene.say(author, roomId, 'hi');
      await scene.edit(author, roomId, message.id, `hi @${username}`);
    },
    ...{ places: PLACES, outcomes: BY_MENTION },
  },
  'the mention of a group of users': {
    run: async (scene, author, { id, username }, roomId) => {
      const olaf = { ...(await scene.harness.userOf('olaf')), role: 'admin' as const };
      const handle = `team-${username}`;
      const group = { handle, name: handle, userIds: [id] };
      await scene.harness.chat.userGroups.create(olaf, group);
      await scene.say(author, roomId, `hi @${handle}`);
    },
    ...{ places: PLACES, outcomes: BY_MENTION },
  },
};

describe('users who are added by others', () => {
  for (const [name, { run, places, outcomes }] of Object.entries(WAYS)) {
    for (const place of places) {
      test(`by ${name} to a ${place} ${place === 'group' ? '' : 'room'}`, async () => {
        const scene = new Scene();
        const seen: Record<string, Outcome> = {};
        for (const relation of RELATIONS) {
          const author = await scene.harness.userOf(`author-${relation}`);
          const user = await scene.harness.userOf(relation);
          const roomId = await scene.newRoom(author, place);
          await scene.relate(relation, author, user, roomId);
          await run(scene, author, user, roomId).catch((error: ChatError) => {
            assert.equal(error.code, 'FORBIDDEN', `${relation}: ${error.stack}`);
          });
          seen[relation] = await scene.outcomeFor(user, roomId);
        }
        assert.deepEqual(seen, outcomes[place]);
      });
    }
  }

  test('come back on their own, by a link and by accepting, and are then members as before', async () => {
    const scene = new Scene();
    const [author, user] = [await scene.harness.userOf('ada'), await scene.harness.userOf('ben')];
    const roomId = await scene.newRoom(author, 'public');
    const { invitations, memberships } = scene.harness.chat;
    const leave = () => memberships.end(user, { roomId, subjectId: user.id, reason: 'left' });
    await scene.say(author, roomId, 'hi @ben');
    await leave();
    await scene.say(author, roomId, 'hi again @ben');
    assert.equal(await scene.outcomeFor(user, roomId), 'invited');
    await invitations.accept(user, roomId);
    assert.equal(await scene.outcomeFor(user, roomId), 'member');
    await leave();
    const client = await scene.harness.connect('ben');
    await client.join(roomId);
    assert.equal(await scene.outcomeFor(user, roomId), 'member');
  });
});

describe('a text that is refused', () => {
  const SECRET = 'word-that-is-blocked';
  const NOWHERE = '0199f2a4-6c2d-7e4f-9071-8293a4b5c6d7' as MessageId;
  const FILE = { type: 'file', fileId: 'A'.repeat(22) };
  interface Written {
    readonly content?: string;
    readonly parentId?: MessageId;
    readonly attachments?: readonly Attachment[];
    readonly clientMessageId?: string;
  }
  const REFUSED: Readonly<Record<string, Written>> = {
    'with a file of another user': { attachments: [FILE] },
    'as a reply to no message': { parentId: NOWHERE },
    'under the id of another message': { clientMessageId: 'used' },
    'with a blocked word': { content: SECRET },
  };

  test('brings nobody into the room, whatever refuses it, with a connection and without', async () => {
    const settings = { blockedWords: [SECRET], blockedWordsAction: 'reject' } as const;
    const scene = new Scene({ settings });
    const { harness } = scene;
    const ada = await harness.connect('ada');
    const author = ada.connection.user;
    const roomId = await scene.newRoom(author, 'public');
    await ada.join(roomId);
    const [coming, asking] = [await harness.userOf('coming'), await harness.userOf('asking')];
    await scene.relate('asking', author, asking, roomId);
    await ada.send('first', { roomId, clientMessageId: 'used' });
    const names = `@${coming.username} @${asking.username}`;
    const outcomes = async () => [
      await scene.outcomeFor(coming, roomId),
      await scene.outcomeFor(asking, roomId),
    ];
    for (const [name, { content = '', ...written }] of Object.entries(REFUSED)) {
      const text = `${content} ${names}`;
      await assert.rejects(async () => ada.send(text, { roomId, ...written }), name);
      const { parentId, attachments = [], clientMessageId } = written;
      const about = { parentId, attachments, clientMessageId: clientMessageId as ClientMessageId };
      const to = { roomId };
      const sending = harness.chat.connectionless.send(author, { to, content: text, ...about });
      await assert.rejects(sending, name);
      assert.deepEqual(await outcomes(), ['outside', 'outside'], name);
    }
    await harness.store.rooms.setMute(
      ...[roomId, author.id, { untilMs: harness.clock.nowMs() + 1000, reason: '' }, BY],
    );
    await assert.rejects(ada.send(names, { roomId }), { code: 'FORBIDDEN' });
    assert.deepEqual(await outcomes(), ['outside', 'outside']);

    await harness.store.rooms.setMute(roomId, author.id, undefined, BY);
    await ada.send(names, { roomId });
    assert.deepEqual(await outcomes(), ['member', 'invited']);
  });
});

describe('requests to a user', () => {
  const MAX = 10;
  const open = async () => {
    const scene = new Scene({ settings: { userRequestRateMax: MAX } });
    const victim = await scene.harness.userOf('victim');
    const write = async (name: string) => {
      const author = await scene.harness.userOf(name);
      const to = { recipient: { kind: 'id', id: victim.id } as const };
      const about = { clientMessageId: undefined, parentId: undefined, attachments: [] };
      await scene.harness.chat.connectionless.send(author, { to, content: 'hi', ...about });
    };
    /** The answers to a number of groups with the victim. */
    const flood = async (name: string, count: number) => {
      const user = await scene.harness.userOf(name);
      const answers: string[] = [];
      for (let index = 0; index < count; index += 1) {
        const making = scene.harness.chat.groups.create(
          { user },
          { userIds: [victim.id], name: '' },
        );
        await making.then(
          () => answers.push('made'),
          ({ code }: ChatError) => answers.push(code),
        );
      }
      return answers;
    };
    return { scene, victim, write, flood };
  };

  test('of one author do not use up those of others', async () => {
    const { write, flood } = await open();
    const answers = await flood('eve', MAX);
    assert.deepEqual(
      [answers.filter((each) => each === 'made').length, answers.at(-1)],
      [2, 'RATE_LIMITED'],
    );
    for (let index = 0; index < MAX - 2; index += 1) await write(`honest-${index}`);
    await assert.rejects(write('late'), { code: 'RATE_LIMITED' });
  });

  test('of a blocked author cost the recipient nothing, and the author sees no difference', async () => {
    const { scene, victim, write, flood } = await open();
    const eve = await scene.harness.userOf('eve');
    await blockUser(scene.harness.store, victim.id, eve.id, 0);
    const blocked = await flood('eve', MAX);
    assert.deepEqual(blocked, await (await open()).flood('eve', MAX));
    for (let index = 0; index < MAX; index += 1) await write(`honest-${index}`);
    // Where others get no further, neither does the blocked author.
    const mallory = await scene.harness.userOf('mallory');
    await blockUser(scene.harness.store, victim.id, mallory.id, 0);
    assert.deepEqual(await flood('mallory', 1), ['RATE_LIMITED']);
  });

  test('to come back are limited for each pair, also among those who know each other', async () => {
    const { scene, victim } = await open();
    const author = await scene.harness.userOf('ada');
    const outcomes = [];
    await scene.relate('known', author, victim, await scene.newRoom(author, 'private'));
    for (let index = 0; index < 3; index += 1) {
      const roomId = await scene.newRoom(author, 'group');
      await scene.relate('left', author, victim, roomId);
      const request = { roomId, subjectId: victim.id };
      const adding = scene.harness.chat.roomMembers.add(author, request);
      outcomes.push(await adding.catch(({ code }: ChatError) => code));
    }
    assert.deepEqual(outcomes, ['invited', 'invited', 'RATE_LIMITED']);
  });
});
