/** Users follow threads; replies mark a room as unread only for those who follow, or are mentioned. */
import type { Migration } from './migration.ts';

export const followedThreads: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE thread_follows (
  user_id TEXT COLLATE "C" NOT NULL,
  room_id TEXT COLLATE "C" NOT NULL,
  -- The first message. No reference: the log may be outside, and a thread continues without it.
  root_id TEXT COLLATE "C" NOT NULL,
  -- 0: the user does not want to follow, until the user writes in the thread.
  is_followed BIGINT NOT NULL,
  has_unread BIGINT NOT NULL,
  -- Number of the last reply that the user has read.
  read_number BIGINT NOT NULL,
  -- Time of the last reply.
  last_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, room_id, root_id),
  FOREIGN KEY (room_id, user_id) REFERENCES memberships (room_id, user_id) ON DELETE CASCADE
);
CREATE INDEX thread_follows_by_thread ON thread_follows (room_id, root_id, user_id);
CREATE INDEX thread_follows_by_time ON thread_follows (user_id, has_unread, last_at, root_id) WHERE is_followed = 1;

-- Replies that a user who follows or is mentioned has not read in their thread.
CREATE TABLE unread_replies (
  user_id TEXT COLLATE "C" NOT NULL,
  room_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  root_id TEXT COLLATE "C" NOT NULL,
  -- 1: counts in the room for everyone, as messages that are no replies do.
  in_room BIGINT NOT NULL,
  PRIMARY KEY (user_id, room_id, sequence),
  FOREIGN KEY (room_id, user_id) REFERENCES memberships (room_id, user_id) ON DELETE CASCADE
);
CREATE INDEX unread_replies_by_message ON unread_replies (room_id, sequence, user_id);

-- Authors follow their threads. The replies so far keep counting in their rooms, and are read in their threads.
INSERT INTO thread_follows (user_id, room_id, root_id, is_followed, has_unread, read_number, last_at)
SELECT p.user_id, p.room_id, p.root_id, 1, 0,
  (SELECT max(s.reply_number) FROM messages s WHERE s.parent_id = p.root_id),
  (SELECT max(s.created_at) FROM messages s WHERE s.parent_id = p.root_id)
FROM (
  SELECT s.user_id, s.room_id, s.parent_id AS root_id FROM messages s WHERE s.parent_id IS NOT NULL
  UNION
  SELECT r.user_id, r.room_id, r.id FROM messages r
    WHERE r.id IN (SELECT s.parent_id FROM messages s WHERE s.parent_id IS NOT NULL)
) p JOIN memberships m ON m.room_id = p.room_id AND m.user_id = p.user_id;
`,
  ],
};
