/** The external issuer whose tokens are accepted in addition to Parley's, if the settings name one. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError, type Values } from './load-config.ts';

/** RFC 7518, section 3.3. */
const RSA_BITS_MIN = 2048;

interface ExternalIssuerSettings {
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
  if (url === undefined) return { issuer, audience, ...readPem(file ?? '', algorithms) };
  return { issuer, audience, algorithms, key: { kind: 'jwks', url } };
}

type Keys = Pick<ExternalIssuerSettings, 'key' | 'algorithms'>;

/** A key has one algorithm: a token that names another is invalid, whatever JWT_ALGORITHMS accepts. */
function readPem(file: string, accepted: Keys['algorithms']): Keys {
  try {
    const pem = readFileSync(file, 'utf8');
    const own = algorithmOf(createPublicKey(pem));
    const algorithms = accepted.filter((algorithm) => algorithm === own);
    // Fails at the start, not at the first login.
    if (algorithms.length === 0) throw new Error('the key is for none of JWT_ALGORITHMS');
    return { key: { kind: 'pem', pem }, algorithms };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`JWT_PUBLIC_KEY_FILE cannot be used: ${reason}.`, { cause });
  }
}

function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject) {
  if (type === 'rsa' && Number(details?.modulusLength) >= RSA_BITS_MIN) return 'RS256';
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256';
  return type === 'ed25519' ? 'EdDSA' : undefined;
}
