/**
 * Values that the rows of an archive may have. The hashes of an archive show that it is complete, not
 * that a server wrote it: rows of an edited file obey the same rules as those that users create.
 */
import { isWithinLimits, readArgon2Hash } from '../model/argon2-hash.ts';
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
/** As long as the longest name with every character of two code units, and more. */
const NAME_LENGTH_MAX = 400;
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const oneOf = (...values: readonly string[]): Rule => ({
  allows: (cell) => typeof cell === 'string' && values.includes(cell),
  allowed: `one of ${values.join(', ')}`,
});
const time: Rule = {
  allows: (cell) => cell === null || (typeof cell === 'number' && cell >= 0 && cell <= TIME_MAX_MS),
  allowed: 'a time in milliseconds since 1970, up to the year 9999',
};
const name: Rule = {
  allows: (cell) =>
    typeof cell === 'string' && cell.length <= NAME_LENGTH_MAX && !UNSEEN.test(cell),
  allowed: 'a name without control characters and direction marks',
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
    display_name: name,
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
  server_profile: { name },
  user_groups: {
    handle: {
      allows: (cell) => typeof cell === 'string' && /^[a-z0-9_-]{3,20}$/.test(cell),
      allowed: "a handle of small letters, digits, '_' and '-'",
    },
    name,
  },
  custom_emoji: {
    file_id: fileId,
    name: {
      allows: (cell) => typeof cell === 'string' && /^[a-z0-9_-]{2,30}$/.test(cell),
      allowed: "a name of 2 to 30 small letters, digits, '_' and '-'",
    },
  },
  workspaces: { name, picture_file_id: fileId },
  workspace_members: { role: oneOf(...WORKSPACE_ROLES) },
  rooms: {
    picture_file_id: fileId,
    kind: oneOf('room', 'channel', 'direct', 'group'),
    visibility: oneOf('public', 'private'),
    name,
    topic: name,
  },
  membership_changes: {
    kind: oneOf('joined', 'left', 'removed', 'banned', ...ROOM_ROLES),
    created_at: time,
  },
  memberships: {
    role: oneOf(...ROOM_ROLES),
    muted_until: time,
    notification_level: oneOf('all', 'every', 'mentions', 'nothing'),
  },
  passkeys: { name },
  bans: { until: time },
  mutes: { until: time },
  invites: { role: oneOf('member', 'guest') },
  invitations: { kind: oneOf('workspace', 'group'), role: oneOf(...WORKSPACE_ROLES) },
};

/** Describes the first value that no server would have stored; undefined if there is none. */
export function findInvalidValue(
  table: string,
  columns: readonly string[],
  row: readonly Cell[],
): string | undefined {
  for (const [index, column] of columns.entries()) {
    const rule = RULES[table]?.[column] ?? (column.endsWith('_at') ? time : undefined);
    const cell = row[index] ?? null;
    if (rule !== undefined && !rule.allows(cell)) {
      // Hashes are secrets, and other values may be long.
      const shown = column === 'password_hash' ? '' : ` ${JSON.stringify(cell).slice(0, 60)}`;
      return `${column}${shown} is not ${rule.allowed}`;
    }
  }
  return undefined;
}

/** Texts in no format of hashes match no password, and cost nothing. */
function isPasswordHash(cell: Cell): boolean {
  if (typeof cell !== 'string') return false;
  if (!cell.startsWith('$')) return true;
  const hash = readArgon2Hash(cell);
  return hash !== undefined && isWithinLimits(hash);
}
