/** The assistant: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import { retryWhileUnavailable } from '../primitives/retry-while-unavailable.ts';
import { Assistant, type AssistantDependencies, type AssistantOptions } from './assistant.ts';
import { showDraft } from './reply-progress.ts';

/** @param options Undefined if this node has no assistant; others may have one. */
export function openAssistant(
  core: Core,
  options: AssistantOptions | undefined,
  { externalUsers }: Pick<AssistantDependencies, 'externalUsers'>,
): void {
  const { clock, events, roomNotices } = core;
  roomNotices.on('draft', 'assistant', (stream, notice) => showDraft(core, stream, notice));
  if (options === undefined) return;
  const assistant = new Assistant(options, { ...core, externalUsers });
  events.on('stored', 'assistant', (event, _author, committedBy) => {
    if (committedBy === 'own') assistant.onStored(event);
  });
  events.on('beginning', 'assistant', () => retryWhileUnavailable(clock, () => assistant.begin()));
  events.on('closing', 'assistant', () => assistant.close());
}
