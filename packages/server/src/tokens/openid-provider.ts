/** OpenID Connect with `openid-client`: authorization code with PKCE, state and nonce. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { GrantedRole } from '../model/granted-role.ts';
import {
  type ProviderClaims,
  type ResponseChecks,
  SignInFailure,
  type SignInProvider,
} from '../ports/sign-in-provider.ts';
import {
  codeOf,
  type ProviderOptions,
  rejectFailure,
  requireShort,
  TIMEOUT_SECONDS,
  textOf,
} from './provider-responses.ts';

interface OpenIdOptions extends ProviderOptions {
  readonly roles:
    | {
        readonly claim: string;
        readonly admin: readonly string[];
        readonly moderator: readonly string[];
      }
    | undefined;
  readonly clock: { readonly monotonicMs: () => number };
}

type Claims = Readonly<Record<string, unknown>>;

/** The provider may change its keys and addresses. */
const DISCOVERY_VALID_MS = 60 * 60 * 1000;
/** Age of a proof that counts as one of just now, with the time for a second factor or a consent. */
const FRESH_SECONDS = 5 * 60;

export function openIdProvider(options: OpenIdOptions): SignInProvider {
  const { name, label, issuer, scopes, redirectUrl, roles } = options;
  const discovered = cachedDiscovery(options);
  return {
    ...{ name, label, issuer, canProve: true },
    begin: async ({ isFresh }) => {
      const configuration = await discovered();
      const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
      const url = buildAuthorizationUrl(configuration, {
        ...{ redirect_uri: redirectUrl, scope: scopes, state, nonce },
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(isFresh && { prompt: 'login', max_age: String(FRESH_SECONDS) }),
      });
      return { url: url.href, checks: { state, nonce, verifier, isFresh } };
    },
    finish: async (query, checks) => {
      requireShort(query);
      const configuration = await discovered();
      const claims = await exchange(
        configuration,
        new URL(`${redirectUrl}?${query}`),
        checks,
      ).catch(rejectFailure);
      return toProviderClaims(claims, roles);
    },
  };
}

/** A failure is not kept: the next sign-in asks again. */
function cachedDiscovery({
  issuer,
  clientId,
  clientSecret,
  clock,
}: OpenIdOptions): () => Promise<Configuration> {
  let cached: { readonly found: Promise<Configuration>; readonly untilMs: number } | undefined;
  const url = new URL(issuer);
  const authentication = clientSecret === undefined ? None() : ClientSecretPost(clientSecret);
  return () => {
    if (cached !== undefined && clock.monotonicMs() < cached.untilMs) return cached.found;
    const asked = discovery(url, clientId, undefined, authentication, {
      timeout: TIMEOUT_SECONDS,
      // The settings admit such an issuer on this machine only.
      execute: url.protocol === 'http:' ? [allowInsecureRequests] : [],
    });
    const found = asked.catch((error: unknown) => {
      throw new SignInFailure('unreachable', codeOf(error));
    });
    const entry = { found, untilMs: clock.monotonicMs() + DISCOVERY_VALID_MS };
    cached = entry;
    found.catch(() => {
      if (cached === entry) cached = undefined;
    });
    return found;
  };
}

/** Also reads the claims that the provider keeps out of the ID token. */
async function exchange(
  configuration: Configuration,
  url: URL,
  { state, nonce, verifier, isFresh }: ResponseChecks,
): Promise<Claims> {
  const tokens = await authorizationCodeGrant(configuration, url, {
    ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier },
    idTokenExpected: true,
    ...(isFresh && { maxAge: FRESH_SECONDS }),
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new SignInFailure('rejected', 'no-id-token');
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
  const more = await fetchUserInfo(configuration, tokens.access_token, claims.sub);
  // Signed claims take precedence.
  return { ...more, ...claims };
}

function toProviderClaims(claims: Claims, roles: OpenIdOptions['roles']): ProviderClaims {
  const { iss, sub, preferred_username, nickname, email, email_verified, name } = claims;
  const mailbox = typeof email === 'string' ? email.split('@', 1)[0] : undefined;
  const texts = [preferred_username, nickname, mailbox, name].flatMap((each) => textOf(each) ?? []);
  return {
    // The library has checked both.
    issuer: String(iss),
    subject: String(sub),
    usernames: texts,
    displayName: textOf(name),
    // A text is not what the standard says, but what some providers send.
    verifiedEmail: email_verified === true || email_verified === 'true' ? textOf(email) : undefined,
    role: roles && roleOf(claims, roles),
  };
}

function roleOf(
  claims: Claims,
  { claim, admin, moderator }: NonNullable<OpenIdOptions['roles']>,
): GrantedRole {
  const named = claim in claims ? claims[claim] : inObject(claims, claim.split('.'));
  const values = [named].flat();
  if (admin.some((value) => values.includes(value))) return 'admin';
  return moderator.some((value) => values.includes(value)) ? 'moderator' : 'member';
}

function inObject(value: unknown, path: readonly string[]): unknown {
  const [first, ...others] = path;
  if (first === undefined) return value;
  const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, first);
  return isThere ? inObject((value as Claims)[first], others) : undefined;
}
