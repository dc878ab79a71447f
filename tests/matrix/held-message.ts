/** A message as the checker compares it, from the fields that the dialects share. */
export function toHeldMessage(message: {
  readonly id: string;
  readonly sequence: number;
  readonly userId: string;
  readonly content: string;
  readonly clientMessageId?: string;
  readonly editedAt?: string;
  readonly deleted?: boolean;
}) {
  const { id, sequence, userId, content, clientMessageId, editedAt, deleted } = message;
  return {
    id,
    sequence,
    userId,
    content,
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    ...(editedAt === undefined ? {} : { edited: true }),
    ...(deleted === true ? { deleted: true } : {}),
  };
}
