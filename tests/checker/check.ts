/** Judges a history by every rule. */
import type { History } from './history.ts';
import { accessRule } from './rules/access.ts';
import { acknowledgedRule } from './rules/acknowledged.ts';
import { effectRule } from './rules/effect.ts';
import { endedRule } from './rules/ended.ts';
import { membersRule } from './rules/members.ts';
import { numberingRule } from './rules/numbering.ts';
import { onceRule } from './rules/once.ts';
import { phantomRule } from './rules/phantom.ts';
import { stateRule } from './rules/state.ts';
import { streamRule } from './rules/stream.ts';
import { unreadRule } from './rules/unread.ts';
import { Truth } from './truth.ts';

export type FaultKind =
  /** Acknowledged, but missing from the final room, or different there. */
  | 'lost'
  /** One command stored under two sequences, or one event delivered twice to one connection. */
  | 'twice'
  | 'out_of_order'
  /** A connection with the room open did not receive an event between two others. */
  | 'hole'
  /** An acknowledgement arrived before an event with a lower sequence. */
  | 'overtaken'
  /** No client sent it, or it was rejected as not stored. */
  | 'phantom'
  /** Shown to a user who had lost access, or stored for them; the same for a room that had ended. */
  | 'forbidden'
  /** Rejected by an error that does not tell that the access, or the room, has ended. */
  | 'unclear'
  | 'wrong_unread'
  /** The data that a client shows differs from freshly fetched data. */
  | 'wrong_state'
  /** A client shows other users in a room than those who have it open. */
  | 'wrong_members'
  /** The room's numbers are not 1, 2, 3 … */
  | 'wrong_numbering';

export interface Fault {
  readonly kind: FaultKind;
  readonly roomId: string;
  /** Readable description, for a reader who has the history at hand. */
  readonly text: string;
}

type Rule = (history: History, truth: Truth) => Iterable<Fault>;

const RULES: readonly Rule[] = [
  numberingRule,
  acknowledgedRule,
  effectRule,
  onceRule,
  phantomRule,
  accessRule,
  endedRule,
  stateRule,
  unreadRule,
  membersRule,
];

/**
 * All faults of a history; none for a correct history.
 *
 * @param received What the clients were sent, if a failover has lost some of it.
 */
export function checkHistory(history: History, received = history): Fault[] {
  const truth = Truth.of(history);
  return [...streamRule(received), ...RULES.flatMap((rule) => [...rule(history, truth)])];
}
