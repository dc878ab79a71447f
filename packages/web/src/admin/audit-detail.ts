/** Texts that the page shows of the detail of an entry in the audit log. */
import type { AuditEntry } from '@parley/client';
import { auditStrings as texts } from '../strings/audit.ts';

/** After the detail of a repeated act: how often it was done besides the entries before. */
const MORE = /(?:^| )more (\d+)$/;

/** Texts to show one after the other; none if there is nothing but ids. */
export function detailsOf({
  action,
  detail = '',
  renamed,
  roomName,
}: Pick<AuditEntry, 'action' | 'detail' | 'renamed' | 'roomName'>): string[] {
  const [, more] = MORE.exec(detail) ?? [];
  const about = aboutOf(action, detail.replace(MORE, ''), roomName);
  const names = renamed === undefined ? '' : texts.renamed(renamed.from, renamed.to);
  return [about, names, more === undefined ? '' : texts.further(Number(more))].filter(
    (text) => text !== '',
  );
}

function aboutOf(action: string, detail: string, roomName: string | undefined): string {
  if (roomName !== undefined) return roomName;
  if (action === 'room.update') return detail;
  const [word = ''] = detail.split(' ');
  // The names say it.
  if (action === 'user.rename') return '';
  return isId(word) ? '' : word;
}

/** Ids are shown only in the API and the command line. */
export function isId(word: string): boolean {
  return /^[\da-f-]{36}$|^[\da-f]{64}$/.test(word);
}
