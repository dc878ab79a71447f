/** What an `error` of a dialect without an envelope is about: the names by which its sender finds it again. */
const SUBJECT_FIELDS: readonly string[] = Object.freeze([
  'originalType',
  'channelId',
  'conversationId',
  'recipientId',
  'clientMessageId',
]);
/** Longer ones name nothing that there is. */
const NAME_LENGTH_MAX = 128;

/** Of the fields that came, those that name something; all else of them is not repeated. */
export function errorContextOf(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const subject: Record<string, string> = {};
  for (const name of SUBJECT_FIELDS) {
    const value = fields[name];
    if (typeof value === 'string' && value.length <= NAME_LENGTH_MAX) subject[name] = value;
  }
  return subject;
}
