/** Parses the JSON of a frame at a bounded cost. */
import { ChatError } from '@parley/protocol';
import { checkJsonComplexity } from '@parley/protocol/validators';

/** @throws {ChatError} VALIDATION_ERROR for more values than any command has; INVALID_JSON. */
export function parseFrame(data: Buffer): unknown {
  const text = data.toString('utf8');
  checkJsonComplexity(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new ChatError('INVALID_JSON');
  }
}
