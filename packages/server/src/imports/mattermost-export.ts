/**
 * The bulk export of a Mattermost server: one JSON object in each line, and the files in a folder `data`
 * beside it, also together in a ZIP archive.
 * https://docs.mattermost.com/administration-guide/onboard/bulk-loading-data.html
 */
import { createReadStream, existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { withEmoji } from './emoji-of.ts';
import {
  count,
  type ExportedEmoji,
  type ExportedHistory,
  type ExportedMessage,
  type ExportedPerson,
  type ExportedRoom,
  ImportError,
  type ImportedNames,
} from './exported-history.ts';
import { openZip } from './zip-archive.ts';

/** Fields as the format describes them; a line may lack each of them. */
interface Line {
  readonly type?: string;
  readonly channel?: {
    readonly team: string;
    readonly name: string;
    readonly display_name?: string;
    readonly type?: string;
    readonly header?: string;
    readonly purpose?: string;
    readonly deleted_at?: number;
  };
  readonly user?: {
    readonly username: string;
    readonly email?: string;
    readonly nickname?: string;
    readonly first_name?: string;
    readonly last_name?: string;
    readonly roles?: string;
    readonly delete_at?: number;
    readonly teams?: readonly {
      readonly name: string;
      readonly channels?: readonly { readonly name: string; readonly roles?: string }[];
    }[];
  };
  readonly emoji?: { readonly name: string; readonly image?: string };
  readonly bot?: { readonly username: string; readonly display_name?: string };
  readonly direct_channel?: {
    readonly members?: readonly string[];
    readonly participants?: readonly { readonly username: string }[];
    readonly header?: string;
  };
  readonly post?: Post & { readonly team: string; readonly channel: string };
  readonly direct_post?: Post & { readonly channel_members: readonly string[] };
}

interface Post {
  readonly user: string;
  readonly type?: string;
  readonly message?: string;
  readonly create_at?: number;
  readonly edit_at?: number;
  readonly is_pinned?: boolean;
  readonly reactions?: readonly { readonly user: string; readonly emoji_name: string }[];
  readonly attachments?: readonly { readonly path: string }[];
  readonly replies?: readonly Post[];
}

type Draft = { -readonly [K in keyof ExportedRoom]: ExportedRoom[K] } & { memberKeys: string[] };

const MENTION = /(?<![\w.@-])@([a-z0-9][a-z0-9._-]*)/gi;
/** Between two reports that it goes on. */
const LINES_AT_ONCE = 10_000;
const EMOJI_FOLDER = 'exported_emoji';
const ALL = new Set(['all', 'channel', 'here']);

/** @throws {ImportError} @param onRead Called at times while it reads all lines. */
export async function openMattermostExport(
  given: string,
  onRead?: () => unknown,
): Promise<ExportedHistory> {
  const { path, ...source } = await openSource(given);
  const people: ExportedPerson[] = [];
  const rooms = new Map<string, Draft>();
  const emoji: ExportedEmoji[] = [];
  const leftOut = new Map<string, number>();
  const memberships: NonNullable<Line['user']>[] = [];
  let isExport = false;
  let lines = 0;
  for await (const line of readLines(path, source)) {
    lines += 1;
    if (lines % LINES_AT_ONCE === 0) await onRead?.();
    const { type, channel, user, bot, emoji: added, direct_channel: direct } = line;
    isExport ||= type === 'version';
    if (channel !== undefined) rooms.set(keyOf(channel.team, channel.name), toRoom(channel));
    if (bot !== undefined) people.push({ ...toBot(bot), isBot: true });
    if (direct !== undefined) addDirect(rooms, direct);
    if (added !== undefined) emoji.push({ name: added.name, path: added.image ?? '' });
    if (user === undefined) continue;
    people.push(toPerson(user));
    memberships.push(user);
  }
  if (!isExport) throw new ImportError(`${path} is not the bulk export of a Mattermost server.`);
  for (const { username, teams = [] } of memberships) {
    for (const { name: team, channels = [] } of teams) {
      for (const { name, roles = '' } of channels) {
        const room = rooms.get(keyOf(team, name));
        room?.memberKeys.push(username);
        if (room !== undefined && roles.includes('channel_admin')) room.ownerKey ??= username;
      }
    }
  }
  return {
    ...{ origin: 'mattermost', people, rooms: [...rooms.values()], emoji, leftOut, toMarkdown },
    async *messages() {
      for await (const { post, direct_post: direct } of readLines(path, source)) {
        if (post !== undefined) yield* toMessages(post, keyOf(post.team, post.channel), leftOut);
        if (direct !== undefined) {
          yield* toMessages(direct, directKeyOf(direct.channel_members), leftOut);
        }
      }
    },
    // Without an archive, pictures of emoji are beside the folder of the other files.
    openFile: async (name) =>
      (await source.openFile(`data/${name}`)) ??
      (name.startsWith(`${EMOJI_FOLDER}/`) ? source.openFile(name) : undefined),
    close: source.close,
  };
}

interface Source {
  /** For messages. */
  readonly path: string;
  openLines(): Promise<Readable>;
  /** A name within the export. */
  openFile(name: string): Promise<Readable | undefined>;
  close(): void;
}

/** @throws {ImportError} */
async function openSource(path: string): Promise<Source> {
  if (!path.endsWith('.zip')) {
    const folder = dirname(resolve(path));
    return {
      path,
      openLines: async () => createReadStream(path),
      async openFile(name) {
        // An export must not lead to other files of this machine, also by a link.
        const top = join(folder, name.split('/')[0] ?? '');
        const [within, file] = [top, join(folder, name)].map((each) =>
          existsSync(each) ? realpathSync(each) : undefined,
        );
        return file?.startsWith(`${within}${sep}`) ? createReadStream(file) : undefined;
      },
      close: () => {},
    };
  }
  const zip = await openZip(path);
  const lines = [...zip.entries.keys()].find((name) => /^[^/]+\.jsonl$/.test(name));
  if (lines === undefined) throw new ImportError(`${path} has no file of JSON Lines.`);
  return {
    path: lines,
    async openLines() {
      const opened = await zip.open(lines);
      if (opened === undefined) throw new ImportError(`${lines} cannot be read.`);
      return opened;
    },
    openFile: zip.open,
    close: zip.close,
  };
}

function keyOf(team: string, channel: string): string {
  return `${team}/${channel}`;
}

function directKeyOf(members: readonly string[]): string {
  return `direct/${[...new Set(members)].sort().join(',')}`;
}

function toRoom(channel: NonNullable<Line['channel']>): Draft {
  const { team, name, display_name, type, header, purpose, deleted_at = 0 } = channel;
  return {
    ...{ key: keyOf(team, name), kind: 'room', name: display_name || name, memberKeys: [] },
    ...{ topic: header, description: purpose },
    ...{ isPrivate: type !== 'O', isArchived: deleted_at > 0 },
  };
}

function addDirect(
  rooms: Map<string, Draft>,
  { members, participants = [], header }: NonNullable<Line['direct_channel']>,
): void {
  const memberKeys = [...new Set(members ?? participants.map(({ username }) => username))];
  const key = directKeyOf(memberKeys);
  const kind = memberKeys.length <= 2 ? 'direct' : 'group';
  rooms.set(key, {
    ...{ key, kind, name: '', topic: header, memberKeys, isPrivate: true, isArchived: false },
  });
}

function toPerson(user: NonNullable<Line['user']>): ExportedPerson {
  const { username, email, nickname, first_name = '', last_name = '', roles, delete_at = 0 } = user;
  return {
    ...{ key: username, username, email: email || undefined },
    displayName: nickname || `${first_name} ${last_name}`.trim() || username,
    ...{ isGuest: roles?.includes('system_guest'), isDisabled: delete_at > 0 },
  };
}

function toBot({ username, display_name }: NonNullable<Line['bot']>): ExportedPerson {
  return { key: username, username, displayName: display_name || username };
}

/** A post with its replies. The export has no ids: author, time and text are the key of a post. */
function* toMessages(
  post: Post,
  roomKey: string,
  leftOut: Map<string, number>,
  parentKey?: string,
): Generator<ExportedMessage> {
  const { user, type = '', message = '', create_at = 0, edit_at = 0 } = post;
  if (type.startsWith('system_')) return count(leftOut, 'notices of the other application');
  const key = `${create_at} ${user} ${message}`;
  yield {
    ...{ key, roomKey, authorKey: user, atMs: create_at, text: message, parentKey },
    ...{ isEdited: edit_at > 0, isPinned: post.is_pinned === true },
    reactions: (post.reactions ?? []).map(({ user: personKey, emoji_name: emoji }) => ({
      ...{ emoji, personKey },
    })),
    files: (post.attachments ?? []).map(({ path }) => ({
      ...{ name: path.split('/').at(-1) ?? path, path },
    })),
  };
  for (const reply of post.replies ?? []) yield* toMessages(reply, roomKey, leftOut, key);
}

/** The text is Markdown; names may be others here. */
function toMarkdown(text: string, { usernameOf }: ImportedNames): string {
  const named = text.replace(MENTION, (written, name: string) => {
    if (ALL.has(name.toLowerCase())) return '@everyone';
    // A name may end a sentence.
    const plain = name.replace(/[.-]+$/, '');
    const username = usernameOf(name) ?? usernameOf(plain);
    if (username === undefined) return written;
    return usernameOf(name) === undefined
      ? `@${username}${name.slice(plain.length)}`
      : `@${username}`;
  });
  return withEmoji(named);
}

/** @throws {ImportError} */
async function* readLines(
  path: string,
  { openLines }: Pick<Source, 'openLines'>,
): AsyncGenerator<Line> {
  let number = 0;
  const lines = createInterface({ input: await openLines(), crlfDelay: Infinity });
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      // An object of the described form; what it lacks is absent.
      yield JSON.parse(line) as Line;
    } catch (cause) {
      throw new ImportError(`${path}, line ${number}: this is not JSON.`, { cause });
    }
  }
}
