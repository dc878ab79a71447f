import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadConfig, type Sources } from '../../src/config/load-config.ts';
import { describeRole, roleOf } from '../../src/config/role.ts';

function load(over: Partial<Sources> = {}) {
  return loadConfig({ flags: {}, environment: {}, envFile: {}, ...over });
}

const cluster = {
  REDIS_URL: 'redis://localhost',
  DATABASE_URL: 'postgres://localhost/parley',
};

describe('loadConfig', () => {
  test('uses the default of a setting that has no value', () => {
    const { values, origins } = load();

    assert.equal(values.PORT, 8080);
    assert.equal(values.HOST, '127.0.0.1');
    assert.equal(values.SESSION_SECRET, undefined);
    assert.equal(origins.PORT, 'default');
  });

  test('prefers a flag to the environment, and the environment to a file', () => {
    const file = { envFile: { PORT: '1', HOST: '::1', LOG_LEVEL: 'warn' } };
    const { values, origins } = load({
      ...file,
      environment: { PORT: '2', HOST: '127.0.0.2' },
      flags: { PORT: '3' },
    });

    assert.deepEqual([values.PORT, values.HOST, values.LOG_LEVEL], [3, '127.0.0.2', 'warn']);
    assert.deepEqual(
      [origins.PORT, origins.HOST, origins.LOG_LEVEL],
      ['flag', 'environment', '.env'],
    );
  });

  test('reads the languages of the search: English, others, or none', () => {
    const languagesOf = (environment: Readonly<Record<string, string>>) =>
      load({ environment }).values.SEARCH_LANGUAGES;

    assert.deepEqual(languagesOf({}), ['en']);
    assert.deepEqual(languagesOf({ SEARCH_LANGUAGES: 'en, de' }), ['en', 'de']);
    assert.deepEqual(languagesOf({ SEARCH_LANGUAGES: 'none' }), []);
  });

  test('treats an empty value as not set', () => {
    assert.equal(load({ environment: { PORT: '' } }).values.PORT, 8080);
  });

  test('reads lists', () => {
    const { values } = load({
      environment: {
        CORS_ORIGINS: 'https://a.example, https://b.example',
        TRUST_PROXY: '10.0.0.0/8,::1',
        SESSION_SECRET: 'a secret of some length,another secret of it',
      },
    });

    assert.deepEqual(values.CORS_ORIGINS, ['https://a.example', 'https://b.example']);
    assert.deepEqual(values.TRUST_PROXY, ['10.0.0.0/8', '::1']);
    assert.equal(values.SESSION_SECRET?.length, 2);
  });

  test('reads origins and host names in the form in which browsers send them', () => {
    const { values } = load({
      environment: {
        CORS_ORIGINS: 'HTTPS://A.example:443,http://a.example:80,https://bücher.example:8443',
        ALLOWED_HOSTS: 'Chat.Example.org,bücher.example',
      },
    });

    assert.deepEqual(values.CORS_ORIGINS, [
      'https://a.example',
      'http://a.example',
      'https://xn--bcher-kva.example:8443',
    ]);
    assert.deepEqual(values.ALLOWED_HOSTS, ['chat.example.org', 'xn--bcher-kva.example']);
  });

  test('treats a list without items as not set, and uses the next source or the default', () => {
    for (const nothing of [',', ' ', ' , ,']) {
      const names = ['SESSION_SECRET', 'CORS_ORIGINS', 'TRUST_PROXY', 'JWT_ALGORITHMS'];
      const { values, origins } = load({
        environment: Object.fromEntries(names.map((name) => [name, nothing])),
        envFile: { CORS_ORIGINS: 'https://a.example' },
      });

      assert.equal(values.SESSION_SECRET, undefined);
      assert.deepEqual(values.CORS_ORIGINS, ['https://a.example']);
      assert.deepEqual(values.TRUST_PROXY, []);
      assert.deepEqual(values.JWT_ALGORITHMS, ['RS256', 'ES256', 'EdDSA']);
      assert.equal(origins.TRUST_PROXY, 'default');
    }
  });

  test('accepts a Redis on this machine, with a password and TLS, or if the operator allows it', () => {
    for (const environment of [
      { REDIS_URL: 'redis://127.0.0.1:6379,redis://[::1]:6379,redis://localhost' },
      { REDIS_URL: 'rediss://:password@redis.example.org' },
      { REDIS_URL: 'redis://redis.example.org', REDIS_INSECURE: 'allow' },
    ]) {
      load({ environment });
    }
  });

  test('a server with Redis and PostgreSQL is a node, unless BUS says otherwise', () => {
    const secrets = { SESSION_SECRET: 's'.repeat(16), JWT_SECRET: 'j'.repeat(32) };
    const roleWith = (environment: Record<string, string>) => roleOf(load({ environment }).values);

    assert.equal(roleWith({ ...cluster, ...secrets }), 'node');
    assert.equal(roleWith({ ...cluster, ...secrets, BUS: 'redis' }), 'node');
    assert.equal(roleWith({ ...cluster, BUS: 'memory' }), 'single');
    assert.equal(roleWith({ REDIS_URL: 'redis://localhost' }), 'single');
    assert.equal(roleWith({}), 'single');
  });

  test('the description of the role names the number of worker processes', () => {
    const described = (environment: Record<string, string>) =>
      describeRole(load({ environment }).values);

    assert.equal(described({}), 'single server');
    assert.equal(described({ WORKERS: '3' }), 'single server, 3 worker processes');
  });

  const wrong: readonly [environment: Record<string, string>, line: RegExp][] = [
    [{ PORT: 'http' }, /^PORT is 'http', which is not a whole number from 0 to 65535\.$/],
    [{ PORT: '65536' }, /^PORT is '65536'/],
    [{ PORT: '-1' }, /^PORT/],
    [{ PORT: '1e3' }, /^PORT/],
    [{ WORKERS: '0' }, /^WORKERS is '0', which is not a whole number from 1 to 64\.$/],
    [{ WORKERS: 'x' }, /^WORKERS is 'x'/],
    [{ WORKERS: '1000' }, /^WORKERS is '1000'/],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL is 'loud', which is not one of error, warn/],
    [{ DATABASE_URL: 'mysql://x' }, /^DATABASE_URL/],
    [{ TRUST_PROXY: '10.0.0.0/99' }, /^TRUST_PROXY/],
    [{ CORS_ORIGINS: 'https://a.example/path' }, /^CORS_ORIGINS/],
    [{ CORS_ORIGINS: 'https://*.example' }, /^CORS_ORIGINS/],
    [{ CORS_ORIGINS: 'https://' }, /^CORS_ORIGINS/],
    [{ ALLOWED_HOSTS: '*.example' }, /^ALLOWED_HOSTS/],
    [{ JWKS_URL: 'https://user@login.example/jwks.json' }, /^JWKS_URL/],
    [{ JWKS_URL: 'https://?' }, /^JWKS_URL/],
    [{ HEARTBEAT_TIMEOUT_MS: '25000' }, /^HEARTBEAT_TIMEOUT_MS is 25000, .*HEARTBEAT_INTERVAL_MS/],
    [{ NODE_ENV: 'production' }, /^SESSION_SECRET is missing/],
    [{ NODE_ENV: 'production', SESSION_SECRET: ' , ' }, /^SESSION_SECRET is missing/],
    [
      { SESSION_STORE: 'redis', REDIS_URL: 'redis://localhost', SESSION_SECRET: ',' },
      /^SESSION_SECRET is missing/,
    ],
    [cluster, /^SESSION_SECRET is missing: .*node of a cluster.* BUS=memory/],
    [{ ...cluster, SESSION_SECRET: 's'.repeat(16) }, /^JWT_SECRET is missing/],
    [
      { REDIS_URL: 'redis://redis.example.org' },
      /^REDIS_URL names redis\.example\.org without a password and TLS/,
    ],
    [{ REDIS_URL: 'rediss://10.0.0.7:6379' }, /^REDIS_URL names 10\.0\.0\.7 without a password: /],
    [
      { REDIS_URL: 'redis://:pass@10.0.0.7:6379' },
      /^REDIS_URL names 10\.0\.0\.7 without TLS \(rediss/,
    ],
    [
      { REDIS_URL: 'redis://127.0.0.1,redis://:pass@[2001:db8::1]' },
      /^REDIS_URL names \[2001:db8::1\] without TLS/,
    ],
    [{ REGISTRATION_EMAIL_DOMAINS: 'example.org' }, /^SMTP_URL is missing/],
    [
      { UNITS: 'mail, posts' },
      /^UNITS is 'mail, posts', which is not all, none, or one of search, mail,/,
    ],
    [
      { SEARCH_LANGUAGES: 'en,xx' },
      /^SEARCH_LANGUAGES is 'en,xx', which is not none, or one of da, de, el,/,
    ],
    [{ UNITS: 'mail' }, /^UNITS leaves units out, which only a node of a cluster may do: /],
    [{ BUS: 'redis' }, /^REDIS_URL is missing: BUS=redis requires it\.$/],
    [{ BUS: 'redis', REDIS_URL: 'redis://localhost' }, /^a PostgreSQL DATABASE_URL is missing/],
  ];
  const misspelled: readonly [given: string, setting: string | undefined][] = [
    ['REGISTRATON', 'REGISTRATION'],
    ['RETENTION_DAY', 'RETENTION_DAYS'],
    ['REGISTRATION_', 'REGISTRATION'],
    ['PROT', 'PORT'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['port', 'PORT'],
    ['data-dir', 'DATA_DIR'],
    ['PARLEY_PORT', 'PORT'],
    ['HEARTBEAT_INTERVAL', 'HEARTBEAT_INTERVAL_MS'],
    ['TLS_CERT', 'TLS_CERT_FILE'],
    ['MAX_CONECTIONS_PER_ADRESS', 'MAX_CONNECTIONS_PER_ADDRESS'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['MAX_CONNECTIONS', undefined],
    ['HOME', undefined],
    ['PATH', undefined],
    ['HOSTNAME', undefined],
    ['NODE_OPTIONS', undefined],
    ['NODE_EXTRA_CA_CERTS', undefined],
    ['MALLOC_MMAP_THRESHOLD_', undefined],
    ['npm_config_cache', undefined],
    ['POSTGRES_PASSWORD', undefined],
    ['TERM', undefined],
    ['LANG', undefined],
    ['SHLVL', undefined],
    ['SSL_CERT_FILE', undefined],
    ['SSL_CERT_DIR', undefined],
    ['NODE_TLS_REJECT_UNAUTHORIZED', undefined],
    ['REQUESTS_CA_BUNDLE', undefined],
    ['KUBERNETES_SERVICE_PORT', undefined],
  ];
  for (const [name, setting] of misspelled) {
    test(`${name} ${setting ? `stops the start and names ${setting}` : 'is not taken for a setting'}`, () => {
      for (const source of ['environment', 'envFile'] as const) {
        const loading = () => load({ [source]: { [name]: '7' } });
        if (setting === undefined) loading();
        else
          assert.throws(loading, {
            name: 'ConfigError',
            message: `${source === 'envFile' ? "'.env'" : 'The environment'} has ${name}, which is not a setting: use ${setting}.`,
          });
      }
    });
  }

  for (const [environment, line] of wrong) {
    test(`rejects ${JSON.stringify(environment)} in one line`, () => {
      assert.throws(() => load({ environment }), { name: 'ConfigError', message: line });
    });
  }

  test('never shows a secret, not even an invalid one', () => {
    assert.throws(
      () => load({ environment: { SESSION_SECRET: 'short' } }),
      (error: Error) =>
        !error.message.includes('short') && error.message.includes('SESSION_SECRET'),
    );
  });

  for (const [name, value] of [
    ['DATABASE_URL', 'parley:hidden@db.example/parley'],
    ['DATABASE_URL', '//parley:hidden@db.example/parley'],
    ['DATABASE_URL', 'postgres//parley:hidden@db.example/parley'],
    ['DATABASE_URL', 'postgres:///parley:hidden@db.example?sslmode=x'],
    ['DATABASE_URL', 'postgres://parley:/hidden@db.example?sslmode=x'],
    ['DATABASE_URL', 'postgres:/parley:hidden@db.example?sslmode=x'],
    ['DATABASE_URL', 'postgres://db.example/parley?sslpassword=hidden&sslmode=x'],
    ['REDIS_URL', ':hidden@redis.example'],
    ['CASSANDRA_URL', 'cassandra://parley:hid@den@c.example/parley'],
    ['AI_BASE_URL', 'https://user:hidden@api.example/v1'],
    ['JWKS_URL', 'https://user:hidden@login.example/jwks.json'],
  ] as const) {
    test(`never shows the password of ${name} ${value}`, () => {
      assert.throws(
        () => load({ environment: { [name]: value } }),
        ({ message }: Error) => message.startsWith(`${name} is`) && !/hid|den/.test(message),
      );
    });
  }
});
