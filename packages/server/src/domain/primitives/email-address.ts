/** E-mail addresses that users write, in the one form in which they are stored and compared. */
import { ChatError } from '@parley/protocol';

/** RFC 5321, section 4.5.3.1: with the brackets around it. */
const ADDRESS_LENGTH_MAX = 254;
/** Whether mail arrives is what a confirmation shows; this finds what cannot be an address. */
const ADDRESS = /^[^\s@<>(),;:"\\]+@[^\s@<>(),;:"\\/?#%[\]]+\.[^\s@<>(),;:"\\/?#%[\].]+$/u;
/** Characters without a look of their own: mail servers ignore some, so that two texts are one mailbox. */
const INVISIBLE = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** An internet domain in ASCII, and no IP address. */
const DOMAIN = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z][a-z0-9-]*$/;

/**
 * Returns the e-mail address as it is stored: without surrounding spaces, and the domain in lower case
 * and ASCII (punycode), as mail is sent to it.
 *
 * @throws {ChatError} VALIDATION_ERROR.
 */
export function checkAddress(written: string): string {
  const address = canonicalAddress(written);
  if (address !== undefined) return address;
  const message = 'This is not an e-mail address';
  throw new ChatError('VALIDATION_ERROR', { field: 'email', message });
}

/** As `checkAddress`; undefined for a text that is no address. */
export function canonicalAddress(written: string): string | undefined {
  const text = written.trim();
  if (text.length > ADDRESS_LENGTH_MAX || INVISIBLE.test(text) || !ADDRESS.test(text)) {
    return undefined;
  }
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at).normalize('NFC');
  // Other forms of the same letters, such as wide ones, are other texts to the store.
  if (local !== local.normalize('NFKC')) return undefined;
  const domain = asciiDomain(text.slice(at + 1));
  if (domain === undefined) return undefined;
  const address = `${local}@${domain}`;
  return address.length <= ADDRESS_LENGTH_MAX ? address : undefined;
}

function asciiDomain(written: string): string | undefined {
  const url = `http://${written}`;
  const { hostname = '' } = URL.canParse(url) ? new URL(url) : {};
  return DOMAIN.test(hostname) ? hostname : undefined;
}
