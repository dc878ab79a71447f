/**
 * Requirements of the operator for sign-ins, besides a password: a confirmed e-mail address, a second
 * factor, or a provider. A session that lacks it is valid, and can only add it or end;
 * `requireComplete` is the check of every request.
 */
import { ChatError } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import { isServerAdmin, type User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { DomainSettings } from '../settings.ts';
import { hasSecondFactor } from './has-second-factor.ts';
import type { RegistrationEmails } from './registration-emails.ts';

const TEXTS = Object.freeze({
  'two-step': ['two-step sign-in', 'Set it up first'],
  provider: ['a sign-in with a provider', 'Sign in there'],
  email: ['a confirmed e-mail address', 'Open the link in the mail'],
});

export class RequiredSignIn {
  readonly #accounts: Pick<AccountStore, 'findEmail' | 'findSecondFactor' | 'listPasskeys'>;
  readonly #asksForEmail: boolean;
  readonly #required: DomainSettings['requiredSignIn'];

  constructor(
    accounts: Pick<AccountStore, 'findEmail' | 'findSecondFactor' | 'listPasskeys'>,
    required: DomainSettings['requiredSignIn'],
    { areLimited }: Pick<RegistrationEmails, 'areLimited'>,
  ) {
    this.#asksForEmail = areLimited;
    this.#accounts = accounts;
    this.#required = required;
  }

  /** Whether only providers sign users in, and the owner in an emergency. */
  get isByProvider(): boolean {
    return this.#required === 'provider';
  }

  /** Whether accounts with the role of this user need a second factor. */
  needsFactor(user: Pick<User, 'role'>): boolean {
    if (this.#required === 'two-step-for-admins') return isServerAdmin(user);
    return this.#required === 'two-step';
  }

  /**
   * The identity, with what its session lacks. Reads the store each time: a factor counts from the
   * moment at which it is confirmed. Another issuer, or a provider, answers for its own sign-ins.
   *
   * @throws {ChatError} UNAVAILABLE.
   */
  async complete(identity: Identity): Promise<Identity> {
    const { user, isFixed, signedInBy } = identity;
    if (isFixed === true) return identity;
    if (this.#asksForEmail && (await this.#accounts.findEmail(user.id))?.isRequired === true) {
      return { ...identity, lacks: 'email' };
    }
    if (signedInBy === 'provider') return identity;
    if (this.isByProvider) {
      return user.role === 'owner' ? identity : { ...identity, lacks: 'provider' };
    }
    // Both factors at once. The password alone does not suffice for a user who has a passkey, too.
    if (signedInBy === 'passkey') return identity;
    const needsFactor = this.needsFactor(user) && !(await hasSecondFactor(this.#accounts, user.id));
    return needsFactor ? { ...identity, lacks: 'two-step' } : identity;
  }

  /**
   * How a session begins with the right password or passkey, if it may. The owner can always begin one,
   * when the provider fails.
   *
   * @throws {ChatError} FORBIDDEN.
   */
  acceptOwn(
    { role }: Pick<User, 'role'>,
    { isPasskey }: { readonly isPasskey: boolean },
  ): Identity['signedInBy'] {
    if (!this.isByProvider) return isPasskey ? 'passkey' : undefined;
    if (role !== 'owner') throw incomplete('provider');
    return 'emergency';
  }

  /**
   * A session that lacks a factor, because it has begun with a password alone, adds the first one only.
   *
   * @throws {ChatError} FORBIDDEN for users who have a passkey: they use it in place of adding another.
   */
  async requireFirstFactor({ lacks, user }: Identity): Promise<void> {
    if (lacks !== 'two-step') return;
    const passkeys = await this.#accounts.listPasskeys(user.id);
    if (passkeys.length > 0) throw incomplete('two-step', 'Use your passkey');
  }

  /** @throws {ChatError} FORBIDDEN if this passkey is the only factor of a user who needs one. */
  async requireOtherFactor(user: Pick<User, 'id' | 'role'>, passkeyId: string): Promise<void> {
    if (!this.needsFactor(user) || (await hasSecondFactor(this.#accounts, user.id))) return;
    const passkeys = await this.#accounts.listPasskeys(user.id);
    if (passkeys.every(({ id }) => id === passkeyId)) {
      throw incomplete('two-step', 'The last passkey cannot be removed');
    }
  }

  /** @throws {ChatError} FORBIDDEN if the second factor of the user must stay. */
  requireRemovable(user: Pick<User, 'role'>): void {
    if (this.needsFactor(user)) throw incomplete('two-step', 'It cannot be turned off');
  }
}

/** @throws {ChatError} FORBIDDEN with `required`. */
export function requireComplete({ lacks }: Pick<Identity, 'lacks'>): void {
  if (lacks !== undefined) throw incomplete(lacks);
}

export function incomplete(required: NonNullable<Identity['lacks']>, then?: string): ChatError {
  const [what, otherwise] = TEXTS[required];
  const next = then ?? otherwise;
  return new ChatError('FORBIDDEN', { required, message: `This server requires ${what}. ${next}` });
}
