/** An archive that cannot be taken, or a store that cannot take it. The message is a line for the operator. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}
