/** Opens the gallery with a picture of a message. */
import type { RoomId } from '@parley/client';
import { askable } from '../components/asked.ts';
import type { WithFiles } from './gallery-pictures.ts';

export interface Viewed {
  readonly roomId: RoomId;
  readonly message: WithFiles;
  /** Those through which it leads, if not the loaded messages of the room. */
  readonly around?: readonly WithFiles[];
  readonly fileId: string;
}

export const { ask: askToView, answer: answerViews } = askable<Viewed>();
