/** The index of the texts of messages, to which the server adds messages in steps. */
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

-- Stored or edited messages that are to be indexed. They may be deleted since.
CREATE TABLE search_pending (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL
);
CREATE FUNCTION note_stored_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_pending (room_id, sequence) SELECT room_id, sequence_number FROM stored;
  RETURN NULL;
END $$;
CREATE TRIGGER messages_stored AFTER INSERT ON messages REFERENCING NEW TABLE AS stored
  FOR EACH STATEMENT EXECUTE FUNCTION note_stored_messages();
CREATE FUNCTION forget_message_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM search_documents WHERE room_id = NEW.room_id AND sequence = NEW.sequence_number;
  INSERT INTO search_pending (room_id, sequence)
    SELECT NEW.room_id, NEW.sequence_number WHERE NEW.is_deleted = 0;
  RETURN NULL;
END $$;
CREATE TRIGGER message_text_changed AFTER UPDATE OF content ON messages FOR EACH ROW
  EXECUTE FUNCTION forget_message_text();
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
-- Stored or edited messages that are to be indexed. They may be deleted since.
CREATE TABLE search_pending (
  id INTEGER PRIMARY KEY,
  room_id TEXT NOT NULL,
  sequence INTEGER NOT NULL
) STRICT;
CREATE TRIGGER message_stored AFTER INSERT ON messages BEGIN
  INSERT INTO search_pending (room_id, sequence) VALUES (new.room_id, new.sequence_number);
END;
CREATE TRIGGER message_text_changed AFTER UPDATE OF content ON messages BEGIN
  DELETE FROM search_documents WHERE room_id = new.room_id AND sequence = new.sequence_number;
  INSERT INTO search_pending (room_id, sequence)
    SELECT new.room_id, new.sequence_number WHERE new.is_deleted = 0;
END;
`,
    },
    `
-- How far older messages are indexed.
INSERT INTO store_meta (key, value)
  SELECT 'search', CASE WHEN EXISTS (SELECT 1 FROM messages) THEN '' ELSE 'all' END;
`,
  ],
};
