/**
 * How tests call every route with input that the server takes. It comes from the example of the command,
 * or from the schema of the body with the values of `TEXTS`; ids stand for what the test has (`IDS`). Rows
 * are for what neither says: several requests of a route, and what must be there before.
 */
import assert from 'node:assert/strict';
import { COMMANDS, type CommandName, EXAMPLE_IDS } from '@parley/protocol/commands';
import { HTTP_BODIES } from '@parley/protocol/validators';
import { API_OPERATIONS } from '../../src/http/openapi/api-operations.ts';
import type { Account } from './account.ts';
import { pngOf } from './png.ts';
import type { TestSocket } from './test-socket.ts';

/** Ids and names in the calls, which a test replaces by its own; the server knows none of them. */
const IDS = {
  ...EXAMPLE_IDS,
  workspace: '0199f2a4-a061-7283-b4b5-c6d7e8f90a1b',
  /** To a workspace or a group, whose id it has. */
  invitation: '0199f2a4-b172-7394-85c6-d7e8f90a1b2c',
  invite: '0199f2a4-c283-74a5-96d7-e8f90a1b2c3d',
  /** Of the invite. */
  token: 'token-in-the-examples',
  report: '0199f2a4-d394-75b6-a7e8-f90a1b2c3d4e',
  /** A user whose account an administrator changes. */
  account: '0199f2a4-e4a5-76c7-b8f9-0a1b2c3d4e5f',
  /** Of the user. */
  username: 'user-in-the-examples',
  /** Of the asking user, or of nothing that has members. */
  own: '0199f2a4-f5b6-77d8-890a-1b2c3d4e5f60',
} as const;

type IdName = keyof typeof IDS;
export type Ids = Readonly<Partial<Record<IdName, string>>>;

/** The value of a parameter, by its name, or by the word before an `id`. */
const PARAMETERS: Readonly<Record<string, string>> = {
  ...{ roomId: IDS.room, messageId: IDS.message, userId: IDS.user, groupId: IDS.userGroup },
  ...{ scheduledId: IDS.scheduled, emoji: '👍', name: 'party-parrot' },
  ...{ provider: 'example', pictureId: IDS.own },
  ...{ 'workspaces/id': IDS.workspace, 'channels/id': IDS.room, 'users/id': IDS.account },
  ...{ 'invitations/id': IDS.invitation, 'invites/id': IDS.invite, 'reports/id': IDS.report },
  ...{ 'sessions/id': IDS.own, 'passkeys/id': IDS.own, 'files/id': IDS.own, 'logo/id': IDS.own },
  ...{ 'notices/id': IDS.own, 'warnings/id': IDS.own, 'resumable/id': IDS.own },
};

/** Fields of bodies and queries; other texts are `Example`. */
const TEXTS: Readonly<Record<string, string>> = {
  ...{ roomId: IDS.room, messageId: IDS.message, userId: IDS.user, workspaceId: IDS.workspace },
  ...{ username: IDS.username, token: IDS.token, until: '2999-01-31', reason: 'spam', q: 'al' },
};

interface Row {
  readonly body?: object;
  /** Routes that are called before, with their first request. */
  readonly after?: readonly string[];
}

/** Requests of a route in place of that with the fields that its body requires. */
const ROWS: Readonly<Record<string, readonly Row[]>> = {
  'POST /api/messages': [
    ...[{ roomId: IDS.room }, { channelId: IDS.room }, { recipientId: IDS.user }].map((place) => ({
      body: { ...place, content: 'hello' },
    })),
  ],
  'POST /api/reports': [
    ...[{ messageId: IDS.message }, { userId: IDS.user }].map((subject) => ({
      body: { ...subject, reason: 'spam' },
    })),
  ],
  'POST /api/invites': [{ body: { roomIds: [IDS.room] } }],
  'POST /api/workspaces/:id/members': [{ body: { username: IDS.username, role: 'admin' } }],
  'DELETE /api/workspaces/:id/members': [{ body: { username: IDS.username } }],
  'PUT /api/rooms/:roomId/members/:userId': [{ body: { role: 'moderator' } }],
  'PATCH /api/channels/:id': [
    { body: { name: 'other' } },
    { body: { archived: true } },
    { body: { archived: false }, after: ['POST /api/rooms/:roomId/archive'] },
  ],
  'POST /api/rooms/:roomId/unarchive': [{ after: ['POST /api/rooms/:roomId/archive'] }],
  'DELETE /api/rooms/:roomId/bans/:userId': [{ after: ['PUT /api/rooms/:roomId/bans/:userId'] }],
  'DELETE /api/rooms/:roomId/mutes/:userId': [{ after: ['PUT /api/rooms/:roomId/mutes/:userId'] }],
  'DELETE /api/emoji/:name': [{ after: ['PUT /api/emoji/:name'] }],
  'DELETE /api/admin/server/logo': [{ after: ['PUT /api/admin/server/logo'] }],
  'DELETE /api/rooms/:roomId/picture': [{ after: ['PUT /api/rooms/:roomId/picture'] }],
  'DELETE /api/workspaces/:id/picture': [{ after: ['PUT /api/workspaces/:id/picture'] }],
  'PUT /api/privacy': [{ body: { askBeforeStrangers: true } }],
  'PATCH /api/me': [{ body: { displayName: 'Name' } }],
  'PATCH /api/admin/users/:id': [
    { body: { displayName: 'Samuel' } },
    { body: { role: 'moderator' } },
  ],
  'POST /api/admin/users/:id/enable': [{ after: ['POST /api/admin/users/:id/disable'] }],
  'POST /api/admin/reports/:id': [
    ...['dismiss', 'delete', 'warn', 'mute', 'suspend'].map((action) => ({ body: { action } })),
  ],
};

const HERE = 'test/support/route-calls.ts';
const HOUR_MS = 60 * 60_000;

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

export interface RouteCall {
  readonly route: string;
  readonly method: string;
  /** Not encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: object | undefined;
  readonly isForm: boolean;
  readonly before: readonly RouteCall[];
}

/** The example of a command, with times that the server takes now. */
export function exampleOf(type: CommandName): Readonly<Record<string, unknown>> {
  const soon = new Date(Date.now() + HOUR_MS).toISOString();
  const fields = Object.entries(COMMANDS[type].example as Readonly<Record<string, unknown>>).map(
    ([name, value]) => [name, /^(?:send|remind)At$/.test(name) ? soon : value],
  );
  return Object.fromEntries(fields);
}

/** The names of the ids in an input or a call. */
export function idsIn(input: object): ReadonlySet<IdName> {
  const text = JSON.stringify(input);
  const names = Object.keys(IDS) as IdName[];
  return new Set(names.filter((name) => text.includes(IDS[name])));
}

/** With the ids of the test; the others stay unknown to the server. */
export function withIds<T extends object>(input: T, ids: Ids): T {
  const text = Object.entries(ids).reduce(
    (filled, [name, id]) => filled.replaceAll(IDS[name as IdName], JSON.stringify(id).slice(1, -1)),
    JSON.stringify(input),
  );
  return JSON.parse(text) as T;
}

/** Checks that every native command answers about a room as about a room that does not exist. */
export async function assertMissing(
  socket: TestSocket,
  ids: Required<Pick<Ids, 'room' | 'message'>>,
): Promise<void> {
  for (const type of Object.keys(COMMANDS) as CommandName[]) {
    const example = exampleOf(type);
    if (!idsIn(example).has('room')) continue;
    const codes: unknown[] = [];
    for (const payload of [withIds(example, ids), example]) {
      const answer = JSON.stringify(await socket.ask(type, payload));
      codes.push(/"code":"(NOT_FOUND|NOT_IN_ROOM)"/.exec(answer)?.[1] ?? answer);
    }
    assert.equal(codes[0], codes[1], type);
    assert.match(String(codes[0]), /^NOT_/, type);
  }
}

/** The requests of a route, of which at least one has each of its effects. */
export function callsOf(route: string): readonly RouteCall[] {
  const [method = '', template = ''] = route.split(' ');
  const { body: name, command, isForm = false, query = [] } = operationOf(route);
  const input = command === undefined ? {} : exampleOf(command);
  const path = template.replaceAll(/:(\w+)/g, (_, parameter: string, at: number) =>
    namedBy(route, parameter, template.slice(0, at).split('/').at(-2)),
  );
  const beside = Object.entries(input).filter(([field]) => !template.includes(`:${field}`));
  if (method === 'GET' || method === 'HEAD') {
    const known = query.flatMap((field) => (field in TEXTS ? [[field, TEXTS[field]]] : []));
    const asked = [...beside, ...known].map(([field, value]) => [field, String(value)]);
    const call = { route, method, path, query: Object.fromEntries(asked), isForm: false };
    return [{ ...call, body: undefined, before: [] }];
  }
  const usual = command && Object.fromEntries(beside);
  // That of a body is an object.
  const own = name && (valueFrom(HTTP_BODIES[name] as Schema, { route, name }) as object);
  const rows: readonly Row[] = ROWS[route] ?? [{}];
  return rows.map((row) => ({
    ...{ route, method, path, query: {}, isForm, body: row.body ?? own ?? usual },
    before: (row.after ?? []).flatMap((each) => callsOf(each).slice(0, 1)),
  }));
}

/** Sends the request as an account; a form has a picture. */
export function send(
  account: Pick<Account, 'call' | 'sendFile'>,
  { method, path, query, body, isForm }: RouteCall,
) {
  const search = new URLSearchParams(query);
  const place = encodeURI(path) + (search.size === 0 ? '' : `?${search}`);
  return isForm
    ? account.sendFile(method, place, pngOf(64, 64))
    : account.call(method, place, body);
}

function operationOf(route: string) {
  const operation = API_OPERATIONS[route];
  assert(operation !== undefined, `${route} is no route`);
  return operation;
}

function namedBy(route: string, parameter: string, before = ''): string {
  const place = `${before}/${parameter}`;
  const value = PARAMETERS[place] ?? PARAMETERS[parameter];
  assert(value !== undefined, `${route}: PARAMETERS of ${HERE} does not say what '${place}' names`);
  return value;
}

/** With the fields that are required. */
function valueFrom(schema: Schema, at: { readonly route: string; readonly name: string }): unknown {
  const { const: constant, anyOf: [first] = [], properties = {}, required = [] } = schema;
  if (constant !== undefined) return constant;
  if (first !== undefined) return valueFrom(first, at);
  switch (schema.type) {
    case 'object': {
      const fields = required.map((name) => [
        name,
        valueFrom(properties[name] ?? {}, { ...at, name }),
      ]);
      return Object.fromEntries(fields);
    }
    case 'array':
      return [];
    case 'string':
      return TEXTS[at.name] ?? 'Example';
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return assert.fail(
        `${at.route}: no example can be made of its field '${at.name}'; give it a row in ROWS of ${HERE}`,
      );
  }
}
