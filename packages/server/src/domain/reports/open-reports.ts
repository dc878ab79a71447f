/** Reports to moderators, and their warnings: the feature, opened on the core. */
import type { AccountChanges } from '../accounts/account-changes.ts';
import type { Core } from '../core/core.ts';
import { tellOpenReports } from './open-report-count.ts';
import { Reports } from './reports.ts';
import { showWarning, Warnings } from './warnings.ts';

export function openReports(
  core: Core,
  { accountChanges }: { readonly accountChanges: Pick<AccountChanges, 'announce'> },
) {
  core.userMessages.on('warning', 'reports', (userId, { warning }) => {
    showWarning(core, userId, warning);
  });
  tellOpenReports(core);
  const { reads } = core;
  return {
    services: {
      reports: reads.limit(new Reports({ ...core, accountChanges }), { list: () => 1 }),
      warnings: reads.limit(new Warnings(core), { list: () => 1 }),
    },
  };
}
