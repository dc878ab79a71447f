/**
 * Every route that changes something, with the same request from a member without a role and from the
 * owner of the server, in a room and a workspace of another user. A request that only the owner may
 * make is an act of a role: it must leave the entries in the audit log that its declaration names. A route that is
 * added runs with its example, and fails here until it has an entry.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AUDIT_ACTIONS } from '@parley/protocol';
import { COMMANDS, EXAMPLE_IDS } from '@parley/protocol/commands';
import { API_OPERATIONS } from '../../src/http/openapi/api-operations.ts';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import type { TestSocket } from '../support/test-socket.ts';

interface Scene {
  /** Of a workspace, with all users as members. */
  readonly roomId: string;
  readonly workspaceId: string;
  /** In the room, of another user. */
  readonly messageId: string;
  /** About the message. */
  readonly reportId: string;
  /** About an account that needs no session. */
  readonly accountReportId: string;
  /** Of another user, to another room. */
  readonly invite: { readonly id: string; readonly token: string };
}

interface Request {
  /** Of the path, if it is not that of the scene. */
  readonly id?: (scene: Scene) => string;
  readonly body?: object | ((scene: Scene) => object);
  /** Requests of the owner before it. */
  readonly after?: (
    scene: Scene,
  ) => readonly (readonly [method: string, path: string, body?: object])[];
}

/** Actions without a route: of the operator, and of the server. */
const WITHOUT_ROUTE = ['audit.prune'];
/** They begin or end the session of the account that would go on. */
const SESSION_ROUTES: ReadonlySet<string> = new Set([
  'POST /register',
  'POST /login',
  'POST /api/auth/login',
  'POST /logout',
  'POST /api/auth/logout',
  'POST /api/auth/password',
  'POST /api/auth/reset',
  'DELETE /api/me',
  // Connections of the user close: `own-profile.test.ts` reads its entries.
  'PATCH /api/me',
]);
/** They need codes of an app or a mail: `second-factors.test.ts` and `mail.test.ts` read their entries. */
const CODE_ROUTES: ReadonlySet<string> = new Set([
  'POST /api/auth/email/confirm',
  'POST /api/auth/totp/confirm',
  'DELETE /api/auth/totp',
]);

const subject = 'victor';
const archived = ({ roomId }: Scene) => [['POST', `/api/rooms/${roomId}/archive`]] as const;

describe('acts of roles', () => {
  let server: TestServer;
  let owner: Account;
  let creator: Account;
  let member: Account;
  let victim: Account;
  /** The owner ends its sessions. */
  let account: Account;
  /** The owner deletes it. */
  let leaver: Account;
  let sockets: readonly TestSocket[];
  let sceneCount = 0;
  before(async () => {
    server = await TestServer.start({
      ...{ FIRST_ACCOUNT: 'owner', MESSAGE_RATE_MAX: '0', USER_MESSAGE_RATE_MAX: '0' },
      ...{ USER_CHANGE_RATE_MAX: '0', USER_CREATION_RATE_MAX: '0' },
    });
    owner = await server.signUp('olivia');
    creator = await server.signUp('carol');
    member = await server.signUp('mary');
    victim = await server.signUp(subject);
    account = await server.signUp('sam');
    leaver = await server.signUp('leo');
    sockets = await Promise.all([member, victim, owner].map((each) => each.connect()));
  });
  after(async () => {
    for (const socket of sockets) socket.close();
    await server.close();
  });

  const newScene = async (): Promise<Scene> => {
    sceneCount += 1;
    const made = await creator.must<{ workspace: { id: string } }>('POST', '/api/workspaces', {
      name: 'School',
    });
    const { id: workspaceId } = made.workspace;
    for (const { username } of [member, victim, owner]) {
      await creator.must('POST', `/api/workspaces/${workspaceId}/members`, { username });
    }
    const { room } = await creator.must<{ room: { id: string } }>('POST', '/api/rooms', {
      ...{ name: `room ${sceneCount}`, workspaceId },
    });
    for (const socket of sockets) await socket.joinRoom({ roomId: room.id });
    const said = await victim.must<{ message: { id: string } }>('POST', '/api/messages', {
      ...{ roomId: room.id, content: 'hello' },
    });
    const otherRoom = await creator.must<{ room: { id: string } }>('POST', '/api/rooms', {
      name: `other ${sceneCount}`,
    });
    const { invite } = await creator.must<Pick<Scene, 'invite'>>('POST', '/api/invites', {
      roomIds: [otherRoom.room.id],
    });
    const { id: messageId } = said.message;
    const reported = await creator.must<{ report: { id: string } }>('POST', '/api/reports', {
      ...{ messageId, reason: 'spam' },
    });
    const { id: reportId } = reported.report;
    const other = await creator.must<{ report: { id: string } }>('POST', '/api/reports', {
      ...{ userId: account.userId, reason: 'spam' },
    });
    const { id: accountReportId } = other.report;
    return { roomId: room.id, workspaceId, messageId, reportId, accountReportId, invite };
  };

  const muted = ({ roomId }: Scene) => [
    ['PUT', `/api/rooms/${roomId}/mutes/${victim.userId}`, { until: '2999-01-31' }] as const,
  ];

  /** By route; others have the example of their command, or no body. */
  const requests = (): Readonly<Record<string, readonly Request[]>> => ({
    'POST /api/rooms/:roomId/unarchive': [{ after: archived }],
    'PATCH /api/channels/:id': [
      { body: { name: 'other' } },
      { body: { archived: true } },
      { body: { archived: false }, after: archived },
    ],
    'PUT /api/rooms/:roomId/members/:userId': [{ body: { role: 'moderator' } }],
    'POST /api/invites/accept': [{ body: ({ invite: { token } }) => ({ token }) }],
    'PATCH /api/workspaces/:id': [{ body: { name: 'Academy' } }],
    'POST /api/workspaces/:id/members': [{ body: { username: subject, role: 'admin' } }],
    'DELETE /api/workspaces/:id/members': [{ body: { username: subject } }],
    'DELETE /api/rooms/:roomId/bans/:userId': [
      { after: ({ roomId }) => [['PUT', `/api/rooms/${roomId}/bans/${victim.userId}`]] },
    ],
    'PUT /api/rooms/:roomId/mutes/:userId': [{ body: { until: '2999-01-31' } }],
    'DELETE /api/rooms/:roomId/mutes/:userId': [{ after: muted }],
    'PATCH /api/admin/users/:id': [
      { body: { displayName: 'Samuel' } },
      { body: { role: 'member' } },
    ],
    'DELETE /api/admin/users/:id': [{ body: { messages: 'keep' } }],
    'POST /api/admin/reports/:id': [
      ...['delete', 'warn', 'mute'].map((action) => ({ body: { action } })),
      { body: { action: 'suspend' }, id: ({ accountReportId }) => accountReportId },
    ],
    'POST /api/admin/users/:id/enable': [
      { after: () => [['POST', `/api/admin/users/${account.userId}/disable`]] },
    ],
  });

  const defaultRequest = (route: string, scene: Scene): Request => {
    const entry = Object.values(COMMANDS).find(
      ({ http }) => http.kind === 'derived' && http.route === route,
    );
    if (entry === undefined) return { body: {} };
    const text = JSON.stringify(entry.example)
      .replaceAll(EXAMPLE_IDS.room, scene.roomId)
      .replaceAll(EXAMPLE_IDS.message, scene.messageId)
      .replaceAll(EXAMPLE_IDS.user, victim.userId);
    return { body: JSON.parse(text) };
  };

  const toPath = (method: string, path: string, scene: Scene, ownId?: string): string => {
    const isOf = (start: string) => path.startsWith(`/api/${start}/:id`);
    const id = isOf('workspaces')
      ? scene.workspaceId
      : isOf('admin/users')
        ? (method === 'DELETE' ? leaver : account).userId
        : isOf('admin/reports')
          ? scene.reportId
          : isOf('invites')
            ? scene.invite.id
            : scene.roomId;
    return path
      .replace(/:id|:roomId/, ownId ?? id)
      .replace(':messageId', scene.messageId)
      .replace(':emoji', encodeURIComponent('👍'))
      .replace(':userId', victim.userId);
  };

  const listEntries = async () => {
    const { entries } = await owner.must<{
      entries: { id: number; action: string; address: string }[];
    }>('GET', '/api/admin/audit?actor=olivia');
    return entries;
  };

  test('have actions that are declared, each by a route or known to have none', () => {
    const declared = Object.values(API_OPERATIONS).flatMap(({ audited = [] }) => audited);
    const all = new Set([...declared, ...WITHOUT_ROUTE]);
    assert.deepEqual([...all].sort(), [...AUDIT_ACTIONS].sort());
  });

  const writing = Object.entries(API_OPERATIONS).filter(
    ([route]) => !route.startsWith('GET ') && !SESSION_ROUTES.has(route) && !CODE_ROUTES.has(route),
  );
  for (const [route, { audited = [] }] of writing) {
    test(`${route} is recorded if a role permits it`, async () => {
      const [method = '', path = ''] = route.split(' ');
      const count = requests()[route]?.length ?? 1;
      const recorded = new Set<string>();
      let isActOfRole = false;
      for (let index = 0; index < count; index += 1) {
        const scene = await newScene();
        const request = requests()[route]?.[index] ?? defaultRequest(route, scene);
        for (const step of request.after?.(scene) ?? []) await owner.must(...step);
        const before = (await listEntries())[0]?.id ?? 0;

        const target = toPath(method, path, scene, request.id?.(scene));
        const body = typeof request.body === 'function' ? request.body(scene) : request.body;
        const refused = await member.call(method, target, body);
        const answer = await owner.call(method, target, body);

        const entries = (await listEntries()).filter(({ id }) => id > before);
        for (const { action, address } of entries) {
          recorded.add(action);
          assert.match(address, /127\.0\.0\.1|::1/, action);
        }
        const text = await answer.text();
        if (audited.length > 0) assert.ok(answer.ok, text);
        isActOfRole ||= [403, 404].includes(refused.status) && answer.ok;
      }
      const isComplete = [...recorded].sort().join() === [...audited].sort().join();
      const isDone = recorded.size > 0 || isActOfRole;
      assert.ok(
        !isDone || isComplete,
        `${route} ${isActOfRole ? 'is an act of a role' : 'is no act of a role'} and records ` +
          `"${[...recorded].join()}", but declares "${audited.join()}"`,
      );
    });
  }
});
