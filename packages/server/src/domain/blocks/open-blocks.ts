/** Blocks between users: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import type { DirectFeature } from '../direct/open-direct.ts';
import type { PresenceFeature } from '../presence/open-presence.ts';
import { BlockCommands } from './block-commands.ts';

export function openBlocks(
  core: Core,
  { presence, blockCache }: PresenceFeature,
  { directRoomFinder }: DirectFeature,
) {
  const blocks = new BlockCommands({ ...core, presence, blockCache, directRoomFinder });
  return { blocks, services: { blocks: core.reads.limit(blocks, { listBlocked: () => 2 }) } };
}

export type BlocksFeature = ReturnType<typeof openBlocks>;
