/** Recognizes repeated commands by their idempotency key, in both SQL stores. */
import { hash } from 'node:crypto';
import type { LogCommand } from '../model/log-command.ts';

/** @param first Fingerprint of the command that has the key, stored by any version of Parley. */
export function isRepeated(command: LogCommand, first: string): boolean {
  return first === command.fingerprint || first === fingerprintOfText(command);
}

/**
 * The first version of the schema had no replies and used the text alone as fingerprint of a
 * message.
 */
function fingerprintOfText(command: LogCommand): string | undefined {
  if (command.kind !== 'message') return undefined;
  const { content, parentId, attachments } = command;
  if (parentId !== undefined || attachments.length > 0) return undefined;
  return hash('sha256', JSON.stringify(['message', content]));
}
