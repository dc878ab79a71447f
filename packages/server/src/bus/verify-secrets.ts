/**
 * Checks that all nodes of a cluster have the same secrets: otherwise the cookies and tokens of one
 * are invalid on the others. Nodes exchange fingerprints of the secrets, never the secrets.
 */
import type { NodesMessage, SecretFingerprints } from '../model/bus-message.ts';
import type { Bus, Unsubscribe } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';

export type SharedSecret = 'SESSION_SECRET' | 'JWT_SECRET';

interface VerifySecretsOptions {
  readonly bus: Bus;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly fingerprints: SecretFingerprints;
  /** Called when a node with another secret is found after the start. */
  readonly onDiffering: (secret: SharedSecret) => void;
}

/** Another node of the cluster has another secret. */
export class SecretsDiffer extends Error {
  override readonly name = 'SecretsDiffer';
  readonly secret: SharedSecret;

  constructor(secret: SharedSecret) {
    super(`${secret} differs from that of another node`);
    this.secret = secret;
  }
}

/** Time that the other nodes have to answer a node that starts. */
const ANSWER_MS = 1000;

/**
 * Resolves when another node has the same secrets, or none answers in time. From then on, the node
 * answers others that start.
 *
 * @throws {SecretsDiffer}
 */
export async function verifySecrets(options: VerifySecretsOptions): Promise<Unsubscribe> {
  const { bus, clock, fingerprints, onDiffering } = options;
  const { promise: answered, resolve, reject } = Promise.withResolvers<void>();
  let onOther = (differing: SharedSecret | undefined): void =>
    differing === undefined ? resolve() : reject(new SecretsDiffer(differing));
  const send = (isQuestion: boolean): void =>
    bus.publish('nodes', 'all', { kind: 'secrets', isQuestion, fingerprints });
  const unsubscribe = await bus.subscribe('nodes', 'all', (message: NodesMessage) => {
    if (message.kind !== 'secrets') return;
    if (message.isQuestion) send(false);
    onOther(findDiffering(fingerprints, message.fingerprints));
  });
  const timer = clock.schedule(ANSWER_MS, resolve);
  if (!bus.isUp) resolve();
  send(true);
  try {
    await answered;
  } catch (error) {
    unsubscribe();
    throw error;
  } finally {
    timer.cancel();
  }
  onOther = (differing) => {
    if (differing !== undefined) onDiffering(differing);
  };
  const forget = bus.onReconnected(() => send(true));
  return () => {
    forget();
    unsubscribe();
  };
}

/** Each node must verify what the other one signs, with the first of its secrets. */
function findDiffering(
  own: SecretFingerprints,
  other: SecretFingerprints,
): SharedSecret | undefined {
  if (!areCompatible(own.session, other.session)) return 'SESSION_SECRET';
  return areCompatible(own.token, other.token) ? undefined : 'JWT_SECRET';
}

function areCompatible(own: readonly string[], other: readonly string[]): boolean {
  const [ownFirst = '', otherFirst = ''] = [own[0], other[0]];
  return own.includes(otherFirst) && other.includes(ownFirst);
}
