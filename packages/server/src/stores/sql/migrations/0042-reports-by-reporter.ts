/** The reports of a user are read in their order, page by page. */
import type { Migration } from './migration.ts';

export const reportsByReporter: Migration = {
  oldestReader: 1,
  sql: [
    `
DROP INDEX reports_by_reporter;
CREATE INDEX reports_by_reporter ON reports (reporter_id, id);
`,
  ],
};
