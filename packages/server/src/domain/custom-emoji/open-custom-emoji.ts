/** Custom emoji of the server: the feature, opened on the core. */
import type { Core } from '../core/core.ts';
import type { FilesFeature } from '../files/open-files.ts';
import { CustomEmojis } from './custom-emojis.ts';

export function openCustomEmoji(core: Core, { services: { uploads } }: FilesFeature) {
  const { events, nodes, reads } = core;
  const customEmojis = new CustomEmojis({ ...core, uploads });
  let unlisten: (() => void) | undefined;
  events.on('beginning', 'custom emoji', async () => {
    if (!nodes.isShared) return;
    unlisten = await nodes.listen({
      'custom-emoji': ({ change }) => customEmojis.show(change),
    });
  });
  events.on('closing', 'custom emoji', () => unlisten?.());
  return { services: { customEmojis: reads.limit(customEmojis, { list: () => 1 }) } };
}
