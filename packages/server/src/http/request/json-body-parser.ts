/** Parses bodies as JSON in UTF-8, and rejects invalid UTF-8, which Fastify would replace silently. */
import { ChatError } from '@parley/protocol';
import type { FastifyInstance } from 'fastify';
import { toChatError } from '../../domain/errors.ts';
import { validators } from '../lazy-validators.ts';

/** RFC 9110, section 5.6.6: a parameter's value may be quoted. */
const CHARSET = /;\s*charset\s*=\s*"?([^\s";]*)/i;
/** `utf8` is not a registered name, but many clients send it. */
const UTF_8 = new Set(['utf-8', 'utf8']);

export function addJsonBodyParser(app: FastifyInstance): void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parse = app.getDefaultJsonParser('error', 'error');
  // A form of a foreign page can send any other type without a CORS preflight.
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (request, body, done) => {
      const charset = CHARSET.exec(request.headers['content-type'] ?? '')?.[1];
      if (charset !== undefined && !UTF_8.has(charset.toLowerCase())) {
        return done(new ChatError('VALIDATION_ERROR', { message: 'The body must be UTF-8' }));
      }
      let text: string;
      try {
        text = decoder.decode(body);
      } catch {
        return done(new ChatError('INVALID_JSON'));
      }
      // Same as without the header, which some clients send with every request. The route decides
      // whether a body is required.
      if (text === '') return done(null, undefined);
      try {
        validators().checkJsonComplexity(text);
      } catch (error) {
        return done(toChatError(error));
      }
      return parse(request, text, done);
    },
  );
}
