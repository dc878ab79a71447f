/** The user's choice whether strangers have to invite them. */

import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../accounts/user-rate-limits.ts';

export interface InvitationPrivacy {
  /** Strangers who add the user to a group or workspace only send an invitation. */
  readonly askBeforeStrangers: boolean;
}

export interface InvitationPrivacyDependencies {
  readonly store: Pick<Store, 'invitations'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
}

export class InvitationPrivacySettings {
  readonly #dependencies: InvitationPrivacyDependencies;

  constructor(dependencies: InvitationPrivacyDependencies) {
    this.#dependencies = dependencies;
  }

  async find({ id }: User): Promise<InvitationPrivacy> {
    return { askBeforeStrangers: await this.#dependencies.store.invitations.findAsksFirst(id) };
  }

  async set({ id }: User, { askBeforeStrangers }: InvitationPrivacy): Promise<void> {
    await this.#dependencies.userLimits.changes.take(id);
    await this.#dependencies.store.invitations.setAsksFirst(id, askBeforeStrangers);
  }
}
