/** Opens a dialog from any menu: menus close when they are used, so it is shown elsewhere. */
export function askable<Target>(): {
  readonly ask: (target: Target) => void;
  /** Sets what shows the dialog; returns a function that ends it. */
  readonly answer: (onAsk: (target: Target) => void) => () => void;
} {
  let show: ((target: Target) => void) | undefined;
  /** Asked before the part of the page that shows the dialog was loaded. */
  let waiting: { readonly target: Target } | undefined;
  return {
    ask: (target) => {
      if (show === undefined) waiting = { target };
      else show(target);
    },
    answer: (onAsk) => {
      show = onAsk;
      if (waiting !== undefined) onAsk(waiting.target);
      waiting = undefined;
      return () => {
        if (show === onAsk) show = undefined;
      };
    },
  };
}
