/** Formats the actions of the audit log as Markdown for the documents. */
import { AUDIT_ACTIONS } from '@parley/protocol';
import { API_OPERATIONS } from '../../packages/server/src/http/openapi/api-operations.ts';
import { table } from './table.ts';

/** Lists the actions of the audit log, and the routes that record them. */
export function auditActionsSection(): string {
  const rows = AUDIT_ACTIONS.map((action) => {
    const routes = Object.entries(API_OPERATIONS).filter(([, { audited }]) =>
      audited?.includes(action),
    );
    const listed = routes.map(([route]) => `\`${route}\``).join(', ');
    return [`\`${action}\``, listed === '' ? 'none: by the operator, or the server' : listed];
  });
  return table(['action', 'recorded by'], rows);
}
