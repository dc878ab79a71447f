/** The audit log: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import { AuditLog } from './audit-log.ts';
import { AuditReader } from './audit-reader.ts';
import { pruneAuditLog } from './audit-retention.ts';
import { sumActs } from './repeated-acts.ts';

export function openAudit(core: Core) {
  const { store, events, settings } = core;
  const log = new AuditLog(new AuditReader({ ...core, ...store }));
  const base = { ...core, audit: store.audit };
  const retention = pruneAuditLog({ ...base, retentionMs: settings.auditRetentionMs });
  const sums = sumActs(base);
  events.on('beginning', 'audit', () => {
    sums.begin();
    retention.begin();
  });
  events.on('closing', 'audit', () => {
    sums.close();
    retention.close();
  });
  return { services: { auditLog: core.reads.limit(log, { list: () => 1 }) } };
}
