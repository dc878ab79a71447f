/** The files of a message in its box. */
import type { Attachment } from '@parley/client';

export interface AttachedState {
  /** `waiting`: at least one is not uploaded. */
  readonly state: 'none' | 'waiting' | 'ready';
  readonly attachments: readonly Attachment[];
}

export const NO_FILES: AttachedState = { state: 'none', attachments: [] };

/** Until their part is loaded. */
export const WAITING_FILES: AttachedState = { state: 'waiting', attachments: [] };

/** Ends a recording; resolves to all files of its message, unless one of them was refused. */
export type EndRecording = () => Promise<readonly Attachment[] | undefined>;
