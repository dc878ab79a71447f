/** Formats the table of roles as Markdown for the documents. */
import { NEEDS } from '../../packages/server/src/model/command-rights.ts';
import { ROLE_TABLE } from '../../packages/server/src/model/role-table.ts';
import { moderatedRow } from '../../packages/server/src/model/room-permissions.ts';
import { table } from './table.ts';

/** Lists the rights of the table of roles, with the commands and operations that need them. */
export function rolesSection(): string {
  const rows = Object.entries<Readonly<Record<string, unknown>>>(ROLE_TABLE).map(
    ([right, { may, ...least }]) => {
      const needing = [...NEEDS].filter(
        ([, { right: own, ofOthers, permission }]) =>
          own === right ||
          ofOthers === right ||
          (permission !== undefined && moderatedRow(permission) === right),
      );
      const scopes = ['server', 'workspace', 'room'].map((scope) => String(least[scope] ?? ''));
      return [
        `\`${right}\``,
        String(may),
        ...scopes,
        needing.map(([name]) => `\`${name}\``).join(', '),
      ];
    },
  );
  return table(['row', 'right to', 'server', 'workspace', 'room', 'needed by'], rows);
}
