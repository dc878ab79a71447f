/** The external issuer whose tokens are accepted in addition to Parley's, if the settings name one. */
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError, type Values } from './load-config.ts';

export interface ExternalIssuerSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: Values['JWT_ALGORITHMS'];
  readonly key:
    | { readonly kind: 'jwks'; readonly url: string }
    | { readonly kind: 'pem'; readonly pem: string };
}

/** @throws {ConfigError} if the settings of the issuer are incomplete. */
export function readExternalIssuer(values: Values): ExternalIssuerSettings | undefined {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_ALGORITHMS: algorithms } = values;
  const { JWKS_URL: url, JWT_PUBLIC_KEY_FILE: file } = values;
  if ([issuer, audience, url, file].every((value) => value === undefined)) return undefined;
  if (issuer === undefined || audience === undefined || (url ?? file) === undefined) {
    throw new ConfigError(
      'To accept tokens of an external issuer, set JWT_ISSUER, JWT_AUDIENCE, and JWKS_URL or JWT_PUBLIC_KEY_FILE.',
    );
  }
  if (url !== undefined && file !== undefined) {
    throw new ConfigError('Set JWKS_URL or JWT_PUBLIC_KEY_FILE, not both.');
  }
  const key = url === undefined ? readPem(file ?? '') : ({ kind: 'jwks', url } as const);
  return { issuer, audience, algorithms, key };
}

function readPem(file: string): { readonly kind: 'pem'; readonly pem: string } {
  try {
    const pem = readFileSync(file, 'utf8');
    createPublicKey(pem); // Fails at the start, not at the first login.
    return { kind: 'pem', pem };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`JWT_PUBLIC_KEY_FILE cannot be used: ${reason}.`, { cause });
  }
}
