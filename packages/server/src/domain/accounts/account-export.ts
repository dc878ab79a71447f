/**
 * Exports of the data of a user: the account, its choices, sessions and notices, what the user has saved, scheduled and
 * reported, and the rooms of `exported-rooms.ts`. `export-readme.ts` tells the user what is left out.
 */

import { ChatError, type UserId } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import { SAVED_MESSAGES_MAX } from '../../model/saved-message.ts';
import { fileIdOfUrl } from '../../model/stored-file.ts';
import type { ThreadCursor } from '../../model/thread.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FileStorage } from '../../ports/file-storage.ts';
import type { Store } from '../../ports/store.ts';
import { byOf } from '../core/act.ts';
import { ConcurrencyLimiter } from '../primitives/concurrency-limiter.ts';
import { rejectWait } from '../primitives/rate-limiter.ts';
import { SharedPlaces } from '../primitives/shared-places.ts';
import type { DomainSettings } from '../settings.ts';
import { type ExportedFile, type ExportReader, ExportReading } from './export-reading.ts';
import { EXPORT_README } from './export-readme.ts';
import { exportRooms, lineOf, timeOf } from './exported-rooms.ts';
import { requireFullSession } from './full-session.ts';

/** An export reads whole rooms. */
const EXPORTS = { attemptsMax: 5, windowMs: 24 * 60 * 60 * 1000 };
/** On this node. A place that is held costs others nothing unless all are taken: 128 KiB a second keep it then. */
const PLACES = { noun: 'exports', perUserMax: 1, atOnceMax: 8, fairRate: 128 };
const SESSIONS_MAX = 1000;
const REPORTS_PAGE = 200;
/** Notices of all sessions are wanted: no session has this key. */
const NO_SESSION = ' ';
const BLOCKED_MAX = 10_000;
const WORKSPACES_MAX = 1000;
const THREADS_PAGE = 200;
/** At least as many as a user has. */
const INVITATIONS_MAX = 1000;

interface AccountExportDependencies {
  readonly store: Pick<
    Store,
    | 'accounts'
    | 'audit'
    | 'customEmoji'
    | 'invitations'
    | 'invites'
    | 'log'
    | 'reports'
    | 'rooms'
    | 'saved'
    | 'scheduled'
    | 'sessions'
    | 'threads'
    | 'userGroups'
    | 'workspaces'
  >;
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers'>;
  readonly fileStorage: Pick<FileStorage, 'open'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'nowMs' | 'schedule'>;
}

export class AccountExport {
  readonly #dependencies: AccountExportDependencies;
  readonly #places: SharedPlaces;
  readonly #running = new Set<UserId>();
  readonly #reading = new ConcurrencyLimiter({ atOnceMax: 1, waitingMax: PLACES.atOnceMax });

  constructor(dependencies: AccountExportDependencies) {
    this.#dependencies = dependencies;
    this.#places = new SharedPlaces(PLACES, dependencies.clock);
  }

  /**
   * Records the export, and returns the archive. A client that reads less than 16 KiB a second is ended, and one
   * that reads slowly if others wait for its place.
   *
   * @throws {ChatError} FORBIDDEN for a token that is only for connections; CONFLICT while another
   *   export of the user runs; RATE_LIMITED, UNAVAILABLE.
   */
  async begin(identity: Identity, reader: ExportReader): Promise<AsyncGenerator<Uint8Array>> {
    requireFullSession(identity);
    const { user } = identity;
    if (this.#running.has(user.id)) {
      throw new ChatError('CONFLICT', { message: 'Another export of your data is running' });
    }
    this.#running.add(user.id);
    const { store, clock } = this.#dependencies;
    const reading = new ExportReading(reader, clock);
    reading.onEnd(() => this.#running.delete(user.id));
    try {
      reading.onEnd(this.#places.take(user.id, reading));
      const limits = [{ key: `export ${user.id}`, ...EXPORTS }];
      rejectWait(await store.accounts.countAttempt(limits, clock.nowMs()));
      const by = byOf(identity.user, clock);
      await store.audit.noteAct({ ...by, action: 'user.export', target: user.id });
      return reading.read(this.#files(user));
    } catch (error) {
      reading.close();
      throw error;
    }
  }

  async *#files(user: User): AsyncGenerator<ExportedFile> {
    yield { name: 'README.txt', pieces: once(async () => EXPORT_README) };
    yield { name: 'profile.json', pieces: once(() => this.#profile(user)) };
    yield { name: 'sessions.json', pieces: once(() => this.#sessions(user)) };
    const { fileStorage, store } = this.#dependencies;
    const pictureId = fileIdOfUrl(user.avatarUrl ?? '');
    const picture =
      pictureId === undefined ? undefined : await fileStorage.open(pictureId, 'content');
    if (picture !== undefined) {
      yield { name: 'picture.webp', pieces: picture.read(0, picture.size - 1) };
    }
    yield { name: 'saved.jsonl', pieces: this.#saved(user) };
    yield { name: 'scheduled.jsonl', pieces: this.#scheduled(user) };
    yield { name: 'reports.jsonl', pieces: this.#reports(user) };
    yield { name: 'warnings.json', pieces: once(() => this.#warnings(user)) };
    yield { name: 'notices.json', pieces: once(() => this.#notices(user)) };
    yield { name: 'blocked.json', pieces: once(() => this.#blocked(user)) };
    yield { name: 'workspaces.json', pieces: once(() => this.#workspaces(user)) };
    yield { name: 'user-groups.json', pieces: once(() => this.#userGroups(user)) };
    yield { name: 'threads.jsonl', pieces: this.#threads(user) };
    yield { name: 'invitations.json', pieces: once(() => this.#invitations(user)) };
    yield { name: 'invite-links.json', pieces: once(() => this.#inviteLinks(user)) };
    yield { name: 'custom-emoji.json', pieces: once(() => this.#customEmoji(user)) };
    const { log } = store;
    const inTurns: Pick<typeof log, 'readHistory' | 'readVersions'> = {
      readHistory: (page) => this.#reading.run(user.id, () => log.readHistory(page)),
      readVersions: (roomId, sequence) => log.readVersions(roomId, sequence),
    };
    yield* exportRooms({ fileStorage, store: { ...store, log: inTurns } }, user);
  }

  async #profile({ id, username, displayName, ...user }: User): Promise<object> {
    const { settings, store } = this.#dependencies;
    const { accounts } = store;
    const asksFirst = await store.invitations.findAsksFirst(id);
    const lastSeenAtMs = await accounts.findLastSeen(id);
    const email = await accounts.findEmail(id);
    const [presence] = await accounts.listChosenPresence([id]);
    const identities = await accounts.listIdentities(id);
    const passkeys = await accounts.listPasskeys(id);
    const secondFactor = await accounts.findSecondFactor(id);
    return {
      ...{ id, username, displayName, role: user.role, createdAt: timeOf(user.createdAtMs) },
      ...{
        email: email?.address,
        emailPending: email?.pending,
        externalId: user.externalId,
        avatarUrl: user.avatarUrl,
      },
      lastSeenAt: lastSeenAtMs === undefined ? null : timeOf(lastSeenAtMs),
      status: presence?.status,
      statusText: presence?.statusText,
      statusUntil: presence?.untilMs === undefined ? undefined : timeOf(presence.untilMs),
      privacy: {
        askBeforeStrangers: asksFirst ?? settings.askBeforeStrangers,
        showLastSeen: user.hidesLastSeen === true ? 'nobody' : 'everyone',
        acceptMessagesFrom: user.acceptedWriters ?? 'everybody',
      },
      hasSecondFactor: secondFactor?.isConfirmed === true,
      signsInWith: identities.map(({ issuer, subject, createdAtMs }) => ({
        ...{ issuer, subject, createdAt: timeOf(createdAtMs) },
      })),
      passkeys: passkeys.map(({ name, createdAtMs, lastUsedAtMs: usedAtMs }) => ({
        ...{ name, createdAt: timeOf(createdAtMs) },
        lastUsedAt: usedAtMs === undefined ? null : timeOf(usedAtMs),
      })),
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

  async *#scheduled({ id }: User): AsyncGenerator<string> {
    for (const each of await this.#dependencies.store.scheduled.listScheduled(id)) {
      const { roomId, content, attachments, createdAtMs, sendAtMs, failure } = each;
      const times = { createdAt: timeOf(createdAtMs), sendAt: timeOf(sendAtMs) };
      const files = attachments.length > 0 && { attachments };
      yield lineOf({ roomId, content, ...files, ...times, failure });
    }
  }

  async *#saved({ id }: User): AsyncGenerator<string> {
    const { saved } = this.#dependencies.store;
    // At least as many as there can be.
    const page = { after: undefined, limit: SAVED_MESSAGES_MAX, reminded: false };
    for (const each of await saved.listSaved(id, page)) {
      const { messageId, roomId, savedAtMs, remindAtMs } = each;
      const remindAt = remindAtMs === undefined ? undefined : timeOf(remindAtMs);
      yield lineOf({ messageId, roomId, savedAt: timeOf(savedAtMs), remindAt });
    }
  }

  /** The reports that the user has made. */
  async *#reports({ id: userId }: User): AsyncGenerator<string> {
    const { reports } = this.#dependencies.store;
    let before: string | undefined;
    do {
      const page = await reports.listReportsBy(userId, { before, limit: REPORTS_PAGE });
      for (const { id, reason, atMs, reporter, user, message, closed } of page) {
        if (reporter === undefined) continue;
        yield lineOf({
          ...{ id, reason, createdAt: timeOf(atMs), about: user.username },
          ...{ messageId: message?.id, content: message?.content },
          state: closed === undefined ? 'open' : 'closed',
        });
      }
      before = page.length < REPORTS_PAGE ? undefined : page.at(-1)?.id;
    } while (before !== undefined);
  }

  /** Of moderators, until the user has dismissed them. */
  async #warnings({ id }: User): Promise<object> {
    const warnings = await this.#dependencies.store.reports.listWarnings(id);
    return warnings.map(({ reason, content, atMs }) => ({
      ...{ reason, content, createdAt: timeOf(atMs) },
    }));
  }

  /** Sign-ins, and changes of how the user signs in. */
  async #notices({ id }: User): Promise<object> {
    const notices = await this.#dependencies.store.accounts.listAccountNotices(id, 0, NO_SESSION);
    return notices.map(({ kind, atMs, device, address }) => ({
      ...{ kind, at: timeOf(atMs), device, address },
    }));
  }

  /** Threads that the user follows. */
  async *#threads({ id }: User): AsyncGenerator<string> {
    const { threads } = this.#dependencies.store;
    let after: ThreadCursor | undefined;
    do {
      const page = await threads.listFollowed(id, { after, limit: THREADS_PAGE });
      for (const { roomId, rootId, lastAtMs } of page) {
        yield lineOf({ roomId, messageId: rootId, lastReplyAt: timeOf(lastAtMs) });
      }
      const last = page.length < THREADS_PAGE ? undefined : page.at(-1);
      after = last && { hasUnread: last.hasUnread, atMs: last.lastAtMs, id: last.rootId };
    } while (after !== undefined);
  }

  /** Those that the user has received and not answered. */
  async #invitations({ id }: User): Promise<object> {
    const { invitations } = this.#dependencies.store;
    const received = await invitations.listInvitations(id, INVITATIONS_MAX);
    return received.map(({ invitation: { target, createdAtMs }, name, inviter }) => ({
      ...{ kind: target.kind, id: target.id, name, from: inviter.username },
      createdAt: timeOf(createdAtMs),
    }));
  }

  /** Without their tokens, which only the user has. */
  async #inviteLinks({ id }: User): Promise<object> {
    const { store, clock } = this.#dependencies;
    const page = { nowMs: clock.nowMs(), limit: INVITATIONS_MAX };
    const links = await store.invites.listInvites(id, page);
    return links.map(({ roomIds, workspaceId, role, email, usesMax, useCount, ...link }) => ({
      ...{ id: link.id, roomIds, workspaceId, role, email, usesMax, useCount },
      ...{ createdAt: timeOf(link.createdAtMs), expiresAt: timeOf(link.expiresAtMs) },
    }));
  }

  /** Those that the user has added. */
  async #customEmoji({ id }: User): Promise<object> {
    const all = await this.#dependencies.store.customEmoji.listCustomEmoji();
    return all
      .filter(({ userId }) => userId === id)
      .map(({ name, fileId, createdAtMs }) => ({ name, fileId, createdAt: timeOf(createdAtMs) }));
  }

  async #blocked({ id }: User): Promise<object> {
    const blocked = await this.#dependencies.store.accounts.listBlocked(id, BLOCKED_MAX);
    return blocked.map(({ id: userId, username }) => ({ id: userId, username }));
  }

  async #workspaces({ id }: User): Promise<object> {
    const { workspaces } = this.#dependencies.store;
    const own = await workspaces.listWorkspacesOf(id, WORKSPACES_MAX);
    return own.map(({ workspace, role }) => ({ id: workspace.id, name: workspace.name, role }));
  }

  async #userGroups({ id }: User): Promise<object> {
    const own = await this.#dependencies.store.userGroups.listUserGroupsOf([id]);
    return own.map(({ groupId, handle }) => ({ id: groupId, handle }));
  }
}

async function* once(read: () => Promise<object | string>): AsyncGenerator<string> {
  const value = await read();
  yield typeof value === 'string' ? value : `${JSON.stringify(value, undefined, 2)}\n`;
}
