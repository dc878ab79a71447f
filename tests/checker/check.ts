/** Judges a history by every rule. */
import type { History } from './history.ts';
import { accessRule } from './rules/access.ts';
import { acknowledgedRule } from './rules/acknowledged.ts';
import { effectRule } from './rules/effect.ts';
import { numberingRule } from './rules/numbering.ts';
import { onceRule } from './rules/once.ts';
import { phantomRule } from './rules/phantom.ts';
import { stateRule } from './rules/state.ts';
import { streamRule } from './rules/stream.ts';
import { unreadRule } from './rules/unread.ts';
import { Truth } from './truth.ts';

export type FaultKind =
  /** Acknowledged, and not in the room as it is in the end, or there as something else. */
  | 'lost'
  /** One command stored under two sequences, or one event given twice to one connection. */
  | 'twice'
  | 'out_of_order'
  /** A connection with the room open was not given an event between two others. */
  | 'hole'
  /** An acknowledgement came before an event below it. */
  | 'overtaken'
  /** Nobody sent it, or it was refused as not stored. */
  | 'phantom'
  /** Given to somebody who had lost the right to see it. */
  | 'forbidden'
  | 'wrong_unread'
  /** What a client shows differs from what is freshly fetched. */
  | 'wrong_state'
  /** The room's numbers are not 1, 2, 3 … */
  | 'wrong_numbering';

export interface Fault {
  readonly kind: FaultKind;
  readonly roomId: string;
  /** What was found, for a person who has the history beside it. */
  readonly text: string;
}

export type Rule = (history: History, truth: Truth) => Iterable<Fault>;

const RULES: readonly Rule[] = [
  numberingRule,
  acknowledgedRule,
  effectRule,
  onceRule,
  phantomRule,
  streamRule,
  accessRule,
  stateRule,
  unreadRule,
];

/** All faults of a history; of a right one, none. */
export function checkHistory(history: History): Fault[] {
  const truth = Truth.of(history);
  return RULES.flatMap((rule) => [...rule(history, truth)]);
}
