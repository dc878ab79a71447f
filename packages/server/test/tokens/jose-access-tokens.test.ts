/**
 * Tokens of another application whose keys are fetched: real keys of each kind, and a key server
 * that changes and fails. Also Parley's own tokens.
 */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { exportJWK, SignJWT } from 'jose';
import { EXTERNAL_ALGORITHMS, joseAccessTokens } from '../../src/tokens/jose-access-tokens.ts';

/** Verifies to undefined where the reason of a refusal is not the subject. */
function openTokens(options: Parameters<typeof joseAccessTokens>[0]) {
  const tokens = joseAccessTokens(options);
  const verify = async (token: string) => {
    const verified = await tokens.verify(token);
    return verified.kind === 'refused' ? undefined : verified;
  };
  return { issue: tokens.issue, verify };
}

type Algorithm = (typeof EXTERNAL_ALGORITHMS)[number];

const ISSUER = 'https://app.example.org';
const AUDIENCE = 'chat';
/** Milliseconds until keys are fetched again for a token that matches none of them. */
const COOLDOWN_MS = 30_000;

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const makers: Readonly<Record<Algorithm, () => Pair>> = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

async function publish(kid: string, alg: string, { publicKey }: Pair): Promise<object> {
  return { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
}

function sign(kid: string | undefined, alg: string, key: KeyObject, over = {}): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 600;
  return new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'u-1', exp, ...over })
    .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
    .sign(key);
}

/** Serves what a test sets, and counts the requests. */
class KeyServer {
  keys: object[] = [];
  answer: { readonly status: number; readonly text: string } | undefined;
  fetches = 0;
  readonly #server = createServer((_request, response) => {
    this.fetches += 1;
    const { status, text } = this.answer ?? {
      status: 200,
      text: JSON.stringify({ keys: this.keys }),
    };
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  });

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks.json`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

describe('tokens verified by a key server', () => {
  let server: KeyServer;
  let tokensBy: (algorithms?: readonly Algorithm[]) => ReturnType<typeof openTokens>;
  beforeEach(async () => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    server = new KeyServer();
    const url = await server.open();
    tokensBy = (algorithms = EXTERNAL_ALGORITHMS) =>
      openTokens({
        secrets: ['a secret of at least thirty-two characters'],
        external: { issuer: ISSUER, audience: AUDIENCE, algorithms, key: { kind: 'jwks', url } },
      });
  });
  afterEach(async () => {
    mock.timers.reset();
    await server.close();
  });

  test('are accepted with each kind of key, with one fetch for all', async () => {
    const pairs = EXTERNAL_ALGORITHMS.map((alg) => [alg, makers[alg]()] as const);
    server.keys = await Promise.all(pairs.map(([alg, pair]) => publish(alg, alg, pair)));
    const tokens = tokensBy();

    for (const [alg, { privateKey }] of pairs) {
      const claims = await tokens.verify(await sign(alg, alg, privateKey));
      assert.deepEqual(
        claims && 'subject' in claims && [claims.issuer, claims.subject],
        [ISSUER, 'u-1'],
        alg,
      );
    }
    assert.equal(server.fetches, 1);
  });

  test('are rejected if their end is absent or absurdly late', async () => {
    const pair = makers.ES256();
    server.keys = [await publish('key', 'ES256', pair)];
    const tokens = tokensBy();
    const nowSeconds = Date.now() / 1000;
    const year = 365 * 24 * 60 * 60;
    const cases: readonly (readonly [exp: unknown, isAccepted: boolean])[] = [
      [Math.floor(nowSeconds) + 60, true],
      [nowSeconds + 0.5 * year, true],
      [Math.floor(nowSeconds) + 100 * year, false],
      ...[1e300, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE].map((exp) => [exp, false] as const),
      ...[Date.now() + 60_000, -1, 0, -1e300].map((exp) => [exp, false] as const),
      ...['1e300', null, [], '2100-01-01', true, undefined].map((exp) => [exp, false] as const),
    ];
    for (const [exp, isAccepted] of cases) {
      const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'u-1', exp } as never;
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'key' })
        .sign(pair.privateKey);
      const found = await tokens.verify(token);
      assert.equal(found !== undefined, isAccepted, String(exp));
    }
  });

  test('without a key id are accepted if any of several keys of their kind fits', async () => {
    const [first, second, stranger] = [makers.ES256(), makers.ES256(), makers.ES256()];
    server.keys = [
      await publish('first', 'ES256', first),
      await publish('second', 'ES256', second),
    ];
    const tokens = tokensBy();
    const verify = async ({ privateKey }: Pair, over = {}) =>
      (await tokens.verify(await sign(undefined, 'ES256', privateKey, over)))?.kind;

    assert.equal(await verify(first), 'external');
    assert.equal(await verify(second), 'external');
    assert.equal(await verify(stranger), undefined);
    assert.equal(await verify(second, { aud: 'another' }), undefined);
  });

  test('are rejected if the algorithm is not on the list', async () => {
    const pair = makers.RS256();
    server.keys = [await publish('a', 'RS256', pair)];

    assert.equal(
      await tokensBy(['ES256']).verify(await sign('a', 'RS256', pair.privateKey)),
      undefined,
    );
  });

  test('follow a change of keys; tokens signed by the old one are rejected', async () => {
    const [first, second] = [makers.ES256(), makers.ES256()];
    const tokens = tokensBy();
    server.keys = [await publish('first', 'ES256', first)];
    const [old, fresh] = [
      await sign('first', 'ES256', first.privateKey),
      await sign('second', 'ES256', second.privateKey),
    ];
    assert.notEqual(await tokens.verify(old), undefined);

    server.keys = [await publish('second', 'ES256', second)];
    mock.timers.tick(COOLDOWN_MS + 1);

    assert.notEqual(await tokens.verify(fresh), undefined);
    assert.equal(await tokens.verify(old), undefined);
    assert.equal(server.fetches, 2);
  });

  test('of unknown keys are rejected, with at most one fetch in half a minute', async () => {
    const [known, unknown] = [makers.EdDSA(), makers.EdDSA()];
    server.keys = [await publish('known', 'EdDSA', known)];
    const tokens = tokensBy();

    for (let n = 0; n < 20; n += 1) {
      assert.equal(
        await tokens.verify(await sign(`k${n}`, 'EdDSA', unknown.privateKey)),
        undefined,
      );
      assert.equal(
        await tokens.verify(await sign('known', 'EdDSA', unknown.privateKey)),
        undefined,
      );
    }

    assert.notEqual(await tokens.verify(await sign('known', 'EdDSA', known.privateKey)), undefined);
    assert.equal(server.fetches <= 2, true);
  });

  test('are neither accepted nor rejected while the keys cannot be fetched', async () => {
    const pair = makers.RS256();
    const token = await sign('a', 'RS256', pair.privateKey);
    server.keys = [await publish('a', 'RS256', pair)];
    for (const answer of [
      { status: 500, text: '' },
      { status: 404, text: '{}' },
      { status: 200, text: '<html>' },
      { status: 200, text: '{"keys":7}' },
    ]) {
      server.answer = answer;
      await assert.rejects(tokensBy().verify(token), JSON.stringify(answer));
    }

    server.answer = undefined;
    const tokens = tokensBy();
    assert.notEqual(await tokens.verify(token), undefined);
    await server.close();

    assert.notEqual(await tokens.verify(token), undefined); // Known keys are cached for a while.
    await assert.rejects(tokensBy().verify(token));
  });

  test('are rejected if one kind of key is presented as another', async () => {
    const [rsa, ec] = [makers.RS256(), makers.ES256()];
    server.keys = [await publish('rsa', 'RS256', rsa), await publish('ec', 'ES256', ec)];
    const tokens = tokensBy();
    const good = await sign('rsa', 'RS256', rsa.privateKey);
    const [, payload = ''] = good.split('.');
    const head = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url');
    const hmac = (header: object, secret: string | Buffer) => {
      const text = `${head(header)}.${payload}`;
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    };
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
    const der = rsa.publicKey.export({ type: 'spki', format: 'der' });
    assert.notEqual(await tokens.verify(good), undefined);

    const forged: Record<string, string> = {
      'HS256 by the public key': hmac({ alg: 'HS256', kid: 'rsa' }, pem),
      'HS256 by its bytes': hmac({ alg: 'HS256', kid: 'rsa' }, der),
      'HS256 by what the key server publishes': hmac(
        { alg: 'HS256', kid: 'rsa' },
        JSON.stringify(server.keys[0]),
      ),
      'RS256 that is an HMAC': hmac({ alg: 'RS256', kid: 'rsa' }, pem),
      none: `${head({ alg: 'none', kid: 'rsa' })}.${payload}.`,
      'RS256 by the name of the other key': await sign('ec', 'RS256', rsa.privateKey),
      'ES256 by the name of the other key': await sign('rsa', 'ES256', ec.privateKey),
      'a key that the token brings along': await new SignJWT({
        iss: ISSUER,
        aud: AUDIENCE,
        sub: 'u-1',
      })
        .setExpirationTime('10m')
        .setProtectedHeader({
          alg: 'ES256',
          kid: 'own',
          jwk: (await exportJWK(makers.ES256().publicKey)) as never,
        })
        .sign(makers.ES256().privateKey),
    };
    for (const [name, token] of Object.entries(forged)) {
      assert.equal(await tokens.verify(token), undefined, name);
    }
  });
});

describe("Parley's own tokens", () => {
  const SECRET = 'a secret of at least thirty-two characters';
  const tokens = openTokens({ secrets: [SECRET], external: undefined });
  const others = openTokens({ secrets: [SECRET.toUpperCase()], external: undefined });
  const inAMinute = () => Date.now() + 60_000;
  const payloadOf = (token: string): { readonly sid: string } =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const signWith = (sid: unknown, audience = 'parley:connect') =>
    new SignJWT({ sid })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('parley')
      .setAudience(audience)
      .setExpirationTime('1m')
      .sign(Buffer.from(SECRET));

  test('identify a session with any key, without revealing it', async () => {
    for (const key of ['a', 'platform ["id","ü🙂"]', 'k'.repeat(1024)]) {
      const token = await tokens.issue({ sessionKey: key, purpose: 'connect' }, inAMinute());

      const claims = { kind: 'own', purpose: 'connect', sessionKey: key };
      assert.deepEqual(await tokens.verify(token), claims);
      const { sid } = payloadOf(token);
      const sealed = sid.split('.').map((part) => Buffer.from(part, 'base64url').toString());
      assert.ok(key.length === 1 || ![sid, ...sealed].join('').includes(key));
      // Two tokens of one session cannot be recognized as such.
      assert.notEqual(
        payloadOf(await tokens.issue({ sessionKey: key, purpose: 'connect' }, inAMinute())).sid,
        sid,
      );
    }
  });

  test('are valid while their secret is on the list, and signed with the first', async () => {
    const signedBy = (...secrets: [string, ...string[]]) =>
      openTokens({ secrets, external: undefined });
    const newest = 'n'.repeat(32);
    const both = signedBy(SECRET, newest);
    const token = await tokens.issue({ sessionKey: 'key', purpose: 'connect' }, inAMinute());

    assert.deepEqual(await signedBy(newest, SECRET).verify(token), {
      kind: 'own',
      purpose: 'connect',
      sessionKey: 'key',
    });
    assert.equal(await signedBy(newest).verify(token), undefined);
    assert.notEqual(
      await tokens.verify(await both.issue({ sessionKey: 'key', purpose: 'connect' }, inAMinute())),
      undefined,
    );
    assert.notEqual(
      await both.verify(
        await signedBy(newest, SECRET).issue(
          { sessionKey: 'key', purpose: 'connect' },
          inAMinute(),
        ),
      ),
      undefined,
    );
  });

  test('are rejected if another server issued them or their session key', async () => {
    const foreign = await others.issue({ sessionKey: 'key', purpose: 'connect' }, inAMinute());
    const { sid } = payloadOf(
      await tokens.issue({ sessionKey: 'key', purpose: 'connect' }, inAMinute()),
    );

    assert.equal(await tokens.verify(foreign), undefined);
    assert.notEqual(await tokens.verify(await signWith(sid)), undefined);
    for (const audience of ['parley', 'parley:', 'parley:admin', '']) {
      assert.equal(await tokens.verify(await signWith(sid, audience)), undefined, audience);
    }
    const ticket = await tokens.issue({ sessionKey: 'key', purpose: 'ticket' }, inAMinute());
    assert.deepEqual(await tokens.verify(ticket), {
      kind: 'own',
      purpose: 'ticket',
      sessionKey: 'key',
    });
    for (const wrong of ['key', '', 7, payloadOf(foreign).sid, `${sid}A`, sid.slice(1)]) {
      assert.equal(await tokens.verify(await signWith(wrong)), undefined, String(wrong));
    }
  });
});
