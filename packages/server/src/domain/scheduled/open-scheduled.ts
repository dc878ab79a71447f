/** Messages that users send later: the feature, opened on the core. */
import type { Core } from '../core/core.ts';
import type { DirectFeature } from '../direct/open-direct.ts';
import type { FilesFeature } from '../files/open-files.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import { ScheduledMessages } from './scheduled-messages.ts';
import { sendInTime, showScheduled } from './send-in-time.ts';

export function openScheduled(
  core: Core,
  { attachedFiles }: FilesFeature,
  { displayNames }: RoomsFeature,
  { services: { connectionless } }: DirectFeature,
) {
  const { events, reads } = core;
  const sending = sendInTime({ ...core, connectionless });
  core.userMessages.on('scheduled', 'scheduled', (userId, { change }) => {
    showScheduled(core, userId, change);
  });
  events.on('beginning', 'scheduled', () => sending.begin());
  events.on('closing', 'scheduled', () => sending.close());
  const scheduled = new ScheduledMessages({ ...core, attachedFiles, displayNames });
  return { services: { scheduledMessages: reads.limit(scheduled, { list: () => 1 }) } };
}
