/**
 * Polls: a message with a description of its options, beside which reactions are votes: one emoji for
 * each option, and one that closes the poll. Clients that know no polls show the options as lines of
 * the text, and react with the emoji before an option.
 */
import type { Attachment } from './attachments.ts';
import type { ReactionCount } from './native/server-frames.ts';

export interface Poll {
  readonly options: readonly string[];
  /** Whether a user may choose several options. */
  readonly isMultiple: boolean;
  /** Time from which no vote counts; undefined for none. */
  readonly endsAtMs: number | undefined;
}

const VOTES = ['1️⃣', '2️⃣', '3️⃣', '4️⃣', '5️⃣', '6️⃣', '7️⃣', '8️⃣', '9️⃣', '🔟'] as const;

export const POLL_LIMITS = Object.freeze({
  optionsMin: 2,
  optionsMax: VOTES.length,
  /** Code points. */
  optionLengthMax: 100,
});

/** The reaction of the author or a moderator that closes a poll while it is there. */
export const POLL_LOCK = '🔒';

/** The reactions that are votes, in the order of the options. */
export function votesOf({ options }: Pick<Poll, 'options'>): readonly string[] {
  return VOTES.slice(0, options.length);
}

/** The votes that a vote of the same user replaces: none if it is no vote, or several count. */
export function rivalsOf(poll: Poll, emoji: string): readonly string[] {
  const votes = votesOf(poll);
  return poll.isMultiple || !votes.includes(emoji) ? [] : votes.filter((vote) => vote !== emoji);
}

/**
 * The other options of a vote in a poll with one choice, with their counts after it; absent for other
 * reactions.
 */
export function othersOf(
  poll: Poll | undefined,
  emoji: string,
  countOf: (emoji: string) => number,
): { readonly others?: readonly ReactionCount[] } {
  const rivals = poll === undefined ? [] : rivalsOf(poll, emoji);
  if (rivals.length === 0) return {};
  return { others: rivals.map((rival) => ({ emoji: rival, count: countOf(rival) })) };
}

/** The attachments that describe polls, whether they are valid or not. */
export function pollAttachmentsOf(
  attachments: readonly Attachment[],
): readonly Exclude<Attachment, string>[] {
  return attachments.filter(
    (each) => typeof each !== 'string' && each['type'] === 'poll',
  ) as Exclude<Attachment, string>[];
}

/** Undefined without a poll, and for a description that is not one. */
export function pollOf(attachments: readonly Attachment[]): Poll | undefined {
  const [described] = pollAttachmentsOf(attachments);
  if (described === undefined) return undefined;
  const fields = VOTES.map((_, index) => described[`option${index + 1}`]);
  const end = fields.findIndex((option) => typeof option !== 'string');
  const options = (end < 0 ? fields : fields.slice(0, end)) as string[];
  if (options.length < POLL_LIMITS.optionsMin) return undefined;
  const { multiple, endsAt } = described;
  const endsAtMs = typeof endsAt === 'string' ? Date.parse(endsAt) : Number.NaN;
  return {
    options,
    isMultiple: multiple === true,
    endsAtMs: Number.isNaN(endsAtMs) ? undefined : endsAtMs,
  };
}

/** The attachment of a new poll. */
export function toPollAttachment({
  options,
  isMultiple,
  endsAtMs,
}: Poll): Exclude<Attachment, string> {
  return {
    type: 'poll',
    ...Object.fromEntries(options.map((option, index) => [`option${index + 1}`, option])),
    ...(isMultiple && { multiple: true }),
    ...(endsAtMs !== undefined && { endsAt: new Date(endsAtMs).toISOString() }),
  };
}

/** The text of a message with a poll: the question, and a line for each option. */
export function toPollText(question: string, poll: Pick<Poll, 'options'>): string {
  const end = linesOf(poll);
  return question.endsWith(end) ? question : `${question}${end}`;
}

/** The question in the text of a message. */
export function questionOf(text: string, poll: Pick<Poll, 'options'>): string {
  const end = linesOf(poll);
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}

function linesOf({ options }: Pick<Poll, 'options'>): string {
  return options.map((option, index) => `\n${VOTES[index]} ${option}`).join('');
}
