/** How the server shows itself to users: chosen by its administrators. */
export interface ServerProfile {
  /** Undefined: the name of the product. */
  readonly name: string | undefined;
  /** A file; undefined: the sign of the product. */
  readonly logoFileId: string | undefined;
}
