export * from "./difference.ts";
export * from "./intervals.ts";
export * from "./means.ts";
export * from "./overlap.ts";
export * from "./probit.ts";
export * from "./ranks.ts";
export * from "./shares.ts";
export * from "./slope.ts";
