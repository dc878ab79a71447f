/**
 * Finds or installs what the tests need on the machine, and passes it to them in
 * environment variables. If something is unavailable, a test that needs it is
 * skipped with the reason, and fails if `CI` is set.
 */
import { buildWebClient } from './build-web.ts';
import { findOrInstallChromium } from './chromium.ts';
import { findOrStartPostgres } from './postgres.ts';
import { type FoundProxy, findOrUnpackProxy, proxyLibraries } from './proxies.ts';
import { findOrInstallRedis } from './redis.ts';

export async function prepareForTests(): Promise<Record<string, string>> {
  if (!(await buildWebClient())) throw new Error('The browser tests need the built web client');
  const chromium = await findOrInstallChromium();
  const redis = await findOrInstallRedis();
  const postgres = await findOrStartPostgres();
  return {
    PARLEY_TEST_PROXY_LIBRARIES: proxyLibraries(),
    ...proxyVariables('NGINX', await findOrUnpackProxy('nginx')),
    ...proxyVariables('HAPROXY', await findOrUnpackProxy('haproxy')),
    ...(chromium.kind === 'found'
      ? { PARLEY_TEST_CHROMIUM: chromium.path }
      : { PARLEY_TEST_CHROMIUM_MISSING: chromium.reason }),
    ...(postgres.kind === 'found'
      ? { PARLEY_TEST_POSTGRES: postgres.url }
      : { PARLEY_TEST_POSTGRES_MISSING: postgres.reason }),
    ...(redis.kind === 'found'
      ? { PARLEY_TEST_REDIS: redis.path }
      : { PARLEY_TEST_REDIS_MISSING: redis.reason }),
  };
}

function proxyVariables(name: 'NGINX' | 'HAPROXY', proxy: FoundProxy): Record<string, string> {
  return proxy.kind === 'found'
    ? { [`PARLEY_TEST_${name}`]: proxy.path }
    : { [`PARLEY_TEST_${name}_MISSING`]: proxy.reason };
}
