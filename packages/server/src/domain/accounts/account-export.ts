/** Exports of the data of a user: profile, sessions, memberships, and the user's messages in these rooms. */

import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import type { Message } from '../../model/message.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { byOf } from '../core/act.ts';
import { unavailable } from '../errors.ts';
import { rejectWait } from '../primitives/rate-limiter.ts';
import { requireFullSession } from './full-session.ts';

/** An export reads whole rooms. */
const EXPORTS = { attemptsMax: 5, windowMs: 24 * 60 * 60 * 1000 };
/** Exports of all users at once, on this node. */
const AT_ONCE_MAX = 4;
const SESSIONS_MAX = 1000;
const ROOMS_MAX = 10_000;
/** Messages in one read. */
const MESSAGES_PAGE = 200;

/** A file of an export, in pieces as they are read. */
interface ExportedFile {
  readonly name: string;
  readonly pieces: AsyncIterable<string>;
}

interface AccountExportDependencies {
  readonly store: Pick<Store, 'accounts' | 'audit' | 'sessions' | 'rooms' | 'log'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export class AccountExport {
  readonly #dependencies: AccountExportDependencies;
  readonly #running = new Set<UserId>();

  constructor(dependencies: AccountExportDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Records the export, and returns its files in their order: read each to its end before the next.
   *
   * @throws {ChatError} FORBIDDEN for a token that is only for connections; CONFLICT while another
   *   export of the user runs; RATE_LIMITED, UNAVAILABLE.
   */
  async begin(identity: Identity): Promise<AsyncGenerator<ExportedFile>> {
    requireFullSession(identity);
    const { user } = identity;
    this.#requirePlace(user.id);
    const { store, clock } = this.#dependencies;
    const limits = [{ key: `export ${user.id}`, ...EXPORTS }];
    rejectWait(await store.accounts.countAttempt(limits, clock.nowMs()));
    const by = byOf(identity.user, clock);
    await store.audit.noteAct({ ...by, action: 'user.export', target: user.id }, []);
    return this.#files(user);
  }

  #requirePlace(userId: UserId): void {
    if (this.#running.has(userId)) {
      throw new ChatError('CONFLICT', { message: 'Another export of your data is running' });
    }
    if (this.#running.size >= AT_ONCE_MAX) throw unavailable();
  }

  async *#files(user: User): AsyncGenerator<ExportedFile> {
    // Here: an answer that no client reads never begins.
    this.#requirePlace(user.id);
    this.#running.add(user.id);
    try {
      yield { name: 'profile.json', pieces: once(() => this.#profile(user)) };
      yield { name: 'sessions.json', pieces: once(() => this.#sessions(user)) };
      const { rooms } = this.#dependencies.store;
      const memberships = await rooms.listMemberships(user.id, ROOMS_MAX);
      yield { name: 'rooms.jsonl', pieces: this.#rooms(user, memberships) };
      for (const { roomId } of memberships) {
        yield { name: `messages/${roomId}.jsonl`, pieces: this.#messages(user, roomId) };
      }
    } finally {
      this.#running.delete(user.id);
    }
  }

  async #profile({ id, username, displayName, ...user }: User): Promise<object> {
    const { accounts } = this.#dependencies.store;
    const lastSeenAtMs = await accounts.findLastSeen(id);
    const email = await accounts.findEmail(id);
    const [presence] = await accounts.listChosenPresence([id]);
    return {
      ...{ id, username, displayName, role: user.role, createdAt: timeOf(user.createdAtMs) },
      ...{ email: email?.address, externalId: user.externalId, avatarUrl: user.avatarUrl },
      lastSeenAt: lastSeenAtMs === undefined ? null : timeOf(lastSeenAtMs),
      status: presence?.status,
      statusText: presence?.statusText,
    };
  }

  /** Without their keys and tokens. */
  async #sessions({ id }: User): Promise<object> {
    const { store, clock } = this.#dependencies;
    const page = { nowMs: clock.nowMs(), limit: SESSIONS_MAX };
    const sessions = await store.sessions.listSessions(id, page);
    return sessions.map(({ createdAtMs, lastActivityAtMs, address, userAgent }) => ({
      ...{ createdAt: timeOf(createdAtMs), lastSeenAt: timeOf(lastActivityAtMs) },
      ...{ address, userAgent },
    }));
  }

  async *#rooms(
    { id: userId }: User,
    memberships: readonly { readonly roomId: RoomId }[],
  ): AsyncGenerator<string> {
    const { rooms } = this.#dependencies.store;
    for (const { roomId } of memberships) {
      const found = await rooms.findRoom({ kind: 'id', id: roomId }, userId);
      if (found?.role === undefined) continue;
      const { kind, name, visibility } = found.room;
      yield lineOf({ id: roomId, kind, name, visibility, role: found.role });
    }
  }

  async *#messages({ id: userId }: User, roomId: RoomId): AsyncGenerator<string> {
    const { log } = this.#dependencies.store;
    for (let after = 0; ; ) {
      const page = { roomId, before: undefined, after, limit: MESSAGES_PAGE };
      const { messages, hasMore } = await log.readHistory(page);
      const own = messages.filter((each) => each.userId === userId && !each.isDeleted);
      yield own.map((each) => lineOf(toExported(each))).join('');
      const last = messages.at(-1);
      if (!hasMore || last === undefined) return;
      after = last.sequence;
    }
  }
}

function toExported(message: Message): object {
  const { id, createdAtMs, editedAtMs, content, attachments, reply } = message;
  return {
    ...{ id, createdAt: timeOf(createdAtMs) },
    ...(editedAtMs !== undefined && { editedAt: timeOf(editedAtMs) }),
    content,
    ...(attachments.length > 0 && { attachments }),
    ...(reply !== undefined && { parentMessageId: reply.parentId }),
  };
}

async function* once(read: () => Promise<object>): AsyncGenerator<string> {
  yield `${JSON.stringify(await read(), undefined, 2)}\n`;
}

function lineOf(row: object): string {
  return `${JSON.stringify(row)}\n`;
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
