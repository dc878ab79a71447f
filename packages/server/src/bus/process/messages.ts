/** Messages between a worker's bus and the hub in the primary. */

export type ToHub =
  | { readonly kind: 'publish'; readonly channel: string; readonly text: string }
  | { readonly kind: 'subscribe'; readonly channel: string; readonly id: number }
  | { readonly kind: 'unsubscribe'; readonly channel: string };

export type ToNode =
  | {
      readonly kind: 'message';
      readonly channel: string;
      readonly text: string;
      /** Messages before this one that were dropped, because too much waited for the worker. */
      readonly droppedCount: number;
    }
  /** Confirms the subscription with this id. */
  | { readonly kind: 'subscribed'; readonly id: number };
