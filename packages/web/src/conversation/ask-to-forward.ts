/** Opens the dialog that forwards a message. */
import { askable } from '../components/asked.ts';

export interface Forwarded {
  /** As Markdown. */
  readonly quote: string;
  readonly address: string;
}

export const { ask: askToForward, answer: answerForwards } = askable<Forwarded>();
