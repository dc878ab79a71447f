/**
 * Exports of the data of a user: profile, picture, choices of privacy, sessions, notices, saved and
 * scheduled messages, reports, warnings, workspaces, groups, memberships, and the messages, reactions and files
 * of the user in these rooms.
 */

import { ChatError, fileIdsOf, type RoomId, type UserId } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import type { Message } from '../../model/message.ts';
import { SAVED_MESSAGES_MAX } from '../../model/saved-message.ts';
import { fileIdOfUrl } from '../../model/stored-file.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FileStorage } from '../../ports/file-storage.ts';
import type { Store } from '../../ports/store.ts';
import { byOf } from '../core/act.ts';
import { rejectWait } from '../primitives/rate-limiter.ts';
import { SharedPlaces } from '../primitives/shared-places.ts';
import type { DomainSettings } from '../settings.ts';
import { type ExportedFile, type ExportReader, ExportReading } from './export-reading.ts';
import { requireFullSession } from './full-session.ts';

/** An export reads whole rooms. */
const EXPORTS = { attemptsMax: 5, windowMs: 24 * 60 * 60 * 1000 };
/** On this node. A place that is held costs others nothing unless all are taken: 128 KiB a second keep it then. */
const PLACES = { noun: 'exports', perUserMax: 1, atOnceMax: 8, fairRate: 128 };
const SESSIONS_MAX = 1000;
const ROOMS_MAX = 10_000;
const REPORTS_PAGE = 200;
/** Notices of all sessions are wanted: no session has this key. */
const NO_SESSION = ' ';
const BLOCKED_MAX = 10_000;
const WORKSPACES_MAX = 1000;
/** Bytes of all files of an export; messages name the files above it, which have their addresses. */
const FILE_BYTES_MAX = 1024 ** 3;
/** Messages in one read. */
const MESSAGES_PAGE = 200;

interface AccountExportDependencies {
  readonly store: Pick<
    Store,
    | 'accounts'
    | 'audit'
    | 'invitations'
    | 'log'
    | 'reports'
    | 'rooms'
    | 'saved'
    | 'scheduled'
    | 'sessions'
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
    const { rooms } = store;
    const memberships = await rooms.listMemberships(user.id, ROOMS_MAX);
    yield { name: 'rooms.jsonl', pieces: this.#rooms(user, memberships) };
    const budget = { bytes: FILE_BYTES_MAX };
    for (const { roomId } of memberships) {
      // Read again for what the first read has found: nothing is collected in memory.
      const found = { hasReactions: false, hasFiles: false };
      yield { name: `messages/${roomId}.jsonl`, pieces: this.#messages(user, roomId, found) };
      if (found.hasReactions) {
        yield { name: `reactions/${roomId}.jsonl`, pieces: this.#reactions(user, roomId) };
      }
      if (!found.hasFiles) continue;
      for await (const messages of this.#readRoom(roomId)) {
        yield* this.#contentsOf(messages.filter(isOwn(user)).flatMap(filesOf), budget);
      }
    }
    // Last: those of a message that is sent meanwhile are in its room or here, never in both.
    const scheduled = await store.scheduled.listScheduled(user.id);
    yield* this.#contentsOf(scheduled.flatMap(filesOf), budget);
  }

  /** The files of messages, for as long as there is space. */
  async *#contentsOf(
    fileIds: readonly string[],
    budget: { bytes: number },
  ): AsyncGenerator<ExportedFile> {
    for (const id of fileIds) {
      const file = await this.#dependencies.fileStorage.open(id, 'content');
      if (file === undefined) continue;
      if (file.size > budget.bytes || file.size === 0) {
        await file.close();
        continue;
      }
      budget.bytes -= file.size;
      yield { name: `files/${id}`, pieces: file.read(0, file.size - 1) };
    }
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

  async *#messages(
    user: User,
    roomId: RoomId,
    found: { hasReactions: boolean; hasFiles: boolean },
  ): AsyncGenerator<string> {
    for await (const messages of this.#readRoom(roomId)) {
      const own = messages.filter(isOwn(user));
      found.hasFiles ||= own.some((each) => filesOf(each).length > 0);
      found.hasReactions ||= messages.some((each) => reactionsOf(user, each).length > 0);
      for (const each of own) yield lineOf({ ...toExported(each), ...(await this.#earlier(each)) });
    }
  }

  /** The texts that edits of the message have replaced. */
  async #earlier({ roomId, sequence, editedAtMs }: Message): Promise<object> {
    if (editedAtMs === undefined) return {};
    const versions = await this.#dependencies.store.log.readVersions(roomId, sequence);
    if (versions.length === 0) return {};
    const earlier = versions.map(({ content, writtenAtMs }) => ({
      ...{ content, editedAt: timeOf(writtenAtMs) },
    }));
    return { earlier };
  }

  /** Of a reaction that very many users have, the first ones are listed. */
  async *#reactions(user: User, roomId: RoomId): AsyncGenerator<string> {
    for await (const messages of this.#readRoom(roomId)) {
      yield messages
        .flatMap((each) =>
          reactionsOf(user, each).map((emoji) => lineOf({ messageId: each.id, emoji })),
        )
        .join('');
    }
  }

  async *#readRoom(roomId: RoomId): AsyncGenerator<readonly Message[]> {
    const { log } = this.#dependencies.store;
    for (let after = 0; ; ) {
      const page = { roomId, before: undefined, after, limit: MESSAGES_PAGE };
      const { messages, hasMore } = await log.readHistory(page);
      yield messages;
      const last = messages.at(-1);
      if (!hasMore || last === undefined) return;
      after = last.sequence;
    }
  }
}

function isOwn({ id }: User): (message: Message) => boolean {
  return ({ userId, isDeleted }) => userId === id && !isDeleted;
}

const filesOf = ({ attachments }: Pick<Message, 'attachments'>) => fileIdsOf(attachments);

/** The emojis of the user. */
function reactionsOf({ id }: User, { reactions }: Message): string[] {
  return reactions.filter(({ userIds }) => userIds.includes(id)).map(({ emoji }) => emoji);
}

function toExported(message: Message): object {
  const { id, createdAtMs, editedAtMs, content, attachments, reply } = message;
  return {
    ...{ id, createdAt: timeOf(createdAtMs) },
    ...(editedAtMs !== undefined && { editedAt: timeOf(editedAtMs) }),
    content,
    ...(attachments.length > 0 && { attachments }),
    ...(reply !== undefined && { parentMessageId: reply.parentId }),
    ...(reply?.alsoToRoom === true && { alsoToRoom: true }),
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
