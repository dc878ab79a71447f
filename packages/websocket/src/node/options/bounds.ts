/** Range of a whole-number option, both ends included. */
export type Bounds = readonly [min: number, max: number];
