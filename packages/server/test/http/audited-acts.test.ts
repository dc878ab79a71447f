/**
 * Every route that changes something, with the same request from a member without a role and from the
 * owner of the server, in a room and a workspace of another user. A request that only the owner may
 * make is an act of a role: it must leave the entries in the audit log that its declaration names. A route that is
 * added runs with its example, and fails here until it has an entry.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AUDIT_ACTIONS } from '@parley/protocol';
import { API_OPERATIONS } from '../../src/http/openapi/api-operations.ts';
import { type Account, PASSWORD } from '../support/account.ts';
import { callsOf, type Ids, type RouteCall, send, withIds } from '../support/route-calls.ts';
import { TestServer } from '../support/running-server.ts';
import type { TestSocket } from '../support/test-socket.ts';
import { until } from '../support/wait.ts';

interface Scene {
  /** Of a workspace, with all users as members. */
  readonly roomId: string;
  readonly workspaceId: string;
  /** In the room, of another user. */
  readonly messageId: string;
  /** Of users, on the server. */
  readonly groupId: string;
  /** About the message. */
  readonly reportId: string;
  /** About an account that needs no session. */
  readonly accountReportId: string;
  /** Of another user, to another room. */
  readonly invite: { readonly id: string; readonly token: string };
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
/** They need codes of an app or a mail, a passkey, or a provider: the tests of these features read their entries. */
const CODE_ROUTES: ReadonlySet<string> = new Set([
  'POST /api/auth/email',
  'POST /api/auth/email/confirm',
  'POST /api/auth/passkeys/register/finish',
  'POST /api/auth/passkeys/login/finish',
  'DELETE /api/auth/passkeys/:id',
  'POST /api/auth/oidc/complete',
  'DELETE /api/auth/oidc/:provider',
  'GET /api/auth/oidc/:provider/callback',
  'POST /api/auth/totp/confirm',
  'POST /api/auth/totp/recovery-codes',
  'DELETE /api/auth/totp',
]);

/** Routes that change the own account: those of sign-in, sessions and the profile. */
const OF_ACCOUNT =
  /^(?!GET )\S+ \/(?:register|login|logout|api\/(?:auth|me|profile|privacy|sessions|blocks|tokens|tickets)(?:\/|$))/;
/** Those without an entry, and why. */
const UNRECORDED: Readonly<Record<string, string>> = {
  'POST /api/auth/forgot': 'strangers ask for it; the password that is set has an entry',
  'POST /api/auth/totp': 'nothing is on before the first code',
  'POST /api/auth/passkeys/register/begin': 'nothing is stored before the end',
  'POST /api/auth/passkeys/login/begin': 'nothing is stored before the end',
  'POST /api/auth/passkeys/proof/begin': 'nothing is stored before the end',
  'POST /api/auth/passkeys/proof/finish': 'opens what has an entry itself; a refused one has one',
  'POST /api/auth/proof': 'opens what has an entry itself; a refused one has one',
  'PATCH /api/auth/passkeys/:id': 'a name that only the user sees',
  'POST /api/auth/oidc/:provider': 'the end of the sign-in has an entry',
  'DELETE /api/auth/notices/:id': 'the user has read a notice',
  'DELETE /api/sessions/:id': 'ends a session as a logout does; the user sees those that are left',
  'POST /api/tokens': 'ends with the session, and changes no account',
  'POST /api/tickets': 'lasts for seconds, and changes no account',
  'PUT /api/me/avatar': 'is shown to all; the removal by another user has an entry',
  'DELETE /api/me/avatar': 'is shown to all; the removal by another user has an entry',
  'PUT /api/privacy': 'a setting of the user, which gives no right',
  'PUT /api/blocks/:userId': 'is private',
  'DELETE /api/blocks/:userId': 'is private',
};

const subject = 'victor';
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
    const { group } = await owner.must<{ group: { id: string } }>('POST', '/api/user-groups', {
      ...{ handle: `group-${sceneCount}`, name: 'Group', userIds: [victim.userId] },
    });
    const { id: groupId } = group;
    return { roomId: room.id, workspaceId, messageId, groupId, reportId, accountReportId, invite };
  };

  const isSuspension = ({ body }: RouteCall) =>
    (body as { readonly action?: string } | undefined)?.action === 'suspend';
  const idsOf = (scene: Scene, call: RouteCall): Ids => ({
    ...{ room: scene.roomId, message: scene.messageId, workspace: scene.workspaceId },
    ...{ userGroup: scene.groupId, invite: scene.invite.id, token: scene.invite.token },
    ...{ user: victim.userId, username: subject },
    account: (call.route === 'DELETE /api/admin/users/:id' ? leaver : account).userId,
    // The victim goes on.
    report: isSuspension(call) ? scene.accountReportId : scene.reportId,
  });

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

  test('of users on their own account are recorded, or there is a reason', () => {
    const without = Object.entries(API_OPERATIONS).flatMap(([route, { audited = [] }]) =>
      OF_ACCOUNT.test(route) && audited.length === 0 ? [route] : [],
    );
    assert.deepEqual(without.sort(), Object.keys(UNRECORDED).sort());
  });

  test('of users on their own account have entries until its deletion', async () => {
    const user = await server.signUp('una');
    await user.must('PUT', '/api/profile', { displayName: 'Una Lee' });
    await user.must('PATCH', '/api/me', { displayName: 'Una Leigh' });
    await user.must('PATCH', '/api/me', { displayName: 'Una Leigh' });
    assert.equal((await user.call('POST', '/api/auth/proof', { password: 'wrong' })).status, 403);
    const refused = () => owner.must<{ entries: object[] }>('GET', `${ofUser}&action=login.refuse`);
    const ofUser = `/api/admin/audit?actor=${user.userId}`;
    await until(async () => (await refused()).entries.length === 1, 'the refused proof');
    const renames = await owner.must<{ entries: { renamed?: object }[] }>(
      'GET',
      `${ofUser}&action=user.rename`,
    );
    assert.deepEqual(
      renames.entries.map(({ renamed }) => renamed),
      [
        { from: 'Una Lee', to: 'Una Leigh' },
        { from: 'una', to: 'Una Lee' },
      ],
    );
    await user.must('DELETE', '/api/me', { password: PASSWORD, messages: 'delete' });

    const { entries } = await owner.must<{
      entries: { action: string; target: string; detail?: string }[];
    }>('GET', ofUser);
    const own = entries.map(({ action, target, detail }) => [action, target, detail]);
    assert.deepEqual(own, [
      ['user.delete', user.userId, 'delete'],
      ['login.refuse', user.userId, 'proof'],
      ['user.rename', user.userId, 'displayName'],
      ['user.rename', user.userId, 'displayName'],
      ['login.accept', user.userId, undefined],
      ['user.create', user.userId, undefined],
    ]);
  });

  const writing = Object.entries(API_OPERATIONS).filter(
    ([route]) =>
      !/^(?:GET|HEAD) /.test(route) && !SESSION_ROUTES.has(route) && !CODE_ROUTES.has(route),
  );
  for (const [route, { audited = [] }] of writing) {
    test(`${route} is recorded if a role permits it`, async () => {
      const recorded = new Set<string>();
      let isActOfRole = false;
      for (const template of callsOf(route)) {
        const scene = await newScene();
        const call = withIds(template, idsOf(scene, template));
        for (const step of call.before) assert.ok((await send(owner, step)).ok, step.route);
        const before = (await listEntries())[0]?.id ?? 0;

        const refused = await send(member, call);
        const answer = await send(owner, call);

        const entries = (await listEntries()).filter(({ id }) => id > before);
        for (const { action, address } of entries) {
          recorded.add(action);
          assert.match(address, /127\.0\.0\.1|::1/, action);
        }
        const text = await answer.text();
        if (audited.length > 0) assert.ok(answer.ok, `${JSON.stringify(call)}: ${text}`);
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
