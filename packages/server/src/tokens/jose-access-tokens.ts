/**
 * Signed tokens with `jose`. The token never chooses the key that verifies it: HS256 is checked
 * only with Parley's own secret, all other algorithms only with the issuer's key, and only if they
 * are on the list.
 */
import { createPublicKey, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import {
  CompactEncrypt,
  compactDecrypt,
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
  SignJWT,
} from 'jose';
import type {
  AccessTokens,
  ExternalClaims,
  OwnClaims,
  TokenPurpose,
  TokenRefusal,
} from '../ports/access-tokens.ts';

/** Asymmetric signature algorithms. */
export const EXTERNAL_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;

interface ExternalIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly (typeof EXTERNAL_ALGORITHMS)[number][];
  readonly key:
    | { readonly kind: 'jwks'; readonly url: string }
    | { readonly kind: 'pem'; readonly pem: string };
}

const OWN_ALGORITHM = 'HS256';
const OWN_NAME = 'parley';
/** Audience of a token, by its purpose. */
const AUDIENCES: Readonly<Record<TokenPurpose, string>> = Object.freeze({
  connect: 'parley:connect',
  ticket: 'parley:ticket',
});
/**
 * Encrypts the session key: tokens may be seen by others, and have a shorter life than the session.
 */
const SEAL = Object.freeze({ alg: 'dir', enc: 'A256GCM' });
const SEAL_KEY_BYTES = 32;
const OWN_EXPECTED = Object.freeze({ iss: OWN_NAME, aud: Object.values(AUDIENCES).join(',') });
const PURPOSES = Object.freeze(['connect', 'ticket'] as const);
/** No useful token is longer; longer ones may be an attack. */
const TOKEN_LENGTH_MAX = 8192;
/**
 * Maximum lifetime of a token of another issuer. A later end is an error of the issuer: nothing but a
 * change of its keys would end the token.
 */
const EXTERNAL_LIFETIME_SECONDS_MAX = 366 * 24 * 60 * 60;
/** Maximum difference between the clocks of two machines. */
const CLOCK_TOLERANCE_SECONDS = 5;
const JWKS_TIMEOUT_MS = 5000;
/** Maximum length of a claim in the log. */
const SHOWN_LENGTH_MAX = 256;

/** @param options.secrets The first one signs, all of them verify. */
export function joseAccessTokens(options: {
  readonly secrets: readonly [string, ...string[]];
  readonly external: ExternalIssuer | undefined;
}): AccessTokens {
  const [first, ...others] = options.secrets;
  const own = toOwnKeys(first);
  const ownKeys = [own, ...others.map(toOwnKeys)];
  const external = options.external && { ...options.external, key: keyOf(options.external) };
  return {
    issue: async ({ sessionKey, purpose }, expiresAtMs) =>
      new SignJWT({ sid: await seal(sessionKey, own.seal) })
        .setProtectedHeader({ alg: OWN_ALGORITHM })
        .setIssuer(OWN_NAME)
        .setAudience(AUDIENCES[purpose])
        .setIssuedAt()
        .setExpirationTime(Math.floor(expiresAtMs / 1000))
        .sign(own.signing),
    async verify(token) {
      if (token.length > TOKEN_LENGTH_MAX) return refuse('malformed');
      if (algorithmOf(token) === OWN_ALGORITHM) return verifyByAnyOwnKey(token, ownKeys);
      return external === undefined ? refuse('no-issuer') : verifyExternal(token, external);
    },
  };
}

/** The keys that are made from one secret. */
interface OwnKeys {
  readonly signing: KeyObject;
  readonly seal: Uint8Array;
}

function toOwnKeys(secret: string): OwnKeys {
  return { signing: createSecretKey(secret, 'utf8'), seal: toSealKey(secret) };
}

/** While a secret is replaced, there are several: the one that signed the token knows the reason. */
async function verifyByAnyOwnKey(
  token: string,
  keys: readonly OwnKeys[],
): Promise<OwnClaims | TokenRefusal> {
  let refusal = refuse('signature');
  for (const each of keys) {
    const claims = await check(() => verifyOwn(token, each), OWN_EXPECTED);
    if (claims.kind === 'own') return claims;
    if (claims.reason !== 'signature') refusal = claims;
  }
  return refusal;
}

async function verifyOwn(token: string, keys: OwnKeys): Promise<OwnClaims | TokenRefusal> {
  const { payload } = await jwtVerify(token, keys.signing, {
    algorithms: [OWN_ALGORITHM],
    issuer: OWN_NAME,
    audience: Object.values(AUDIENCES),
    requiredClaims: ['exp', 'sid'],
  });
  const { sid: sealed, aud } = payload;
  const purpose = PURPOSES.find((each) => AUDIENCES[each] === aud);
  if (typeof sealed !== 'string' || purpose === undefined) return refuse('malformed');
  const { plaintext } = await compactDecrypt(sealed, keys.seal, {
    keyManagementAlgorithms: [SEAL.alg],
    contentEncryptionAlgorithms: [SEAL.enc],
  });
  return { kind: 'own', purpose, sessionKey: new TextDecoder().decode(plaintext) };
}

function seal(sessionKey: string, sealKey: Uint8Array): Promise<string> {
  const plaintext = new TextEncoder().encode(sessionKey);
  return new CompactEncrypt(plaintext).setProtectedHeader({ ...SEAL }).encrypt(sealKey);
}

/** Derived from the same secret, but different from the signing key. */
function toSealKey(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', 'parley session key', SEAL_KEY_BYTES));
}

type ExternalKey = Omit<ExternalIssuer, 'key'> & { readonly key: JWTVerifyGetKey };

async function verifyExternal(
  token: string,
  { issuer, audience, algorithms, key }: ExternalKey,
): Promise<ExternalClaims | TokenRefusal> {
  const verify = () =>
    verifyByAnyKey(token, key, {
      algorithms: [...algorithms],
      issuer,
      audience,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
  const expected = { alg: algorithms.join(','), iss: issuer, aud: audience };
  const verified = await check(verify, expected);
  if ('kind' in verified) return verified;
  const { payload } = verified;
  const { sub: subject, exp } = payload;
  if (typeof subject !== 'string' || subject === '') return refuse('claim', { claim: 'sub' });
  if (exp === undefined) return refuse('missing-claim', { claim: 'exp' });
  if (exp > Date.now() / 1000 + EXTERNAL_LIFETIME_SECONDS_MAX) {
    return refuse('lifetime', { claim: 'exp', found: shown(exp) });
  }
  return {
    kind: 'external',
    issuer,
    subject,
    username: textOf(payload['preferred_username']),
    name: textOf(payload['name']),
    picture: textOf(payload['picture']),
    expiresAtMs: exp * 1000,
  };
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' ? claim : undefined;
}

/** A token without a key id may be signed by any key of its kind: during a change there are two. */
async function verifyByAnyKey(
  token: string,
  key: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, key, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const candidate of error) {
      const verified = await jwtVerify(token, candidate, options).catch((reason: unknown) => {
        if (!(reason instanceof errors.JWSSignatureVerificationFailed)) throw reason;
      });
      if (verified !== undefined) return verified;
    }
    throw error;
  }
}

/**
 * Errors of fetching keys: no or invalid keys; the generic error is a status other than 200, or
 * invalid JSON.
 */
const OUR_FAULTS: ReadonlySet<string> = new Set([
  errors.JWKSTimeout.code,
  errors.JWKSInvalid.code,
  errors.JOSEError.code,
]);

/** Invalid tokens are the client's error; keys that cannot be fetched are a server error. */
async function check<T>(verify: () => Promise<T>, expected: Expected): Promise<T | TokenRefusal> {
  try {
    return await verify();
  } catch (error) {
    if (!(error instanceof errors.JOSEError) || OUR_FAULTS.has(error.code)) throw error;
    return refusalOf(error, expected);
  }
}

/** Expected header and claims, by name. */
type Expected = Readonly<Record<string, string>>;

function refuse(
  reason: TokenRefusal['reason'],
  details: Pick<TokenRefusal, 'claim' | 'expected' | 'found'> = {},
): TokenRefusal {
  return { kind: 'refused', reason, ...details };
}

function refusalOf(error: errors.JOSEError, expected: Expected): TokenRefusal {
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) {
    return claimRefusalOf(error, expected);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return refuse('algorithm', { expected: expected['alg'] ?? OWN_ALGORITHM });
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return refuse('signature');
  const isUnknownKey =
    error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
  return refuse(isUnknownKey ? 'unknown-key' : 'malformed');
}

const CLAIM_REASONS: Readonly<Record<string, TokenRefusal['reason']>> = Object.freeze({
  iss: 'issuer',
  aud: 'audience',
});

/** Claims are checked after the signature: what they contain is the issuer's. */
function claimRefusalOf(
  error: errors.JWTExpired | errors.JWTClaimValidationFailed,
  expected: Expected,
): TokenRefusal {
  const { claim, payload, reason } = error;
  const wanted = expected[claim];
  const details = { claim, ...(wanted === undefined ? {} : { expected: wanted }) };
  if (reason === 'missing') return refuse('missing-claim', details);
  const found = { ...details, found: shown(payload[claim]) };
  if (error instanceof errors.JWTExpired) return refuse('expired', found);
  return refuse(CLAIM_REASONS[claim] ?? 'claim', found);
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.slice(0, SHOWN_LENGTH_MAX);
}

function keyOf({ key }: ExternalIssuer): JWTVerifyGetKey {
  if (key.kind === 'jwks') {
    return createRemoteJWKSet(new URL(key.url), { timeoutDuration: JWKS_TIMEOUT_MS });
  }
  const publicKey = createPublicKey(key.pem);
  return async () => publicKey;
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch {
    return undefined; // Not in token format: the verification reports it.
  }
}
