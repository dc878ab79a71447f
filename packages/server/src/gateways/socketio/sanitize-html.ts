/**
 * What a page may show as HTML (SIO-11). The store keeps what was written; this
 * dialect promises more, because its clients put content into their pages.
 */
import sanitizeHtml from 'sanitize-html';
import type { Message } from '../../model/message.ts';

/** Where an HTML parser would begin a tag, a comment or the like. All else is plain text to it. */
const MARKUP = /<[a-z/!?]/i;
/** Tags and character references: what a parser takes its time with. */
const PARSED = /<[^>]*>|&[#\w]*/g;
/** Characters of these in one text: what has more is no message with markup. */
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
  // Neither the tag nor what stands in it, where that is not for reading.
  nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'template'],
};

/**
 * Plain text comes back as it is, `a < b && c` too; of markup only what can do no harm,
 * and where it is more than a message needs, as text.
 */
export function sanitise(text: string): string {
  if (!MARKUP.test(text)) return text;
  const end = text.lastIndexOf('>') + 1;
  // What never ends would swallow the text behind it, in whatever page it stands.
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

/** By message as it was told: one event goes to many. */
const done = new WeakMap<Message, string>();

export function sanitiseContent(message: Message): string {
  const { content } = message;
  if (!MARKUP.test(content)) return content;
  const known = done.get(message);
  if (known !== undefined) return known;
  const clean = sanitise(content);
  done.set(message, clean);
  return clean;
}
