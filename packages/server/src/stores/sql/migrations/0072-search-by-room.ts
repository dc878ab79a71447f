/** The terms of each room in the index of the search: all messages are indexed again, beside the service. */
import type { Migration } from './migration.ts';

export const searchByRoom: Migration = {
  oldestReader: 1,
  sql: [
    `
-- With a log outside of the database, only the documents show that there are messages.
UPDATE store_meta SET value = '' WHERE key = 'search'
  AND (EXISTS (SELECT 1 FROM messages) OR EXISTS (SELECT 1 FROM search_documents));
`,
    {
      postgres: `
TRUNCATE search_documents;
DROP INDEX search_documents_by_time;
CREATE INDEX search_documents_by_room_time ON search_documents (room_id, created_at, sequence);
`,
      // The steps of the index replace the documents: deleting all of them would take long.
      sqlite: '',
    },
  ],
};
