/** E-mail addresses that users write. */
import { ChatError } from '@parley/protocol';

/** RFC 5321, section 4.5.3.1: with the brackets around it. */
const ADDRESS_LENGTH_MAX = 254;
/** Whether mail arrives is what a confirmation shows; this finds what cannot be an address. */
const ADDRESS = /^[^\s@<>(),;:"\\]+@[^\s@<>(),;:"\\]+\.[^\s@<>(),;:"\\.]+$/u;

/** Returns the e-mail address without surrounding spaces. @throws {ChatError} VALIDATION_ERROR. */
export function checkAddress(written: string): string {
  const address = written.trim();
  if (address.length <= ADDRESS_LENGTH_MAX && ADDRESS.test(address)) return address;
  const message = 'This is not an e-mail address';
  throw new ChatError('VALIDATION_ERROR', { field: 'email', message });
}
