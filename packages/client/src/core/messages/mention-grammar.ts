/** The part of the grammar that the core loads later: most applications show no markup before the first message. */
export { mentionsOneOf } from '@parley/protocol';
