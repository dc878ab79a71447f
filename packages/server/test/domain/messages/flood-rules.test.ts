/** Rules against floods: what they count, the steps that follow, and a busy day on which none is broken. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientMessageId, UserId } from '@parley/protocol';
import fc from 'fast-check';
import { repetitions } from '../../../../../tests/support/repetitions.ts';
import {
  DEMO_DIRECT_MESSAGES,
  DEMO_ROOMS,
  type DemoMessage,
} from '../../../src/cli/demo-content.ts';
import {
  type CountedMessage,
  FLOOD_RULES,
  type FloodRuleName,
  FloodRules,
  NEW_ACCOUNT_RATE,
} from '../../../src/domain/messages/flood-rules.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const LONG = 'Win a telephone, only today, at example.org';

function message(over: Partial<CountedMessage> = {}): CountedMessage {
  return {
    content: LONG,
    clientMessageId: undefined,
    mentionsEveryone: false,
    mentions: 0,
    hasLink: false,
    isOfNewAccount: false,
    ...over,
  };
}

/** Rules with one author, and a clock. */
function author() {
  const rules = new FloodRules();
  const id = 'author' as UserId;
  let nowMs = 5_000_000;
  return {
    wait: (ms: number) => {
      nowMs += ms;
    },
    send: (over: Partial<CountedMessage> = {}) => rules.find(id, message(over), nowMs),
    /** Returns the rule that is broken, or undefined. */
    brokenBy: (over: Partial<CountedMessage> = {}): FloodRuleName | undefined => {
      const finding = rules.find(id, message(over), nowMs);
      return finding?.kind === 'broken' ? finding.rule : undefined;
    },
    strike: (rule: FloodRuleName, key?: string) =>
      rules.strike(id, rule, key as ClientMessageId | undefined, nowMs).step,
  };
}

describe('rules against floods', () => {
  test('are broken by the same text too often, whatever its case and spaces', () => {
    const { send, brokenBy, wait } = author();
    const { max, windowMs } = FLOOD_RULES.text;
    for (let count = 0; count < max; count += 1) {
      assert.equal(
        send({ content: count % 2 === 0 ? LONG : ` ${LONG.toUpperCase()}!!` }),
        undefined,
      );
    }

    assert.equal(brokenBy({ content: `${LONG}\u200b ?` }), 'text');
    assert.equal(brokenBy({ content: `${LONG} again` }), undefined);
    wait(windowMs);
    assert.equal(brokenBy(), undefined);
  });

  test('let short texts be repeated more often, for a shorter time', () => {
    const { send, brokenBy, wait } = author();
    for (let count = 0; count < FLOOD_RULES.shortText.max; count += 1) {
      assert.equal(send({ content: 'ok' }), undefined);
    }
    assert.equal(brokenBy({ content: 'OK!' }), 'shortText');
    wait(FLOOD_RULES.shortText.windowMs);
    assert.equal(brokenBy({ content: 'ok' }), undefined);
  });

  test('count mentions of everyone, of people, and links of new accounts', () => {
    const { brokenBy } = author();
    const sent = (over: Partial<CountedMessage>, times: number) =>
      Array.from({ length: times }, (_, index) =>
        brokenBy({ ...over, content: `${index} of these different texts` }),
      ).filter((rule) => rule !== undefined);

    const everyone = { mentionsEveryone: true };
    assert.deepEqual(sent(everyone, FLOOD_RULES.everyone.max + 1), ['everyone']);
    assert.deepEqual(sent({ mentions: 20 }, FLOOD_RULES.mentions.max / 20 + 1), ['mentions']);
    assert.deepEqual(sent({ hasLink: true }, FLOOD_RULES.links.max + 1), []);
    const link = { hasLink: true, isOfNewAccount: true };
    assert.deepEqual(sent(link, FLOOD_RULES.links.max + 1), ['links']);
  });

  test('warn, then slow down, then mute, and forget', () => {
    const { send, strike, wait } = author();
    assert.equal(strike('text'), 'warn');
    assert.equal(send({ content: 'something else' }), undefined);
    assert.equal(strike('text'), 'slow');
    const slowed = send({ content: 'at once' });
    assert.deepEqual(slowed, { kind: 'wait', waitMs: 15_000, because: 'text', isSlow: true });
    wait(15 * SECOND_MS);
    assert.equal(send({ content: 'later' }), undefined);
    assert.equal(send({ content: 'at once' })?.kind, 'wait');
    wait(5 * MINUTE_MS);
    for (const content of ['as', 'before']) assert.equal(send({ content }), undefined);
    assert.equal(strike('text'), 'mute');
    assert.equal(strike('text'), 'mute');
    wait(15 * MINUTE_MS);
    assert.equal(strike('text'), 'warn');
  });

  test('make a rejected message wait, and count no retry', () => {
    const { send, strike, wait } = author();
    const clientMessageId = 'key' as ClientMessageId;
    for (let count = 0; count < FLOOD_RULES.text.max; count += 1) send();
    assert.equal(send({ clientMessageId })?.kind, 'broken');
    strike('text', clientMessageId);
    assert.equal(send({ clientMessageId })?.kind, 'wait');
    wait(10 * SECOND_MS);
    // Accepted, and again if the answer was lost.
    for (let count = 0; count < 40; count += 1) assert.equal(send({ clientMessageId }), undefined);
    assert.equal(send()?.kind, 'broken');
  });

  test('let a new account send a limited number of messages, without further steps', () => {
    const { send, wait } = author();
    const over = (index: number) => ({ isOfNewAccount: true, content: `message ${index}` });
    for (let count = 0; count < NEW_ACCOUNT_RATE.max; count += 1) {
      assert.equal(send(over(count)), undefined);
      wait(SECOND_MS);
    }
    const { max, windowMs } = NEW_ACCOUNT_RATE;
    const waitMs = windowMs - max * SECOND_MS;
    assert.deepEqual(send(over(99)), { kind: 'wait', waitMs, because: 'new', isSlow: false });
    wait(waitMs);
    assert.equal(send(over(99)), undefined);
  });

  test('remember a bounded number of authors', () => {
    const rules = new FloodRules();
    const sendAs = (name: string, nowMs: number) => rules.find(name as UserId, message(), nowMs);
    for (let count = 0; count < 10_500; count += 1) sendAs(`user ${count}`, count);
    assert.equal(rules.authorCount, 10_000);
    for (let count = 0; count < 6000; count += 1) sendAs(`later ${count}`, 60 * MINUTE_MS);
    assert.ok(rules.authorCount <= 6000, String(rules.authorCount));
  });

  test('cost a message less than 20 microseconds', () => {
    const rules = new FloodRules();
    const texts = Array.from({ length: 100 }, (_, index) => `${LONG} ${index} `.repeat(3));
    const authors = Array.from({ length: 500 }, (_, index) => `user ${index}` as UserId);
    const COUNT = 50_000;
    let nowMs = 0;
    const run = (): number => {
      const { user, system } = process.cpuUsage();
      for (let index = 0; index < COUNT; index += 1) {
        nowMs += 10;
        const content = texts[index % texts.length] as string;
        rules.find(authors[index % authors.length] as UserId, message({ content }), nowMs);
      }
      const used = process.cpuUsage();
      return (used.user + used.system - user - system) / COUNT;
    };
    run();
    const microseconds = Math.min(run(), run(), run());
    assert.ok(microseconds < 20, `${microseconds} µs`);
  });
});

/** One message on a busy day. */
interface Said {
  readonly who: number;
  readonly atMs: number;
  readonly content: string;
}

const PEOPLE = 300;
const DAY_MS = 8 * 60 * MINUTE_MS;
const GREETINGS = [
  'ok',
  '+1',
  'thanks',
  'Thanks!',
  'good morning',
  'lol',
  '👍',
  'done',
  'yes',
  'same',
];
const WORDS =
  'deploy fails on node with error please look at the log again now since it is red'.split(' ');

const greeting = fc.constantFrom(...GREETINGS);
const sentence = fc
  .array(fc.constantFrom(...WORDS), { minLength: 4, maxLength: 14 })
  .map((words) => words.join(' '));
const link = fc.nat(500).map((page) => `see https://wiki.example.org/page/${page}`);
const mention = fc.nat(PEOPLE).map((who) => `@person-${who} can you look?`);
const who = fc.nat(PEOPLE - 1);
const at = fc.nat(DAY_MS);

/** People answer the same thing at the same time. */
const chorus = fc
  .record({ text: greeting, people: fc.uniqueArray(who, { maxLength: 150 }), atMs: at })
  .map(({ text, people, atMs }) =>
    people.map((each, index): Said => ({ who: each, atMs: atMs + index * 200, content: text })),
  );
/** A few people write short texts quickly, each at most every 4 s, for 20 minutes. */
const incident = fc
  .record({
    people: fc.uniqueArray(who, { minLength: 2, maxLength: 8 }),
    atMs: at,
    texts: fc.array(fc.oneof(sentence, sentence, greeting, mention, link), {
      minLength: 50,
      maxLength: 300,
    }),
  })
  .map(({ people, atMs, texts }) =>
    texts.map((content, index): Said => {
      const turn = Math.floor(index / people.length);
      const each = people[index % people.length] as number;
      return { who: each, atMs: atMs + turn * 4000, content };
    }),
  );
/** One announcement in several rooms, the first of which mentions everyone. */
const announcement = fc
  .record({ by: who, text: sentence, rooms: fc.integer({ min: 1, max: 6 }), atMs: at })
  .map(({ by, text, rooms, atMs }) =>
    Array.from({ length: rooms }, (_, index): Said => {
      const content = `${index === 0 ? '@everyone ' : ''}${text}`;
      return { who: by, atMs: atMs + index * 15_000, content };
    }),
  );
const single = fc
  .record({ who, atMs: at, content: fc.oneof(sentence, greeting, link, mention) })
  .map((said): Said[] => [said]);

const busyDay = fc
  .tuple(
    fc.array(chorus, { minLength: 5, maxLength: 15 }),
    fc.array(incident, { maxLength: 4 }),
    fc.array(announcement, { maxLength: 20 }),
    fc.array(single, { minLength: 500, maxLength: 1500 }),
  )
  .map((parts) => parts.flat(2).sort((one, other) => one.atMs - other.atMs));

describe('no rule against floods is broken', () => {
  test('on a busy day', () => {
    const property = fc.property(busyDay, (day) => {
      const rules = new FloodRules();
      const findings = day.filter(({ who: by, atMs, content }) => {
        const found = rules.find(`person-${by}` as UserId, countedOf(content), atMs);
        return found !== undefined;
      });
      assert.deepEqual(findings, []);
    });
    fc.assert(property, { numRuns: repetitions(50, 1000) });
  });

  test('by the people of the demo, if all of them are new and write at once', () => {
    const rules = new FloodRules();
    const say = (said: DemoMessage): void => {
      const counted = { ...countedOf(said.text), isOfNewAccount: true };
      assert.equal(rules.find(said.from as UserId, counted, 0), undefined, said.text);
      for (const reply of said.replies ?? []) say(reply);
    };
    for (const { messages } of DEMO_ROOMS) for (const each of messages) say(each);
    for (const each of DEMO_DIRECT_MESSAGES) {
      const counted = { ...countedOf(each.text), isOfNewAccount: true };
      assert.equal(rules.find(each.from as UserId, counted, 0), undefined, each.text);
    }
  });
});

function countedOf(content: string): CountedMessage {
  return message({
    content,
    mentionsEveryone: content.includes('@everyone'),
    mentions: content.match(/@/g)?.length ?? 0,
    hasLink: content.includes('https://'),
  });
}
