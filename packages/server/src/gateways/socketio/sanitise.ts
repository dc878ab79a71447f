/**
 * What a page may show as HTML (SIO-11). The store keeps what was written; this
 * dialect promises more, because its clients put content into their pages.
 */
import sanitizeHtml from 'sanitize-html';
import type { Message } from '../../ports/model.ts';

/** Where an HTML parser would begin a tag, a comment or the like. All else is plain text to it. */
const MARKUP = /<[a-z/!?]/i;
/** Characters in tags, in one text: what has more is no message with markup, and the parser takes its time with it. */
const MARKUP_LENGTH_MAX = 2000;

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
  if (hasTooMuchMarkup(text, end)) return escapeTags(text);
  // What never ends would swallow the text behind it, in whatever page it stands.
  return sanitizeHtml(text.slice(0, end) + escapeTags(text.slice(end)), OPTIONS).trim();
}

/** Behind `end` there is none that ends. */
function hasTooMuchMarkup(text: string, end: number): boolean {
  let length = 0;
  for (let at = text.indexOf('<'); at !== -1 && at < end; ) {
    const tagEnd = text.indexOf('>', at) + 1;
    length += tagEnd - at;
    at = text.indexOf('<', tagEnd);
  }
  return length > MARKUP_LENGTH_MAX;
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
