/** Sign-in: codes and links are guessed, answers are replayed, sessions and providers are confused. */
import { randomBytes, randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PASSWORD } from '../../../packages/server/test/support/account.ts';
import { Authenticator } from '../../../packages/server/test/support/authenticator.ts';
import {
  CookieJar,
  IdentityProvider,
} from '../../../packages/server/test/support/identity-provider.ts';
import { Mailbox } from '../../../packages/server/test/support/mailbox.ts';
import { totpCode } from '../../../packages/server/test/support/totp.ts';
import { findFreePort } from '../../support/parley-process.ts';
import { type Attack, BEHIND_PROXY } from '../attack.ts';
import { logIn, statusOf, tryAll } from '../attempts.ts';
import type { Target } from '../target.ts';

const AT_ONCE = 4;
const CODES = 80;
/** Codes for one account from all networks: ten are free, some are in flight. */
const CODES_ALLOWED = 10 + AT_ONCE;
/** They have 80 random bits, and count as passwords do. */
const RECOVERY_CODES_ALLOWED = 50 + AT_ONCE;
const LINKS = 200;
/** Attempts of one network. */
const LINKS_ALLOWED = 100 + AT_ONCE;
const STEP_MS = 30_000;
const ORIGIN = 'https://chat.example.org';

const anywhere = (index: number): Record<string, string> => ({
  'x-forwarded-for': `198.51.${index % 250}.${1 + Math.floor(index / 250)}`,
});

/** Several at a time. Returns how often each status was the answer. */
async function guess(
  target: Target,
  count: number,
  act: (index: number) => Promise<number>,
): Promise<ReadonlyMap<number, number>> {
  const statuses = new Map<number, number>();
  await target.each(AT_ONCE, async (lane) => {
    for (let index = lane; index < count && !target.isOver; index += AT_ONCE) {
      const status = await act(index);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  return statuses;
}

/** By an attacker who knows the password, from a new network each time. */
function guessCodes(allowed: number, codeOf: () => string): Attack['run'] {
  return async (target) => {
    const victim = await logIn(target, target.victim);
    const { username } = victim;
    const { secret } = await victim.must<{ secret: string }>('POST', '/api/auth/totp');
    const code = totpCode(secret, Date.now());
    await victim.must('POST', '/api/auth/totp/confirm', { code });
    const attempt = async (given: string, index: number) => {
      const body = { username, password: PASSWORD, code: given };
      return (await target.post('/login', body, { headers: anywhere(index) })).status;
    };
    const next = totpCode(secret, Date.now() + STEP_MS);
    await tryAll(target, [
      { what: 'the login of the victim', expected: 200, act: () => attempt(next, 1000) },
      { what: 'a replay of its code', expected: 401, act: () => attempt(next, 1001) },
    ]);

    const statuses = await guess(target, CODES, (index) => attempt(codeOf(), index));

    const tried = statuses.get(401) ?? 0;
    target.expect(
      tried > 0 && tried <= allowed,
      `${tried} codes tried from ${CODES} networks, allowed ${allowed}`,
    );
    target.expect((statuses.get(200) ?? 0) === 0, 'a guessed code was right');
    await tryAll(target, [
      {
        what: 'the session of the victim',
        expected: 200,
        act: () => statusOf(victim.call('GET', '/api/me')),
      },
    ]);
  };
}

let mailbox: Mailbox | undefined;

async function withMail(): Promise<Record<string, string>> {
  mailbox = await Mailbox.open();
  return {
    ...{ TRUST_PROXY: '127.0.0.0/8', SMTP_URL: mailbox.url, MAIL_FROM: 'chat@example.org' },
    PUBLIC_URL: ORIGIN,
  };
}

/** Near the real link, too. */
function nearTo(token: string, index: number): string {
  const near = [
    ...[token.slice(0, -1), `${token}A`, token.toUpperCase(), token.toLowerCase(), ` ${token}`],
    ...[`${token}\0`, `${token}/`, '', '%00', '../', token.split('').reverse().join('')],
  ];
  return near[index] ?? randomBytes(32).toString('base64url').slice(0, token.length);
}

async function guessLinks(target: Target): Promise<void> {
  if (mailbox === undefined) return;
  const opened = mailbox;
  const email = 'victim@example.org';
  try {
    const victim = await logIn(target, target.victim);
    await victim.must('PATCH', '/api/me', { email });
    const tokenOf = async (path: string): Promise<string> =>
      (await opened.linkTo(email, path)).split('/').at(-1) ?? '';
    const confirm = async (token: string, headers: Record<string, string>) =>
      (await target.post('/api/auth/email/confirm', { token }, { headers })).status;
    const reset = async (token: string, headers: Record<string, string>) =>
      (await target.post('/api/auth/reset', { token, password: 'a newer horse' }, { headers }))
        .status;
    const links = [
      { path: '/app/email/', use: confirm },
      { path: '/app/reset/', use: reset },
    ];
    for (const [index, { path, use }] of links.entries()) {
      if (use === reset) {
        await target.post('/api/auth/forgot', { username: email }, { headers: anywhere(index) });
      }
      const token = await tokenOf(path);
      const from = { 'x-forwarded-for': `198.51.100.${index + 1}` };

      const statuses = await guess(target, LINKS, (each) => use(nearTo(token, each), from));

      const tried = statuses.get(404) ?? 0;
      const [known] = [statuses.get(200) ?? 0];
      target.expect(known === 0, `a guessed link of ${path} was right`);
      target.expect(
        tried > 0 && tried <= LINKS_ALLOWED,
        `${tried} links of ${path} tried from one network, allowed ${LINKS_ALLOWED}`,
      );
      const elsewhere = anywhere(500 + index);
      await tryAll(target, [
        { what: `the link of ${path}`, expected: 200, act: () => use(token, elsewhere) },
        { what: `its second use`, expected: 404, act: () => use(token, elsewhere) },
      ]);
    }
    await tryAll(target, [
      {
        what: 'the session before the reset',
        expected: 401,
        act: () => statusOf(victim.call('GET', '/api/me')),
      },
    ]);
  } finally {
    await opened.close();
    mailbox = undefined;
  }
}

const PASSKEYS = '/api/auth/passkeys';

async function replayPasskey(target: Target): Promise<void> {
  const victim = await logIn(target, target.victim);
  const attacker = await logIn(target, target.attacker(0));
  const device = new Authenticator(ORIGIN);
  type Creation = { options: Parameters<Authenticator['create']>[0] };
  type Request = { options: Parameters<Authenticator['use']>[0] };
  const creation = await victim.must<Creation>('POST', `${PASSKEYS}/register/begin`);
  const response = device.create(creation.options);
  const finish = `${PASSKEYS}/register/finish`;
  await victim.must('POST', finish, { name: 'Laptop', response });
  const begin = async (): Promise<Request['options']> =>
    (JSON.parse((await target.post(`${PASSKEYS}/login/begin`, {})).body) as Request).options;
  const signIn = async (answer: object) =>
    (await target.post(`${PASSKEYS}/login/finish`, { response: answer })).status;
  const options = await begin();
  const answer = device.use(options);
  const proof = await victim.must<Request>('POST', `${PASSKEYS}/proof/begin`);
  const forged = { ...(await begin()), challenge: randomBytes(32).toString('base64url') };
  const attempts = [
    ['the sign-in of the victim', 200, () => signIn(answer)],
    ['a replay of its answer', 401, () => signIn(answer)],
    ['another answer to its challenge', 401, () => signIn(device.use(options))],
    ['an answer to the challenge of a proof', 401, () => signIn(device.use(proof.options))],
    ['an answer to an invented challenge', 401, () => signIn(device.use(forged))],
    [
      'an answer for another site',
      401,
      async () => signIn(device.use(await begin(), { origin: 'https://evil.example' })),
    ],
    [
      'an answer without PIN',
      401,
      async () => signIn(device.use(await begin(), { isUnverified: true })),
    ],
    ['an earlier counter', 401, async () => signIn(device.use(await begin(), { counter: 1 }))],
    // The challenge of the victim, and the passkey of the victim, for the account of the attacker.
    [
      'a replayed registration',
      403,
      () => statusOf(attacker.call('POST', finish, { name: 'Mine', response })),
    ],
  ] as const;
  await tryAll(
    target,
    attempts.map(([what, expected, act]) => ({ what, expected, act })),
  );
}

async function fixSession(target: Target): Promise<void> {
  const attacker = await logIn(target, target.attacker(0));
  const { username } = target.victim;
  const name = attacker.cookie.split('=', 1)[0] ?? '';
  const invented = `${name}=${randomBytes(32).toString('base64url')}`;
  const whoIs = async (cookie: string): Promise<string> => {
    const { status, body } = await target.request({ path: '/api/auth/me', headers: { cookie } });
    return status === 200
      ? (JSON.parse(body) as { user: { username: string } }).user.username
      : `${status}`;
  };
  for (const cookie of [attacker.cookie, invented]) {
    const answer = await target.post(
      '/login',
      { username, password: PASSWORD },
      { headers: { cookie } },
    );
    const [set = ''] = answer.headers['set-cookie'] ?? [];
    const given = set.split(';', 1)[0] ?? '';
    const expected = cookie === invented ? '401' : attacker.username;
    await tryAll(target, [
      { what: 'the new session', expected: username, act: () => whoIs(given) },
      {
        what: 'another id than that of the request',
        expected: false,
        act: async () => given === cookie,
      },
      { what: 'the session of the request', expected, act: () => whoIs(cookie) },
    ]);
  }
}

let providers: { readonly company: IdentityProvider; readonly other: IdentityProvider } | undefined;

async function withProviders(directory: string): Promise<Record<string, string>> {
  const PORT = await findFreePort();
  const url = `http://127.0.0.1:${PORT}`;
  const start = (name: string) => IdentityProvider.start(`${url}/api/auth/oidc/${name}/callback`);
  const [company, other] = [await start('company'), await start('other')];
  providers = { company, other };
  const file = join(directory, 'oidc.json');
  writeFileSync(file, JSON.stringify({ company: company.settings, other: other.settings }));
  return { PORT, PUBLIC_URL: url, OIDC_PROVIDERS_FILE: file };
}

async function mixProviders(target: Target): Promise<void> {
  if (providers === undefined) return;
  const { company, other } = providers;
  // The browser keeps cookies by origin.
  const url = target.settings['PUBLIC_URL'] ?? target.url;
  const userOf = async (jar: CookieJar): Promise<string | undefined> => {
    const answer = (await (await jar.fetch(`${url}/api/auth/session`)).json()) as {
      readonly user: { readonly username: string } | null;
    };
    return answer.user?.username;
  };
  const toCallback = async (jar: CookieJar, name = 'company'): Promise<URL> =>
    (
      await jar.visit(`${url}/api/auth/oidc/${name}`, ({ pathname }) =>
        pathname.endsWith('/callback'),
      )
    ).url;
  const endOf = async (jar: CookieJar, at: URL): Promise<string> =>
    `${(await jar.visit(at.href)).url.pathname} ${await userOf(jar)}`;
  try {
    company.person = 'mallory';
    const attacker = new CookieJar();
    await attacker.visit((await toCallback(attacker)).href);
    await attacker.post(`${url}/api/auth/oidc/complete`, { username: 'mallory' });
    target.expect((await userOf(attacker)) === 'mallory', 'the attacker cannot sign in');

    const victim = new CookieJar();
    const ofAttacker = await toCallback(new CookieJar());
    const used = await toCallback(attacker);
    await attacker.visit(used.href);
    const changed = (at: URL, name: string, value: string): URL => {
      const copy = new URL(at);
      copy.searchParams.set(name, value);
      return copy;
    };
    const begun = async (change: (at: URL) => URL) => {
      const jar = new CookieJar();
      return endOf(jar, change(await toCallback(jar)));
    };
    const atOther = (at: URL) => new URL(`${url}/api/auth/oidc/other/callback${at.search}`);
    const attempts = [
      [
        'the response of the attacker in another browser',
        'expired',
        () => endOf(victim, ofAttacker),
      ],
      [
        'the same beside a sign-in that was begun',
        'rejected',
        async () => {
          await toCallback(victim);
          return endOf(victim, ofAttacker);
        },
      ],
      ['a used response', 'expired', () => endOf(new CookieJar(), used)],
      ['the response of one provider for another', 'expired', () => begun(atOther)],
      [
        'the name of another issuer',
        'rejected',
        () => begun((at) => changed(at, 'iss', other.issuer)),
      ],
      ['an invented state', 'rejected', () => begun((at) => changed(at, 'state', 'invented'))],
      [
        'the code of another sign-in',
        'rejected',
        () => begun((at) => changed(at, 'code', ofAttacker.searchParams.get('code') ?? '')),
      ],
    ] as const;
    await tryAll(
      target,
      attempts.map(([what, end, act]) => ({ what, expected: `/app/oidc/${end} undefined`, act })),
    );
  } finally {
    providers = undefined;
    for (const each of [company, other]) await each.close();
  }
}

const CODE_THREAT = 'Stolen passwords';

export const SIGN_IN_ATTACKS: readonly Attack[] = [
  {
    name: 'two-step-guesses',
    about: `${CODES} codes of an app by an attacker with the password, each from another network`,
    threat: CODE_THREAT,
    server: BEHIND_PROXY,
    run: guessCodes(CODES_ALLOWED, () => String(randomInt(1_000_000)).padStart(6, '0')),
  },
  {
    name: 'recovery-code-guesses',
    about: `${CODES} recovery codes in the same way`,
    threat: CODE_THREAT,
    server: BEHIND_PROXY,
    run: guessCodes(RECOVERY_CODES_ALLOWED, () =>
      randomBytes(10)
        .toString('hex')
        .replaceAll(/(.{4})(?=.)/g, '$1-'),
    ),
  },
  {
    name: 'link-guesses',
    about: `${LINKS} links of a confirmation and of a reset each from one network, near the real ones too, which work once`,
    threat: 'Mailed links',
    server: { settings: withMail },
    run: guessLinks,
  },
  {
    name: 'passkey-replay',
    about:
      'An answer, a challenge and a registration of a passkey again, for another site or purpose',
    threat: 'Passkeys',
    server: { settings: { PUBLIC_URL: ORIGIN } },
    run: replayPasskey,
  },
  {
    name: 'session-fixation',
    about: 'A login with the session of the attacker, or an invented one, in the request',
    threat: 'Session fixation and copies of sessions',
    run: fixSession,
  },
  {
    name: 'provider-mix-up',
    about: 'Responses of another browser, provider or sign-in, and used ones',
    threat: 'Sign-in with a provider',
    server: { settings: withProviders },
    run: mixProviders,
  },
].map((attack) => ({ durationMs: 60_000, ...attack }));
