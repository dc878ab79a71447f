/** A text that an edit has replaced. */
export interface MessageVersion {
  readonly content: string;
  /** When the message was sent or edited to this text. */
  readonly writtenAtMs: number;
}

/** Earlier texts that are kept of a message: the latest, and of them no more than these characters. */
export const VERSIONS_MAX = 50;
export const VERSION_CHARACTERS_MAX = 100_000;
