/** The user's choice whether strangers have to invite them. */

import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { DomainSettings } from '../settings.ts';

interface InvitationPrivacy {
  /** Strangers who add the user to a group or workspace only send an invitation. */
  readonly askBeforeStrangers: boolean;
}

interface InvitationPrivacyDependencies {
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers'>;
  readonly store: Pick<Store, 'invitations'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
}

export class InvitationPrivacySettings {
  readonly #dependencies: InvitationPrivacyDependencies;

  constructor(dependencies: InvitationPrivacyDependencies) {
    this.#dependencies = dependencies;
  }

  async find({ id }: User): Promise<InvitationPrivacy> {
    const { store, settings } = this.#dependencies;
    const chosen = await store.invitations.findAsksFirst(id);
    return { askBeforeStrangers: chosen ?? settings.askBeforeStrangers };
  }

  async set({ id }: User, { askBeforeStrangers }: InvitationPrivacy): Promise<void> {
    await this.#dependencies.userLimits.changes.take(id);
    await this.#dependencies.store.invitations.setAsksFirst(id, askBeforeStrangers);
  }
}
