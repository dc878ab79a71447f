/**
 * Closes the connections of users whose account was disabled or deleted, or has another username, since they
 * connected, and gives those of a user with another role on the server this role: also those that came with a
 * token of another issuer, which is no session here.
 */

import type { UserId } from '@parley/protocol';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import type { UserCache } from '../core/user-cache.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { TtlSet } from '../primitives/ttl-set.ts';
import type { LiveSessions } from './live-sessions.ts';

/** Longer than an upgrade may take, including its store accesses. */
const CHANGED_KEPT_MS = 5 * 60 * 1000;

interface AccountChangesDependencies {
  readonly accounts: Pick<AccountStore, 'listUsers'>;
  readonly users: Pick<UserCache, 'forget'>;
  readonly liveSessions: Pick<LiveSessions, 'followAccount' | 'end'>;
  readonly nodes: Pick<OtherNodes, 'send'>;
  readonly streams: Pick<RoomStreamRegistry, 'forgetAllRecentEvents'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
}

export class AccountChanges {
  readonly #dependencies: AccountChangesDependencies;
  /** A connection that authenticated just before the change may still be opening. */
  readonly #changed: TtlSet;

  constructor(dependencies: AccountChangesDependencies) {
    this.#dependencies = dependencies;
    this.#changed = new TtlSet(dependencies.clock, CHANGED_KEPT_MS);
  }

  /** After a change in the store, with which it has ended these sessions. */
  announce(userId: UserId, endedKeys: readonly string[]): void {
    const { nodes, liveSessions } = this.#dependencies;
    for (const key of endedKeys) liveSessions.end(key, 'ended');
    this.apply(userId);
    const revocation = { kind: 'account', userId } as const;
    nodes.send({ kind: 'revocation', revocation });
  }

  /** The account has changed, here or in another process. May be repeated. */
  apply(userId: UserId): void {
    this.#changed.add(userId);
    this.#dependencies.users.forget(userId);
    this.#dependencies.background.run(this.#check(userId));
  }

  connected({ user }: ChatConnection): void {
    if (!this.#changed.has(user.id)) return;
    this.#dependencies.background.run(this.#check(user.id));
  }

  async #check(userId: UserId): Promise<void> {
    const { accounts, liveSessions, streams } = this.#dependencies;
    // If the store is down, they close: clients whose account is enabled reconnect.
    const found = await accounts.listUsers([userId]).catch(() => []);
    liveSessions.followAccount(userId, found[0]);
    // They may have the former name of the user.
    streams.forgetAllRecentEvents();
  }
}
