/**
 * Reserved usernames: they address everyone, look like the server, or are properties of every
 * JavaScript object.
 */

/** In lower case. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  // Mentions of many users, here or in other chat applications.
  'all',
  'channel',
  'everybody',
  'everyone',
  'here',
  'room',
  // Names that look like the server or its operators.
  'admin',
  'administrator',
  'assistant',
  'moderator',
  'parley',
  'root',
  'server',
  'support',
  'system',
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

export function isReservedName(username: string): boolean {
  return RESERVED_NAMES.has(username.toLowerCase());
}
