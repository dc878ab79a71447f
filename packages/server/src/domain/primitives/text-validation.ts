/** Validates texts that users write: NFC, trimmed, well formed, visible, and not too long. */
import {
  type Attachment,
  ChatError,
  isBlank,
  normalizeText,
  POLL_LIMITS,
  type Poll,
  pollAttachmentsOf,
  pollOf,
  toPollAttachment,
  toPollText,
} from '@parley/protocol';
import { hasControl, withoutControl } from '../../model/control-characters.ts';
import { mixesScripts } from './confusables.ts';

/** The kind of text, for error messages. */
export interface TextKind {
  readonly field: string;
  /** Begins a sentence. */
  readonly noun: string;
  /** Code points. */
  readonly lengthMax: number;
}

/**
 * Returns the text as it is stored.
 *
 * @throws {ChatError} VALIDATION_ERROR for texts that not every store can keep.
 */
export function toText(written: string, kind: TextKind): string {
  const { noun, lengthMax } = kind;
  const normalized = normalizeText(written, lengthMax);
  switch (normalized.kind) {
    case 'too-long':
      throw invalid(kind, `${noun} is longer than ${lengthMax} characters`);
    case 'too-many-marks':
      throw invalid(kind, `${noun} has too many combining marks in a row`);
    case 'ok':
      break;
    default:
      normalized satisfies never;
  }
  const { text } = normalized;
  if (isBlank(text)) throw invalid(kind, `${noun} is empty`);
  if (!isStorable(text)) {
    throw invalid(kind, `${noun} contains an invalid character`);
  }
  return text;
}

/**
 * As `toText`, for texts shown in one line: without line breaks, direction marks and other control
 * characters.
 *
 * @throws {ChatError} VALIDATION_ERROR.
 */
export function toLine(written: string, kind: TextKind): string {
  const text = toText(written, kind);
  if (hasControl(text)) throw invalid(kind, `${kind.noun} contains a control character`);
  return text;
}

/**
 * As `toLine`, for names: no word may mix scripts.
 *
 * @throws {ChatError} VALIDATION_ERROR.
 */
export function toName(written: string, kind: TextKind): string {
  const name = toLine(written, kind);
  if (mixesScripts(name)) throw invalid(kind, 'A word of the name must not mix scripts');
  return name;
}

/** Code points of the name of a file. */
const FILE_NAME_LENGTH_MAX = 200;

/** The last part of a path, in one line and visible. Files are never stored under their names. */
export function toFileName(written: string): string {
  const last = written.toWellFormed().split(/[\\/]/).at(-1) ?? '';
  const line = withoutControl(last.normalize('NFC')).trim();
  const name = [...line].slice(0, FILE_NAME_LENGTH_MAX).join('');
  return isBlank(name) || /^\.+$/.test(name) ? 'file' : name;
}

function invalid({ field }: TextKind, message: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { field, message });
}

const POLL_OPTION: TextKind = {
  field: 'attachments',
  noun: 'An option of a poll',
  lengthMax: POLL_LIMITS.optionLengthMax,
};
const POLL_PROBLEM = `A message may have one poll, with ${POLL_LIMITS.optionsMin} to ${POLL_LIMITS.optionsMax} different texts in 'option1', 'option2' and so on, and the optional fields 'multiple' (true or false) and 'endsAt' (an ISO 8601 time)`;

/** @throws {ChatError} VALIDATION_ERROR. */
export function toMessageText(content: string, lengthMax: number): string {
  return toText(content, { field: 'content', noun: 'The message', lengthMax });
}

/**
 * The text of a new message, which may be empty beside attachments. That of a poll ends with its options.
 *
 * @throws {ChatError} VALIDATION_ERROR.
 */
export function toContent(
  message: { readonly content: string; readonly attachments: readonly Attachment[] },
  lengthMax: number,
): string {
  const { content, attachments } = message;
  if (pollAttachmentsOf(attachments).length > 0) {
    const question = toMessageText(content, lengthMax);
    return toMessageText(toPollText(question, toPoll(attachments)), lengthMax);
  }
  if (attachments.length > 0 && content.trim() === '') return '';
  return toMessageText(content, lengthMax);
}

/** @throws {ChatError} VALIDATION_ERROR. */
function toPoll(attachments: readonly Attachment[]): Poll {
  const [described, second] = pollAttachmentsOf(attachments);
  const poll = pollOf(attachments);
  // Read and written again, it is the same, except for the form of its time.
  const known: Readonly<Record<string, unknown>> =
    poll === undefined ? {} : { multiple: false, ...toPollAttachment(poll) };
  const isKnown = Object.entries(described ?? {}).every(([name, value]) =>
    name === 'endsAt' ? name in known : known[name] === value,
  );
  const options = new Set(poll?.options);
  if (
    poll === undefined ||
    second !== undefined ||
    !isKnown ||
    options.size < poll.options.length
  ) {
    throw new ChatError('VALIDATION_ERROR', { field: 'attachments', message: POLL_PROBLEM });
  }
  for (const option of options) {
    if (toLine(option, POLL_OPTION) !== option) {
      throw invalid(
        POLL_OPTION,
        `${POLL_OPTION.noun} has spaces around it, or is not in the form NFC`,
      );
    }
  }
  return poll;
}

/**
 * Whether every store keeps the text unchanged: PostgreSQL cannot store U+0000, and a lone
 * surrogate has no UTF-8 encoding, so that two texts would become equal.
 */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
