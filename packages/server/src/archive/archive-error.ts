/**
 * An archive that cannot be imported, or a store that cannot import it. The message is a line for
 * the operator.
 */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}
