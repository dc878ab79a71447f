/**
 * Sanitizes content that pages may show as HTML. The store keeps the original text; this dialect
 * sanitizes it, because its clients insert content into their pages.
 */
import sanitizeHtml from 'sanitize-html';
import type { Message } from '../../model/message.ts';
import { contentWithFiles } from '../common/content-with-files.ts';

/** Characters at which an HTML parser starts a tag, a comment or similar. Everything else is plain text. */
const MARKUP = /<[a-z/!?]/i;
/** Tags and character references, which are expensive to parse. */
const PARSED = /<[^>]*>|&[#\w]*/g;
/** Maximum of these in one text; no ordinary message has more. */
const PARSED_LENGTH_MAX = 2000;

const OPTIONS: sanitizeHtml.IOptions = {
  allowedTags: [
    'a',
    'b',
    'blockquote',
    'br',
    'code',
    'del',
    'em',
    'i',
    'li',
    'ol',
    'p',
    'pre',
    's',
    'strong',
    'u',
    'ul',
  ],
  allowedAttributes: { a: ['href'] },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowProtocolRelative: false,
  // Removes the tag, and its content if it is not text to read.
  nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'template'],
};

/**
 * Returns plain text unchanged, `a < b && c` too. Keeps only harmless markup; text with more markup
 * than a message needs is escaped.
 */
export function sanitise(text: string): string {
  if (!MARKUP.test(text)) return text;
  const end = text.lastIndexOf('>') + 1;
  // An unclosed tag would swallow the text behind it in the page.
  const ended = text.slice(0, end) + escapeTags(text.slice(end));
  return isTooMuch(ended) ? escapeTags(text) : sanitizeHtml(ended, OPTIONS).trim();
}

function isTooMuch(text: string): boolean {
  let length = 0;
  for (const [part] of text.matchAll(PARSED)) {
    length += part.length;
    if (length > PARSED_LENGTH_MAX) return true;
  }
  return false;
}

function escapeTags(text: string): string {
  return text.replaceAll('<', '&lt;');
}

/** Cache by message object, because one event is sent to many clients. */
const done = new WeakMap<Message, string>();

export function sanitiseContent(message: Message): string {
  const content = contentWithFiles(message);
  if (!MARKUP.test(content)) return content;
  const known = done.get(message);
  if (known !== undefined) return known;
  const clean = sanitise(content);
  done.set(message, clean);
  return clean;
}
