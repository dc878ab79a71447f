/** Fields that an `error` without an envelope repeats, so that the sender can find the failed command. */
const CONTEXT_FIELDS: readonly string[] = Object.freeze([
  'originalType',
  'channelId',
  'conversationId',
  'recipientId',
  'clientMessageId',
]);
/** No id or name is longer. */
const NAME_LENGTH_MAX = 128;

/** Returns the received fields that identify the command; other fields are not repeated. */
export function errorContextOf(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const context: Record<string, string> = {};
  for (const name of CONTEXT_FIELDS) {
    const value = fields[name];
    if (typeof value === 'string' && value.length <= NAME_LENGTH_MAX) context[name] = value;
  }
  return context;
}
