/** Messages, their history and read positions: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import { pagesOf } from '../core/user-reads.ts';
import type { FilesFeature } from '../files/open-files.ts';
import type { PresenceFeature } from '../presence/open-presence.ts';
import { History } from './history.ts';
import { MessageChanges } from './message-changes.ts';
import { MessageSender } from './message-sender.ts';
import { ReadReceipts } from './read-receipts.ts';
import { Retention, showPruned } from './retention.ts';

export function openMessages(
  core: Core,
  { presence, typing }: PresenceFeature,
  { attachedFiles }: Pick<FilesFeature, 'attachedFiles'>,
) {
  const { events, reads, roomNotices, settings } = core;
  const history = new History(core);
  const readReceipts = new ReadReceipts({ ...core, presence, history });
  const messages = new MessageSender({ ...core, typing, attachedFiles });
  const retention = new Retention({ ...core, retentionMs: settings.retentionMs });

  roomNotices.on('read-position', 'read receipts', (stream, notice) => {
    readReceipts.show(stream, notice);
  });
  roomNotices.on('history-pruned', 'retention', (stream, { firstSequence }) => {
    showPruned(stream, firstSequence);
  });
  events.on('beginning', 'retention', () => retention.begin());
  events.on('closing', 'retention', () => retention.close());

  return {
    ...{ history, readReceipts, messages, attachedFiles },
    services: {
      messages,
      messageChanges: new MessageChanges(core),
      history: reads.limit(history, {
        readMessages: (_user, page) => pagesOf(page),
        readThread: (_user, page) => pagesOf(page),
        readPins: (_user, page) => pagesOf(page),
      }),
      readReceipts: reads.limit(readReceipts, { findReaders: () => 1 }),
    },
  };
}

export type MessagesFeature = ReturnType<typeof openMessages>;
