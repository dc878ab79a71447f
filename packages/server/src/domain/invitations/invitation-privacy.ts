/** The user's choice whether strangers have to invite them. */

import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { DomainSettings } from '../settings.ts';

export interface InvitationPrivacy {
  /** Strangers who add the user to a group or workspace only send an invitation. */
  readonly askBeforeStrangers: boolean;
}

interface InvitationPrivacyDependencies {
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers'>;
  readonly store: Pick<Store, 'invitations'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
}

export async function findInvitationPrivacy(
  { store, settings }: InvitationPrivacyDependencies,
  { id }: User,
): Promise<InvitationPrivacy> {
  const chosen = await store.invitations.findAsksFirst(id);
  return { askBeforeStrangers: chosen ?? settings.askBeforeStrangers };
}

export async function setInvitationPrivacy(
  { store, userLimits }: InvitationPrivacyDependencies,
  { id }: User,
  { askBeforeStrangers }: InvitationPrivacy,
): Promise<void> {
  await userLimits.changes.take(id);
  await store.invitations.setAsksFirst(id, askBeforeStrangers);
}
