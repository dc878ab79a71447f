/** The key of a command on any connection, as promise 3 defines it. */
export function commandKey(command: {
  readonly roomId: string;
  readonly userId: string;
  readonly clientMessageId: string;
}): string {
  return JSON.stringify([command.roomId, command.userId, command.clientMessageId]);
}

/** The key of a room on one connection. */
export function streamKey(entry: { readonly connection: string; readonly roomId: string }): string {
  return JSON.stringify([entry.connection, entry.roomId]);
}
