/** The index of the texts of messages. Older messages are added to it by the server, in steps. */
import type { Migration } from './migration.ts';

export const search: Migration = {
  oldestReader: 1,
  sql: [
    {
      postgres: `
-- Beside the messages, so that an index of texts has no part in their other changes.
CREATE TABLE search_documents (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  -- Of the message.
  sequence BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  terms TSVECTOR NOT NULL,
  PRIMARY KEY (room_id, sequence)
);
CREATE INDEX search_documents_by_time ON search_documents (created_at, room_id, sequence);
CREATE INDEX search_documents_by_term ON search_documents USING gin (terms)
  WITH (gin_pending_list_limit = 512);

-- A node of an earlier version changes a text: the message is found again when it is indexed again.
CREATE FUNCTION forget_search_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM search_documents WHERE room_id = NEW.room_id AND sequence = NEW.sequence_number;
  RETURN NULL;
END $$;
CREATE TRIGGER message_text_changed AFTER UPDATE OF content ON messages FOR EACH ROW
  EXECUTE FUNCTION forget_search_document();
`,
      sqlite: `
CREATE TABLE search_documents (
  -- The time of the message in parts of a millisecond: the order in which messages are found.
  place INTEGER PRIMARY KEY,
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  -- Of the message.
  sequence INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  terms TEXT NOT NULL,
  UNIQUE (room_id, sequence)
) STRICT;
-- Terms are made of letters and digits, in lower case, and of these signs.
CREATE VIRTUAL TABLE search_index USING fts5(terms, content='search_documents', content_rowid='place',
  detail=none, columnsize=0, tokenize="ascii tokenchars '-_:'");
-- A deleted text does not remain in the index until it is merged.
INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER search_document_added AFTER INSERT ON search_documents BEGIN
  INSERT INTO search_index (rowid, terms) VALUES (new.place, new.terms);
END;
CREATE TRIGGER search_document_deleted AFTER DELETE ON search_documents BEGIN
  INSERT INTO search_index (search_index, rowid, terms) VALUES ('delete', old.place, old.terms);
END;
CREATE TRIGGER search_document_changed AFTER UPDATE OF terms ON search_documents BEGIN
  INSERT INTO search_index (search_index, rowid, terms) VALUES ('delete', old.place, old.terms);
  INSERT INTO search_index (rowid, terms) VALUES (new.place, new.terms);
END;
`,
    },
    `
-- How far older messages are indexed.
INSERT INTO store_meta (key, value) VALUES ('search', '');
`,
  ],
};
