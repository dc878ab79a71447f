/**
 * Names that clients give to fields and frames by mistake: those of other dialects, of earlier drafts
 * of the protocols, and of other products. Unknown fields are ignored, but these would change what a
 * request means: without an error, `beforeId` would return the newest page.
 */

import { ERROR_CODES } from './errors.ts';

interface Names {
  /** The fields or frames that are meant, by preference. */
  readonly meant: readonly string[];
  /** As `toKey` returns them. The names that are meant are also found in other spellings. */
  readonly mistaken: readonly string[];
}

/** A longer name is not searched: the error repeats it. */
const NAME_LENGTH_MAX = 32;

/** Fields that choose a part of a list; a command that has one of them takes no other. */
const BOUNDS: ReadonlySet<string> = new Set(['before', 'after', 'around', 'aroundTime']);

const FIELDS: readonly Names[] = [
  {
    meant: ['before'],
    mistaken: ['beforeid', 'beforesequence', 'beforemessage', 'beforemessageid', 'until', 'cursor'],
  },
  {
    meant: ['after', 'lastSequence'],
    mistaken: ['afterid', 'aftersequence', 'aftermessage', 'aftermessageid', 'since', 'sinceid'],
  },
  {
    meant: ['lastSequence'],
    mistaken: ['sincesequence', 'lastseq', 'lastseensequence', 'sequence'],
  },
  { meant: ['lastId'], mistaken: ['lastmessageid'] },
  { meant: ['around'], mistaken: ['aroundid', 'aroundsequence', 'aroundmessageid'] },
  { meant: ['before', 'after'], mistaken: ['offset', 'page', 'skip', 'start'] },
  { meant: ['limit'], mistaken: ['count', 'max', 'pagesize', 'perpage', 'size'] },
  { meant: ['roomName'], mistaken: ['name'] },
  {
    meant: ['roomId', 'channelId', 'conversationId'],
    mistaken: ['room', 'channel', 'conversation'],
  },
  {
    meant: ['parentMessageId', 'replyTo'],
    mistaken: ['inreplyto', 'parentid', 'parent', 'replytoid', 'replytomessageid', 'threadid'],
  },
  {
    meant: ['clientMessageId'],
    mistaken: ['clientmsgid', 'idempotencykey', 'nonce', 'tempid'],
  },
  { meant: ['attachments'], mistaken: ['attachment', 'fileids', 'files'] },
  { meant: ['recipientId'], mistaken: ['to', 'touserid'] },
  { meant: ['messageId'], mistaken: ['message', 'messageids'] },
  { meant: ['isTyping'], mistaken: ['typing', 'istype'] },
  { meant: ['statusText'], mistaken: ['statusmessage'] },
  { meant: ['create'], mistaken: ['createifmissing', 'maycreate'] },
  { meant: ['membership'], mistaken: ['endmembership', 'forgood', 'permanent'] },
];

const FRAMES: readonly Names[] = [
  { meant: ['typing:stop'], mistaken: ['stoptyping'] },
  {
    meant: ['user_typing', 'typing:start', 'typing'],
    mistaken: ['typingindicator', 'typingstart', 'typingstop', 'starttyping', 'stoptyping'],
  },
  {
    meant: ['chat_message', 'message:send', 'send_message'],
    mistaken: ['message', 'messagenew', 'newmessage', 'sendmsg'],
  },
  {
    meant: ['join_room', 'room:join', 'join_channel', 'subscribe'],
    mistaken: ['join', 'joinroomsuccess', 'enterroom', 'createroom'],
  },
  {
    meant: ['leave_room', 'room:leave', 'leave_channel', 'unsubscribe'],
    mistaken: ['leave', 'exitroom'],
  },
  {
    meant: ['get_history', 'message:history', 'fetch_history'],
    mistaken: ['history', 'gethistoryrequest', 'getmessages', 'loadhistory', 'loadmessages'],
  },
  { meant: ['get_rooms', 'room:list'], mistaken: ['listrooms', 'roomlist', 'rooms'] },
  { meant: ['get_members'], mistaken: ['listmembers', 'memberlist', 'getusers', 'roommembers'] },
  {
    meant: ['mark_read', 'message:read'],
    mistaken: ['messageread', 'read', 'readmessage', 'eventmessageread'],
  },
  {
    meant: ['set_presence', 'presence:set'],
    mistaken: ['presence', 'presenceupdate', 'userpresence', 'setstatus'],
  },
  { meant: ['direct_message', 'send_message'], mistaken: ['dm', 'privatemessage'] },
  { meant: ['add_reaction'], mistaken: ['react', 'reactionadd', 'reactionadded'] },
  { meant: ['remove_reaction'], mistaken: ['reactionremove', 'reactionremoved', 'unreact'] },
];

/** Ignores case and separators. */
function toKey(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The name among `known` that a client means; undefined if there is none. */
type FindMeant = (name: string, known: ReadonlySet<string>) => string | undefined;

/** Each set of known names is indexed once: clients can send unknown names at any rate. */
function finderOf(table: readonly Names[]): FindMeant {
  const indexes = new WeakMap<ReadonlySet<string>, ReadonlyMap<string, string>>();
  return (name, known) => {
    if (name.length > NAME_LENGTH_MAX) return undefined;
    const index = indexes.get(known) ?? indexNames(table, known);
    indexes.set(known, index);
    return index.get(toKey(name));
  };
}

/** The names that are meant, by the keys of all names that mean them; the first one wins. */
function indexNames(
  table: readonly Names[],
  known: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const spelled = [...known].map((name) => [toKey(name), name] as const);
  const mistaken = table.flatMap(({ meant, mistaken }) => {
    const found = meant.find((candidate) => known.has(candidate));
    if (found === undefined) return [];
    return [...mistaken, ...meant.map(toKey)].map((key) => [key, found] as const);
  });
  return new Map([...spelled, ...mistaken].reverse());
}

const findMeantField = finderOf(FIELDS);
const findMeantFrame = finderOf(FRAMES);

interface MisnamedField {
  readonly field: string;
  readonly message: string;
}

/**
 * Finds an unknown field by another name of a known one, which would be ignored. A client that sends
 * the known one too means that.
 *
 * @param fields What the command takes.
 */
export function findMisnamedField(
  given: Readonly<Record<string, unknown>>,
  fields: ReadonlySet<string>,
): MisnamedField | undefined {
  for (const field in given) {
    if (fields.has(field) || given[field] === undefined) continue;
    const meant = findMeantField(field, fields);
    if (meant !== undefined) {
      if (given[meant] !== undefined) continue;
      return { field, message: `The field '${field}' is not known: use '${meant}'` };
    }
    if (!BOUNDS.has(field)) continue;
    const bounds = [...fields].filter((known) => BOUNDS.has(known));
    if (bounds.length === 0) continue;
    const names = bounds.map((name) => `'${name}'`).join(' or ');
    return { field, message: `The field '${field}' does not apply here: use ${names}` };
  }
  return undefined;
}

/** Message for a frame or event that a dialect does not have under this name. */
export function describeUnknownType(type: string, types: ReadonlySet<string>): string {
  const unsupported = ERROR_CODES.UNKNOWN_TYPE.message;
  const meant = findMeantFrame(type, types);
  if (meant === undefined) return unsupported;
  const how = meant === 'user_typing' || meant === 'typing' ? " with 'isTyping'" : '';
  return `${unsupported}: use '${meant}'${how}`;
}
