/** `parley unit`: runs units beside the servers of a cluster until a signal stops them or an error ends it. */
import { type Config, ConfigError } from '../config/load-config.ts';
import { roleOf } from '../config/role.ts';
import { SETTINGS } from '../config/settings.ts';
import { ignoreOutputErrors } from '../ops/stdout-stream.ts';
import { startUnits } from '../unit.ts';
import { ServerLifecycle } from './server-lifecycle.ts';
import { version } from './version.ts';

export async function runUnits({ values }: Config, { name }: { name: string }): Promise<void> {
  const { kind } = SETTINGS.UNITS;
  const units = kind.parse(name);
  if (units === undefined || units.length === 0) {
    throw new ConfigError(`'${name}' is not ${kind.allowed.replace('none, ', '')}.`);
  }
  if (roleOf(values) !== 'node') {
    throw new ConfigError(
      'Units run beside the nodes of a cluster: set REDIS_URL and a PostgreSQL DATABASE_URL. A single server runs them itself.',
    );
  }
  ignoreOutputErrors();
  const lifecycle = new ServerLifecycle();
  process.on('SIGINT', () => lifecycle.end('SIGINT', 0));
  process.on('SIGTERM', () => lifecycle.end('SIGTERM', 0));
  const running = await startUnits({ values: { ...values, UNITS: units }, version, webRoot: '' });
  lifecycle.begin(running);
  console.error(
    `Parley ${version}: units ${units.join(', ')} are ready (${running.store.description})`,
  );
}
