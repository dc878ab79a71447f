/**
 * Reserved usernames: they address everyone, look like the server, or are properties of every
 * JavaScript object.
 */

/** In lower case. */
const RESERVED_HANDLES: ReadonlySet<string> = new Set([
  // Mentions of many users, here or in other chat applications.
  'all',
  'channel',
  'everybody',
  'everyone',
  'here',
  'room',
  'assistant',
  // Values and properties that break client programs.
  'anonymous',
  'constructor',
  'hasownproperty',
  'null',
  'prototype',
  'tostring',
  'undefined',
  'valueof',
  '__proto__',
]);
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...RESERVED_HANDLES,
  // Names that look like the server or its operators.
  'admin',
  'administrator',
  'moderator',
  'parley',
  'root',
  'server',
  'support',
  'system',
]);

/** How the names of deleted accounts begin. */
export const DELETED_PREFIX = 'deleted-';

/** Words that speak for the server or its operators, or for everybody. */
const AUTHORITY = [
  ...['all', 'channel', 'everybody', 'everyone', 'here'],
  ...['administrator', 'administration', 'admin', 'assistant', 'moderator', 'moderation', 'mod'],
  ...[
    'deleted',
    'parley',
    'root',
    'server',
    'support',
    'system',
    'security',
    'operator',
    'staff',
    'official',
  ],
];
/** Words that change nothing beside them. */
const FILLERS = [
  ...[
    'the',
    'team',
    'department',
    'dept',
    'desk',
    'group',
    'account',
    'service',
    'services',
    'help',
  ],
  ...['bot', 'chat', 'center', 'centre', 'notification', 'notice', 'alert', 'user', 'your', 'our'],
  ...['of', 'for', 'and', 'your', 'global', 'chief', 'head'],
];
// Longer words first, so that a word never ends within another.
const ONLY_SUCH_WORDS = new RegExp(
  `^(?:${[...AUTHORITY, ...FILLERS].sort((a, b) => b.length - a.length).join('|')}|\\d|s)+$`,
  'u',
);
const AUTHORITY_WORD = new RegExp(AUTHORITY.join('|'), 'u');

/** Of a group of users, which may be called `support`: those who manage the server make it. */
export function isReservedHandle(handle: string): boolean {
  return RESERVED_HANDLES.has(handle) || handle.startsWith(DELETED_PREFIX);
}

export function isReservedName(username: string): boolean {
  const name = username.toLowerCase();
  return RESERVED_NAMES.has(name) || name.startsWith(DELETED_PREFIX);
}

/**
 * Whether a name consists of such words only, with or without signs between them: `The Admin`,
 * `Parley Team`, `@everyone`. In a longer name they are part of it: `Anna (Support)`.
 *
 * @param look The name as it looks: `lookOf`.
 */
export function looksOfficial(look: string): boolean {
  const written = look.replaceAll(/[^\p{L}\p{N}]/gu, '');
  return AUTHORITY_WORD.test(written) && ONLY_SUCH_WORDS.test(written);
}
