/**
 * Sign-in with GitHub, which has OAuth 2 without OpenID Connect: no ID token says who the user is, so the
 * API is asked with the access token. `openid-client` checks PKCE, state and the responses.
 */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  fetchProtectedResource,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import {
  type ProviderClaims,
  SignInFailure,
  type SignInProvider,
} from '../ports/sign-in-provider.ts';
import {
  type ProviderOptions,
  rejectFailure,
  requireShort,
  TIMEOUT_SECONDS,
  textOf,
} from './provider-responses.ts';

const GITHUB = 'https://github.com';
/** Longer than a user. */
const BODY_LENGTH_MAX = 64 * 1024;

type Fields = Readonly<Record<string, unknown>>;

export function githubProvider(options: ProviderOptions): SignInProvider {
  const { name, label, issuer, scopes, redirectUrl } = options;
  const configuration = configurationOf(options);
  return {
    ...{ name, label, issuer },
    // It signs a user in who is logged in there, however long ago that was.
    canProve: false,
    begin: async () => {
      const [state, verifier] = [randomState(), randomPKCECodeVerifier()];
      const url = buildAuthorizationUrl(configuration, {
        ...{ redirect_uri: redirectUrl, scope: scopes, state },
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, checks: { state, nonce: '', verifier, isFresh: false } };
    },
    finish: async (query, { state, verifier, isFresh }) => {
      requireShort(query);
      if (isFresh) throw new SignInFailure('rejected', 'not-fresh');
      const exchange = async (): Promise<ProviderClaims> => {
        const url = new URL(`${redirectUrl}?${query}`);
        const checks = { expectedState: state, pkceCodeVerifier: verifier };
        const tokens = await authorizationCodeGrant(configuration, url, checks);
        return readClaims(configuration, tokens.access_token, options);
      };
      return exchange().catch(rejectFailure);
    },
  };
}

function configurationOf({ issuer, clientId, clientSecret }: ProviderOptions): Configuration {
  const server = {
    issuer,
    authorization_endpoint: `${issuer}/login/oauth/authorize`,
    token_endpoint: `${issuer}/login/oauth/access_token`,
    code_challenge_methods_supported: ['S256'],
  };
  // The settings require the secret: GitHub accepts no client without it.
  const authentication = ClientSecretPost(clientSecret ?? '');
  const configuration = new Configuration(server, clientId, undefined, authentication);
  configuration.timeout = TIMEOUT_SECONDS;
  // The settings admit such an address on this machine only.
  if (issuer.startsWith('http:')) allowInsecureRequests(configuration);
  return configuration;
}

async function readClaims(
  configuration: Configuration,
  accessToken: string,
  { issuer }: ProviderOptions,
): Promise<ProviderClaims> {
  const api = issuer === GITHUB ? 'https://api.github.com' : `${issuer}/api/v3`;
  const headers = new Headers({ accept: 'application/vnd.github+json' });
  const url = new URL(`${api}/user`);
  const answer = await fetchProtectedResource(
    ...([configuration, accessToken, url, 'GET', undefined, headers] as const),
  );
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new SignInFailure(answer.status >= 500 ? 'unreachable' : 'rejected', 'api');
  }
  // No addresses: accounts are never found by them.
  const { id, login, name } = toFields(await readJson(answer));
  // The login can be changed, and then belongs to another user.
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id <= 0) {
    throw new SignInFailure('rejected', 'no-id');
  }
  return {
    ...{ issuer, subject: String(id), displayName: textOf(name) },
    usernames: [login, name].flatMap((each) => textOf(each) ?? []),
  };
}

async function readJson(answer: Response): Promise<unknown> {
  const texts: string[] = [];
  let length = 0;
  const body = answer.body?.pipeThrough(new TextDecoderStream());
  for await (const text of body ?? []) {
    length += text.length;
    if (length > BODY_LENGTH_MAX) throw new SignInFailure('rejected', 'too-long');
    texts.push(text);
  }
  try {
    return JSON.parse(texts.join(''));
  } catch {
    throw new SignInFailure('rejected', 'no-json');
  }
}

function toFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
