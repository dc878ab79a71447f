/** Messages that users save for later, and their reminders: the feature, opened on the core. */
import type { Core } from '../core/core.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import { remindInTime, showReminder } from './reminders.ts';
import { SavedMessages } from './saved-messages.ts';

export function openSaved(core: Core, { displayNames }: RoomsFeature) {
  const { events, reads } = core;
  const reminders = remindInTime(core);
  core.userMessages.on('reminder', 'saved', (_userId, { reminder }) => {
    showReminder(core, reminder);
  });
  events.on('beginning', 'reminders', () => reminders.begin());
  events.on('closing', 'reminders', () => reminders.close());
  const saved = new SavedMessages({ ...core, displayNames });
  return { services: { savedMessages: reads.limit(saved, { list: () => 1 }) } };
}
