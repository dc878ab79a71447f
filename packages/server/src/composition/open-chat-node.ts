/** Opens the store, the bus and the domain over them: what serves clients, and what runs units beside them. */

import { ConfigError, type Values } from '../config/load-config.ts';
import { isForThisMachineOnly, roleOf } from '../config/role.ts';
import type { Chat } from '../domain/chat.ts';
import { ClockWatch } from '../ops/clock-watch.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { argon2PasswordHash } from '../system/argon2-password-hash.ts';
import { systemClock } from '../system/clock.ts';
import { sealerOf } from '../system/sealer.ts';
import { totpKeys } from '../system/totp-keys.ts';
import { composeChat, openAccessTokens, openExternalSessionStore } from './compose-chat.ts';
import { firstOwnerOptions } from './first-owner.ts';
import { openFileStorage, openPartialFiles } from './open-file-storage.ts';
import { openNode } from './open-node.ts';
import { type Secrets, sessionSecrets, tokenSecrets, verifyClusterSecrets } from './secrets.ts';
import type { ServerOptions, Undo } from './server-options.ts';

export async function openChatNode(
  options: ServerOptions,
  context: {
    readonly directory: string;
    readonly logger: Logger;
    readonly metrics: Pick<Metrics, 'measure' | 'noteDroppedMessage'>;
    readonly undo: Undo;
  },
): Promise<{
  readonly store: Store;
  readonly chat: Chat;
  readonly secrets: Secrets;
  readonly clockWatch: ClockWatch;
}> {
  const { values } = options;
  const { directory, logger, metrics, undo } = context;
  const { store, bus, tokenLeases } = await openNode(options, context);
  await requireNoDemo(values, store);
  const clockWatch = new ClockWatch({ clock: systemClock, logger, readStoreMs: store.readClockMs });
  undo(() => clockWatch.close());
  void clockWatch.begin();
  const secrets = sessionSecrets(values, directory);
  const ofTokens = tokenSecrets(values, directory);
  if (options.node !== undefined || roleOf(values) === 'node') {
    undo(await verifyClusterSecrets(bus, { secrets, ofTokens, logger }));
  }
  const fileStorage = await openFileStorage(values, directory, logger);
  undo(() => fileStorage.close());
  const chat = composeChat(values, {
    fileStorage,
    partialFiles: openPartialFiles(values, directory),
    store: { ...store, log: metrics.measure(store.log) },
    bus,
    tokenLeases,
    passwords: options.passwords ?? argon2PasswordHash,
    logger,
    accessTokens: openAccessTokens(values, ofTokens),
    totpKeys: totpKeys(secrets),
    challengeSealer: sealerOf(secrets, 'parley passkeys'),
    cursorSealer: sealerOf(secrets, 'parley cursors'),
    firstOwner: firstOwnerOptions(values, secrets),
    externalSessionStore: await openExternalSessionStore(values, logger, undo),
  });
  undo(() => chat.close());
  await chat.begin();
  return { store, chat, secrets, clockWatch };
}

/** @throws {ConfigError} if others can reach accounts whose password all users of the demo know. */
async function requireNoDemo(values: Values, { accounts }: Pick<Store, 'accounts'>): Promise<void> {
  if (isForThisMachineOnly(values) || (await accounts.findDemo()) === undefined) return;
  throw new ConfigError(
    "The accounts of --demo have one password: only this machine may reach them. 'parley users lock-demo' gives each a password that nobody knows; or use another DATA_DIR, or a HOST that is loopback without TRUST_PROXY, ALLOWED_HOSTS and PUBLIC_URL.",
  );
}
