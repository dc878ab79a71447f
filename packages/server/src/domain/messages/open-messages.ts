/** Messages, their history and read positions: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import { pagesOf } from '../core/user-reads.ts';
import type { FilesFeature } from '../files/open-files.ts';
import type { PresenceFeature } from '../presence/open-presence.ts';
import type { UserGroupsFeature } from '../user-groups/open-user-groups.ts';
import { reportBlockedWords } from './blocked-word-reports.ts';
import { History } from './history.ts';
import { MessageChanges } from './message-changes.ts';
import { MessageRules } from './message-rules.ts';
import { MessageSender } from './message-sender.ts';
import { ReadReceipts } from './read-receipts.ts';
import { Retention, showPruned } from './retention.ts';
import { RoomCache } from './room-cache.ts';
import { SlowMode } from './slow-mode.ts';

export function openMessages(
  core: Core,
  { presence, typing }: PresenceFeature,
  { attachedFiles }: Pick<FilesFeature, 'attachedFiles'>,
  { userGroups }: UserGroupsFeature,
) {
  const { events, nodes, reads, roomNotices, settings } = core;
  const history = new History(core);
  const readReceipts = new ReadReceipts({ ...core, presence, history });
  const roomCache = new RoomCache(core);
  const slowMode = new SlowMode(core);
  const rules = new MessageRules({ ...core, slowMode, userGroups });
  const messages = new MessageSender({
    ...{ ...core, presence, typing, attachedFiles, rules, userGroups },
  });
  const retention = new Retention({ ...core, retentionMs: settings.retentionMs });

  roomNotices.on('read-position', 'read receipts', (stream, notice) => {
    readReceipts.show(stream, notice);
  });
  roomNotices.on('history-pruned', 'retention', (stream, { firstSequence }) => {
    showPruned(stream, firstSequence);
  });
  if (settings.blockedWords.length > 0 && settings.blockedWordsAction === 'report') {
    reportBlockedWords(core, settings.blockedWords);
  }
  let unlisten: (() => void) | undefined;
  events.on('beginning', 'retention', () => retention.begin());
  events.on('beginning', 'message rules', async () => {
    if (!nodes.isShared) return;
    unlisten = await nodes.listen({
      flood: (note) => rules.hearFlood(note),
      'slow-turn': (turn) => slowMode.hearTurn(turn),
    });
  });
  events.on('closing', 'message rules', () => unlisten?.());
  events.on('closing', 'retention', () => retention.close());

  return {
    ...{ history, readReceipts, messages, attachedFiles, roomCache, rules },
    services: {
      messages,
      messageChanges: new MessageChanges({ ...core, presence, rules, roomCache, userGroups }),
      history: reads.limit(history, {
        readMessages: (_user, page) => pagesOf(page),
        readThread: (_user, page) => pagesOf(page),
        readPins: (_user, page) => pagesOf(page),
        readVersions: () => 1,
      }),
      readReceipts: reads.limit(readReceipts, { findReaders: () => 1 }),
    },
  };
}

export type MessagesFeature = ReturnType<typeof openMessages>;
