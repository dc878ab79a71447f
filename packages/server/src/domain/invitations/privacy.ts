/** Choices of users about their privacy: who reaches them, and what is shown of them. */

import type { AcceptedWriters, User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { DomainSettings } from '../settings.ts';

export interface Privacy {
  /** Strangers who add the user to a group or workspace only send an invitation. */
  readonly askBeforeStrangers: boolean;
  readonly showLastSeen: 'everyone' | 'nobody';
  readonly acceptMessagesFrom: AcceptedWriters;
}

interface PrivacyDependencies {
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers'>;
  readonly store: Pick<Store, 'accounts' | 'invitations'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly profiles: { show(user: User): void };
}

export async function findPrivacy(
  { store, settings }: Pick<PrivacyDependencies, 'store' | 'settings'>,
  { id }: Pick<User, 'id'>,
): Promise<Privacy> {
  const chosen = await store.invitations.findAsksFirst(id);
  const [user] = await store.accounts.listUsers([id]);
  return {
    askBeforeStrangers: chosen ?? settings.askBeforeStrangers,
    showLastSeen: user?.hidesLastSeen === true ? 'nobody' : 'everyone',
    acceptMessagesFrom: user?.acceptedWriters ?? 'everybody',
  };
}

/** Changes the given parts, and returns all. */
export async function setPrivacy(
  dependencies: PrivacyDependencies,
  { id }: Pick<User, 'id'>,
  change: Partial<Privacy>,
): Promise<Privacy> {
  const { store, userLimits, profiles } = dependencies;
  await userLimits.changes.take(id);
  const { askBeforeStrangers, showLastSeen, acceptMessagesFrom: acceptedWriters } = change;
  if (askBeforeStrangers !== undefined) {
    await store.invitations.setAsksFirst(id, askBeforeStrangers);
  }
  if (showLastSeen !== undefined || acceptedWriters !== undefined) {
    const hidesLastSeen = showLastSeen && showLastSeen === 'nobody';
    await store.invitations.setShown(id, { hidesLastSeen, acceptedWriters });
    const [user] = await store.accounts.listUsers([id]);
    // All nodes read the user again, and those who share a room see what is shown.
    if (user !== undefined) profiles.show(user);
  }
  return findPrivacy(dependencies, { id });
}
