/** Range of a whole-number option, both ends included. */
export type IntegerRange = readonly [min: number, max: number];
