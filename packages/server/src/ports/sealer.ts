/** Seals bytes: without the secrets of the server, they can be neither read nor changed. */
export interface Sealer {
  /** @param context Authenticated too: what is sealed in another context does not open. */
  seal(context: string, bytes: Uint8Array): string;
  /** Undefined if it was not sealed here. */
  open(context: string, sealed: string): Uint8Array | undefined;
}
