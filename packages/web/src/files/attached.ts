/** The files of a message in its box. */
import type { Attachment } from '@parley/client';

export interface AttachedState {
  /** `waiting`: at least one is not uploaded. */
  readonly state: 'none' | 'waiting' | 'ready';
  readonly attachments: readonly Attachment[];
}

export const NO_FILES: AttachedState = { state: 'none', attachments: [] };

/** Event of a message box that takes files, with their list as `detail`. */
export const FILES_EVENT = 'files';
