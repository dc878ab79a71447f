/**
 * Deletes accounts whose e-mail address was to be confirmed and never was: they would keep their usernames
 * for ever. At the start, and every hour; every node does.
 */
import { ChatError, type UserId } from '@parley/protocol';
import { SERVER } from '../../model/audit.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { RemovalStore } from '../../ports/removal-store.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, type Run, repeated } from '../primitives/repeated.ts';
import { deleteAccount } from './delete-account.ts';

/** Time after the registration in which the address can be confirmed. */
export const CONFIRMATION_MS = 7 * 24 * 60 * 60 * 1000;
const SWEEP_MS = 60 * 60 * 1000;
/** Accounts that are read at once. */
const PAGE_LENGTH = 100;
/** Between two deletions, which lock the audit log. */
const PAUSE_MS = 100;

interface UnconfirmedAccountsDependencies {
  readonly removals: Pick<RemovalStore, 'deleteAccount' | 'listExpiredAccounts'>;
  readonly secrets: Pick<Crypto, 'newId'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
}

export function deleteUnconfirmedAccounts(dependencies: UnconfirmedAccountsDependencies): Repeated {
  return repeated(dependencies, SWEEP_MS, (run) => sweep(dependencies, run));
}

async function sweep(dependencies: UnconfirmedAccountsDependencies, run: Run): Promise<void> {
  const { removals, clock } = dependencies;
  let after: UserId | undefined;
  do {
    const nowMs = clock.nowMs();
    const expiry = { createdBeforeMs: nowMs - CONFIRMATION_MS, nowMs };
    const ids = await removals.listExpiredAccounts(expiry, after, PAGE_LENGTH);
    for (const id of ids) {
      if (run.isClosed) return;
      const by = { actor: SERVER, address: '', atMs: nowMs } as const;
      try {
        // Such an account has no connections: they are rejected until the address is confirmed.
        await deleteAccount(dependencies, { id }, 'keep', by, expiry);
      } catch (error) {
        // Another node was first, or the address was confirmed just now.
        if (!(error instanceof ChatError)) throw error;
      }
      await run.pause(PAUSE_MS);
    }
    after = ids.length < PAGE_LENGTH ? undefined : ids.at(-1);
  } while (after !== undefined);
}
