/** Tests the checker: a correct history has no fault, and each planted fault is found. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkHistory, type FaultKind } from './check.ts';
import type { HeldMember, HeldMessage, History, HistoryEntry } from './history.ts';

const ROOM = 'room';
const at = (index: number) => ({ atMs: index, roomId: ROOM });
const alice = { connection: 'a1', userId: 'alice', ...at(0) };
const bob = { connection: 'b1', userId: 'bob', ...at(0) };

const text = (sequence: number, userId: string): HeldMessage => ({
  id: `m${sequence}`,
  sequence,
  userId,
  clientMessageId: `k${sequence}`,
  content: `text ${sequence}`,
});
const send = (who: typeof alice, sequence: number): HistoryEntry => ({
  ...who,
  type: 'send',
  kind: 'message',
  clientMessageId: `k${sequence}`,
  content: `text ${sequence}`,
});
const ack = (who: typeof alice, sequence: number): HistoryEntry => ({
  ...who,
  type: 'ack',
  clientMessageId: `k${sequence}`,
  messageId: `m${sequence}`,
  sequence,
  duplicate: false,
});
const delivery = (to: typeof alice, sequence: number, from: string): HistoryEntry => ({
  ...to,
  type: 'delivery',
  event: { ...text(sequence, from), kind: 'message', messageId: `m${sequence}` },
});
const joined = (who: typeof alice): HistoryEntry => ({
  ...who,
  type: 'snapshot',
  headSequence: 0,
  truncated: false,
  messages: [],
  events: [],
});
const edited: HeldMessage = { ...text(1, 'alice'), content: 'better', edited: true };
const FINAL = [edited, text(2, 'bob'), { ...text(4, 'alice'), reactions: ['+1 bob'] }];
const shown = (who: typeof alice, messages: readonly HeldMessage[]): HistoryEntry => ({
  ...who,
  type: 'shown',
  headSequence: 5,
  messages,
});
const edit: HistoryEntry = {
  ...alice,
  type: 'send',
  kind: 'edit',
  clientMessageId: 'k3',
  targetId: 'm1',
  content: 'better',
};
const editGiven: HistoryEntry = {
  ...bob,
  type: 'delivery',
  event: { kind: 'edit', sequence: 3, messageId: 'm1', userId: 'alice', clientMessageId: 'k3' },
};
const reaction: HistoryEntry = {
  ...bob,
  type: 'send',
  kind: 'add_reaction',
  clientMessageId: 'k5',
  targetId: 'm4',
  emoji: '+1',
};
const reactionGiven: HistoryEntry = {
  ...alice,
  type: 'delivery',
  event: {
    kind: 'add_reaction',
    sequence: 5,
    messageId: 'm4',
    userId: 'bob',
    clientMessageId: 'k5',
  },
};
const fetched: HistoryEntry = { ...at(99), type: 'fetched', headSequence: 5, messages: FINAL };
const unread: HistoryEntry = {
  ...at(98),
  type: 'unread',
  userId: 'bob',
  readSequence: 2,
  headSequence: 5,
  count: 1,
};

/** Two users; messages 1, 2 and 4, an edit, and a reaction. */
const RIGHT: History = [
  joined(alice),
  joined(bob),
  send(alice, 1),
  delivery(bob, 1, 'alice'),
  ack(alice, 1),
  send(bob, 2),
  ack(bob, 2),
  delivery(alice, 2, 'bob'),
  edit,
  { ...ack(alice, 3), messageId: 'm1' } as HistoryEntry,
  editGiven,
  send(alice, 4),
  ack(alice, 4),
  delivery(bob, 4, 'alice'),
  reaction,
  reactionGiven,
  { ...ack(bob, 5), messageId: 'm4' } as HistoryEntry,
  shown(alice, FINAL),
  shown(bob, FINAL.slice(1)),
  unread,
  fetched,
];

const kept = (beforeMs: number): HistoryEntry => ({ ...at(60), type: 'retention', beforeMs });
/** All at the same time, except what was sent last. */
const late = (sent: HistoryEntry): HistoryEntry => ({ ...sent, atMs: 50 });

const without = (...left: HistoryEntry[]): History => RIGHT.filter((each) => !left.includes(each));
const instead = (old: HistoryEntry, ...others: HistoryEntry[]): History =>
  RIGHT.flatMap((each) => (each === old ? others : [each]));
const entry = (index: number): HistoryEntry => RIGHT[index] as HistoryEntry;
const fetchedAs = (...messages: HeldMessage[]): HistoryEntry =>
  ({ ...fetched, messages }) as HistoryEntry;

/** Later than everything in the history, and later than an end needs to be effective. */
const LATE_MS = 20_000;
const lateSend = { ...send(bob, 9), atMs: LATE_MS };
const lateAck = { ...ack(bob, 9), atMs: LATE_MS };
const lateSnapshot = { ...joined(bob), atMs: LATE_MS };
const read = (sequence: number): HistoryEntry => ({
  ...{ ...bob, atMs: LATE_MS, type: 'read' },
  sequences: [sequence],
});
const end = (type: 'archived' | 'restored' | 'deleted', atMs: number, lastSequence = 4) =>
  ({ ...at(atMs), type, ...(type === 'archived' ? { lastSequence } : {}) }) as const;
const lost: HistoryEntry = { ...at(50), type: 'access_lost', userId: 'bob', sequence: 5 };
const regained: HistoryEntry = {
  ...{ ...lost, type: 'access_regained', atMs: LATE_MS + 1 },
  sequence: 9,
};
const disabled: HistoryEntry = { atMs: 50, type: 'account_disabled', userId: 'bob' };
const rejected = (code: string): HistoryEntry => ({
  ...{ ...bob, atMs: LATE_MS, type: 'refusal' },
  ...{ clientMessageId: 'k9', code },
});
const ENDS: Record<string, HistoryEntry> = {
  'a user who had lost access': lost,
  'a user of an archived room': end('archived', 50),
  'a user of a deleted room': end('deleted', 50),
  'a disabled user': disabled,
};

const PLANTED: Record<string, { readonly history: History; readonly finds: FaultKind }> = {
  'an acknowledged message that is not there': {
    history: instead(fetched, fetchedAs(edited, text(2, 'bob'))),
    finds: 'lost',
  },
  'an acknowledged message whose number another one has': {
    history: instead(fetched, fetchedAs(edited, { ...text(2, 'bob'), id: 'other' })),
    finds: 'lost',
  },
  'an acknowledged text that was changed': {
    history: instead(fetched, fetchedAs(edited, { ...text(2, 'bob'), content: 'tex' })),
    finds: 'lost',
  },
  'an acknowledged attachment that is not there': {
    history: instead(entry(5), { ...send(bob, 2), attachments: ['/a'] } as HistoryEntry),
    finds: 'lost',
  },
  'an attachment of a message that was deleted': {
    history: instead(
      fetched,
      fetchedAs(edited, { ...text(2, 'bob'), content: '', deleted: true, attachments: ['/a'] }),
    ),
    finds: 'lost',
  },
  'an acknowledgement above the head': {
    history: instead(fetched, { ...fetched, headSequence: 4 } as HistoryEntry),
    finds: 'lost',
  },
  'an acknowledged edit that does not show': {
    history: instead(fetched, fetchedAs(text(1, 'alice'), ...FINAL.slice(1))),
    finds: 'lost',
  },
  'an acknowledged reaction that does not show': {
    history: instead(fetched, fetchedAs(edited, text(2, 'bob'), text(4, 'alice'))),
    finds: 'lost',
  },
  'a retry that was stored as another message': {
    history: [
      ...RIGHT.slice(0, 7),
      send(bob, 2),
      { ...ack(bob, 6), clientMessageId: 'k2', duplicate: true } as HistoryEntry,
      ...RIGHT.slice(7),
    ],
    finds: 'twice',
  },
  'an event that comes twice in a row': {
    history: instead(entry(3), entry(3), entry(3)),
    finds: 'twice',
  },
  'an event that comes again later': {
    history: instead(entry(13), entry(13), entry(3)),
    finds: 'out_of_order',
  },
  'an event that does not come': { history: without(editGiven), finds: 'hole' },
  'an acknowledgement before an event below it': {
    history: instead(entry(3), delivery(bob, 1, 'alice')).toSpliced(
      3,
      4,
      send(bob, 2),
      ack(bob, 2),
      entry(3),
      ack(alice, 1),
    ),
    finds: 'overtaken',
  },
  'a message that nobody sent': { history: without(entry(5)), finds: 'phantom' },
  'a message that was refused': {
    history: instead(entry(6), {
      ...bob,
      type: 'refusal',
      clientMessageId: 'k2',
      code: 'RATE_LIMITED',
    }),
    finds: 'phantom',
  },
  'a text that nobody sent': {
    history: instead(entry(5), { ...send(bob, 2), content: 'else' } as HistoryEntry),
    finds: 'phantom',
  },
  'an event for somebody who may not see it': {
    history: [...RIGHT, { ...at(50), type: 'access_lost', userId: 'bob', sequence: 3 }],
    finds: 'forbidden',
  },
  ...Object.fromEntries(
    Object.entries(ENDS).flatMap(([who, ended]) => [
      [`a write of ${who}`, { history: [...RIGHT, ended, lateSend, lateAck], finds: 'forbidden' }],
      [
        `an unclear answer to ${who}`,
        { history: [...RIGHT, ended, lateSend, rejected('INTERNAL_ERROR')], finds: 'unclear' },
      ],
    ]),
  ),
  'an event for a user before access was regained': {
    history: [...RIGHT, lost, { ...delivery(bob, 6, 'alice'), atMs: 60 }, regained],
    finds: 'forbidden',
  },
  'a write of a user without access that was answered when access was regained': {
    history: [
      ...RIGHT,
      lost,
      { ...lateSend, atMs: 60 },
      regained,
      { ...lateAck, atMs: LATE_MS + 2 },
    ],
    finds: 'forbidden',
  },
  'a room that a user without access can read': {
    history: [...RIGHT, lost, read(1), regained],
    finds: 'forbidden',
  },
  'a message that is given though it is stored in an archived room': {
    history: [...RIGHT, end('archived', 50), { ...delivery(bob, 6, 'alice'), atMs: 60 }],
    finds: 'forbidden',
  },
  'an acknowledgement above the end of an archived room, though sent before': {
    history: [...RIGHT, send(bob, 9), { ...ack(bob, 9), atMs: 60 }, end('archived', 50)],
    finds: 'forbidden',
  },
  'a deleted room that can be read': {
    history: [...RIGHT, end('deleted', 50), read(1)],
    finds: 'forbidden',
  },
  'a deleted room that can be opened': {
    history: [...RIGHT, end('deleted', 50), lateSnapshot],
    finds: 'forbidden',
  },
  'a deleted room that is fetched': {
    history: [...RIGHT, end('deleted', 50), { ...fetched, atMs: LATE_MS }],
    finds: 'forbidden',
  },
  'an event for a disabled user': {
    history: [...RIGHT, disabled, { ...delivery(bob, 6, 'alice'), atMs: LATE_MS }],
    finds: 'forbidden',
  },
  'a count that holds own messages': {
    history: instead(unread, { ...unread, count: 2 } as HistoryEntry),
    finds: 'wrong_unread',
  },
  'an edit that catch-up forgot': {
    history: instead(entry(17), shown(alice, [text(1, 'alice'), ...FINAL.slice(1)])),
    finds: 'wrong_state',
  },
  'an attachment that catch-up forgot': {
    history: instead(
      fetched,
      fetchedAs(edited, { ...text(2, 'bob'), attachments: ['/a'] }, ...FINAL.slice(2)),
    ),
    finds: 'wrong_state',
  },
  'a message that catch-up forgot': {
    history: instead(entry(17), shown(alice, [edited, ...FINAL.slice(2)])),
    finds: 'wrong_state',
  },
  'a message that is shown though it is gone': {
    history: instead(entry(17), shown(alice, [...FINAL, text(5, 'bob')])),
    finds: 'wrong_state',
  },
  'a message that is gone, though it is younger than what is kept': {
    history: [
      ...instead(fetched, fetchedAs(...FINAL.slice(2))).map((each) =>
        each === entry(5) ? late(each) : each,
      ),
      kept(50),
    ],
    finds: 'lost',
  },
  'a message that is gone, though an older one is there': {
    history: [...instead(fetched, fetchedAs(edited, ...FINAL.slice(2))), kept(50)],
    finds: 'lost',
  },
  'numbers that go back': {
    history: instead(fetched, fetchedAs(edited, ...FINAL.slice(1).reverse())),
    finds: 'wrong_numbering',
  },
};

describe('checkHistory', () => {
  test('finds nothing in a correct history', () => {
    assert.deepEqual(checkHistory(RIGHT), []);
  });

  test('treats a command without an answer as perhaps stored', () => {
    const lostAnswer = send(alice, 9);
    const unavailable: HistoryEntry = {
      ...bob,
      type: 'refusal',
      clientMessageId: 'k2',
      code: 'UNAVAILABLE',
    };
    assert.deepEqual(checkHistory([...instead(entry(6), unavailable), lostAnswer]).length, 1);
    // Without the acknowledgement, bob's own connection never received 2.
    assert.deepEqual(checkHistory(instead(entry(6), unavailable, delivery(bob, 2, 'bob'))), []);
  });

  test('lets retention delete the beginning of a room, which clients may still show', () => {
    const left = instead(fetched, fetchedAs(...FINAL.slice(2)));

    assert.deepEqual(checkHistory([...left, kept(50)]), []);
    assert.notDeepEqual(checkHistory(left), []);
  });

  test('lets access, rooms and accounts end', () => {
    const sent = late(send(alice, 9));
    const accepted: History = [
      ...RIGHT,
      // Neither is effective at once on all connections.
      ...[
        end('deleted', 30_000),
        { ...disabled, atMs: 30_000 },
        { ...lost, sequence: 9, atMs: 30_000 },
      ],
      ...[lateSend, rejected('FORBIDDEN'), { ...read(1), atMs: 29_999 }],
      // Deletions are allowed in an archive, and all in a restored room.
      ...[end('archived', 40), { ...reaction, kind: 'delete', clientMessageId: 'k8', atMs: 41 }],
      ...[
        { ...ack(bob, 6), clientMessageId: 'k8', messageId: 'm4', atMs: 42 },
        end('restored', 45),
      ],
      ...[sent, { ...rejected('INTERNAL_ERROR'), ...at(55), clientMessageId: 'k9' }],
    ] as HistoryEntry[];
    const kinds = checkHistory(accepted).filter(
      ({ kind }) => kind === 'forbidden' || kind === 'unclear',
    );

    assert.deepEqual(kinds, []);
    // The request stood still on its connection.
    const answered = { ...ack(bob, 10), clientMessageId: 'k9', atMs: LATE_MS + 2 } as const;
    const stalled = { ...lateSend, atMs: 60 };
    assert.deepEqual(
      checkHistory([...RIGHT, lost, stalled, regained, answered]).filter(
        ({ kind }) => kind === 'forbidden',
      ),
      [],
    );
    const returned = { ...regained, atMs: 60 };
    const given = { ...delivery(bob, 6, 'alice'), atMs: 61 };
    assert.deepEqual(
      checkHistory([...RIGHT, lost, returned, given]).filter(({ kind }) => kind === 'forbidden'),
      [],
    );
  });

  test('lets a connection restart at the position of a snapshot', () => {
    const resumed: HistoryEntry = {
      ...bob,
      type: 'snapshot',
      after: 2,
      headSequence: 3,
      truncated: false,
      messages: [],
      events: [
        { kind: 'edit', sequence: 3, messageId: 'm1', userId: 'alice', clientMessageId: 'k3' },
      ],
    };
    assert.deepEqual(checkHistory(instead(editGiven, { ...bob, type: 'closed' }, resumed)), []);
  });

  test('accepts a list of members in any order, and no other users, presence or count', () => {
    const [one, other] = [
      { userId: 'alice', status: 'online' },
      { userId: 'bob', status: 'away' },
    ];
    const present: HistoryEntry = { ...at(0), type: 'present', members: [one, other] };
    const list = (members: readonly HeldMember[], count = members.length): HistoryEntry[] => [
      present,
      { ...alice, type: 'members', source: 'asked', members, count },
    ];
    const kindsOf = (history: History) => checkHistory(history).map(({ kind }) => kind);

    assert.deepEqual(kindsOf(list([other, one])), []);
    const wrong = [list([one]), list([one, { ...other, status: 'busy' }]), list([one, other], 3)];
    for (const history of wrong) assert.deepEqual(kindsOf(history), ['wrong_members']);
  });

  for (const [name, { history, finds }] of Object.entries(PLANTED)) {
    test(`finds ${name}`, () => {
      const kinds = new Set(checkHistory(history).map((fault) => fault.kind));
      assert.ok(kinds.has(finds), `found only: ${[...kinds].join(', ') || 'nothing'}`);
    });
  }
});
