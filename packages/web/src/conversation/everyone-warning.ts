/** Warns before a mention of everyone in a large room. Pure. */
import { findMentions } from '@parley/client';
import { strings } from '../strings/strings.ts';

/** Number of people from which the mention is worth a warning. */
const PEOPLE_MIN = 20;

interface EveryoneWarningProps {
  readonly text: string;
  /** Number of members, without the user. */
  readonly others: number;
}

/** Renders nothing if there is no need. */
export default function EveryoneWarning({ text, others }: EveryoneWarningProps): string {
  const isWide = others >= PEOPLE_MIN && findMentions(text).everyone;
  return isWide ? strings.composer.warnEveryone(others) : '';
}
