/**
 * Units: work beside the chat that follows from facts in the store. Every server process does all of it
 * by default; a process of its own may do some of it instead. Each is the owner of its listeners to
 * the core, by this name. `docs/operations.md` lists them.
 */
const UNITS = Object.freeze({
  search: 'adds stored messages to the index of the search',
  mail: 'sends queued mail',
  scheduled: 'sends scheduled messages that are due',
  reminders: 'tells reminders of saved messages',
  removals: 'removes what deleted accounts and spammers have left',
  previews: 'fetches the pages behind links, for their previews',
  thumbnails: 'makes smaller copies of uploaded pictures',
  imports: 'imports the history of other applications that operators want',
  files: 'deletes files that no message has',
  retention: 'deletes old messages',
  audit: 'sums up repeated entries of the audit log, and deletes old ones',
  'empty-rooms': 'deletes rooms that are empty, and the rows of deleted ones',
  'unconfirmed-accounts': 'deletes accounts whose e-mail address was not confirmed in time',
});

export type Unit = keyof typeof UNITS;

export const UNIT_NAMES = Object.freeze(Object.keys(UNITS) as Unit[]);
