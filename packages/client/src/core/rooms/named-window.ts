/**
 * A window of a timeline whose messages have the user in place of the username. Loaded when it is
 * used: most applications show only the end of a timeline.
 */
import type { RoomId } from '@parley/protocol';
import type { CoreClient } from '../core-client.ts';
import type { Message } from '../messages/message.ts';
import type { Named, People } from '../people.ts';
import type { TimelineWindow, TimelineWindowState, WindowCenter } from './timeline-window.ts';

interface NamedWindowState extends Omit<TimelineWindowState, 'messages'> {
  readonly messages: readonly Named<Message>[];
}

export interface NamedWindow
  extends Pick<TimelineWindow, 'load' | 'loadOlder' | 'loadNewer' | 'close'> {
  readonly getSnapshot: () => NamedWindowState;
  readonly subscribe: TimelineWindow['subscribe'];
}

/** Loads the window. */
export async function openNamedWindow(
  roomId: RoomId,
  center: WindowCenter,
  { client, people }: { readonly client: CoreClient; readonly people: People },
): Promise<NamedWindow> {
  const window = await client.openWindow(roomId, center);
  try {
    await window.load();
  } catch (error) {
    window.close();
    throw error;
  }
  return nameWindow(window, client, people);
}

/** Also changes when a name becomes known. */
function nameWindow(
  window: TimelineWindow,
  client: Pick<CoreClient, 'getSnapshot' | 'subscribe'>,
  people: People,
): NamedWindow {
  let last: { readonly of: TimelineWindowState; readonly named: NamedWindowState } | undefined;
  return {
    load: () => window.load(),
    loadOlder: () => window.loadOlder(),
    loadNewer: () => window.loadNewer(),
    close: () => window.close(),
    getSnapshot: () => {
      const of = window.getSnapshot();
      const messages = of.messages.map(people.nameMessage);
      const isSame =
        last?.of === of && messages.every((each, index) => each === last?.named.messages[index]);
      if (last === undefined || !isSame) last = { of, named: { ...of, messages } };
      return last.named;
    },
    subscribe: (listener) => {
      const ends = [window.subscribe(listener), client.subscribe(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
