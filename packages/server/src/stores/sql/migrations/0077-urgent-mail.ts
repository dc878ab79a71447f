/** Mail is taken by its kind: the urgent ones first. */
import type { Migration } from './migration.ts';

export const urgentMail: Migration = {
  oldestReader: 1,
  sql: [
    `
DROP INDEX mail_queue_by_time;
CREATE INDEX mail_queue_by_time ON mail_queue (kind, due_at, id);
DROP INDEX mail_queue_by_user;
CREATE INDEX mail_queue_by_user ON mail_queue (user_id, kind, due_at);
`,
  ],
};
