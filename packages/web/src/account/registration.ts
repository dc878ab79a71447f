/**
 * Creates accounts, also if an earlier try with the same name had no answer: that account may exist,
 * and the next try logs in with it.
 */
import { type Account, ChatError, type Credentials, type UserPayload } from '@parley/client';

export class Registration {
  readonly #account: Pick<Account, 'register' | 'logIn'>;
  /** Name of the last try, until the server rejects it. */
  #triedName: string | undefined;

  constructor(account: Pick<Account, 'register' | 'logIn'>) {
    this.#account = account;
  }

  /** Creates the account and logs in with it. @throws {ChatError} The server's answer. */
  async register(credentials: Credentials, invite?: string, email?: string): Promise<UserPayload> {
    const isRepeated = this.#triedName === credentials.username;
    this.#triedName = credentials.username;
    try {
      await this.#account.register({
        ...credentials,
        ...(invite === undefined ? {} : { invite }),
        ...(email === undefined ? {} : { email }),
      });
    } catch (error) {
      const { code } = ChatError.from(error);
      // The account that the earlier try created may have taken the last place of the invite.
      const mayExist = code === 'CONFLICT' || (code === 'FORBIDDEN' && invite !== undefined);
      if (isRepeated && mayExist) return this.#logInAgain(credentials, error);
      if (code !== 'UNAVAILABLE') this.#triedName = undefined;
      throw error;
    }
    return this.#account.logIn(credentials);
  }

  async #logInAgain(credentials: Credentials, conflict: unknown): Promise<UserPayload> {
    try {
      return await this.#account.logIn(credentials);
    } catch (error) {
      // Another user has registered the name.
      throw ChatError.from(error).code === 'UNAUTHENTICATED' ? conflict : error;
    }
  }
}
