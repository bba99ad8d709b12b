// How many cases a property test tries, made more by one environment variable. fast-check prints seed and path of what fails.

/** `POSTERN_TEST_TIMES=20` tries each property with 20 times its cases (and gives it as much more time). */
export const times = Math.max(1, Number(process.env['POSTERN_TEST_TIMES'] ?? '1') || 1)

/** The number of cases of a property: `ordinary` (fast-check's own default if not given), or as many times that as was asked for. */
export const runs = (ordinary = 100): number => Math.ceil(ordinary * times)
