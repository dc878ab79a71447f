/** The secrets that sign cookies and tokens: set, or kept in the data directory. */
import { SecretsDiffer, verifySecrets } from '../bus/verify-secrets.ts';
import { keepSecret } from '../config/data-directory.ts';
import { ConfigError, type Values } from '../config/load-config.ts';
import type { SecretFingerprints } from '../model/bus-message.ts';
import type { Bus } from '../ports/bus.ts';
import type { Logger } from '../ports/logger.ts';
import { systemClock } from '../system/clock.ts';
import { fingerprintOf } from '../system/secret-fingerprint.ts';

/** The first one signs, all of them verify. */
export type Secrets = readonly [string, ...string[]];

export function sessionSecrets(values: Values, directory: string): Secrets {
  return orKept(values.SESSION_SECRET, directory, 'session-secret');
}

export function tokenSecrets(values: Values, directory: string): Secrets {
  return orKept(values.JWT_SECRET, directory, 'jwt-secret');
}

function orKept(set: readonly string[] | undefined, directory: string, name: string): Secrets {
  const [first = keepSecret(directory, name), ...others] = set ?? [];
  return [first, ...others];
}

/**
 * Compares the secrets with those of the other nodes.
 *
 * @returns a function that ends the comparison.
 * @throws ConfigError if another node has other secrets.
 */
export async function verifyClusterSecrets(
  bus: Bus,
  {
    secrets,
    ofTokens,
    logger,
  }: {
    readonly secrets: Secrets;
    readonly ofTokens: Secrets;
    readonly logger: Logger;
  },
): Promise<() => void> {
  const fingerprints: SecretFingerprints = {
    session: await Promise.all(secrets.map((secret) => fingerprintOf(secret, 'cookies'))),
    token: await Promise.all(ofTokens.map((secret) => fingerprintOf(secret, 'tokens'))),
  };
  const onDiffering = (setting: string) => logger.record({ event: 'secrets.differ', setting });
  return verifySecrets({ bus, clock: systemClock, fingerprints, onDiffering }).catch(rejectSecrets);
}

function rejectSecrets(error: unknown): never {
  if (!(error instanceof SecretsDiffer)) throw error;
  throw new ConfigError(
    `${error.secret} differs from that of the other nodes of this cluster: set the same value on all nodes. To replace a secret, first add the new one after a comma on all nodes; then put it first on all nodes.`,
    { cause: error },
  );
}
