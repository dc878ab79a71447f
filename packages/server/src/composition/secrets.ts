/** The secrets that sign cookies and tokens: set, or kept in the data directory. */
import { SecretsDiffer, verifySecrets } from '../bus/verify-secrets.ts';
import { keepSecret } from '../config/data-directory.ts';
import { ConfigError, type Values } from '../config/load-config.ts';
import type { SecretFingerprints } from '../model/bus-message.ts';
import type { Bus } from '../ports/bus.ts';
import type { Logger } from '../ports/logger.ts';
import { systemClock } from '../system/clock.ts';
import { fingerprintOf } from '../system/secret-fingerprint.ts';

export function sessionSecrets(values: Values, directory: string): readonly [string, ...string[]] {
  const [first, ...others] = values.SESSION_SECRET ?? [];
  return first === undefined ? [keepSecret(directory, 'session-secret')] : [first, ...others];
}

export function tokenSecretOf(values: Values, directory: string): string {
  return values.JWT_SECRET ?? keepSecret(directory, 'jwt-secret');
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
    tokenSecret,
    logger,
  }: {
    readonly secrets: readonly string[];
    readonly tokenSecret: string;
    readonly logger: Logger;
  },
): Promise<() => void> {
  const fingerprints: SecretFingerprints = {
    session: await Promise.all(secrets.map((secret) => fingerprintOf(secret, 'cookies'))),
    token: await fingerprintOf(tokenSecret, 'tokens'),
  };
  const onDiffering = (setting: string) => logger.record({ event: 'secrets.differ', setting });
  return verifySecrets({ bus, clock: systemClock, fingerprints, onDiffering }).catch(rejectSecrets);
}

function rejectSecrets(error: unknown): never {
  if (!(error instanceof SecretsDiffer)) throw error;
  throw new ConfigError(
    `${error.secret} differs from that of the other nodes of this cluster: set the same value on all nodes.`,
    { cause: error },
  );
}
