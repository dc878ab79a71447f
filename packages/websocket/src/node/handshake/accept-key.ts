/** Proof that a server understood the handshake (RFC 6455 section 4.2.2). */
import { hash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'; // Section 1.3.

/** Computed from the key's text as it was sent; the key is not decoded first. */
export function acceptKey(key: string): string {
  return hash('sha1', acceptText(key), 'base64');
}

/** The text that is hashed. */
export function acceptText(key: string): string {
  return `${key}${GUID}`;
}
