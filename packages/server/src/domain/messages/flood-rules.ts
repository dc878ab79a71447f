/**
 * Rules against floods by an author, over all rooms: they count messages, and decide the steps. Pure;
 * time is an argument. Each node counts what its own clients send, and tells the others of authors that
 * come near a limit: of a normal message they hear nothing.
 */
import type { ClientMessageId, UserId } from '@parley/protocol';
import type { FloodNote } from '../../model/bus-message.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

interface FloodRule {
  /** In the time of the window. */
  readonly max: number;
  readonly windowMs: number;
  /** Completes "You send". */
  readonly what: string;
}

/** Numbers that an author may reach, by rule. */
export const FLOOD_RULES = Object.freeze({
  /** The same letters and digits, whatever their case and what is between them. */
  text: { max: 30, windowMs: 10 * MINUTE_MS, what: 'the same text' },
  /** Fewer than `SHORT_LENGTH` letters and digits, such as a greeting. */
  shortText: { max: 30, windowMs: MINUTE_MS, what: 'the same short text' },
  everyone: { max: 8, windowMs: 10 * MINUTE_MS, what: 'mentions of everyone' },
  mentions: { max: 60, windowMs: MINUTE_MS, what: 'mentions of people' },
  /** Of new accounts only. */
  links: { max: 5, windowMs: 10 * MINUTE_MS, what: 'links from a new account' },
} satisfies Readonly<Record<string, FloodRule>>);

export type FloodRuleName = keyof typeof FLOOD_RULES;

/** Messages of a new account, which wait without further steps. */
export const NEW_ACCOUNT_RATE = Object.freeze({ max: 300, windowMs: 60 * MINUTE_MS });

/** Steps after the first, second and third break of a rule in `STRIKES_MS`; the last one repeats. */
export const FLOOD_STEPS = Object.freeze([
  /** The message is rejected once. */
  { step: 'warn', waitMs: 10 * SECOND_MS },
  /** All messages of the author wait. */
  { step: 'slow', waitMs: 15 * SECOND_MS, forMs: 5 * MINUTE_MS },
  /** In the room of the message. */
  { step: 'mute', forMs: 10 * MINUTE_MS },
] as const);

/** Other nodes are told of a count above this share of its rule, in portions of the other. */
const TOLD_ABOVE = 1 / 8;
const TOLD_PORTION = 1 / 16;
const STRIKES_MS = 15 * MINUTE_MS;
const SHORT_LENGTH = 16;
/** UTF-16 code units of a text that are compared, beside its length. */
const COMPARED_LENGTH = 512;
/** Different texts of an author that are remembered: the latest. */
const TEXTS_MAX = 16;
const AUTHORS_MAX = 10_000;
/** Idle authors that a new author removes: more than one, so that their number falls. */
const CLEARED_PER_AUTHOR = 2;
/** Nothing is remembered for longer than this. */
const IDLE_MS = Math.max(STRIKES_MS, ...Object.values(FLOOD_RULES).map(({ windowMs }) => windowMs));

export interface CountedMessage {
  readonly content: string;
  readonly clientMessageId: ClientMessageId | undefined;
  readonly mentionsEveryone: boolean;
  /** Number of people that it mentions. */
  readonly mentions: number;
  readonly hasLink: boolean;
  readonly isOfNewAccount: boolean;
}

export type Finding =
  /** It breaks a rule: `strike` decides what follows. */
  | { readonly kind: 'broken'; readonly rule: FloodRuleName }
  /** An earlier break, or the rate of new accounts, makes it wait. */
  | {
      readonly kind: 'wait';
      readonly waitMs: number;
      readonly because: FloodRuleName | 'new';
      readonly isSlow: boolean;
    };

interface Counter {
  count: number;
  /** The part that other nodes know. */
  told: number;
  sinceMs: number;
}

interface CountedText extends Counter {
  readonly hash: number;
  /** The latest message with this text: a retry of it is not another one. */
  latestId: ClientMessageId | undefined;
}

interface Author {
  latestAtMs: number;
  strikes: number;
  struckAtMs: number;
  /** The rule that was broken last. */
  rule: FloodRuleName;
  slowUntilMs: number;
  /** The message of the latest break waits until then, and does not break the rule again. */
  rejectedId: ClientMessageId | undefined;
  rejectedUntilMs: number;
  readonly texts: CountedText[];
  readonly counters: Record<CounterName, Counter>;
}

type CounterName = 'everyone' | 'mentions' | 'links' | 'messages';

const COUNTER_RULES: Readonly<Record<CounterName, Pick<FloodRule, 'max' | 'windowMs'>>> = {
  everyone: FLOOD_RULES.everyone,
  mentions: FLOOD_RULES.mentions,
  links: FLOOD_RULES.links,
  messages: NEW_ACCOUNT_RATE,
};
const COUNTER_NAMES = Object.keys(COUNTER_RULES) as readonly CounterName[];

export class FloodRules {
  /** In order of last use. */
  readonly #authors = new Map<UserId, Author>();
  readonly #tell: ((note: FloodNote) => void) | undefined;

  /** @param tell Sends a note to the other nodes; undefined if there are none. */
  constructor(tell?: (note: FloodNote) => void) {
    this.#tell = tell;
  }

  get authorCount(): number {
    return this.#authors.size;
  }

  /** Counts a message that breaks no rule, and returns undefined. */
  find(userId: UserId, message: CountedMessage, nowMs: number): Finding | undefined {
    const author = this.#use(userId, nowMs);
    const { clientMessageId: id } = message;
    const { hash, isShort } = hashOf(message.content);
    const text = author.texts.find((each) => each.hash === hash);
    const isRetry = id !== undefined && text?.latestId === id;
    if (isRetry) return undefined;
    const isPostponed = id !== undefined && id === author.rejectedId;
    const waiting = waitOf(author, isPostponed, nowMs);
    if (waiting !== undefined) return waiting;
    const { everyone, mentions, links, messages } = author.counters;
    if (message.isOfNewAccount && isAbove(messages, NEW_ACCOUNT_RATE, 1, nowMs)) {
      const waitMs = messages.sinceMs + NEW_ACCOUNT_RATE.windowMs - nowMs;
      return { kind: 'wait', waitMs, because: 'new', isSlow: false };
    }
    const textRule = isShort ? 'shortText' : 'text';
    const hasLink = message.hasLink && message.isOfNewAccount;
    if (!isPostponed) {
      const { text: _, shortText: __, ...rules } = FLOOD_RULES;
      const broken =
        (text !== undefined && isAbove(text, FLOOD_RULES[textRule], 1, nowMs) && textRule) ||
        (message.mentionsEveryone && isAbove(everyone, rules.everyone, 1, nowMs) && 'everyone') ||
        (isAbove(mentions, rules.mentions, message.mentions, nowMs) && 'mentions') ||
        (hasLink && isAbove(links, rules.links, 1, nowMs) && 'links');
      if (broken) return { kind: 'broken', rule: broken };
    }
    author.latestAtMs = nowMs;
    const { windowMs } = FLOOD_RULES[textRule];
    const counted = countText(author.texts, text, { hash, id, windowMs, nowMs });
    if (message.isOfNewAccount) count(messages, NEW_ACCOUNT_RATE.windowMs, 1, nowMs);
    if (message.mentionsEveryone) count(everyone, FLOOD_RULES.everyone.windowMs, 1, nowMs);
    if (message.mentions > 0) {
      count(mentions, FLOOD_RULES.mentions.windowMs, message.mentions, nowMs);
    }
    if (hasLink) count(links, FLOOD_RULES.links.windowMs, 1, nowMs);
    if (this.#tell !== undefined)
      this.#tellCounts(userId, author, { text: counted, isShort }, nowMs);
    return undefined;
  }

  /** Counts a link that an edit of a new account brings. Returns 0, or the wait above the number. */
  countLink(userId: UserId, nowMs: number): number {
    const { links } = this.#use(userId, nowMs).counters;
    const { windowMs } = FLOOD_RULES.links;
    if (isAbove(links, FLOOD_RULES.links, 1, nowMs)) return links.sinceMs + windowMs - nowMs;
    count(links, windowMs, 1, nowMs);
    return 0;
  }

  /** Takes the next step for a message that has broken a rule. */
  strike(
    userId: UserId,
    rule: FloodRuleName,
    id: ClientMessageId | undefined,
    nowMs: number,
  ): (typeof FLOOD_STEPS)[number] {
    const author = this.#use(userId, nowMs);
    if (nowMs - author.struckAtMs >= STRIKES_MS) author.strikes = 0;
    const strikes = author.strikes + 1;
    this.#tell?.({ userId, counts: {}, strike: { rule, strikes, rejectedId: id } });
    return takeStep(author, { rule, strikes, id }, nowMs);
  }

  /** Adds what another node has counted. */
  hear({ userId, counts, text, strike }: FloodNote, nowMs: number): void {
    const author = this.#use(userId, nowMs);
    author.latestAtMs = nowMs;
    for (const name of COUNTER_NAMES) {
      const { [name]: added = 0 } = counts;
      if (added > 0) hearCount(author.counters[name], COUNTER_RULES[name].windowMs, added, nowMs);
    }
    if (text !== undefined) {
      const { hash, latestId: id, added } = text;
      const { windowMs } = FLOOD_RULES[text.isShort ? 'shortText' : 'text'];
      const known = author.texts.find((each) => each.hash === hash);
      const counted = countText(author.texts, known, { hash, id, windowMs, nowMs });
      hearCount(counted, windowMs, added - 1, nowMs);
      counted.told += 1;
    }
    if (strike === undefined || !isRule(strike.rule)) return;
    const { rule, strikes, rejectedId: id } = strike;
    takeStep(author, { rule, strikes: Math.max(strikes, author.strikes), id }, nowMs);
  }

  #tellCounts(
    userId: UserId,
    author: Author,
    { text, isShort }: { readonly text: CountedText; readonly isShort: boolean },
    nowMs: number,
  ): void {
    // In the step `slow` each message counts.
    let isTold = nowMs < author.slowUntilMs;
    const counts: Partial<Record<CounterName, number>> = {};
    for (const name of COUNTER_NAMES) {
      const added = tellOf(author.counters[name], COUNTER_RULES[name].max);
      if (added === 0) continue;
      counts[name] = added;
      isTold = true;
    }
    const added = tellOf(text, FLOOD_RULES[isShort ? 'shortText' : 'text'].max);
    if (added === 0 && !isTold) return;
    const { hash, latestId } = text;
    const told = added === 0 ? {} : { text: { hash, isShort, added, latestId } };
    this.#tell?.({ userId, counts, ...told });
  }

  #use(userId: UserId, nowMs: number): Author {
    const author = this.#authors.get(userId) ?? this.#newAuthor(nowMs);
    this.#authors.delete(userId); // Moves to the end.
    this.#authors.set(userId, author);
    return author;
  }

  #newAuthor(nowMs: number): Author {
    let leftToClear = CLEARED_PER_AUTHOR;
    for (const [userId, { latestAtMs, struckAtMs }] of this.#authors) {
      const isIdle = nowMs - Math.max(latestAtMs, struckAtMs) >= IDLE_MS;
      const mustClear = this.#authors.size >= AUTHORS_MAX;
      if (!mustClear && (leftToClear === 0 || !isIdle)) break;
      this.#authors.delete(userId);
      leftToClear -= 1;
    }
    const counter = (): Counter => ({ count: 0, told: 0, sinceMs: nowMs });
    return {
      latestAtMs: nowMs,
      strikes: 0,
      struckAtMs: nowMs,
      rule: 'text',
      slowUntilMs: nowMs,
      rejectedId: undefined,
      rejectedUntilMs: nowMs,
      texts: [],
      counters: {
        everyone: counter(),
        mentions: counter(),
        links: counter(),
        messages: counter(),
      },
    };
  }
}

/** Takes the step after that many breaks. */
function takeStep(
  author: Author,
  about: {
    readonly rule: FloodRuleName;
    readonly strikes: number;
    /** The message that is rejected. */
    readonly id: ClientMessageId | undefined;
  },
  nowMs: number,
): (typeof FLOOD_STEPS)[number] {
  const { rule, strikes, id } = about;
  const step = FLOOD_STEPS[Math.min(strikes, FLOOD_STEPS.length) - 1] ?? FLOOD_STEPS[0];
  author.strikes = strikes;
  author.struckAtMs = nowMs;
  author.rule = rule;
  if (step.step === 'slow') author.slowUntilMs = nowMs + step.forMs;
  if (step.step === 'slow') author.latestAtMs = nowMs;
  author.rejectedId = step.step === 'mute' ? undefined : id;
  author.rejectedUntilMs = nowMs + (step.step === 'mute' ? 0 : step.waitMs);
  return step;
}

function isRule(name: string): name is FloodRuleName {
  return Object.hasOwn(FLOOD_RULES, name);
}

/** The number that is sent to the other nodes now; 0 for nothing. */
function tellOf(counter: Counter, max: number): number {
  const added = counter.count - counter.told;
  if (counter.count <= max * TOLD_ABOVE || added < max * TOLD_PORTION) return 0;
  counter.told = counter.count;
  return added;
}

function hearCount(counter: Counter, windowMs: number, added: number, nowMs: number): void {
  count(counter, windowMs, added, nowMs);
  counter.told += added;
}

/** Of the steps that the author is in. */
function waitOf(author: Author, isPostponed: boolean, nowMs: number): Finding | undefined {
  const { rule: because, slowUntilMs, latestAtMs, rejectedUntilMs } = author;
  const isSlow = nowMs < slowUntilMs;
  const [, slow] = FLOOD_STEPS;
  const slowWaitMs = isSlow ? latestAtMs + slow.waitMs - nowMs : 0;
  const waitMs = Math.max(slowWaitMs, isPostponed ? rejectedUntilMs - nowMs : 0);
  return waitMs > 0 ? { kind: 'wait', waitMs, because, isSlow } : undefined;
}

function isAbove(
  counter: Counter,
  { max, windowMs }: Pick<FloodRule, 'max' | 'windowMs'>,
  added: number,
  nowMs: number,
): boolean {
  return nowMs - counter.sinceMs < windowMs && counter.count + added > max;
}

function count(counter: Counter, windowMs: number, added: number, nowMs: number): void {
  if (nowMs - counter.sinceMs >= windowMs) {
    counter.count = 0;
    counter.told = 0;
    counter.sinceMs = nowMs;
  }
  counter.count += added;
}

function countText(
  texts: CountedText[],
  known: CountedText | undefined,
  about: {
    readonly hash: number;
    readonly id: ClientMessageId | undefined;
    readonly windowMs: number;
    readonly nowMs: number;
  },
): CountedText {
  const { hash, id, windowMs, nowMs } = about;
  if (known === undefined) {
    if (texts.length === TEXTS_MAX) texts.shift();
    const text = { hash, count: 1, told: 0, sinceMs: nowMs, latestId: id };
    texts.push(text);
    return text;
  }
  count(known, windowMs, 1, nowMs);
  known.latestId = id;
  return known;
}

/**
 * A hash of the letters and digits of a text in lower case, and of its length. A text of punctuation and
 * symbols counts as it is.
 */
function hashOf(content: string): { readonly hash: number; readonly isShort: boolean } {
  let hash = 0;
  let letters = 0;
  const end = Math.min(content.length, COMPARED_LENGTH);
  for (let index = 0; index < end; index += 1) {
    const unit = content.charCodeAt(index);
    const lower = unit >= 65 && unit <= 90 ? unit + 32 : unit;
    const isAscii = lower < 128;
    const isLetter = (lower >= 97 && lower <= 122) || (lower >= 48 && lower <= 57);
    // Spaces and invisible characters of Unicode are no difference either.
    const isBetween = lower === 0xa0 || (lower >= 0x2000 && lower <= 0x206f) || lower === 0xfeff;
    if (isAscii ? !isLetter : isBetween) continue;
    hash = (Math.imul(hash, 31) + lower) | 0;
    letters += 1;
  }
  if (letters === 0) {
    for (let index = 0; index < end; index += 1) {
      hash = (Math.imul(hash, 31) + content.charCodeAt(index)) | 0;
    }
  }
  const rest = content.length - end;
  return { hash: (Math.imul(hash, 31) + letters + rest) | 0, isShort: letters < SHORT_LENGTH };
}
