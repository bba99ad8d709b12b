// What whoever lost a job is told by.

/** Somebody else holds the job by now: nothing was done and nothing needs to be. */
export class Fenced extends Error {}
