/** Whether a command is the one that has its key already, in both SQL stores. */
import { hash } from 'node:crypto';
import type { LogCommand } from '../model/log-command.ts';

/** @param first The fingerprint of the command that has the key, by whichever version it was stored. */
export function isRepeated(command: LogCommand, first: string): boolean {
  return first === command.fingerprint || first === fingerprintOfText(command);
}

/** By the first version of the schema, which knew no replies, a message was known again by its text alone. */
function fingerprintOfText(command: LogCommand): string | undefined {
  if (command.kind !== 'message') return undefined;
  const { content, parentId, attachments } = command;
  if (parentId !== undefined || attachments.length > 0) return undefined;
  return hash('sha256', JSON.stringify(['message', content]));
}
