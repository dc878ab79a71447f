/**
 * The first account, which becomes the owner of the server, and the clients that may create it. Users whom another
 * application authenticates count, and so do deleted accounts; bots do not.
 */
import type { AccountStore } from '../../ports/account-store.ts';
import type { Crypto } from '../../ports/crypto.ts';

export interface FirstOwnerOptions {
  /** Clients on the server's own machine become the owner without a link. */
  readonly isLocalAllowed: boolean;
  /** Tokens of the owner link; the first one is shown. They are valid as long as there is no account. */
  readonly tokens: readonly string[];
}

interface FirstOwnerDependencies {
  readonly store: Pick<AccountStore, 'hasAccounts'>;
  readonly secrets: Pick<Crypto, 'digest'>;
  /** Undefined if the first account is one as others. */
  readonly firstOwner?: FirstOwnerOptions | undefined;
}

export class FirstOwner {
  readonly #store: FirstOwnerDependencies['store'];
  readonly #secrets: FirstOwnerDependencies['secrets'];
  readonly #options: FirstOwnerOptions;
  readonly #digests: ReadonlySet<string>;

  constructor({ store, secrets, firstOwner }: FirstOwnerDependencies) {
    this.#store = store;
    this.#secrets = secrets;
    this.#options = firstOwner ?? { isLocalAllowed: false, tokens: [] };
    this.#digests = new Set(this.#options.tokens.map((token) => secrets.digest(token)));
  }

  /** The token of the owner link, as long as the server has no account. */
  async findToken(): Promise<string | undefined> {
    const [token] = this.#options.tokens;
    return token === undefined || (await this.#store.hasAccounts()) ? undefined : token;
  }

  /** Digests are compared: the time tells nothing about the token. */
  isToken(token: string): boolean {
    return this.#digests.has(this.#secrets.digest(token));
  }

  /** Whether a client on this machine may become the owner, as long as there is no account. */
  isOpenTo(client: { readonly isLocal: boolean }): boolean {
    return client.isLocal && this.#options.isLocalAllowed;
  }
}
