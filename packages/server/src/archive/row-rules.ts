/**
 * Values that the rows of an archive may have. The hashes of an archive show that it is complete, not
 * that a server wrote it: rows of an edited file obey the same rules as those that users create.
 */
import { LIMITS, normalizeEmoji } from '@parley/protocol';
import { isWithinLimits, readArgon2Hash } from '../model/argon2-hash.ts';
import { hasControl } from '../model/control-characters.ts';
import { fileIdOfUrl, fileUrlOf } from '../model/stored-file.ts';
import { ROLES, ROOM_ROLES, WORKSPACE_ROLES } from '../model/stored-role.ts';
import { isAvatarUrl, NO_PASSWORD } from '../model/user.ts';
import type { Cell } from '../ports/archive.ts';

interface Rule {
  readonly allows: (cell: Cell) => boolean;
  /** Completes the sentence "… is not". */
  readonly allowed: string;
}

/** The year 9999: later times have another form in ISO 8601. */
const TIME_MAX_MS = 253_402_300_799_999;
/** Code points of the names of groups and workspaces, as the domain limits them. */
const GROUP_NAME_LENGTH_MAX = 100;
/** Of the server, which may have none. */
const SERVER_NAME_LENGTH_MAX = 40;
const PASSKEY_NAME_LENGTH_MAX = 60;
/** The greatest `CONTENT_LENGTH_MAX`. */
const CONTENT_LENGTH_MAX = 100_000;

const oneOf = (...values: readonly string[]): Rule => ({
  allows: (cell) => typeof cell === 'string' && values.includes(cell),
  allowed: `one of ${values.join(', ')}`,
});
const time: Rule = {
  allows: (cell) => cell === null || (typeof cell === 'number' && cell >= 0 && cell <= TIME_MAX_MS),
  allowed: 'a time in milliseconds since 1970, up to the year 9999',
};
/** Code points, as for users; unlike new ones, stored names may mix scripts or be empty. */
const text = (lengthMax: number): Rule => ({
  allows: (cell) => cell === null || (typeof cell === 'string' && isUpTo(cell, lengthMax)),
  allowed: `a text of at most ${lengthMax} characters`,
});
const name = (lengthMax: number): Rule => ({
  allows: (cell) => typeof cell === 'string' && isUpTo(cell, lengthMax) && !hasControl(cell),
  allowed: `a name of at most ${lengthMax} characters, without control characters and direction marks`,
});
const reason = text(LIMITS.reasonLengthMax);
const content = text(CONTENT_LENGTH_MAX);
const emoji: Rule = {
  allows: (cell) => typeof cell === 'string' && normalizeEmoji(cell) === cell,
  allowed: 'an emoji in its usual form',
};
const attachments: Rule = {
  allows: (cell) => cell === null || isList(cell),
  allowed: 'a JSON list',
};

const fileId: Rule = {
  allows: (cell) =>
    cell === null || (typeof cell === 'string' && fileIdOfUrl(fileUrlOf(cell)) !== undefined),
  allowed: 'the id of a file',
};

const RULES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  users: {
    username: {
      allows: (cell) => typeof cell === 'string' && /^[A-Za-z0-9_-]{2,20}$/.test(cell),
      allowed: "a username of letters, digits, '_' and '-'",
    },
    display_name: name(LIMITS.displayNameLengthMax),
    disabled_reason: reason,
    avatar_url: {
      allows: (cell) =>
        cell === null ||
        (typeof cell === 'string' && (isAvatarUrl(cell) || fileIdOfUrl(cell) !== undefined)),
      allowed: 'an https address, or that of a file',
    },
    role: oneOf(...ROLES),
    password_hash: {
      allows: isPasswordHash,
      allowed: `'${NO_PASSWORD}' or an argon2id hash with usual parameters`,
    },
  },
  server_profile: { name: name(SERVER_NAME_LENGTH_MAX) },
  user_groups: {
    handle: {
      allows: (cell) => typeof cell === 'string' && /^[a-z0-9_-]{3,20}$/.test(cell),
      allowed: "a handle of small letters, digits, '_' and '-'",
    },
    name: name(LIMITS.displayNameLengthMax),
  },
  custom_emoji: {
    file_id: fileId,
    name: {
      allows: (cell) => typeof cell === 'string' && /^[a-z0-9_-]{2,30}$/.test(cell),
      allowed: "a name of 2 to 30 small letters, digits, '_' and '-'",
    },
  },
  workspaces: { name: name(GROUP_NAME_LENGTH_MAX), picture_file_id: fileId },
  workspace_members: { role: oneOf(...WORKSPACE_ROLES) },
  rooms: {
    picture_file_id: fileId,
    kind: oneOf('room', 'channel', 'direct', 'group'),
    visibility: oneOf('public', 'private'),
    name: name(GROUP_NAME_LENGTH_MAX),
    topic: name(LIMITS.topicLengthMax),
    description: text(LIMITS.descriptionLengthMax),
  },
  membership_changes: {
    kind: oneOf('joined', 'left', 'removed', 'banned', ...ROOM_ROLES),
    created_at: time,
  },
  memberships: {
    role: oneOf(...ROOM_ROLES),
    muted_until: time,
    mute_reason: reason,
    notification_level: oneOf('all', 'every', 'mentions', 'nothing'),
  },
  passkeys: { name: name(PASSKEY_NAME_LENGTH_MAX) },
  bans: { until: time, reason },
  mutes: { until: time, reason },
  reports: { reason },
  warnings: { reason },
  chosen_presence: { until: time, status_text: text(LIMITS.statusTextLengthMax) },
  messages: { content, attachments },
  message_versions: { content },
  scheduled_messages: { content, attachments },
  reactions: { emoji },
  invites: { role: oneOf('member', 'guest') },
  invitations: { kind: oneOf('workspace', 'group'), role: oneOf(...WORKSPACE_ROLES) },
};

/** Rules of columns that depend on the kind of the row. */
const RULES_BY_KIND: typeof RULES = {
  'reaction-added': { detail: emoji },
  'reaction-removed': { detail: emoji },
};

/** Describes a row with a value that no server would have stored; undefined for other rows. */
export function describeInvalidRow(
  table: string,
  columns: readonly string[],
  { row, line }: { readonly row: readonly Cell[]; readonly line: number },
): string | undefined {
  const invalid = findInvalidValue(table, columns, row);
  return invalid && `Line ${line} of the archive, in ${table}, cannot be stored: ${invalid}`;
}

function findInvalidValue(
  table: string,
  columns: readonly string[],
  row: readonly Cell[],
): string | undefined {
  const kind = table === 'room_events' ? row[columns.indexOf('kind')] : undefined;
  const ofKind = typeof kind === 'string' ? RULES_BY_KIND[kind] : undefined;
  for (const [index, column] of columns.entries()) {
    const rule =
      ofKind?.[column] ?? RULES[table]?.[column] ?? (column.endsWith('_at') ? time : undefined);
    const cell = row[index] ?? null;
    if (rule !== undefined && !rule.allows(cell)) {
      // Hashes are secrets, and other values may be long.
      const shown = column === 'password_hash' ? '' : ` ${JSON.stringify(cell).slice(0, 60)}`;
      return `${column}${shown} is not ${rule.allowed}`;
    }
  }
  return undefined;
}

function isPasswordHash(cell: Cell): boolean {
  if (typeof cell !== 'string') return false;
  if (cell === NO_PASSWORD) return true;
  const hash = readArgon2Hash(cell);
  return hash !== undefined && isWithinLimits(hash);
}

function isUpTo(cell: string, lengthMax: number): boolean {
  return (
    cell.length <= lengthMax || (cell.length <= 2 * lengthMax && [...cell].length <= lengthMax)
  );
}

function isList(cell: Cell): boolean {
  try {
    return Array.isArray(JSON.parse(String(cell)));
  } catch {
    return false;
  }
}
