/**
 * The export of a Slack workspace: a ZIP archive with `users.json`, lists of conversations, and for
 * each conversation a folder with the messages of each day.
 * https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports
 */
import { text as textOf } from 'node:stream/consumers';
import {
  count,
  type ExportedHistory,
  type ExportedMessage,
  type ExportedPerson,
  type ExportedRoom,
  ImportError,
} from './exported-history.ts';
import { toMarkdown } from './slack-text.ts';
import { openZip, type ZipArchive } from './zip-archive.ts';

/** Longer than a day of the busiest channel: a larger file is no export. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;
const DAY = /^(.+)\/\d{4}-\d{2}-\d{2}\.json$/;
/** Messages that people have written; the others are notices. */
const WRITTEN = new Set([undefined, 'bot_message', 'file_share', 'me_message', 'thread_broadcast']);
const KINDS = [
  { file: 'channels.json', kind: 'room', isPrivate: false },
  { file: 'groups.json', kind: 'room', isPrivate: true },
  { file: 'mpims.json', kind: 'group', isPrivate: true },
  { file: 'dms.json', kind: 'direct', isPrivate: true },
] as const;

/** Fields as the format describes them; a file may lack each of them. */
interface SlackUser {
  readonly id: string;
  readonly team_id?: string;
  readonly name?: string;
  readonly deleted?: boolean;
  readonly is_bot?: boolean;
  readonly is_restricted?: boolean;
  readonly profile?: {
    readonly real_name?: string;
    readonly display_name?: string;
    readonly email?: string;
  };
}

interface SlackConversation {
  readonly id: string;
  readonly name?: string;
  readonly creator?: string;
  readonly is_archived?: boolean;
  readonly members?: readonly string[];
  readonly topic?: { readonly value?: string };
  readonly purpose?: { readonly value?: string };
  readonly pins?: readonly { readonly id?: string }[];
}

interface SlackMessage {
  readonly type?: string;
  readonly subtype?: string;
  readonly user?: string;
  readonly bot_id?: string;
  readonly username?: string;
  readonly text?: string;
  readonly ts?: string;
  readonly thread_ts?: string;
  readonly edited?: object;
  readonly reactions?: readonly { readonly name: string; readonly users?: readonly string[] }[];
  readonly files?: readonly {
    readonly id?: string;
    readonly name?: string;
    readonly title?: string;
    readonly permalink?: string;
    readonly url_private?: string;
  }[];
  readonly attachments?: readonly { readonly fallback?: string; readonly text?: string }[];
}

/** @throws {ImportError} */
export async function openSlackExport(path: string): Promise<ExportedHistory> {
  const zip = await openZip(path);
  const users = await readList<SlackUser>(zip, 'users.json');
  if (users.length === 0)
    throw new ImportError(`${path} has no users.json: it is no Slack export.`);
  const people = users.map(toPerson);
  const rooms: ExportedRoom[] = [];
  const folders = new Map<string, SlackConversation>();
  for (const { file, kind, isPrivate } of KINDS) {
    for (const each of await readList<SlackConversation>(zip, file)) {
      rooms.push(toRoom(each, { kind, isPrivate }));
      folders.set(kind === 'direct' ? each.id : (each.name ?? each.id), each);
    }
  }
  const leftOut = new Map<string, number>();
  const origin = `slack:${users.find(({ team_id }) => team_id !== undefined)?.team_id ?? ''}`;
  const bots = new Set<string>();
  return {
    ...{ origin, people, rooms, leftOut, toMarkdown },
    // It has their names only.
    emoji: [],
    openFile: zip.open,
    async *messages() {
      for (const name of zip.entries.keys()) {
        const folder = DAY.exec(name)?.[1];
        const room = folder === undefined ? undefined : folders.get(folder);
        if (room === undefined) continue;
        for (const written of await readList<SlackMessage>(zip, name)) {
          const message = toMessage(written, room);
          if (message === undefined) {
            count(leftOut, 'notices of the other application');
            continue;
          }
          const { authorKey: key } = message;
          if (key.startsWith('bot:') && !bots.has(key)) {
            const name = written.username ?? 'bot';
            people.push({ key, username: name, displayName: name, isBot: true });
            bots.add(key);
          }
          yield message;
        }
      }
    },
    close: () => zip.close(),
  };
}

function toPerson({ id, name = id, profile = {}, ...user }: SlackUser): ExportedPerson {
  return {
    ...{ key: id, username: name, email: profile.email },
    displayName: profile.display_name || profile.real_name || name,
    ...{ isBot: user.is_bot, isGuest: user.is_restricted, isDisabled: user.deleted },
  };
}

function toRoom(
  { id, name = '', creator, is_archived, members = [], topic, purpose }: SlackConversation,
  as: Pick<ExportedRoom, 'kind' | 'isPrivate'>,
): ExportedRoom {
  return {
    ...{ ...as, key: id, name, memberKeys: members, ownerKey: creator },
    ...{ topic: topic?.value, description: purpose?.value, isArchived: is_archived === true },
  };
}

/** Undefined for a notice. */
function toMessage(written: SlackMessage, room: SlackConversation): ExportedMessage | undefined {
  const { type, subtype, user, bot_id, ts, thread_ts, files = [], reactions = [] } = written;
  const authorKey = user ?? (bot_id === undefined ? undefined : `bot:${bot_id}`);
  const atMs = Math.floor(Number(ts) * 1000);
  const isWritten = type === 'message' && WRITTEN.has(subtype);
  if (!isWritten || authorKey === undefined || ts === undefined || !Number.isFinite(atMs)) {
    return undefined;
  }
  const quoted = (written.attachments ?? []).map(({ fallback, text }) => text ?? fallback ?? '');
  return {
    ...{ key: ts, roomKey: room.id, authorKey, atMs },
    text: [written.text ?? '', ...quoted].filter((line) => line !== '').join('\n'),
    ...(thread_ts === undefined || thread_ts === ts ? {} : { parentKey: thread_ts }),
    ...(subtype === 'thread_broadcast' && { alsoToRoom: true }),
    isEdited: written.edited !== undefined,
    isPinned: room.pins?.some(({ id }) => id === ts) === true,
    reactions: reactions.flatMap(({ name, users = [] }) =>
      users.map((personKey) => ({ emoji: name, personKey })),
    ),
    files: files.map(({ id, name, title, permalink, url_private }) => ({
      name: title || name || 'file',
      // Where tools put the files that they add to an export.
      path: `__uploads/${id}/${name}`,
      url: permalink ?? url_private,
    })),
  };
}

/** Empty for a file that the archive does not have. @throws {ImportError} */
async function readList<T>(zip: ZipArchive, name: string): Promise<readonly T[]> {
  const size = zip.entries.get(name)?.uncompressedSize ?? 0;
  if (size > FILE_BYTES_MAX) throw new ImportError(`${name} is too large.`);
  const list = await zip.open(name);
  if (list === undefined) return [];
  let read: unknown;
  try {
    read = JSON.parse(await textOf(list));
  } catch (cause) {
    throw new ImportError(`${name} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  if (!Array.isArray(read)) throw new ImportError(`${name} is not a list.`);
  // Objects of the described form; what they lack is absent.
  return read.filter((each) => typeof each === 'object' && each !== null) as T[];
}
