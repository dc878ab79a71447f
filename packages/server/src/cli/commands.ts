/**
 * The commands of `parley`: description, arguments, settings and implementation, which is loaded
 * only to run the command: most commands need a small part of the server.
 */
import type { Config, SettingName } from '../config/load-config.ts';
import type { Flags } from './store-commands.ts';

export interface Command {
  readonly about: string;
  /** Required after the name of the command, in this order. */
  readonly arguments?: readonly ('FILE' | 'NAME' | 'ROLE' | 'ID' | 'ROOM')[];
  /** Further lines of the help text. */
  readonly notes?: readonly string[];
  /** Descriptions of the flags that are not settings. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Whether the command does nothing without a flag. */
  readonly needsFlag?: true;
  /** Settings that affect the command. */
  readonly settings: readonly SettingName[] | 'all';
  readonly load: () => Promise<RunCommand>;
}

interface GivenArguments {
  readonly file: string;
  readonly name: string;
  readonly role: string;
  readonly id: string;
  readonly room: string;
}

type RunCommand = (config: Config, given: GivenArguments, flags: Flags) => Promise<void> | void;

/** Settings that locate the store. */
const STORE: readonly SettingName[] = [
  'DATA_DIR',
  'DATABASE_URL',
  'DATABASE_TIMEOUT_MS',
  'CASSANDRA_URL',
];
const FOLDER: readonly SettingName[] = ['DATA_DIR'];
/** Settings that locate the files of users. */
const FILES: readonly SettingName[] = ['FILES_DIR', 'FILES_URL'];
const FILES_FLAG = Object.freeze({
  'without-files': 'Leave out the files that users have uploaded.',
});
const ACCOUNTS: readonly SettingName[] = [
  'DATA_DIR',
  'DATABASE_URL',
  'DATABASE_TIMEOUT_MS',
  'SESSION_STORE',
];
/** Settings that tell the address of the server. */
const LINKS: readonly SettingName[] = ['ALLOWED_HOSTS', 'HOST', 'PORT', 'TLS_CERT_FILE'];
const BESIDE_SERVERS = 'The server may be running.';
const CLOSES_CONNECTIONS = 'Servers close open connections of the user within 2 seconds.';
const IMPORT_NOTES = Object.freeze([
  'The servers may be running. A second import of the same workspace adds what is new.',
  'A single server that runs does the work; otherwise this command does, and needs the settings of the nodes of a cluster.',
]);
const ROOM_NOTES = Object.freeze([
  'ROOM is the id of a room, or its name if no other room has it.',
  'The server may be running: clients see the change within 2 seconds.',
]);
const PASSWORD_FLAGS = Object.freeze({
  'password-stdin': 'Read the password from standard input; print nothing to standard output.',
});

export const COMMANDS: Readonly<Record<string, Command>> = Object.freeze({
  start: {
    about: 'Serve the web client and the API.',
    flags: {
      demo: 'Fill a server without accounts with people, rooms and messages to try it; only on loopback.',
    },
    settings: 'all',
    load: async () => (await import('./start.ts')).start,
  },
  config: {
    about: 'Show every setting, its value and its source.',
    settings: 'all',
    load: async () => (await import('./show-config.ts')).showConfig,
  },
  drain: {
    about: 'Stop the server of DATA_DIR; a node of a cluster moves its clients to other nodes.',
    notes: ['On the machine of the server. SIGTERM does the same.'],
    settings: ['DATA_DIR', 'DRAIN_MS'],
    load: async () => (await import('./drain.ts')).drain,
  },
  unit: {
    about: 'Run units, which is work beside the chat, for the nodes of a cluster.',
    arguments: ['NAME'],
    notes: [
      "NAME is 'all', or names of units, separated by commas: those of the setting UNITS.",
      'The settings are those of the nodes, which leave the same units out with UNITS.',
    ],
    settings: 'all',
    load: async () => (await import('./run-units.ts')).runUnits,
  },
  migrate: {
    about: 'Update the database schema to this version.',
    notes: ["'parley start' does the same."],
    settings: STORE,
    load: async () => (await import('./store-commands.ts')).migrate,
  },
  reindex: {
    about: 'Index the texts of all messages again for the search.',
    notes: [
      'A running server does it in steps, from within a minute on; otherwise the next start does.',
    ],
    settings: STORE,
    load: async () => (await import('./store-commands.ts')).reindex,
  },
  export: {
    about: 'Export all data to FILE.',
    arguments: ['FILE'],
    notes: [
      "The server may be running. '-' writes to standard output, without files.",
      'The files of users are copied to the folder FILE.files.',
    ],
    flags: {
      ...FILES_FLAG,
      format:
        "'archive' (default), which 'parley import' reads, or 'jsonl': people, rooms and messages for other programs, without secrets.",
    },
    settings: [...STORE, ...FILES],
    load: async () => (await import('./archive-commands.ts')).exportStore,
  },
  import: {
    about: 'Import FILE into an empty store.',
    arguments: ['FILE'],
    notes: [
      "FILE was written by 'parley export'; '-' reads from standard input, without files.",
      'The files of users are copied from the folder FILE.files.',
    ],
    flags: FILES_FLAG,
    settings: [...STORE, ...FILES],
    load: async () => (await import('./archive-commands.ts')).importStore,
  },
  'import slack': {
    about: 'Import the history of a Slack workspace from its export, a ZIP archive.',
    arguments: ['FILE'],
    notes: IMPORT_NOTES,
    settings: 'all',
    load: async () => (await import('./import-commands.ts')).importSlack,
  },
  'import mattermost': {
    about: 'Import the history of a Mattermost server from its bulk export, JSON Lines or ZIP.',
    arguments: ['FILE'],
    notes: IMPORT_NOTES,
    settings: 'all',
    load: async () => (await import('./import-commands.ts')).importMattermost,
  },
  backup: {
    about: 'Back up the SQLite database to FILE; the server may be running.',
    arguments: ['FILE'],
    notes: [
      'The files of users are copied to the folder FILE.files.',
      'For PostgreSQL, use pg_dump or pg_basebackup.',
    ],
    flags: FILES_FLAG,
    settings: [...FOLDER, ...FILES],
    load: async () => (await import('./store-commands.ts')).backup,
  },
  restore: {
    about: 'Restore FILE into an empty DATA_DIR.',
    arguments: ['FILE'],
    notes: [
      "FILE was written by 'parley backup'.",
      'The files of users are copied from the folder FILE.files.',
    ],
    flags: FILES_FLAG,
    settings: [...FOLDER, ...FILES],
    load: async () => (await import('./store-commands.ts')).restore,
  },
  doctor: {
    about: 'Repair the store after you restored a copy without parley restore.',
    needsFlag: true,
    flags: {
      'new-generation':
        'Make clients reload their rooms, because the restored log may be older than what they have seen.',
    },
    settings: STORE,
    load: async () => (await import('./store-commands.ts')).doctor,
  },
  'users add': {
    about: 'Create an account and print its password, also if registration is closed.',
    arguments: ['NAME'],
    notes: [BESIDE_SERVERS],
    flags: PASSWORD_FLAGS,
    settings: ACCOUNTS,
    load: async () => (await import('./user-commands.ts')).addUser,
  },
  'users reset': {
    about: 'Set and print a new password of a user, and end all sessions of the user.',
    arguments: ['NAME'],
    notes: [
      BESIDE_SERVERS,
      CLOSES_CONNECTIONS,
      'With --link, the user chooses the password; until then, nothing changes.',
    ],
    flags: {
      ...PASSWORD_FLAGS,
      link: 'Print a link with which the user sets a new password, once and within 24 hours.',
    },
    settings: [...ACCOUNTS, ...LINKS],
    load: async () => (await import('./user-commands.ts')).resetPassword,
  },
  'users lock-demo': {
    about:
      'Give the accounts of start --demo passwords that nobody knows, so that others may reach the server.',
    notes: [BESIDE_SERVERS, CLOSES_CONNECTIONS],
    settings: ACCOUNTS,
    load: async () => (await import('./user-commands.ts')).lockDemo,
  },
  'users list': {
    about: 'List all accounts by name, with their roles and when they were last seen.',
    notes: [BESIDE_SERVERS],
    flags: { json: 'Print JSON.' },
    settings: ACCOUNTS,
    load: async () => (await import('./user-commands.ts')).listUsers,
  },
  'users show': {
    about: 'Show the account of a user.',
    arguments: ['NAME'],
    notes: [BESIDE_SERVERS],
    flags: { json: 'Print JSON.' },
    settings: ACCOUNTS,
    load: async () => (await import('./user-commands.ts')).showUser,
  },
  'users disable': {
    about: 'Disable an account: nobody can use it, and all its sessions end.',
    arguments: ['NAME'],
    notes: [BESIDE_SERVERS, CLOSES_CONNECTIONS],
    flags: { until: 'End of it, such as 2030-01-31; without it, until it is enabled.' },
    settings: ACCOUNTS,
    load: async () => (await import('./user-commands.ts')).disableUser,
  },
  'users enable': {
    about: 'Enable an account that was disabled.',
    arguments: ['NAME'],
    notes: [BESIDE_SERVERS],
    settings: ACCOUNTS,
    load: async () => (await import('./user-commands.ts')).enableUser,
  },
  'users delete': {
    about: 'Delete an account for good: its names and data go, and its username stays reserved.',
    arguments: ['NAME'],
    notes: [
      BESIDE_SERVERS,
      CLOSES_CONNECTIONS,
      'They do the rest in steps, as does the next start: memberships end, and messages go.',
    ],
    flags: {
      messages: 'Keep the messages of the user (keep, the default) or delete them (delete).',
    },
    settings: ACCOUNTS,
    load: async () => (await import('./user-commands.ts')).deleteUser,
  },
  'users role': {
    about:
      'Make a user owner, admin, moderator, member or guest of the server, and end all sessions of the user.',
    arguments: ['NAME', 'ROLE'],
    notes: [BESIDE_SERVERS, CLOSES_CONNECTIONS],
    settings: ACCOUNTS,
    load: async () => (await import('./user-commands.ts')).setRole,
  },
  'users sessions': {
    about: 'List the sessions of a user, with their devices, addresses and times, or end all.',
    arguments: ['NAME'],
    notes: [BESIDE_SERVERS, CLOSES_CONNECTIONS],
    flags: { end: 'End the sessions.', json: 'Print JSON.' },
    settings: ACCOUNTS,
    load: async () => (await import('./user-commands.ts')).showSessions,
  },
  'invites create': {
    about: 'Create a link with which people make accounts, and print it.',
    notes: [
      BESIDE_SERVERS,
      'The link is valid as long as the account in whose name it is may let others in.',
    ],
    flags: {
      by: 'Name of the account in whose name the link is (the first owner by name).',
      uses: 'Maximum number of people (any number).',
      'expires-at': 'Time in ISO 8601, at most 366 days away (in 7 days).',
      role: 'Role of the new accounts: member (default) or guest.',
      json: 'Print JSON.',
    },
    settings: [...ACCOUNTS, ...LINKS],
    load: async () => (await import('./invite-commands.ts')).createInvite,
  },
  'invites list': {
    about: 'List all links, latest first.',
    notes: [BESIDE_SERVERS],
    flags: { json: 'Print JSON.' },
    settings: ACCOUNTS,
    load: async () => (await import('./invite-commands.ts')).listInvites,
  },
  'invites revoke': {
    about: 'Revoke a link: it lets nobody in.',
    arguments: ['ID'],
    notes: [BESIDE_SERVERS],
    settings: ACCOUNTS,
    load: async () => (await import('./invite-commands.ts')).revokeInvite,
  },
  'rooms list': {
    about: 'List all rooms, channels and groups, also private ones, with their owners.',
    notes: [BESIDE_SERVERS],
    flags: { json: 'Print JSON.' },
    settings: ACCOUNTS,
    load: async () => (await import('./room-commands.ts')).listRooms,
  },
  'rooms archive': {
    about: 'Archive a room: it can be read, and accepts nothing new.',
    arguments: ['ROOM'],
    notes: ROOM_NOTES,
    settings: ACCOUNTS,
    load: async () => (await import('./room-commands.ts')).archiveRoom,
  },
  'rooms unarchive': {
    about: 'Make an archived room active again.',
    arguments: ['ROOM'],
    notes: ROOM_NOTES,
    settings: ACCOUNTS,
    load: async () => (await import('./room-commands.ts')).unarchiveRoom,
  },
  'rooms delete': {
    about: 'Delete a room with all its messages for good.',
    arguments: ['ROOM'],
    notes: [...ROOM_NOTES, 'Servers delete its rows in steps, as does the next start.'],
    settings: ACCOUNTS,
    load: async () => (await import('./room-commands.ts')).deleteRoom,
  },
  'rooms owner': {
    about: 'Make a member the owner of a room; the former owner becomes a moderator.',
    arguments: ['ROOM', 'NAME'],
    notes: ROOM_NOTES,
    settings: ACCOUNTS,
    load: async () => (await import('./room-commands.ts')).setOwner,
  },
  audit: {
    about: 'List who did what to whom, latest first, or check that no entry was changed.',
    notes: [BESIDE_SERVERS, 'Prints up to 1000 entries.'],
    flags: {
      actor: 'List only what this user did: NAME, the id, or "operator".',
      action: 'List only this action, such as user.role.',
      after: 'List only entries older than this id.',
      verify: 'Check the chain of all entries; print its end.',
      json: 'Print JSON.',
    },
    settings: ACCOUNTS,
    load: async () => (await import('./audit-commands.ts')).audit,
  },
});

/** Commands whose first word is this one, such as `users`. */
export function groupOf(word = ''): Readonly<Record<string, Command>> {
  return Object.fromEntries(
    Object.entries(COMMANDS).filter(([name]) => name.startsWith(`${word} `)),
  );
}

/** Finds the command that the first one or two words name. */
export function findCommand(
  words: readonly string[],
):
  | { readonly name: string; readonly command: Command; readonly rest: readonly string[] }
  | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ');
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command !== undefined) return { name, command, rest: words.slice(length) };
  }
  return undefined;
}
