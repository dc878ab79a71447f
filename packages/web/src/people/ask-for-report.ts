/** Opens the dialog that reports a message or a person, from any menu: menus close when they are used. */
import type { MessageId, UserId } from '@parley/client';

export type ReportTarget = { readonly username: string } & (
  | { readonly messageId: MessageId; readonly userId: string }
  | { readonly messageId?: never; readonly userId: UserId }
);

let show: ((target: ReportTarget) => void) | undefined;

export function askForReport(target: ReportTarget): void {
  show?.(target);
}

/** Sets what shows the dialog; returns a function that ends it. */
export function answerReports(onAsk: (target: ReportTarget) => void): () => void {
  show = onAsk;
  return () => {
    if (show === onAsk) show = undefined;
  };
}
