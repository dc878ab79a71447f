/**
 * What a page may show as HTML (SIO-11). The store keeps what was written; this
 * dialect promises more, because its clients put content into their pages.
 */
import sanitizeHtml from 'sanitize-html';
import type { Message } from '../../ports/model.ts';

/** Where an HTML parser would begin a tag, a comment or the like. All else is plain text to it. */
const MARKUP = /<[a-z/!?]/i;
/** What never ends would swallow the text behind it, in whatever page it stands. */
const UNENDED = /<(?=[^>]*$)/g;

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

/** Plain text comes back as it is, `a < b && c` too; of markup only what can do no harm. */
export function sanitise(text: string): string {
  if (!MARKUP.test(text)) return text;
  return sanitizeHtml(text.replace(UNENDED, '&lt;'), OPTIONS).trim();
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
