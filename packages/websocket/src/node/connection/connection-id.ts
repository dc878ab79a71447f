import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';

/**
 * Creates a UUID of version 4 (RFC 9562). `randomUUID` joins it from 20 small strings, of which V8
 * keeps half a kilobyte as long as the id lives; read from bytes it is one flat string of 64.
 */
export function createConnectionId(): string {
  return Buffer.from(randomUUID(), 'latin1').toString('latin1');
}
