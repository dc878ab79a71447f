/** Requires that a request belongs to a logged-in user. */
import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/protocol';
import type { ActingUser, Identity } from '../../model/identity.ts';
import type { RequestAuthenticator } from './request-authenticator.ts';

/** @throws {ChatError} UNAUTHENTICATED, UNAVAILABLE; FORBIDDEN as `RequestAuthenticator.identify`. */
export async function requireIdentity(
  requestAuthenticator: RequestAuthenticator,
  request: IncomingMessage,
): Promise<Identity> {
  const identity = await requestAuthenticator.identify(request);
  if (identity === undefined) throw new ChatError('UNAUTHENTICATED');
  return identity;
}

/** @throws {ChatError} UNAUTHENTICATED, UNAVAILABLE. */
export async function requireUser(
  requestAuthenticator: RequestAuthenticator,
  request: IncomingMessage,
): Promise<ActingUser> {
  return (await requireIdentity(requestAuthenticator, request)).user;
}
