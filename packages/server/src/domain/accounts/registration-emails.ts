/** The e-mail domains whose users may create accounts themselves, if the operator has named some. */
import { ChatError } from '@parley/protocol';
import { canonicalAddress, checkAddress } from '../primitives/email-address.ts';

export class RegistrationEmails {
  /** In lower case; none: any user may, with no address. */
  readonly domains: readonly string[];

  constructor(domains: readonly string[]) {
    this.domains = domains;
  }

  get areLimited(): boolean {
    return this.domains.length > 0;
  }

  /** Returns the address as it is stored. @throws {ChatError} VALIDATION_ERROR. */
  check(written: string | undefined): string {
    if (written === undefined || written.trim() === '') {
      throw this.#invalid('VALIDATION_ERROR', 'This server asks for your e-mail address');
    }
    const address = checkAddress(written);
    if (this.#includes(address)) return address;
    throw this.#invalid('VALIDATION_ERROR', 'This e-mail address cannot register here');
  }

  /** @throws {ChatError} FORBIDDEN. */
  requireVerified(address: string | undefined): void {
    if (address !== undefined && this.#includes(address)) return;
    throw this.#invalid('FORBIDDEN', 'The provider confirms no e-mail address that can register');
  }

  #includes(address: string): boolean {
    // As settings have it: in lower case, and letters beyond ASCII encoded.
    const domain = canonicalAddress(address)?.split('@').at(-1);
    return domain !== undefined && this.domains.includes(domain);
  }

  #invalid(code: 'VALIDATION_ERROR' | 'FORBIDDEN', reason: string): ChatError {
    const message = `${reason}: use one of ${this.domains.join(', ')}`;
    return new ChatError(code, { field: 'email', message });
  }
}
