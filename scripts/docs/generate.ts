/** Inserts sections generated from the code's tables between the markers of the documents. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../steps.ts';
import { auditActionsSection } from './audit-section.ts';
import {
  admissionSection,
  broadcastOptionsSection,
  clientOptionsSection,
  closeCausesSection,
  closeCodesSection,
  connectionEventsSection,
  connectionMembersSection,
  drainOptionsSection,
  engineErrorsSection,
  engineOptionsSection,
  groupsSection,
  managerMembersSection,
  metricsSection,
  rejectionsSection,
  responseFaultsSection,
  serverEventsSection,
  serverMembersSection,
  statsSection,
  tlsOptionsSection,
  wsOptionsSection,
  wsServerEventsSection,
  wsSocketEventsSection,
} from './engine-sections.ts';
import { exportLinesSection } from './export-section.ts';
import { floodRulesSection } from './flood-section.ts';
import { rolesSection } from './roles-section.ts';
import {
  clientFramesSection,
  commandsSection,
  errorsSection,
  logEventsSection,
  settingsSection,
} from './sections.ts';

/** Sections by name; a section is placed between `<!-- generated: NAME -->` and `<!-- end -->`. */
const PARTS: Readonly<Record<string, () => string>> = {
  'audit-actions': auditActionsSection,
  'client-frames': clientFramesSection,
  commands: commandsSection,
  errors: errorsSection,
  'export-lines': exportLinesSection,
  'flood-rules': floodRulesSection,
  'log-events': logEventsSection,
  roles: rolesSection,
  settings: settingsSection,

  'engine-admission': admissionSection,
  'engine-broadcast-options': broadcastOptionsSection,
  'engine-drain-options': drainOptionsSection,
  'engine-client-options': clientOptionsSection,
  'engine-close-causes': closeCausesSection,
  'engine-close-codes': closeCodesSection,
  'engine-connection-events': connectionEventsSection,
  'engine-connection-members': connectionMembersSection,
  'engine-errors': engineErrorsSection,
  'engine-groups': groupsSection,
  'engine-manager': managerMembersSection,
  'engine-metrics': metricsSection,
  'engine-options': engineOptionsSection,
  'engine-refusals': rejectionsSection,
  'engine-response-faults': responseFaultsSection,
  'engine-server-events': serverEventsSection,
  'engine-server-members': serverMembersSection,
  'engine-stats': statsSection,
  'engine-tls': tlsOptionsSection,
  'engine-ws-options': wsOptionsSection,
  'engine-ws-server-events': wsServerEventsSection,
  'engine-ws-socket-events': wsSocketEventsSection,
};

const FILES = [
  'docs/protocol.md',
  'docs/errors.md',
  'docs/settings.md',
  'docs/operations.md',
  'packages/websocket/docs/reference.md',
];

/** Returns the files whose generated sections are out of date; `write` updates them. */
export function generateDocs({ write }: { readonly write: boolean }): string[] {
  return FILES.filter((file) => {
    const path = join(root, file);
    const before = readFileSync(path, 'utf8');
    const after = before.replace(
      /(<!-- generated: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g,
      (_match, begin: string, name: string, end: string) => {
        const part = PARTS[name];
        if (part === undefined) throw new Error(`${file} names an unknown section '${name}'`);
        return `${begin}\n${part()}\n\n${end}`;
      },
    );
    const isStale = contentOf(after) !== contentOf(before);
    if (write && isStale) writeFileSync(path, after);
    return isStale;
  });
}

/** Removes the blanks and dashes that only align a table. */
function contentOf(markdown: string): string {
  return markdown.replaceAll(/ +/g, ' ').replaceAll(/-{2,}/g, '--');
}
