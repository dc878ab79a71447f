/** The first account of a server, and the link with which it is created from other machines. */
import { createHmac } from 'node:crypto';
import type { Values } from '../config/load-config.ts';
import { isWithoutProxy } from '../config/role.ts';
import type { FirstOwnerOptions } from '../domain/accounts/first-owner.ts';
import type { Secrets } from './secrets.ts';

/**
 * The tokens follow from the secrets of the sessions: all nodes and workers have the same, and none is
 * stored. Undefined if the first account is one as others.
 */
export function firstOwnerOptions(values: Values, secrets: Secrets): FirstOwnerOptions | undefined {
  if (values.FIRST_ACCOUNT === 'member' || values.SESSION_STORE !== 'own') return undefined;
  const isLocalAllowed = isWithoutProxy(values);
  return { isLocalAllowed, tokens: isLocalAllowed ? [] : secrets.map(ownerTokenOf) };
}

/** 256 bits in 43 URL-safe characters, as other tokens have. */
function ownerTokenOf(secret: string): string {
  return createHmac('sha256', secret).update('parley owner link').digest('base64url');
}
