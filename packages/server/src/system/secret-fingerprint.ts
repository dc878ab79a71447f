/**
 * Fingerprints of secrets, which nodes compare over the bus. The hash is slow, so that a short
 * secret cannot be found by trying.
 */
import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';

const FINGERPRINT_BYTES = 16;

const slowHash = promisify<string, string, number, Buffer>(scrypt);

/** @param purpose Secrets for other purposes have other fingerprints. */
export async function fingerprintOf(secret: string, purpose: string): Promise<string> {
  const digest = await slowHash(secret, `parley fingerprint ${purpose}`, FINGERPRINT_BYTES);
  return digest.toString('base64url');
}
