/** Bounds the cost of parsing and checking a JSON text, by counting its punctuation. */
import { ChatError } from './errors.ts';

/** Maximum number of values in a text; empty objects and arrays count twice. A `resume` of 200 rooms has half as many. */
const VALUES_MAX = 2000;
/** Maximum nesting of objects and arrays: the field of an attachment is at level 4. */
const DEPTH_MAX = 16;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACKET = 0x5d;
const CLOSING_BRACE = 0x7d;

/**
 * Does not check whether the text is JSON: the parser does that afterwards.
 *
 * @throws {ChatError} VALIDATION_ERROR for more values or deeper nesting than any command has.
 */
export function checkJsonComplexity(text: string): void {
  if (isSimple(text)) return;
  let values = 1;
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case OPENING_BRACKET:
      case OPENING_BRACE:
        depth += 1;
        values += 1;
        break;
      case CLOSING_BRACKET:
      case CLOSING_BRACE:
        depth -= 1;
        break;
      case COMMA:
        values += 1;
        break;
    }
    if (depth > DEPTH_MAX) throw tooComplex(`is nested deeper than ${DEPTH_MAX} levels`);
    if (values > VALUES_MAX) throw tooComplex(`has more than ${VALUES_MAX} values`);
  }
}

/** Whether a text is short and has few brackets, also in strings: cheaper than reading it. */
function isSimple(text: string): boolean {
  if (text.length >= VALUES_MAX) return false;
  let openings = 0;
  for (const bracket of '{[') {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      openings += 1;
      if (openings > DEPTH_MAX) return false;
    }
  }
  return true;
}

/** The index of the quote that ends the string, or of the end of the text. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) return index;
    if (code === BACKSLASH) index += 1;
  }
  return text.length;
}

function tooComplex(what: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { message: `The JSON text ${what}` });
}
