/** Sends mail. */
export interface Mailer {
  /** Resolves when the mail server has accepted the mail. @throws {Error} */
  send(mail: {
    readonly to: string;
    readonly subject: string;
    readonly text: string;
  }): Promise<void>;
}
