/**
 * The largest inputs that an operation takes, from its schema: the longest texts, the longest lists and the
 * greatest numbers. Texts without a maximum in the schema have that of the domain, by the name of the field.
 * `{name}` stands for what the scene has, `{name7}` for the seventh of such, `{unique}` for another text each time.
 */
import { LIMITS } from '@parley/protocol';
import { PASSWORD } from '../../../packages/server/test/support/account.ts';
import { type Ids, withIds } from '../../../packages/server/test/support/route-calls.ts';

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

export type Input = Readonly<Record<string, unknown>>;

/** Length of what replaces `{unique}`. */
export const UNIQUE_LENGTH = 12;
const LATER = '2999-01-31T09:00:00Z';
const DAY_MS = 24 * 60 * 60_000;
const SOON = new Date(Date.now() + DAY_MS).toISOString();
/** Of the names and ids in a request: `GET /api/users` takes no more. */
const USERS_ASKED = 50;

const unique = (length: number): string => `${'n'.repeat(length - UNIQUE_LENGTH)}{unique}`;
const several = (count: number, name: string, separator = ','): string =>
  Array.from({ length: count }, (_, index) => `{${name}${index}}`).join(separator);
const repeated = (text: string, length: number): string =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);

/** A mention is resolved, and its user is told; the rest is in every index. */
const MENTIONING = `${several(LIMITS.mentionsPerMessageMax, 'name', ' ').replaceAll('{', '@{')} `;
/** Room for the names in place of `{name7}`. */
const NAMES_LENGTH = LIMITS.mentionsPerMessageMax * (LIMITS.usernameLengthMax + 2);
const CONTENTS = [
  MENTIONING + repeated('note {unique} ', LIMITS.contentLengthMax / 2 - NAMES_LENGTH),
  repeated('note of all that is new ', LIMITS.contentLengthMax),
  repeated('**a _b ~~c `d` [e](https://example.org) :+1: ', LIMITS.contentLengthMax),
];

/** Texts of a field in place of those that its schema allows, the usual first. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  roomId: ['{room}'],
  channelId: ['{room}'],
  room: ['{room}'],
  messageId: ['{message}'],
  parentMessageId: ['{message}'],
  lastId: ['{message}'],
  replyTo: ['{message}'],
  around: ['{message}'],
  userId: ['{user}'],
  recipientId: ['{user}'],
  inviterId: ['{user}'],
  userIds: ['{user}'],
  add: ['{user}'],
  remove: ['{user}'],
  groupId: ['{userGroup}'],
  scheduledId: ['{scheduled}'],
  workspaceId: ['{workspace}'],
  content: CONTENTS,
  roomName: [unique(LIMITS.roomNameLengthMax), 'great'],
  name: [unique(LIMITS.displayNameLengthMax), unique(LIMITS.roomNameLengthMax)],
  handle: [unique(LIMITS.usernameLengthMax)],
  username: ['{username}', unique(LIMITS.usernameLengthMax)],
  recipient: ['{name}'],
  from: ['{name}'],
  actor: ['{name}'],
  displayName: [unique(LIMITS.displayNameLengthMax)],
  statusText: ['t'.repeat(LIMITS.statusTextLengthMax)],
  topic: [unique(LIMITS.topicLengthMax)],
  description: [unique(LIMITS.descriptionLengthMax)],
  reason: ['r'.repeat(LIMITS.reasonLengthMax)],
  emoji: ['👍', '👨‍👩‍👧‍👦'],
  command: ['delete_message'],
  timeZone: ['America/Argentina/Buenos_Aires'],
  before: ['2900-01-31', '{message}'],
  after: ['2000-01-31', '{message}'],
  aroundTime: ['2025-06-30T12:00:00Z'],
  until: [SOON, LATER],
  sendAt: [SOON],
  remindAt: [SOON],
  expiresAt: [SOON],
  q: [
    repeated('note of all that is new ', 18),
    Array.from({ length: LIMITS.searchTermsMax }, (_, index) => `note${index}`).join(' '),
    `${repeated('in:great ', 9 * (LIMITS.searchTermsMax - 1))}note`,
    '"note of all that is new"',
    'n',
    'great',
  ],
  ids: [several(USERS_ASKED, 'user'), several(USERS_ASKED / 2, 'user')],
  usernames: [several(USERS_ASKED, 'name')],
  size: ['large', 'small'],
  action: ['user.rename', 'login.accept'],
  scope: ['all'],
  state: ['closed'],
  password: [PASSWORD],
  currentPassword: [PASSWORD],
  newPassword: ['p'.repeat(LIMITS.passwordLengthMax)],
  email: [`${'m'.repeat(40)}{unique}@example.org`],
  token: ['{token}'],
  code: ['000000'],
  next: ['/app/great'],
  invite: ['{token}'],
  clientMessageId: [unique(LIMITS.clientMessageIdLengthMax)],
  limit: ['200', '100', '50', '20'],
};
/** Names of ids: a text of the schema that is not theirs is a position, such as `after` of a list. */
const POSITIONS: ReadonlySet<string> = new Set(['after', 'before', 'around']);
const ATTACHMENTS = Array.from({ length: 4 }, () => repeated('https://example.org/a', 2_000));

const PLACES: Ids = {
  ...{ room: '{room}', message: '{message}', user: '{user}', userGroup: '{userGroup}' },
  ...{ scheduled: '{scheduled}', workspace: '{workspace}', invite: '{invite}', token: '{token}' },
  ...{ report: '{report}', account: '{user}', username: '{username}', own: '{file}' },
};

/** Thrown for a field that nothing is known about. */
export class Unbuildable extends Error {}

/** The inputs to try: all fields; those that are needed with each of the others; the fields of the examples. */
export function inputsOf(schema: unknown, example: Input = {}): readonly Input[] {
  const { properties = {}, required = [] } = schema as Schema;
  const variants = Object.fromEntries(
    Object.entries(properties).map(([name, each]) => [name, valuesOf(each, name)]),
  );
  const first = (names: readonly string[]): Input =>
    Object.fromEntries(names.map((name) => [name, variants[name]?.[0]]));
  const names = Object.keys(properties);
  const needed = first(required);
  const greatest = 'limit' in properties ? first(['limit']) : {};
  const changed = names.flatMap((name) =>
    (variants[name] ?? []).map((value) => ({ ...needed, ...greatest, [name]: value })),
  );
  const shown = withPlaces(example);
  const about = changed.map((input) => ({ ...shown, ...input }));
  return distinct([first(names), { ...needed, ...greatest }, ...changed, shown, ...about]);
}

/** Of a query whose parameters have no schema. */
export function queriesOf(names: readonly string[]): readonly Input[] {
  const fields = names.map((name) => [name, textsOf(name)] as const);
  const greatest = names.includes('limit') ? textsOf('limit') : [undefined];
  const alone = fields.flatMap(([name, texts]) => texts.map((text) => ({ [name]: text })));
  const all = Object.fromEntries(fields.map(([name, [text]]) => [name, text]));
  return distinct(
    [all, {}, ...alone].flatMap((query) =>
      greatest.map((limit) => (limit === undefined ? query : { ...query, limit })),
    ),
  );
}

/** With places in place of the ids in the examples. */
export function withPlaces<T extends object>(example: T): T {
  const text = JSON.stringify(withIds(example, PLACES)).replace(/"2999-[^"]*"/g, `"${SOON}"`);
  return JSON.parse(text) as T;
}

function distinct(inputs: readonly Input[]): readonly Input[] {
  return [...new Map(inputs.map((input) => [JSON.stringify(input), input])).values()];
}

function valuesOf(schema: Schema, name: string): readonly unknown[] {
  if (schema.const !== undefined) return [schema.const];
  if (name === 'attachments') return [ATTACHMENTS];
  if (schema.anyOf !== undefined) {
    const others = POSITIONS.has(name) ? [] : schema.anyOf;
    return [...others.flatMap((each) => valuesOf(each, name)), ...(TEXTS[name] ?? [])].filter(
      (value, index, all) => all.indexOf(value) === index,
    );
  }
  switch (schema.type) {
    case 'object':
      return inputsOf(schema).slice(0, 1);
    case 'array': {
      const { items = {}, maxItems } = schema;
      if (maxItems === undefined) throw new Unbuildable(`the list '${name}' has no maximum`);
      // Ids of distinct users, or objects.
      const item = JSON.stringify(valuesOf(items, name)[0]);
      return [maxItems, Math.floor(maxItems / 2), 1].map((count) =>
        Array.from({ length: count }, (_, index) =>
          JSON.parse(item.replaceAll('{user}', `{user${index}}`)),
        ),
      );
    }
    case 'string':
      return textsOf(name, schema.maxLength);
    case 'integer':
    case 'number':
      return [Math.min(schema.maximum ?? 1_000, 1_000_000)];
    case 'boolean':
      return [true, false];
    case undefined:
      return [{}]; // Anything.
    default:
      throw new Unbuildable(`nothing is known about '${name}'`);
  }
}

function textsOf(name: string, lengthMax?: number): readonly string[] {
  const texts = TEXTS[name];
  if (texts !== undefined) return texts;
  if (lengthMax === undefined) throw new Unbuildable(`the text '${name}' has no maximum`);
  return ['x'.repeat(lengthMax)];
}
