/** The range of an option that is a whole number, both ends included. */
export type Bounds = readonly [min: number, max: number];
