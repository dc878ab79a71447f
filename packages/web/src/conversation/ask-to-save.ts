/** Opens the dialog that saves a message for later, and tells lists of saved messages about changes. */
import type { MessageId } from '@parley/client';
import { askable } from '../components/asked.ts';

export const { ask: askToSave, answer: answerSaves } = askable<MessageId>();

/** Event of `SAVED_CHANGES`. */
export const CHANGE = 'change';

/** Something was saved, removed or reminded of. */
export const SAVED_CHANGES = new EventTarget();
