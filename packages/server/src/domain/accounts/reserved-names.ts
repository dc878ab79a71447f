/** Usernames that cannot be chosen: they address everyone, pose as the server, or are properties of every JavaScript object. */

/** In lower case. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  // Mentions of many people, here or in other chat applications.
  'all',
  'channel',
  'everybody',
  'everyone',
  'here',
  'room',
  // Names that read as the server, or as the people who run it.
  'admin',
  'administrator',
  'assistant',
  'moderator',
  'parley',
  'root',
  'server',
  'support',
  'system',
  // Values and properties that programs of clients stumble over.
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
