/** Routes for the names that users show. */
import { ChatError, type UserId } from '@parley/protocol';
import type { FastifyInstance } from 'fastify';
import type { ShownProfile } from '../../domain/accounts/own-profile.ts';
import type { UsersRequest } from '../../domain/accounts/profiles.ts';
import type { Chat } from '../../domain/chat.ts';
import type { User } from '../../model/user.ts';
import type { Answer } from '../openapi/answer-records.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireIdentity, requireUser } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';
import { toPublicUser } from '../response/public-user.ts';

interface ProfileRoutesOptions {
  readonly chat: Pick<Chat, 'accounts' | 'ownProfile' | 'profiles'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

/** Maximum number of users in one answer. */
const USERS_MAX = 50;
/** No id and no username is longer. */
const ID_LENGTH_MAX = 128;

export function addProfileRoutes(
  app: FastifyInstance,
  { chat, requestAuthenticator }: ProfileRoutesOptions,
): void {
  app.put('/api/profile', async (request) => {
    const user = await requireUser(requestAuthenticator, request.raw);
    const { displayName } = bodyOf(request, 'profile');
    return { user: toPublicUser(await chat.profiles.setDisplayName(user, displayName)) };
  });

  app.patch('/api/me', async (request) => {
    const { user, sessionKey } = await requireIdentity(requestAuthenticator, request.raw);
    const change = bodyOf(request, 'ownChange');
    return { user: toBody(await chat.ownProfile.change(user, change, sessionKey)) };
  });

  app.get('/api/me', async ({ raw }) => {
    const user = await requireUser(requestAuthenticator, raw);
    const profile = toBody(await chat.ownProfile.read(user));
    const firstSteps = await chat.ownProfile.hasFirstSteps(user);
    return { user: { ...profile, ...(firstSteps && { firstSteps }) } };
  });

  app.delete('/api/me', async (request) => {
    const identity = await requireIdentity(requestAuthenticator, request.raw);
    await chat.accounts.deleteOwn(identity, bodyOf(request, 'ownDeletion'));
    return { success: true };
  });

  app.get('/api/users', async ({ raw, query }) => {
    const user = await requireUser(requestAuthenticator, raw);
    const { users, renamed } = await chat.profiles.list(user, toUsersRequest(query as UsersQuery));
    const others = renamed.map(({ user: now, formerUsername }) => ({
      ...toNamedUser(now),
      formerUsername,
    }));
    return { users: [...users.map(toNamedUser), ...others] };
  });
}

function toBody({ user, email }: ShownProfile): Answer<'ownProfile'> {
  return {
    ...{ ...toPublicUser(user), role: user.role },
    ...{ email: email?.address ?? null, emailConfirmed: email?.isConfirmed ?? false },
    ...(email?.pending !== undefined && { emailPending: email.pending }),
  };
}

function toNamedUser(user: User): Answer<'namedUser'> {
  const { disabledAtMs, disabledUntilMs, deletedAtMs } = user;
  if (deletedAtMs !== undefined) return { ...toPublicUser(user), disabled: true, deleted: true };
  if (disabledAtMs === undefined) return toPublicUser(user);
  const end =
    disabledUntilMs === undefined ? {} : { disabledUntil: new Date(disabledUntilMs).toISOString() };
  return { ...toPublicUser(user), disabled: true, ...end };
}

interface UsersQuery {
  readonly ids?: unknown;
  readonly usernames?: unknown;
}

/** @throws {ChatError} VALIDATION_ERROR. */
function toUsersRequest(query: UsersQuery): UsersRequest {
  const [ids, usernames] = [toList(query.ids), toList(query.usernames)];
  const all = [...ids, ...usernames];
  const isValid = (id: string) => id !== '' && id.length <= ID_LENGTH_MAX && !id.includes('\0');
  if (all.length === 0 || all.length > USERS_MAX || !all.every(isValid)) {
    const message = `'ids' and 'usernames' must be 1 to ${USERS_MAX} users, separated by commas`;
    throw new ChatError('VALIDATION_ERROR', { field: 'ids', message });
  }
  // Not verified here: unknown ids are omitted.
  return { ids: ids as UserId[], usernames };
}

function toList(given: unknown): string[] {
  return typeof given === 'string' ? given.split(',') : [];
}
