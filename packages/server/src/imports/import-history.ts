/**
 * Stores what another chat application has exported: people, rooms and messages with their times,
 * threads, reactions and pins. All ids follow from the keys of the export, so that a second import
 * finds what the first one has stored.
 */
import {
  type Attachment,
  findMentions,
  isBlank,
  LIMITS,
  type MessageId,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import { type By, OPERATOR } from '../model/audit.ts';
import type { CommitResult } from '../model/commit-outcome.ts';
import { derivedId } from '../model/derived-id.ts';
import type { ImportReport } from '../model/history-import.ts';
import type { LogCommand } from '../model/log-command.ts';
import type { Room } from '../model/room.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { PasswordHash } from '../ports/password-hash.ts';
import { type Store, StoreUnavailable } from '../ports/store.ts';
import { emojiOf } from './emoji-of.ts';
import {
  count,
  type ExportedFile,
  type ExportedHistory,
  type ExportedMessage,
  type ExportedRoom,
  type ImportedNames,
} from './exported-history.ts';
import { importEmoji } from './imported-emoji.ts';
import { type ImportedFilesDependencies, importFile } from './imported-files.ts';
import { type ImportedPerson, importPeople } from './imported-people.ts';
import { FormerMembers, importRoom } from './imported-rooms.ts';
import { StagedMessages } from './staged-messages.ts';

interface ImportDependencies extends Omit<ImportedFilesDependencies, 'store'> {
  readonly store: Pick<Store, 'accounts' | 'customEmoji' | 'files' | 'log' | 'rooms' | 'threads'>;
  readonly secrets: Pick<Crypto, 'digest' | 'newToken'>;
  readonly passwords: Pick<PasswordHash, 'hash'>;
  /** Name of the operator at the system, and of the system: `name@host`. */
  readonly operator: string;
  /** Maximum number of code points of a message: longer ones are divided. */
  readonly contentLengthMax: number;
  readonly onProgress?: ((done: number, total: number) => Promise<unknown>) | undefined;
  /** Called when a room is complete: everything imported is marked as read. */
  readonly onRoomEnd?: ((roomId: RoomId) => Promise<unknown>) | undefined;
}

/** Commands in one transaction: those of others wait for it. */
const BATCH = 100;

/** @throws {StoreUnavailable} Another import goes on from there. */
export async function importHistory(
  dependencies: ImportDependencies,
  history: ExportedHistory,
): Promise<ImportReport> {
  const staged = new StagedMessages();
  try {
    const messages = history.messages();
    const total = await staged.fill(messages, (read) => dependencies.onProgress?.(0, read));
    return await new HistoryImport(dependencies, history, staged).run(total);
  } finally {
    staged.close();
  }
}

class HistoryImport {
  readonly #dependencies: ImportDependencies & { readonly by: By };
  readonly #history: ExportedHistory;
  readonly #staged: StagedMessages;
  readonly #leftOut: Map<string, number>;
  #people: ReadonlyMap<string, ImportedPerson> = new Map();
  /** Names of custom emoji here, and of others that reactions have. */
  #emoji: ReadonlySet<string> = new Set();
  readonly #unknownEmoji = new Set<string>();
  readonly #roomNames = new Map<string, string>();
  readonly #names: ImportedNames = {
    usernameOf: (key) => this.#people.get(key)?.user.username,
    roomNameOf: (key) => this.#roomNames.get(key),
  };
  #total = 0;
  #rooms = 0;
  #messages = 0;
  #knownMessages = 0;

  constructor(dependencies: ImportDependencies, history: ExportedHistory, staged: StagedMessages) {
    const { operator: address, clock } = dependencies;
    const by: By = { actor: OPERATOR, address, atMs: clock.nowMs() };
    this.#dependencies = { ...dependencies, by };
    this.#history = history;
    this.#staged = staged;
    this.#leftOut = new Map(history.leftOut);
  }

  async run(total: number): Promise<ImportReport> {
    const { accounts } = this.#dependencies.store;
    this.#total = total;
    const base = { ...this.#dependencies, accounts };
    this.#people = await importPeople(base, this.#history, this.#allPeople());
    const [first] = this.#people.values();
    if (first !== undefined) {
      const given = { userId: first.user.id, leftOut: this.#leftOut };
      this.#emoji = await importEmoji(this.#dependencies, this.#history, given);
    }
    for (const { key, name } of this.#history.rooms) this.#roomNames.set(key, name);
    for (const room of this.#history.rooms) await this.#importRoom(room);
    const people = [...this.#people.values()];
    if (this.#unknownEmoji.size > 0) {
      this.#leftOut.set(
        'names of emoji in reactions, of that server only',
        this.#unknownEmoji.size,
      );
    }
    const isNewCount = people.filter(({ isNew }) => isNew).length;
    return {
      ...{ people: isNewCount, knownPeople: people.length - isNewCount, rooms: this.#rooms },
      ...{ messages: this.#messages, knownMessages: this.#knownMessages },
      leftOut: [...this.#leftOut],
    };
  }

  /** With the authors and members whom the export does not describe. */
  *#allPeople() {
    const described = new Set(this.#history.people.map(({ key }) => key));
    yield* this.#history.people;
    const members = this.#history.rooms.flatMap(({ memberKeys }) => memberKeys);
    for (const key of new Set([...members, ...this.#staged.participants()])) {
      if (described.has(key)) continue;
      yield { key, username: key, displayName: key, isDisabled: true };
    }
  }

  async #importRoom(exported: ExportedRoom): Promise<void> {
    const { store, by, onRoomEnd } = this.#dependencies;
    const { accounts, log, rooms } = store;
    const atMs = this.#staged.beginningOf(exported.key);
    const memberIds = this.#idsOf(exported.memberKeys);
    const participantIds = this.#idsOf(this.#staged.participantsOf(exported.key));
    const [firstId = participantIds[0]] = memberIds;
    if (firstId === undefined) return count(this.#leftOut, 'rooms without people');
    if (exported.kind === 'direct' && memberIds.length < 2) {
      return count(this.#leftOut, 'conversations with oneself');
    }
    const [wantedId] = this.#idsOf(exported.ownerKey === undefined ? [] : [exported.ownerKey]);
    const ownerId = wantedId !== undefined && memberIds.includes(wantedId) ? wantedId : firstId;
    const room = await importRoom({ ...this.#dependencies, rooms, log }, this.#history, {
      ...{ exported, ownerId, atMs: Math.min(atMs ?? by.atMs, by.atMs) },
      memberIds: memberIds.length === 0 ? [firstId] : memberIds,
    });
    if (room === undefined) return count(this.#leftOut, 'conversations that exist here already');
    this.#rooms += 1;
    this.#roomNames.set(exported.key, room.name);
    const present = new Set(memberIds);
    const isOpen = room.archivedAtMs === undefined;
    const isLeft = (id: UserId) => !present.has(id) && id !== ownerId;
    const former = await FormerMembers.find(
      { rooms, accounts },
      room,
      isOpen && room.kind !== 'direct' ? participantIds.filter(isLeft) : [],
    );
    const actor = { actorId: ownerId, atMs: room.createdAtMs };
    const sequences = await this.#importMessages(exported.key, room, async (commands) => {
      // Commands of an earlier import are found without a membership; the others are rejected.
      const outside = commands.filter(({ userId }) => former.isOutside(userId));
      const results = await this.#commit(outside);
      const isNew = (_: LogCommand, index: number) => results[index]?.kind === 'rejected';
      const authors = outside.filter(isNew).map(({ userId }) => userId);
      await former.admit(authors, actor);
    });
    await this.#commit(former.leaving(by.atMs));
    await this.#markRead(room.id, [...present], toRanges(sequences));
    if (exported.isArchived && isOpen && room.kind === 'room') {
      await rooms.changeRoom(room.id, { archivedAtMs: by.atMs }, by);
    }
    await onRoomEnd?.(room.id);
  }

  /** Messages that users here have written meanwhile stay unread, and those after them. */
  async #markRead(
    roomId: RoomId,
    userIds: readonly UserId[],
    ranges: readonly Range[],
  ): Promise<void> {
    const { store, by } = this.#dependencies;
    // Also for those who have read the room, because the last message there is their own.
    for (const range of ranges) await store.threads.markThreadsRead(roomId, userIds, range);
    let behind = userIds;
    // Between two ranges may be an event that is not a message: then the next one is unread, too.
    for (let round = 0; round < ranges.length && behind.length > 0; round += 1) {
      const { members } = await store.rooms.readUnread(roomId, behind);
      const moves = members.flatMap(({ userId, unread: { firstSequence = 0 } }) => {
        const range = ranges.find(
          ({ from, upTo }) => from <= firstSequence && firstSequence <= upTo,
        );
        return range === undefined ? [] : [{ userId, sequence: range.upTo }];
      });
      for (const { userId, sequence } of moves) {
        await store.rooms.markRead(roomId, userId, { sequence, atMs: by.atMs });
      }
      behind = moves.map(({ userId }) => userId);
    }
  }

  #idsOf(keys: readonly string[]): UserId[] {
    const ids = keys.map((key) => this.#people.get(key)?.user.id);
    return [...new Set(ids.filter((id) => id !== undefined))];
  }

  /**
   * Returns the sequences of the events, also of those that an earlier import has stored.
   *
   * @param prepare Called with the commands of each transaction before it.
   */
  async #importMessages(
    roomKey: string,
    room: Room,
    prepare: (commands: readonly LogCommand[]) => Promise<void>,
  ): Promise<number[]> {
    const { onProgress } = this.#dependencies;
    const sequences: number[] = [];
    let batch: LogCommand[] = [];
    const flush = async (): Promise<void> => {
      await prepare(batch);
      for (const [index, result] of (await this.#commit(batch)).entries()) {
        const isMessage = batch[index]?.kind === 'message';
        if (result.kind === 'stored') sequences.push(result.event.sequence);
        if (result.kind === 'stored' && isMessage) this.#messages += 1;
        // An interrupted import has not marked it as read.
        if (result.kind === 'duplicate') sequences.push(result.sequence);
        if (result.kind === 'duplicate' && isMessage) this.#knownMessages += 1;
        if (result.kind === 'rejected') {
          const what = isMessage ? 'messages that were rejected' : 'reactions, edits and pins';
          count(this.#leftOut, what);
        }
      }
      batch = [];
      await onProgress?.(this.#messages + this.#knownMessages, this.#total);
    };
    for (const message of this.#staged.of(roomKey)) {
      batch.push(...(await this.#commandsOf(message, room.id)));
      if (batch.length >= BATCH) await flush();
    }
    await flush();
    return sequences;
  }

  async #commandsOf(message: ExportedMessage, roomId: RoomId): Promise<LogCommand[]> {
    const { by, contentLengthMax } = this.#dependencies;
    const { key, authorKey, parentKey, alsoToRoom, isEdited, isPinned, reactions } = message;
    const author = this.#people.get(authorKey)?.user.id;
    if (author === undefined) {
      count(this.#leftOut, 'messages without an author');
      return [];
    }
    const admittedAtMs = Math.min(message.atMs, by.atMs);
    const messageId = this.#messageIdOf(roomId, key);
    const file = { id: messageId, userId: author, createdAtMs: admittedAtMs };
    const { attachments, links } = await this.#takeFiles(message.files, file);
    const content = this.#contentOf(message.text, links);
    if (isBlank(content) && attachments.length === 0) {
      count(this.#leftOut, 'messages without text');
      return [];
    }
    const command = (userId: UserId, name: string) => ({
      ...{ roomId, userId, admittedAtMs, fingerprint: 'import' },
      clientMessageId: `import:${name}` as LogCommand['clientMessageId'],
    });
    const parentId = parentKey === undefined ? undefined : this.#messageIdOf(roomId, parentKey);
    const parts = partsOf(content, contentLengthMax);
    const texts = parts.length === 0 ? [''] : parts;
    const commands: LogCommand[] = texts.map((part, index) => {
      const id = index === 0 ? messageId : this.#messageIdOf(roomId, `${key}#${index}`);
      return {
        ...command(author, id),
        ...{ kind: 'message', messageId: id, content: part, mentions: findMentions(part) },
        ...{ attachments: index === 0 ? attachments : [], parentId, alsoToRoom },
      };
    });
    const [first] = commands;
    if (isEdited === true && first?.kind === 'message') {
      const { content: text, mentions } = first;
      const edit = { kind: 'edit', messageId, content: text, mentions } as const;
      commands.push({ ...command(author, `edit:${messageId}`), ...edit });
    }
    for (const { emoji: name, personKey } of reactions) {
      const custom = this.#emoji.has(name) ? `:${name}:` : undefined;
      const [emoji, person] = [emojiOf(name) ?? custom, this.#people.get(personKey)?.user.id];
      if (emoji === undefined || person === undefined) {
        if (emoji === undefined) this.#unknownEmoji.add(name);
        count(this.#leftOut, 'reactions with emoji of that server only');
        continue;
      }
      const added = { kind: 'reaction-added', messageId, emoji } as const;
      commands.push({ ...command(person, `${emoji}:${messageId}`), ...added });
    }
    if (isPinned === true) {
      commands.push({ ...command(author, `pin:${messageId}`), kind: 'pin', messageId });
    }
    return commands;
  }

  /** Stores what the export has; the rest are links. */
  async #takeFiles(
    files: readonly ExportedFile[],
    {
      id,
      ...file
    }: { readonly id: MessageId; readonly userId: UserId; readonly createdAtMs: number },
  ): Promise<{ readonly attachments: Attachment[]; readonly links: ExportedFile[] }> {
    const attachments: Attachment[] = [];
    const links: ExportedFile[] = [];
    for (const [index, exported] of files.entries()) {
      const { name, path } = exported;
      const isTaken = path !== undefined && attachments.length < LIMITS.attachmentsMax;
      const fileId = derivedId<string>(this.#dependencies.secrets, `file:${id}:${index}`);
      const taken = isTaken
        ? await importFile(this.#dependencies, { ...file, id: fileId, name }, () =>
            this.#history.openFile(path),
          )
        : 'files, which are links now';
      if (typeof taken !== 'string') attachments.push(taken);
      else {
        count(this.#leftOut, taken);
        links.push(exported);
      }
    }
    return { attachments, links };
  }

  #contentOf(text: string, files: readonly ExportedFile[]): string {
    const links = files.map(({ name, url }) => {
      const shown = name.replace(/[[\]\\\n]/g, ' ').trim() || 'file';
      return url === undefined ? shown : `[${shown}](${url})`;
    });
    const translated = this.#history.toMarkdown(text, this.#names).trim();
    return [translated, ...links]
      .filter((line) => line !== '')
      .join('\n')
      .toWellFormed()
      .replaceAll('\0', '');
  }

  #messageIdOf(roomId: RoomId, key: string): MessageId {
    const { secrets } = this.#dependencies;
    return derivedId<MessageId>(secrets, `${this.#history.origin}:message:${roomId}:${key}`);
  }

  /** @throws {StoreUnavailable} */
  async #commit(commands: readonly LogCommand[]): Promise<CommitResult[]> {
    if (commands.length === 0) return [];
    const results = await this.#dependencies.store.log.commit(commands);
    for (const result of results) {
      if (result.kind !== 'unknown' && result.kind !== 'not-begun') continue;
      throw new StoreUnavailable('The store failed', { cause: result.error });
    }
    return results;
  }
}

/** Parts of at most so many code points, which end with a line if possible. */
function partsOf(text: string, lengthMax: number): string[] {
  const parts: string[] = [];
  let rest = [...text];
  while (rest.length > lengthMax) {
    const lineEnd = rest.lastIndexOf('\n', lengthMax - 1);
    const end = lineEnd > lengthMax / 2 ? lineEnd : lengthMax;
    parts.push(rest.slice(0, end).join(''));
    rest = rest.slice(end);
  }
  parts.push(rest.join(''));
  return parts.filter((part) => !isBlank(part));
}

interface Range {
  readonly from: number;
  readonly upTo: number;
}

/** Numbers in any order as ranges without gaps, in order. */
function toRanges(numbers: readonly number[]): Range[] {
  const ranges: { from: number; upTo: number }[] = [];
  for (const each of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && each <= last.upTo + 1) last.upTo = each;
    else ranges.push({ from: each, upTo: each });
  }
  return ranges;
}
