/** Names a command whatever connection it came over: promise 3's key. */
export function commandKey(command: {
  readonly roomId: string;
  readonly userId: string;
  readonly clientMessageId: string;
}): string {
  return JSON.stringify([command.roomId, command.userId, command.clientMessageId]);
}

/** Names a room on one connection. */
export function streamKey(entry: { readonly connection: string; readonly roomId: string }): string {
  return JSON.stringify([entry.connection, entry.roomId]);
}
