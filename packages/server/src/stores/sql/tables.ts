/** Common parts of the SQL stores: tables and consistency rules. */
import type { TableShape } from '../../ports/archive.ts';

/** Tables whose rows have a place in the log of a room, and the column with that sequence. */
export const PLACED = [
  ['mentions', 'sequence'],
  ['read_steps', 'sequence'],
  ['membership_changes', 'after_sequence'],
  ['search_documents', 'sequence'],
  ['message_versions', 'sequence'],
] as const;

/** Ordered for filling (referenced tables first), each with its primary key. */
export const TABLES: readonly Omit<TableShape, 'columns'>[] = Object.freeze([
  { name: 'users', key: ['id'] },
  { name: 'former_names', key: ['name_digest'] },
  { name: 'removals', key: ['id'] },
  { name: 'reports', key: ['id'] },
  { name: 'warnings', key: ['user_id', 'id'] },
  { name: 'account_notices', key: ['user_id', 'id'] },
  { name: 'user_words', key: ['word', 'user_id'] },
  { name: 'sessions', key: ['id_digest'] },
  { name: 'login_attempts', key: ['key'] },
  { name: 'workspaces', key: ['id'] },
  { name: 'workspace_members', key: ['workspace_id', 'user_id'] },
  { name: 'user_groups', key: ['id'] },
  { name: 'user_group_members', key: ['group_id', 'user_id'] },
  { name: 'external_identities', key: ['issuer', 'subject'] },
  { name: 'sign_in_identities', key: ['issuer', 'subject'] },
  { name: 'rooms', key: ['id'] },
  { name: 'memberships', key: ['room_id', 'user_id'] },
  { name: 'read_receipts', key: ['user_id', 'room_id'] },
  { name: 'read_steps', key: ['room_id', 'user_id', 'sequence'] },
  { name: 'room_events', key: ['room_id', 'sequence'] },
  { name: 'messages', key: ['id'] },
  { name: 'message_versions', key: ['room_id', 'sequence', 'replaced_by'] },
  { name: 'send_keys', key: ['room_id', 'sender_id', 'client_message_id'] },
  { name: 'reactions', key: ['message_id', 'emoji', 'user_id'] },
  { name: 'mentions', key: ['room_id', 'user_id', 'sequence'] },
  { name: 'deletion_counts', key: ['room_id', 'level', 'block'] },
  { name: 'thread_follows', key: ['user_id', 'room_id', 'root_id'] },
  { name: 'unread_replies', key: ['user_id', 'room_id', 'sequence'] },
  {
    name: 'membership_changes',
    key: ['room_id', 'after_sequence', 'created_at', 'user_id', 'kind'],
  },
  { name: 'departures', key: ['room_id', 'user_id'] },
  { name: 'bans', key: ['room_id', 'user_id'] },
  { name: 'mutes', key: ['room_id', 'user_id'] },
  { name: 'blocks', key: ['user_id', 'blocked_id'] },
  { name: 'chosen_presence', key: ['user_id'] },
  { name: 'invitations', key: ['user_id', 'target_id'] },
  { name: 'emails', key: ['user_id'] },
  { name: 'mail_queue', key: ['id'] },
  { name: 'password_resets', key: ['user_id'] },
  { name: 'second_factors', key: ['user_id'] },
  { name: 'recovery_codes', key: ['user_id', 'code_digest'] },
  { name: 'passkeys', key: ['user_id', 'id'] },
  { name: 'invites', key: ['id'] },
  { name: 'invite_uses', key: ['invite_id', 'user_id'] },
  { name: 'audit_entries', key: ['id'] },
  { name: 'repeated_acts', key: ['actor', 'action', 'target', 'detail'] },
  { name: 'saved_messages', key: ['user_id', 'message_id'] },
  { name: 'scheduled_messages', key: ['user_id', 'id'] },
  { name: 'files', key: ['id'] },
  { name: 'file_totals', key: ['id'] },
  { name: 'link_previews', key: ['slot'] },
  { name: 'imports', key: ['id'] },
  { name: 'server_profile', key: ['id'] },
  { name: 'custom_emoji', key: ['name'] },
]);

/** Condition of the rows of a table that are part of the data; the others wait for a sweep. */
export const EXPORTED_ROWS: Readonly<Record<string, string>> = Object.freeze({
  reactions:
    'NOT EXISTS (SELECT 1 FROM leftover_reactions l WHERE l.message_id = reactions.message_id)',
});

/** Maximum number of reactions that are deleted together with their message. */
export const REACTIONS_WITH_MESSAGE_MAX = 1000;

/** Maximum number of expired rows that one statement deletes: commits wait for it. */
export const EXPIRED_ROWS_MAX = 250;

/** Applications whose users may have the same id. */
export const SAME_EXTERNAL_ID_MAX = 4;

/** The only table that has rows in a new store. */
export const INITIAL_TABLE = 'workspaces';

/** All messages are to be indexed. */
export const INDEX_ALL = "UPDATE store_meta SET value = '' WHERE key = 'search'";

/**
 * Deletes the logs when they have moved out of the database. The writers of a direct room are
 * kept as keys that no client can use, because invitations depend on them. The messages are indexed from the logs.
 */
export const LEAVE_LOGS: readonly string[] = Object.freeze([
  'DELETE FROM reactions',
  'DELETE FROM messages',
  'DELETE FROM room_events',
  `INSERT INTO send_keys (room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at)
   SELECT k.room_id, k.sender_id, '', '', max(k.event_id), max(k.sequence), max(k.created_at)
   FROM send_keys k JOIN rooms r ON r.id = k.room_id WHERE r.kind = 'direct' GROUP BY k.room_id, k.sender_id`,
  "DELETE FROM send_keys WHERE client_message_id <> ''",
  'DELETE FROM search_pending',
  INDEX_ALL,
]);

/** Key in `store_meta` of the log to which the database belongs. */
export const LOG_KEY = 'log';

interface Check {
  /** Describes what is wrong with the rows that the statement finds. */
  readonly inconsistency: string;
  /** Selects the id of a room, in SQL that both stores support. */
  readonly sql: string;
}

export const CHECKS: readonly Check[] = Object.freeze([
  {
    // Sequences are unique in a room: if the count matches first and last, there is no gap.
    inconsistency: 'its log has a gap',
    sql: `SELECT r.id FROM rooms r LEFT JOIN (
        SELECT room_id, count(*) AS events, min(sequence) AS lowest, max(sequence) AS highest
        FROM room_events GROUP BY room_id) e ON e.room_id = r.id
      WHERE coalesce(e.events, 0) <> r.head_sequence - r.first_sequence + 1
        OR e.lowest <> r.first_sequence OR e.highest <> r.head_sequence`,
  },
  {
    inconsistency: 'its message count differs from its log',
    sql: `SELECT r.id FROM rooms r JOIN room_events e ON e.room_id = r.id AND e.sequence = r.head_sequence
      WHERE e.ordinal <> r.head_ordinal`,
  },
  {
    inconsistency: 'a message is not at its position in the log',
    sql: `SELECT m.room_id AS id FROM messages m JOIN rooms r ON r.id = m.room_id
      LEFT JOIN room_events e ON e.room_id = m.room_id AND e.sequence = m.sequence_number
        AND e.kind = 'message' AND e.target_id = m.id
      WHERE m.sequence_number >= r.first_sequence AND e.room_id IS NULL`,
  },
  {
    inconsistency: 'its log names a missing message',
    sql: `SELECT e.room_id AS id FROM room_events e LEFT JOIN messages m ON m.id = e.target_id
      WHERE e.kind = 'message' AND m.id IS NULL`,
  },
  {
    inconsistency: 'its number of messages differs from the messages written minus those deleted',
    sql: `SELECT r.id FROM rooms r LEFT JOIN (
        SELECT room_id, count(*) AS messages FROM messages GROUP BY room_id) m ON m.room_id = r.id
      WHERE coalesce(m.messages, 0) <> r.head_ordinal - r.pruned_ordinal`,
  },
  {
    inconsistency: 'an idempotency key refers to a position above the end of its log',
    sql: `SELECT r.id FROM rooms r JOIN send_keys k ON k.room_id = r.id WHERE k.sequence > r.head_sequence`,
  },
  {
    inconsistency: 'a read position is above the end of its log',
    sql: `SELECT r.id FROM rooms r JOIN read_receipts p ON p.room_id = r.id
      WHERE p.last_read_sequence > r.head_sequence`,
  },
  {
    inconsistency: 'a read step is above the end of its log',
    sql: `SELECT r.id FROM rooms r JOIN read_steps s ON s.room_id = r.id WHERE s.sequence > r.head_sequence`,
  },
]);
