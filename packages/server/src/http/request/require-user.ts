/** Requires that a request belongs to a logged-in user. */
import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import type { User } from '../../model/user.ts';
import type { RequestGuard } from './request-guard.ts';

/** @throws {ChatError} UNAUTHENTICATED, UNAVAILABLE. */
export async function requireIdentity(
  requestGuard: RequestGuard,
  request: IncomingMessage,
): Promise<Identity> {
  const identity = await requestGuard.identify(request);
  if (identity === undefined) throw new ChatError('UNAUTHENTICATED');
  return identity;
}

/** @throws {ChatError} UNAUTHENTICATED, UNAVAILABLE. */
export async function requireUser(
  requestGuard: RequestGuard,
  request: IncomingMessage,
): Promise<User> {
  return (await requireIdentity(requestGuard, request)).user;
}
